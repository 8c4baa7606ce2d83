"""From the parts of a course tree to what the services of catalog and assessment take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from akademe.assessment.schemas import AssessmentIn, QuestionIn
from akademe.catalog.models import MAX_LESSONS
from akademe.catalog.schemas import CourseIn, LessonIn, ModuleIn
from akademe.interop.rules import Fault, ImportRefused, rewrite_links, rewrite_question, split_link
from akademe.interop.rules.tree import CourseTree, LessonTree, ModuleTree, QuizTree

S = TypeVar("S", bound=BaseModel)


@dataclass
class Places:
    """Where the elements of a tree are here: source ids to ids."""

    files: Mapping[str, UUID] = field(default_factory=dict)
    lessons: Mapping[str, UUID] = field(default_factory=dict)
    quizzes: dict[str, UUID] = field(default_factory=dict)

    def link(self, address: str) -> str:
        """A canonical link as it is stored here; a link to what is not here stays as it is."""
        found = split_link(address)
        if found is None:
            return address
        kind, source_id, anchor = found
        known = {"asset": self.files, "lesson": self.lessons, "quiz": self.quizzes}.get(kind, {})
        if source_id not in known:
            return address
        return f"{kind}:{known[source_id]}" + (f"#{anchor}" if anchor else "")

    @property
    def are_known(self) -> bool:
        """Otherwise every link stays as it is."""
        return bool(self.files or self.lessons or self.quizzes)

    def text(self, markdown: str) -> str:
        return rewrite_links(markdown, self.link) if self.are_known else markdown

    def address(self, link: str | None) -> str | None:
        """Where a file is served, or the web address that it is; None for a file that could not be stored."""
        found = split_link(link) if link else None
        if found is None:
            return link
        return f"/api/v1/files/{self.files[found[1]]}/content" if found[1] in self.files else None


def course_in(tree: CourseTree, places: Places) -> CourseIn:
    """Only the fields that the source says something about are set."""
    said: dict[str, Any] = {"title": tree.title, "description": places.text(tree.description)}
    if tree.source == "native":
        said |= {name: getattr(tree, name) for name in ("tags", "currency", "access", "enrollment_limit", "objectives")}
        said |= {"category": tree.category, "certificate": tree.certificate, "price": float(tree.price)}
        said |= {"video_url": places.address(tree.video), "thumbnail_url": places.address(tree.thumbnail)}
    if tree.thumbnail is not None:
        said["thumbnail_url"] = places.address(tree.thumbnail)
    optional = {
        "difficulty_level": tree.difficulty_level,
        "language": tree.language,
        "duration_hours": tree.duration_hours,
    }
    said |= {name: value for name, value in optional.items() if value is not None}
    return _shaped(CourseIn, said, "course", tree.title)


def module_in(module: ModuleTree, places: Places) -> ModuleIn:
    said = {"title": module.title, "description": places.text(module.description), "is_active": module.is_active}
    return _shaped(ModuleIn, said, "module", module.title)


def lesson_in(lesson: LessonTree, places: Places) -> LessonIn:
    tracks = [(track, places.address(track.file)) for track in lesson.captions]
    said = {
        "title": lesson.title,
        "content_type": lesson.content_type,
        "section": lesson.section or "",
        "content": places.text(lesson.content),
        "video_url": places.address(lesson.video),
        "file_id": places.files.get(lesson.file) if lesson.file else None,
        "captions": [{"language": one.language, "label": one.label, "url": url} for one, url in tracks if url],
        "transcript_url": places.address(lesson.transcript),
        "duration_minutes": lesson.duration_minutes or 0,
        "is_free": lesson.is_free,
        "is_active": lesson.is_active,
        "is_required": lesson.required,
    }
    return _shaped(LessonIn, said, "lesson", lesson.title)


def quiz_in(quiz: QuizTree, places: Places, source: str, lesson_id: UUID | None) -> AssessmentIn:
    said = {
        name: getattr(quiz, name)
        for name in (
            "title", "passing_score", "max_attempts", "time_limit_minutes", "shuffle_questions", "shuffle_options",
            "review", "required", "is_premium", "opens_at", "due_date", "closes_at",
        )
    }  # fmt: skip
    said |= {
        "instructions": places.text(quiz.instructions) or None,
        "lesson_id": str(lesson_id) if lesson_id else None,
        "late_policy": quiz.late_policy.model_dump() if quiz.late_policy else None,
        "pools": [{"name": pool.name, "draw": pool.draw} for pool in quiz.pools],
        "questions": questions_in(quiz, places, source),
        "source": source,
        "source_id": quiz.source_id,
    }
    return _shaped(AssessmentIn, said, "quiz", quiz.title)


def questions_in(quiz: QuizTree, places: Places, source: str) -> list[QuestionIn]:
    """The questions with their links as stored here; all are of the course's source, so that it can replace them."""
    made = quiz.questions
    if places.are_known:
        made = [rewrite_question(question, places.link) for question in made]
    return [question.model_copy(update={"source": source}) for question in made]


def check_shapes(tree: CourseTree) -> None:
    """Raises ImportRefused (BAD_COURSE) naming every part that catalog or assessment would not take."""
    places = Places()
    faults: list[Fault] = []
    if sum(len(module.lessons) for module in tree.modules) > MAX_LESSONS:
        raise ImportRefused("COURSE_TOO_LARGE", f"A course can have {MAX_LESSONS:,} lessons, and this one has more.")
    _try(lambda: course_in(tree, places), faults)
    if tree.slug:
        _try(lambda: _shaped(CourseIn, {"title": tree.title, "slug": tree.slug}, "course", tree.title), faults)
    for module in tree.modules:
        _try(lambda module=module: module_in(module, places), faults)  # type: ignore[misc]  # bound to this turn
        for lesson in module.lessons:
            _try(lambda lesson=lesson: lesson_in(lesson, places), faults)  # type: ignore[misc]  # bound to this turn
    for quiz in tree.all_quizzes():
        _try(lambda quiz=quiz: quiz_in(quiz, places, tree.source, None), faults)  # type: ignore[misc]  # bound too
    if faults:
        raise ImportRefused("BAD_COURSE", f"Parts of this course cannot be taken. {faults[0]}", faults)


def _try(shape: Callable[[], object], faults: list[Fault]) -> None:
    try:
        shape()
    except ImportRefused as refusal:
        faults += refusal.faults


def _shaped(shape: type[S], said: dict[str, Any], kind: str, title: str) -> S:
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        faults = [
            Fault(f"{kind} “{title[:80]}”", 0, f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}.")
            for problem in error.errors()
        ]
        raise ImportRefused("BAD_COURSE", str(faults[0]), faults) from None
