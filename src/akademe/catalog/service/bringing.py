"""Many lessons at once, as an import brings them: each table in a few statements, and one fact for all of them.

The caller renders and stems the texts before its first write (`prepare_lesson`), so that nobody waits for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from akademe.catalog import errors
from akademe.catalog.models import MAX_LESSONS, Course, Lesson, LessonVersion, Module
from akademe.catalog.schemas import LessonIn
from akademe.catalog.service import indexing, media, modules, rendering, writing
from akademe.catalog.service.finding import edit_course
from akademe.kernel import cache
from akademe.kernel.bulk import insert_all, values_of
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.search import service as search


@dataclass(frozen=True, slots=True)
class Prepared:
    """The live text of a lesson as HTML, and its words for search."""

    html: str
    words: search.Words


@dataclass(frozen=True, slots=True)
class NewLesson:
    """A lesson of a source. Its id is known before it is there, because texts link to it."""

    id: UUID
    module_id: UUID
    source_id: str
    given: LessonIn
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class ChangedLesson:
    """A lesson and the fields that a source says otherwise; `prepared` is its text with them."""

    lesson: Lesson
    changes: dict[str, Any]
    prepared: Prepared


def prepare_lesson(given: LessonIn, language: str) -> Prepared:
    """Takes its time: call it in a thread."""
    text = rendering.rendered(given.content)
    return Prepared(text.html, search.prepare(given.title, text.words, keywords=given.section, language=language))


async def create_lessons(ctx: Ctx, course_key: str | UUID, new: Sequence[NewLesson], *, source: str) -> None:
    """Live, each last in its module. The session does not know them.

    Raises NotFound, Forbidden, CourseReadOnly, CourseFull, Invalid (a module or file of somewhere else).
    """
    course = await edit_course(ctx, course_key, lock=True)
    there = {module.id: module for module in await modules.modules_of(ctx, course.id)}
    order = await _appended(ctx, course, new)
    await _claim_files(ctx, course, [one.given.model_dump() for one in new])
    made = [_written(ctx, course, there[one.module_id], one, source) for one in new]
    _place([change.lesson for change in made], order)
    await insert_all(ctx, Lesson, [values_of(change.lesson) for change in made])
    await modules.write_order(ctx, course.id, order)
    await _finish(ctx, course, made, [one.prepared for one in new])


async def _appended(ctx: Ctx, course: Course, new: Sequence[NewLesson]) -> modules.Order:
    order = await modules.order_of(ctx, course.id)
    if sum(len(ids) for _, ids in order) + len(new) > MAX_LESSONS:
        raise errors.CourseFull
    place = dict(order)
    for one in new:
        if one.module_id not in place:
            raise Invalid.field("module_id", "This module is not in the course.")
        place[one.module_id].append(one.id)
    return order


async def _claim_files(ctx: Ctx, course: Course, said: Sequence[dict[str, Any]]) -> None:
    texts = [address for values in said for address in writing.addresses(values)]
    file_ids = {values["file_id"] for values in said if values.get("file_id") is not None}
    await media.claim(ctx, course.id, *texts, file_ids=file_ids)


def _written(ctx: Ctx, course: Course, module: Module, one: NewLesson, source: str) -> writing.Change:
    origin: dict[str, Any] = {"lesson_id": one.id, "source": source, "source_id": one.source_id}
    lesson = writing.new_lesson(ctx, course, module, one.given, **origin)
    text = (one.given.title, one.given.content)
    return writing.Change(
        lesson, writing.save_text(ctx, lesson, *text, is_draft=False, note="", html=one.prepared.html)
    )


def _place(lessons: Sequence[Lesson], order: modules.Order) -> None:
    places = [(id_, position) for _, ids in order for position, id_ in enumerate(ids, 1)]
    index_of = {id_: (position, index) for index, (id_, position) in enumerate(places, 1)}
    for lesson in lessons:
        lesson.position, lesson.order_index = index_of[lesson.id]


async def update_lessons(ctx: Ctx, course_key: str | UUID, changed: Sequence[ChangedLesson]) -> None:
    """What an import changes, which is no edit by hand. The caller read the lessons after it locked the course.

    Raises NotFound, Forbidden, CourseReadOnly, Invalid (a file of somewhere else).
    """
    course = await edit_course(ctx, course_key, lock=True)
    there = {module.id: module for module in await modules.modules_of(ctx, course.id)}
    await _claim_files(ctx, course, [one.changes for one in changed])
    changes = []
    for one in changed:
        module, one.lesson.edited_at = there[one.lesson.module_id], None
        changes.append(writing.change(ctx, course, one.lesson, module, one.changes, html=one.prepared.html))
    await ctx.db.flush()
    await _finish(ctx, course, changes, [one.prepared for one in changed])


async def _finish(ctx: Ctx, course: Course, changes: Sequence[writing.Change], prepared: Sequence[Prepared]) -> None:
    """Versions, files, search and facts of lessons that are written."""
    saved = [change.version for change in changes if change.version is not None]
    await insert_all(ctx, LessonVersion, [values_of(version) for version in saved])
    await writing.write_files(ctx, [change.lesson for change in changes])
    words = [_words(change.lesson, course, one.words) for change, one in zip(changes, prepared, strict=True)]
    await indexing.index_lessons(ctx, course, [(one.lesson, its) for one, its in zip(changes, words, strict=True)])
    writing.tell(ctx, course, changes)
    ctx.after_commit(cache.forget)


def _words(lesson: Lesson, course: Course, words: search.Words) -> search.Words:
    """Stemmed again where the course turns out to have another language."""
    if words.language == course.language:
        return words
    return search.prepare(lesson.title, words.body, keywords=lesson.section, language=course.language)


async def delete_lessons(ctx: Ctx, course_key: str | UUID, lesson_ids: Sequence[UUID]) -> None:
    """Out of the course and of search at once; they can be restored for 30 days."""
    course = await edit_course(ctx, course_key, lock=True)
    await modules.take_out(ctx, course, lesson_ids)
