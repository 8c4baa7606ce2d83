"""Lessons: written, saved as drafts or live, moved, deleted and brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from akademe.catalog import errors, events, rules
from akademe.catalog.models import (
    MAX_LESSONS,
    Course,
    CourseStatus,
    Lesson,
    Module,
)
from akademe.catalog.policy import can_edit_course, can_read_lesson, in_tenant, is_course_staff, visible_courses
from akademe.catalog.schemas import LessonIn, LessonPatch, ModuleIn
from akademe.catalog.service import indexing, media, modules, rendering, writing
from akademe.catalog.service.finding import edit_course, get_course
from akademe.kernel import cache
from akademe.kernel.auth import require
from akademe.kernel.bulk import run_many
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Forbidden, Invalid, NotFound

FIRST_MODULE = "Lessons"


async def get_lesson(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """The lesson, where the actor may read it. Raises NotFound, Forbidden (LessonLocked for the signed in)."""
    lesson, course = await find_lesson(ctx, lesson_id)
    if not can_read_lesson(ctx.actor, course, lesson):
        raise locked(ctx, course.id)
    return lesson


def locked(ctx: Ctx, course_id: UUID) -> Forbidden:
    return errors.LessonLocked(course_id=str(course_id)) if ctx.actor.is_signed_in else Forbidden()


async def find_lesson(ctx: Ctx, lesson_id: UUID, *, lock: bool = False) -> tuple[Lesson, Course]:
    """The lesson and its course, where the actor knows of it, readable or not. Raises NotFound."""
    if lock:
        await ctx.lock_writes()
    wanted = (
        select(Lesson, Course)
        .join(Course, Course.id == Lesson.course_id)
        .where(Lesson.id == lesson_id, Lesson.deleted_at.is_(None), visible_courses(ctx.actor))
    )
    if lock:
        wanted = wanted.with_for_update(of=(Course, Lesson), key_share=True).execution_options(populate_existing=True)
    found = (await ctx.db.execute(wanted)).first()
    if found is None or not (found[0].is_shown or is_course_staff(ctx.actor, found[1])):
        raise NotFound
    return found[0], found[1]


async def edit_lesson(ctx: Ctx, lesson_id: UUID, *, lock: bool = False) -> tuple[Lesson, Course]:
    """To change it; `lock` holds the course until the commit. Raises NotFound, Forbidden, CourseReadOnly."""
    lesson, course = await find_lesson(ctx, lesson_id, lock=lock)
    require(can_edit_course(ctx.actor, course))
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseReadOnly
    return lesson, course


async def lessons_of(ctx: Ctx, course_id: UUID, *, with_hidden: bool = False) -> list[Lesson]:
    """In order; without `with_hidden` what learners see. The caller has checked who asks."""
    mine = select(Lesson).where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
    if not with_hidden:
        mine = mine.where(Lesson.is_shown)
    return list(await ctx.db.scalars(mine.order_by(Lesson.order_index)))


async def create_lesson(
    ctx: Ctx,
    course_key: str | UUID,
    given: LessonIn,
    module_id: UUID | None = None,
) -> Lesson:
    """In the module named (else the last, made where there is none), at `order`, else last. Live unless `draft`.

    Raises NotFound, Forbidden, CourseReadOnly, CourseFull, Invalid (a module or file of somewhere else).
    """
    await rendering.prepare(given.content)
    course = await edit_course(ctx, course_key, lock=True)
    await _refuse_too_many(ctx, course)
    module = await _module_for(ctx, course, module_id or given.module_id)
    position, order_index = await _place_last(ctx, course, module)
    await media.claim(ctx, course.id, *writing.addresses(given.model_dump()), file_ids=media.named(given.file_id))
    lesson = writing.new_lesson(ctx, course, module, given)
    lesson.position, lesson.order_index = position, order_index
    saved = writing.save_text(ctx, lesson, given.title, given.content, is_draft=given.draft, note=given.note)
    ctx.db.add(lesson)
    await ctx.db.flush()
    ctx.db.add(saved)
    await writing.write_files(ctx, [lesson])
    if given.order is not None and given.order < position:
        await place_lesson(ctx, lesson, module.id, given.order)
    await indexing.index_lesson(ctx, course, lesson)
    writing.tell(ctx, course, [writing.Change(lesson, saved)])
    ctx.after_commit(cache.forget)
    return lesson


async def _refuse_too_many(ctx: Ctx, course: Course) -> None:
    there = select(func.count()).where(Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    if (await ctx.db.scalar(there) or 0) >= MAX_LESSONS:
        raise errors.CourseFull


async def _module_for(ctx: Ctx, course: Course, module_id: UUID | None) -> Module:
    mine = select(Module).where(Module.course_id == course.id, Module.deleted_at.is_(None))
    if module_id is not None:
        found = await ctx.db.scalar(mine.where(Module.id == module_id))
        if found is None:
            raise Invalid.field("module_id", "This module is not in the course.")
        return found
    last = await ctx.db.scalar(mine.order_by(Module.position.desc()).limit(1))
    return last or await modules.add_module(ctx, course, ModuleIn(title=FIRST_MODULE))


async def _place_last(ctx: Ctx, course: Course, module: Module) -> tuple[int, int]:
    """The next place of the module and of the course; what stands behind it moves on by one."""
    mine = (Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    position = await ctx.db.scalar(select(func.max(Lesson.position)).where(*mine, Lesson.module_id == module.id))
    before = (
        select(func.max(Lesson.order_index))
        .join(Module, Module.id == Lesson.module_id)
        .where(*mine, Module.position <= module.position)
    )
    order_index = (await ctx.db.scalar(before) or 0) + 1
    behind = update(Lesson).where(*mine, Lesson.order_index >= order_index)
    await ctx.db.execute(behind.values(order_index=Lesson.order_index + 1))
    return (position or 0) + 1, order_index


async def update_lesson(ctx: Ctx, lesson_id: UUID, patch: LessonPatch, if_version: int | None = None) -> Lesson:
    """Change the fields sent. Title and content go live at once, with `draft: true` to the draft beside the live text;
    `draft: false` alone makes a waiting draft live. A title alone leaves a draft's content waiting.

    Raises LessonChanged where `if_version` is not the current version; nothing is written then.
    """
    changes = patch.model_dump(exclude_unset=True)
    lesson, _ = await edit_lesson(ctx, lesson_id)
    for text in (writing.text_after(lesson, changes)[1], lesson.content):
        await rendering.prepare(text)
    lesson, course = await edit_lesson(ctx, lesson_id, lock=True)
    if if_version is not None and if_version != lesson.version:
        raise errors.LessonChanged(version=lesson.version)
    if not lesson.published_version and not {"content", "draft"} & changes.keys():
        changes["draft"] = True  # a new title makes nothing live that was not
    differs = writing.differs(lesson, changes)
    if differs or writing.saves_text(lesson, changes):
        lesson.edited_at = ctx.now
        await _write(ctx, course, lesson, changes)
        if differs or not (lesson.published_version and changes.get("draft")):
            await indexing.index_lesson(ctx, course, lesson)
        ctx.after_commit(cache.forget)
    return lesson


async def _write(ctx: Ctx, course: Course, lesson: Lesson, changes: dict[str, Any]) -> None:
    file_ids = media.named(changes.get("file_id"))
    await media.claim(ctx, course.id, *writing.addresses(changes), file_ids=file_ids)
    module = await _module_for(ctx, course, changes.get("module_id") or lesson.module_id)
    change = writing.change(ctx, course, lesson, module, changes)
    if change.version is not None:
        ctx.db.add(change.version)
    order = changes.get("order")
    if module.id != lesson.module_id or (order is not None and order != lesson.position):
        await place_lesson(ctx, lesson, module.id, order)
    await writing.write_files(ctx, [lesson])
    writing.tell(ctx, course, [change])


async def place_lesson(ctx: Ctx, lesson: Lesson, module_id: UUID, order: int | None) -> None:
    """Move it to `order` in a module of its course (None: last). The course is locked."""
    await ctx.db.flush()
    order_now = await modules.order_of(ctx, lesson.course_id)
    place = {module: [id_ for id_ in ids if id_ != lesson.id] for module, ids in order_now}
    place[module_id] = rules.insert_at(place[module_id], lesson.id, order)
    await modules.write_order(ctx, lesson.course_id, list(place.items()))


async def delete_lesson(ctx: Ctx, lesson_id: UUID) -> None:
    """Out of the course and of search at once; it can be restored for 30 days."""
    lesson, course = await edit_lesson(ctx, lesson_id, lock=True)
    await modules.take_out(ctx, course, [lesson.id])


async def restore_lesson(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """Bring it back to its place (last in the last module, where its own is gone too)."""
    gone = await ctx.get(Lesson, lesson_id)
    await rendering.prepare(gone.content)
    course = await edit_course(ctx, gone.course_id, lock=True)
    lesson = await ctx.get(Lesson, lesson_id, lock=True)
    if lesson.deleted_at is None or lesson.purged_at is not None:
        raise NotFound
    await _refuse_too_many(ctx, course)
    alive = await ctx.db.scalar(select(Module.id).where(Module.id == lesson.module_id, Module.deleted_at.is_(None)))
    module = await _module_for(ctx, course, alive)
    position, order_index = await _place_last(ctx, course, module)
    place = lesson.position if alive else None
    lesson.module_id, lesson.position, lesson.order_index = module.id, position, order_index
    lesson.deleted_at = None
    await place_lesson(ctx, lesson, module.id, place)
    lesson.is_shown = lesson.is_active and module.is_active and lesson.published_version > 0
    await indexing.index_lesson(ctx, course, lesson)
    ctx.record(events.OutlineChanged(organization_id=course.organization_id, course_id=course.id))
    ctx.after_commit(cache.forget)
    return lesson


async def deleted_lessons(ctx: Ctx, course_key: str | UUID) -> Sequence[Lesson]:
    """What editors of the course may restore, newest first."""
    course = await get_course(ctx, course_key)
    require(can_edit_course(ctx.actor, course) and in_tenant(ctx.actor, course))
    gone = select(Lesson).where(
        Lesson.course_id == course.id, Lesson.deleted_at.is_not(None), Lesson.purged_at.is_(None)
    )
    return list(await ctx.db.scalars(gone.order_by(Lesson.deleted_at.desc()).limit(100)))


@dataclass(frozen=True, slots=True)
class LessonQuiz:
    """The quiz of a lesson, and whether it can be taken."""

    lesson_id: UUID
    quiz_id: UUID | None
    is_ready: bool = False


async def set_lesson_quizzes(ctx: Ctx, quizzes: Sequence[LessonQuiz]) -> None:
    """What assessment attached to lessons; no edit, so no new version."""
    lessons: Any = Lesson.__table__
    wanted: dict[str, Any] = {"quiz_id": bindparam("quiz"), "quiz_is_ready": bindparam("ready")}
    rows = [{"lesson": one.lesson_id, "quiz": one.quiz_id, "ready": one.is_ready} for one in quizzes]
    await run_many(ctx, update(lessons).where(lessons.c.id == bindparam("lesson")).values(wanted), rows)
    ctx.after_commit(cache.forget)
