"""What writing makes of a lesson: its text, versions and files, and what is told of it. No policy, and no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from akademe.catalog import events, rules
from akademe.catalog.models import Course, Lesson, LessonFile, LessonMedia, LessonVersion, Module
from akademe.catalog.schemas import LessonIn
from akademe.catalog.service import rendering
from akademe.catalog.service.announcing import announce
from akademe.kernel.bulk import insert_all, run_many
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id

_PLAIN = (
    "section",
    "content_type",
    "video_url",
    "file_id",
    "duration_minutes",
    "is_free",
    "is_active",
    "is_required",
)
_FILES: Any = LessonFile.__table__


@dataclass(frozen=True, slots=True)
class Change:
    """What writing did to a lesson: the text it saved, whether the lesson counts otherwise for completion, and whether
    learners see other things beside its text. The caller adds the version, once the lesson is there.
    """

    lesson: Lesson
    version: LessonVersion | None = None
    counts: bool = False
    is_seen: bool = False

    @property
    def is_live(self) -> bool:
        """The text saved is what learners see."""
        return self.version is not None and self.version.number == self.lesson.published_version


def new_lesson(
    ctx: Ctx,
    course: Course,
    module: Module,
    given: LessonIn,
    *,
    lesson_id: UUID | None = None,
    source: str = "",
    source_id: str = "",
) -> Lesson:
    """A row without its text and place."""
    return Lesson(
        id=lesson_id or new_id(),
        **{name: getattr(given, name) for name in _PLAIN},
        organization_id=course.organization_id,
        course_id=course.id,
        module_id=module.id,
        title=given.title,
        is_shown=given.is_active and module.is_active and not given.draft,
        media=media_of(given.model_dump()),
        version=1,
        source=source,
        source_id=source_id,
        created_at=ctx.now,
        updated_at=ctx.now,
        edited_at=None if source else ctx.now,
    )


def addresses(values: dict[str, Any]) -> list[str | None]:
    """Every text that may name a file."""
    named = [values.get(name) for name in ("content", "video_url", "transcript_url")]
    return named + [track["url"] for track in values.get("captions", ())]


def media_of(values: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    kept = LessonMedia.model_validate(before or {}).model_dump()
    sent = {name: values[name] for name in ("captions", "transcript_url") if name in values}
    return LessonMedia.model_validate(kept | sent).model_dump()


def saves_text(lesson: Lesson, changes: dict[str, Any]) -> bool:
    """Whether the live text, or with `draft` the draft, will be another one."""
    if changes.get("draft"):
        return text_after(lesson, changes) != text_after(lesson, {"draft": True})
    if "draft" in changes and (lesson.has_draft or not lesson.published_version):
        return True
    sends_text = not {"title", "content"}.isdisjoint(changes)
    return sends_text and text_after(lesson, changes) != (lesson.title, lesson.content)


def differs(lesson: Lesson, changes: dict[str, Any]) -> bool:
    """Whether anything but the text changes."""
    plain = any(getattr(lesson, name) != changes[name] for name in _PLAIN if name in changes)
    order, module_id = changes.get("order"), changes.get("module_id")
    moves = order not in (None, lesson.position) or module_id not in (None, lesson.module_id)
    return plain or moves or media_of(changes, lesson.media) != lesson.media


def text_after(lesson: Lesson, changes: dict[str, Any]) -> tuple[str, str]:
    """What is sent, over the draft where `draft` is sent or nothing is live yet, else over the live text."""
    title, content = lesson.title, lesson.content
    if "draft" in changes or not lesson.published_version:
        title = lesson.draft_title or title
        content = content if lesson.draft_content is None else lesson.draft_content
    return changes.get("title", title), changes.get("content", content)


def change(
    ctx: Ctx, course: Course, lesson: Lesson, module: Module, changes: dict[str, Any], *, html: str | None = None
) -> Change:
    """Everything of the lesson, which will stand in `module`, but its place. `html`: the new content, rendered."""
    (title, content), is_draft = text_after(lesson, changes), bool(changes.get("draft"))
    waiting = None if {"content", "draft"} & changes.keys() else lesson.draft_content
    saves, counted, seen = saves_text(lesson, changes), _counted(lesson), _seen(lesson)
    lesson.version += 1
    lesson.updated_at = ctx.now
    for name in _PLAIN:
        if name in changes:
            setattr(lesson, name, changes[name])
    lesson.media = media_of(changes, lesson.media)
    is_live = lesson.published_version > 0 or (saves and not is_draft)
    lesson.is_shown = lesson.is_active and module.is_active and is_live
    note = changes.get("note", "")
    saved = save_text(ctx, lesson, title, content, is_draft=is_draft, note=note, html=html) if saves else None
    if waiting is not None:
        lesson.draft_content = waiting
    is_seen = seen != _seen(lesson) and lesson.is_shown
    if is_seen and course.is_published:
        lesson.published_at = ctx.now
    return Change(lesson, saved, counted != _counted(lesson), is_seen)


def _counted(lesson: Lesson) -> tuple[bool, bool]:
    """What decides whether it counts for completion."""
    return lesson.is_shown, lesson.is_required


def _seen(lesson: Lesson) -> tuple[bool, str | None, UUID | None]:
    """What learners see of it beside its text."""
    return lesson.is_shown, lesson.video_url, lesson.file_id


def save_text(
    ctx: Ctx, lesson: Lesson, title: str, content: str, *, is_draft: bool, note: str, html: str | None = None
) -> LessonVersion:
    """Make the text live or the draft; gives the version that keeps it."""
    if is_draft:
        lesson.draft_title, lesson.draft_content = title, content
        lesson.title = lesson.title if lesson.published_version else title
    else:
        lesson.title, lesson.content = title, content
        lesson.draft_title = lesson.draft_content = None
        lesson.content_html = rendering.render(content).html if html is None else html
        lesson.html_renderer = rendering.RENDERER
        lesson.published_version, lesson.published_at = lesson.version, ctx.now
    return LessonVersion(
        lesson_id=lesson.id,
        number=lesson.version,
        title=title,
        content=content,
        author_id=ctx.actor.user_id,
        note=note,
        created_at=ctx.now,
    )


def tell(ctx: Ctx, course: Course, changes: Sequence[Change]) -> None:
    """Record what follows, one fact of a kind for all; learners of a published course hear of it later, once."""
    of_course = {"organization_id": course.organization_id, "course_id": course.id}
    live = [change.lesson for change in changes if change.is_live]
    if len(live) == 1:
        ctx.record(events.LessonPublished(**of_course, lesson_id=live[0].id, number=live[0].published_version))
    elif live:
        ctx.record(events.LessonsPublished(**of_course, lesson_ids=[lesson.id for lesson in live]))
    if any(change.counts for change in changes):
        ctx.record(events.OutlineChanged(**of_course))
    if course.is_published and any(one.is_seen or (one.is_live and one.lesson.is_shown) for one in changes):
        announce(ctx, course)


async def write_files(ctx: Ctx, lessons: Sequence[Lesson]) -> None:
    """Note which files the lessons show."""
    ids = [lesson.id for lesson in lessons]
    rows = await ctx.db.execute(select(_FILES.c.lesson_id, _FILES.c.file_id).where(_FILES.c.lesson_id.in_(ids)))
    known = {(lesson_id, file_id) for lesson_id, file_id in rows}
    shown = {(lesson.id, file_id) for lesson in lessons for file_id in _shown(lesson)}
    gone = [{"of": lesson_id, "file": file_id} for lesson_id, file_id in known - shown]
    one = (_FILES.c.lesson_id == bindparam("of"), _FILES.c.file_id == bindparam("file"))
    await run_many(ctx, delete(_FILES).where(*one), gone)
    new = [{"lesson_id": lesson_id, "file_id": file_id} for lesson_id, file_id in sorted(shown - known)]
    await insert_all(ctx, LessonFile, new)


def _shown(lesson: Lesson) -> set[UUID]:
    """The files that its live text shows, before its first publication its draft."""
    tracks = LessonMedia.model_validate(lesson.media)
    urls = [track.url for track in tracks.captions]
    text = lesson.content if lesson.published_version else lesson.draft_content
    shown = rules.files_in(text, lesson.video_url, tracks.transcript_url, *urls)
    return shown | {lesson.file_id} if lesson.file_id is not None else shown
