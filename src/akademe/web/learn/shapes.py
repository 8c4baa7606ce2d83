"""What templates of learners are given: a course, what the reader is in it, and its outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from akademe.catalog.models import Course, CourseAccess, CourseStatus
from akademe.web.ui.outlines import shown_modules
from akademe.web.ui.words import _, ngettext

SEATED = frozenset({"enrolled", "in_progress", "completed"})


@dataclass(frozen=True, slots=True)
class CourseShown:
    """A course as the pages of its learners name it."""

    id: UUID | str
    title: str
    slug: str
    status: str
    access: str = CourseAccess.ENROLLED
    language: str = "en"

    @property
    def is_open(self) -> bool:
        return self.access == CourseAccess.OPEN and self.status == CourseStatus.PUBLISHED

    @property
    def is_archived(self) -> bool:
        return self.status == CourseStatus.ARCHIVED

    @property
    def is_draft(self) -> bool:
        return self.status == CourseStatus.DRAFT

    @property
    def href(self) -> str:
        return f"/learn/{self.slug}"

    @property
    def about_url(self) -> str:
        return f"/courses/{self.slug}"

    @property
    def enrol_url(self) -> str:
        return f"/courses/{self.slug}/enrol"

    @property
    def drop_url(self) -> str:
        return f"/courses/{self.slug}/drop"


@dataclass(frozen=True)
class Reader:
    """What somebody is in a course."""

    is_signed_in: bool
    is_staff: bool
    status: str | None

    @property
    def is_enrolled(self) -> bool:
        return self.status in SEATED

    @property
    def is_waiting(self) -> bool:
        return self.status == "waiting"

    @property
    def can_drop(self) -> bool:
        return self.status in ("enrolled", "in_progress")

    @property
    def can_enrol(self) -> bool:
        return self.is_signed_in and self.status is None and not self.is_staff


@dataclass(frozen=True)
class Standing(Reader):
    """A reader with the progress made: `percent` is 0 to 100, `done` and `required` count required lessons."""

    percent: float = 0.0
    done: int = 0
    required: int = 0

    @property
    def reader(self) -> Reader:
        return Reader(self.is_signed_in, self.is_staff, self.status)

    @property
    def tally(self) -> str:
        return _("%(done)s of %(all)s") % {"done": self.done, "all": self.required}


class Neighbour(NamedTuple):
    title: str
    href: str


class Place(NamedTuple):
    """Where a lesson stands: its number among `of`, its module, the lessons before and after it."""

    module: str = ""
    number: int = 0
    of: int = 0
    previous: Neighbour | None = None
    next: Neighbour | None = None


def course_shown(course: Course) -> CourseShown:
    return CourseShown(course.id, course.title, course.slug, course.status, course.access, course.language)


def lesson_href(slug: str, lesson_id: Any) -> str:
    return f"/learn/{slug}/{lesson_id}"


def standing_in(outline: dict[str, Any], *, is_signed_in: bool, is_staff: bool) -> Standing:
    """From the outline document of learning."""
    required = [lesson for lesson in lessons_in(outline) if lesson["is_required"]]
    return Standing(
        is_signed_in=is_signed_in,
        is_staff=is_staff,
        status=outline["status"],
        percent=outline["progress_percentage"],
        done=sum(lesson["completed"] for lesson in required),
        required=len(required),
    )


def lessons_in(outline: dict[str, Any]) -> list[dict[str, Any]]:
    """Every lesson of the document, in order."""
    return [lesson for module in outline["modules"] for lesson in module["lessons"]]


def outline_shown(outline: dict[str, Any]) -> list[dict[str, Any]]:
    """The outline document as `course.outline` takes it."""
    return shown_modules(outline, lambda lesson_id: lesson_href(outline["slug"], lesson_id))


def place_of(outline: dict[str, Any], lesson_id: Any) -> Place:
    """A lesson that learners do not see has neighbours on neither side."""
    lessons = lessons_in(outline)
    index = next((n for n, lesson in enumerate(lessons) if str(lesson["id"]) == str(lesson_id)), None)
    if index is None:
        return Place()
    module = next(m["title"] for m in outline["modules"] if lessons[index] in m["lessons"])
    before = lessons[index - 1] if index else None
    after = lessons[index + 1] if index + 1 < len(lessons) else None
    return Place(module, index + 1, len(lessons), _neighbour(outline, before), _neighbour(outline, after))


def _neighbour(outline: dict[str, Any], lesson: dict[str, Any] | None) -> Neighbour | None:
    return Neighbour(lesson["title"], lesson_href(outline["slug"], lesson["id"])) if lesson else None


def named_lesson(outline: dict[str, Any], lesson_id: Any) -> dict[str, Any] | None:
    """The lesson of this id in the document."""
    return next((lesson for lesson in lessons_in(outline) if str(lesson["id"]) == str(lesson_id)), None)


def lessons_done(me: Standing) -> str:
    """An honest sentence about how far somebody is."""
    if not me.required:
        return _("This course has no required lessons yet.")
    if me.done >= me.required:
        return _("You have completed every lesson.")
    if not me.done:
        return ngettext("There is %(num)d lesson to complete.", "There are %(num)d lessons to complete.", me.required)
    left = me.required - me.done
    return _("You have completed %(done)s of %(all)s lessons.") % {"done": me.done, "all": me.required} + (
        " " + ngettext("One is left.", "%(num)d are left.", left) if left <= 3 else ""
    )
