"""From the database to a course tree, and to a zip of the native format."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment, Question
from akademe.assessment.schemas import LatePolicy, QuestionIn
from akademe.assessment.service.questions import as_input
from akademe.catalog import service as catalog
from akademe.catalog.models import Course, Lesson, LessonMedia, Module
from akademe.catalog.policy import can_edit_course
from akademe.files.models import File
from akademe.interop.rules import asset_link, lesson_link, rewrite_links, rewrite_question, split_link
from akademe.interop.rules.names import same_name_key
from akademe.interop.rules.tree import AssetTree, CaptionTree, CourseTree, LessonTree, ModuleTree, PoolTree, QuizTree
from akademe.interop.service.assets import course_files
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx

_SERVED = re.compile(r"^/api/v1/files/([0-9a-f-]{36})/content$")
_UNSAFE = re.compile(r"[^\w.()+=@ -]+")


@dataclass
class Exported:
    """A course as a tree whose assets are paths only, and the file behind each path."""

    tree: CourseTree
    slug: str
    files: dict[str, File] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    """Everything that is read of a course."""

    course: Course
    required: list[Course]
    modules: list[Module]
    lessons: list[Lesson]
    quizzes: list[Assessment]
    questions: dict[UUID, list[Question]]
    files: list[File]


async def course_tree(ctx: Ctx, key: str) -> Exported:
    """The course as it stands, live texts before drafts. Raises NotFound, Forbidden.

    It reads what it needs and gives the unit's connection back; nothing may have been written before.
    """
    course = await catalog.get_course(ctx, key)
    require(can_edit_course(ctx.actor, course))
    quizzes = await assessment.quizzes_of(ctx, course.id)
    rows = _Rows(
        course,
        await catalog.prerequisites_of(ctx, course.id),
        await catalog.modules_of(ctx, course.id),
        await catalog.lessons_of(ctx, course.id, with_hidden=True),
        quizzes,
        await assessment.questions_of(ctx, [row.id for row in quizzes]),
        await course_files(ctx, course.id),
    )
    await ctx.release()
    return await asyncio.to_thread(_Exporting(rows).export)


class _Exporting:
    def __init__(self, rows: _Rows) -> None:
        self.rows = rows
        self.paths: dict[UUID, str] = {}
        self.files: dict[str, File] = {}
        self.taken: set[str] = set()
        self.lessons = {row.id: _origin(row) for row in rows.lessons}
        self.quizzes = {row.id: _origin(row) for row in rows.quizzes}

    def export(self) -> Exported:
        """Takes its time: not for the event loop."""
        rows = self.rows
        newest = {(file.source, file.source_id): file.id for file in rows.files if file.source_id}
        for file in sorted(rows.files, key=lambda file: newest.get((file.source, file.source_id), file.id) != file.id):
            self._place(file)
        shown = {row.quiz_id: row.id for row in rows.lessons}  # of several quizzes that name a lesson it shows one
        made = {row.id: self._quiz(row, rows.questions[row.id]) for row in rows.quizzes}
        by_lesson = {shown[id_]: quiz for id_, quiz in made.items() if id_ in shown}
        tree = self._tree()
        for module in rows.modules:
            lessons = [self._lesson(row, by_lesson.get(row.id)) for row in rows.lessons if row.module_id == module.id]
            described = self._text(module.description)
            tree.modules.append(ModuleTree(_origin(module), module.title, described, lessons, module.is_active))
        tree.quizzes = [quiz for id_, quiz in made.items() if id_ not in shown]
        tree.assets = [AssetTree(path, b"") for path in sorted(self.files)]
        return Exported(tree, rows.course.slug, self.files)

    def _place(self, file: File) -> None:
        """The path that a native source gave it, else its name under assets/, made unique."""
        native = file.source == "native" and file.source_id.startswith("assets/")
        wanted = file.source_id if native else f"assets/{_UNSAFE.sub('_', file.name).strip(' .') or 'file'}"
        stem, dot, end = wanted.rpartition(".")
        number, path = 1, wanted
        while same_name_key(path) in self.taken:
            number += 1
            path = f"{stem}-{number}{dot}{end}" if dot else f"{wanted}-{number}"
        self.taken.add(same_name_key(path))
        self.paths[file.id], self.files[path] = path, file

    def _tree(self) -> CourseTree:
        course = self.rows.course
        return CourseTree(
            source="native", source_id=_origin(course), title=course.title, slug=course.slug,
            description=self._text(course.description), category=course.category, tags=list(course.tags),
            difficulty_level=course.difficulty_level, language=course.language, duration_hours=course.duration_hours,
            price=Decimal(course.price_minor) / 100, currency=course.currency, access=course.access,
            enrollment_limit=course.enrollment_limit, prerequisites=[one.slug for one in self.rows.required],
            objectives=list(course.objectives), thumbnail=self._media(course.thumbnail_url),
            video=self._media(course.video_url), certificate=course.gives_certificate,
        )  # fmt: skip

    def _lesson(self, row: Lesson, quiz: QuizTree | None) -> LessonTree:
        media = LessonMedia.model_validate(row.media)
        is_live = row.published_version > 0
        content = row.content if is_live or row.draft_content is None else row.draft_content
        return LessonTree(
            source_id=self.lessons[row.id],
            title=row.title if is_live or row.draft_title is None else row.draft_title,
            content=self._text(content).replace("\r\n", "\n").strip("\n"),
            content_type=row.content_type if quiz or row.content_type != "quiz" else "text",
            section=row.section or None,
            duration_minutes=row.duration_minutes or None,
            is_free=row.is_free,
            required=row.is_required,
            is_active=row.is_active,
            video=self._media(row.video_url),
            captions=[
                CaptionTree(file, track.language, track.label)
                for track in media.captions
                if (file := self._media(track.url)) is not None
            ],
            transcript=self._media(media.transcript_url),
            file=self.paths.get(row.file_id) if row.file_id else None,
            quiz=quiz,
        )

    def _quiz(self, row: Assessment, questions: Sequence[Question]) -> QuizTree:
        return QuizTree(
            source_id=self.quizzes[row.id], title=row.title, instructions=self._text(row.instructions or ""),
            passing_score=row.passing_score, max_attempts=row.max_attempts, time_limit_minutes=row.time_limit_minutes,
            shuffle_questions=row.shuffle_questions, shuffle_options=row.shuffle_options, review=row.review,
            required=row.is_required, is_premium=row.is_premium, opens_at=row.opens_at, due_date=row.due_date,
            closes_at=row.closes_at,
            late_policy=LatePolicy.model_validate(row.late_policy) if row.late_policy else None,
            pools=[PoolTree(pool["name"], pool["draw"]) for pool in row.pools],
            questions=[self._question(question) for question in questions],
        )  # fmt: skip

    def _question(self, row: Question) -> QuestionIn:
        made = rewrite_question(as_input(row), self._link)
        return made.model_copy(update={"source": "native", "source_id": _origin(row)})

    def _text(self, markdown: str) -> str:
        return rewrite_links(markdown, self._link)

    def _link(self, address: str) -> str:
        """A stored link in its canonical form; one to another course or to what is gone stays as it is."""
        path = self._asset(address)
        if path is not None:
            return asset_link(path)
        found = split_link(address)
        id_ = _as_id(found[1]) if found else None
        if found is None or id_ is None:
            return address
        if found[0] == "asset" and id_ in self.paths:
            return asset_link(self.paths[id_])
        if found[0] == "lesson" and id_ in self.lessons:
            return lesson_link(self.lessons[id_], found[2])
        if found[0] == "quiz" and id_ in self.quizzes:
            return f"quiz:{self.quizzes[id_]}"
        return address

    def _asset(self, address: str | None) -> str | None:
        served = _SERVED.match(address or "")
        id_ = _as_id(served[1]) if served else None
        return self.paths.get(id_) if id_ else None

    def _media(self, address: str | None) -> str | None:
        """A canonical link or a web address; an address on this site that is no file of the course leads nowhere."""
        path = self._asset(address)
        if path is not None:
            return asset_link(path)
        return address if address and address.lower().startswith(("http://", "https://")) else None


def _origin(row: Any) -> str:
    """The id that the element has in a native source, else its own."""
    return str(row.source_id) if row.source == "native" and row.source_id else str(row.id)


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
