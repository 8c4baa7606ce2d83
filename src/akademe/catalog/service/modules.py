"""Modules of a course, and the place of everything in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from akademe.catalog import errors, events, rules
from akademe.catalog.models import MAX_LESSONS, MAX_MODULES, Course, CourseStatus, Lesson, Module
from akademe.catalog.policy import can_edit_course, visible_courses
from akademe.catalog.schemas import ModuleIn, ModulePatch, OutlineIn
from akademe.catalog.service import indexing
from akademe.catalog.service.finding import check_version, edit_course, touch
from akademe.kernel import cache
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Record
from akademe.kernel.errors import NotFound

Order = list[tuple[UUID, list[UUID]]]
"""Modules in order, each with its lessons in order."""


async def create_module(ctx: Ctx, course_key: str | UUID, given: ModuleIn) -> Module:
    """At `order`, else last."""
    course = await edit_course(ctx, course_key, lock=True)
    return await add_module(ctx, course, given)


async def create_modules(
    ctx: Ctx, course_key: str | UUID, given: Sequence[tuple[str, ModuleIn]], *, source: str
) -> list[Module]:
    """Those of an import, by their source ids, last."""
    course = await edit_course(ctx, course_key, lock=True)
    return await _append(ctx, course, given, source=source)


async def add_module(ctx: Ctx, course: Course, given: ModuleIn) -> Module:
    """Into a locked course. Raises CourseFull."""
    [module] = await _append(ctx, course, [("", given)])
    if given.order is not None and given.order < module.position:
        await place_module(ctx, module, given.order)
    return module


async def _append(ctx: Ctx, course: Course, given: Sequence[tuple[str, ModuleIn]], *, source: str = "") -> list[Module]:
    last = await ctx.db.scalar(
        select(func.max(Module.position)).where(Module.course_id == course.id, Module.deleted_at.is_(None))
    )
    if (last or 0) + len(given) > MAX_MODULES:  # positions have no gaps
        raise errors.CourseFull
    modules = [
        Module(
            course_id=course.id,
            title=one.title,
            description=one.description,
            is_active=one.is_active,
            position=position,
            source=source,
            source_id=source_id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        for position, (source_id, one) in enumerate(given, (last or 0) + 1)
    ]
    ctx.db.add_all(modules)
    await ctx.db.flush()
    ctx.after_commit(cache.forget)
    return modules


async def modules_of(ctx: Ctx, course_id: UUID) -> list[Module]:
    """In order, hidden ones included."""
    mine = select(Module).where(Module.course_id == course_id, Module.deleted_at.is_(None))
    return list(await ctx.db.scalars(mine.order_by(Module.position, Module.id)))


async def edit_module(ctx: Ctx, module_id: UUID) -> tuple[Module, Course]:
    """The module with its course locked. Raises NotFound, Forbidden, CourseReadOnly."""
    await ctx.lock_writes()
    found = (
        await ctx.db.execute(
            select(Module, Course)
            .join(Course, Course.id == Module.course_id)
            .where(Module.id == module_id, Module.deleted_at.is_(None), visible_courses(ctx.actor))
            .with_for_update(of=(Course, Module), key_share=True)
            .execution_options(populate_existing=True)
        )
    ).first()
    if found is None:
        raise NotFound
    module, course = found
    require(can_edit_course(ctx.actor, course))
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseReadOnly
    return module, course


async def update_module(ctx: Ctx, module_id: UUID, patch: ModulePatch, if_version: int | None = None) -> Module:
    """Change the fields sent. Raises NotFound, Forbidden, CourseReadOnly, ModuleChanged."""
    module, course = await edit_module(ctx, module_id)
    if if_version is not None and if_version != module.version:
        raise errors.ModuleChanged(version=module.version)
    changes = patch.model_dump(exclude_unset=True)
    order = changes.pop("order", None)
    was_active = module.is_active
    for name, value in changes.items():
        setattr(module, name, value)
    module.version += 1
    module.updated_at = ctx.now
    if module.is_active != was_active:
        await _show_lessons(ctx, course, module)
    if order is not None:
        await place_module(ctx, module, order)
    ctx.after_commit(cache.forget)
    return module


async def _show_lessons(ctx: Ctx, course: Course, module: Module) -> None:
    """A hidden module hides its lessons."""
    shown = (Lesson.is_active & (Lesson.published_version > 0)) if module.is_active else False
    await ctx.db.flush()
    await ctx.db.execute(update(Lesson).where(Lesson.module_id == module.id).values(is_shown=shown))
    await _tell_shown(ctx, course)


async def _tell_shown(ctx: Ctx, course: Course) -> None:
    """Other lessons are shown now."""
    await indexing.index_visibility(ctx, course)
    ctx.record(events.OutlineChanged(organization_id=course.organization_id, course_id=course.id))


async def delete_module(ctx: Ctx, module_id: UUID) -> None:
    """With its lessons, which can be restored for 30 days."""
    module, course = await edit_module(ctx, module_id)
    mine = (Lesson.module_id == module.id, Lesson.deleted_at.is_(None))
    module.deleted_at = ctx.now
    await take_out(ctx, course, list(await ctx.db.scalars(select(Lesson.id).where(*mine))))


async def take_out(ctx: Ctx, course: Course, lesson_ids: Sequence[UUID]) -> None:
    """Delete lessons of a locked course. They are out of it and of search at once, and can be restored for 30 days."""
    await ctx.db.execute(update(Lesson).where(Lesson.id.in_(lesson_ids)).values(deleted_at=ctx.now))
    await renumber(ctx, course.id)
    await indexing.forget_lessons(ctx, lesson_ids)
    for lesson_id in lesson_ids:
        ctx.record(
            events.LessonDeleted(organization_id=course.organization_id, course_id=course.id, lesson_id=lesson_id)
        )
    ctx.after_commit(cache.forget)


async def restore_module(ctx: Ctx, module_id: UUID) -> Module:
    """Bring it back to its place, with the lessons that went with it. Raises NotFound, Forbidden, CourseReadOnly."""
    course = await edit_course(ctx, (await ctx.get(Module, module_id)).course_id, lock=True)
    module = await ctx.get(Module, module_id, lock=True)
    if module.deleted_at is None:
        raise NotFound
    went = (Lesson.module_id == module.id, Lesson.deleted_at == module.deleted_at, Lesson.purged_at.is_(None))
    lessons = list(await ctx.db.scalars(select(Lesson).where(*went)))
    if len(lessons) + len(await _places(ctx, course.id)) > MAX_LESSONS:
        raise errors.CourseFull
    module.deleted_at = None
    for lesson in lessons:
        lesson.deleted_at = None
        await indexing.index_lesson(ctx, course, lesson)
    await place_module(ctx, module, module.position)
    ctx.record(events.OutlineChanged(organization_id=course.organization_id, course_id=course.id))
    ctx.after_commit(cache.forget)
    return module


async def place_module(ctx: Ctx, module: Module, order: int) -> None:
    others = [other for other in await modules_of(ctx, module.course_id) if other.id != module.id]
    for position, one in enumerate(rules.insert_at(others, module, order), 1):
        one.position = position
    await renumber(ctx, module.course_id)


async def renumber(ctx: Ctx, course_id: UUID) -> None:
    """Count modules and lessons anew, from 1 and without gaps. The course is locked."""
    await ctx.db.flush()
    await write_order(ctx, course_id, await order_of(ctx, course_id))


async def order_of(ctx: Ctx, course_id: UUID) -> Order:
    """As it is, with hidden ones. The caller has checked who asks."""
    mine = select(Module.id).where(Module.course_id == course_id, Module.deleted_at.is_(None))
    place: dict[UUID, list[UUID]] = {id_: [] for id_ in await ctx.db.scalars(mine.order_by(Module.position, Module.id))}
    lessons = select(Lesson.id, Lesson.module_id).where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
    for lesson_id, module_id in await ctx.db.execute(lessons.order_by(Lesson.position, Lesson.id)):
        place[module_id].append(lesson_id)
    return list(place.items())


async def write_order(ctx: Ctx, course_id: UUID, order: Order) -> None:
    """Give every module and lesson the place it has in `order`; rows already there are not written."""
    now = await _places(ctx, course_id)
    moved: list[dict[str, Any]] = []
    index = 0
    for module_id, lesson_ids in order:
        for position, lesson_id in enumerate(lesson_ids, 1):
            index += 1
            if now.get(lesson_id) != (module_id, position, index):
                moved.append({"id": lesson_id, "module_id": module_id, "position": position, "order_index": index})
    if moved:
        await ctx.db.execute(update(Lesson), moved)
    places = [{"id": module_id, "position": position} for position, (module_id, _) in enumerate(order, 1)]
    if places:
        await ctx.db.execute(update(Module), places)
    _know(ctx, Lesson, moved)
    _know(ctx, Module, places)


def _know(ctx: Ctx, model: type[Record], rows: list[dict[str, Any]]) -> None:
    """Tell the rows that this unit has loaded; an update in bulk does not."""
    for row in rows:
        loaded = ctx.db.identity_map.get(identity_key(model, row["id"]))
        if loaded is not None:
            for name, value in row.items():
                set_committed_value(loaded, name, value)


async def _places(ctx: Ctx, course_id: UUID) -> dict[UUID, tuple[UUID, int, int]]:
    columns = select(Lesson.id, Lesson.module_id, Lesson.position, Lesson.order_index)
    rows = await ctx.db.execute(columns.where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None)))
    return {id_: (module_id, position, index) for id_, module_id, position, index in rows}


async def set_outline(ctx: Ctx, course_key: str | UUID, given: OutlineIn, if_version: int | None = None) -> Course:
    """Put every module and lesson in the order given: all of them or none.

    Raises OutlineMismatch where an id is missing, foreign or twice; CourseChanged.
    """
    course = await edit_course(ctx, course_key, lock=True)
    check_version(course, if_version)
    modules = {module.id for module in await modules_of(ctx, course.id)}
    lessons = set(await _places(ctx, course.id))
    order = [(module.id, module.lessons) for module in given.modules]
    _refuse_mismatch("module", [module_id for module_id, _ in order], modules)
    _refuse_mismatch("lesson", [id_ for _, ids in order for id_ in ids], lessons)
    touch(ctx, course)
    await ctx.db.flush()
    await write_order(ctx, course.id, order)
    await _show_moved(ctx, course)
    ctx.after_commit(cache.forget)
    return course


def _refuse_mismatch(kind: str, given: list[UUID], known: set[UUID]) -> None:
    missing, foreign = known - set(given), set(given) - known
    sentence = ""
    if foreign:
        sentence = f"{len(foreign)} of the {kind}s named are not in this course."
    elif missing:
        sentence = f"{len(missing)} {kind}s of the course are missing in the list; name every one once."
    elif len(given) != len(known):
        sentence = f"A {kind} is named twice."
    if sentence:
        problem = [{"field": "modules", "message": sentence}]
        raise errors.OutlineMismatch(
            errors=problem, missing=sorted(map(str, missing)), foreign=sorted(map(str, foreign))
        )


async def _show_moved(ctx: Ctx, course: Course) -> None:
    """A lesson that moved out of or into a hidden module is shown or hidden with it."""
    is_active = select(Module.is_active).where(Module.id == Lesson.module_id).scalar_subquery()
    shown = Lesson.is_active & (Lesson.published_version > 0) & is_active
    moved = update(Lesson).where(Lesson.course_id == course.id, Lesson.is_shown != shown)
    changed = await ctx.db.scalars(moved.values(is_shown=shown).returning(Lesson.id))
    if changed.all():
        await _tell_shown(ctx, course)
