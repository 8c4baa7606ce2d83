"""The order of modules and lessons: that of the source, unless somebody changed it here since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from akademe.catalog import service as catalog
from akademe.catalog.models import Course, Lesson, Module
from akademe.catalog.schemas import OutlineIn, OutlineModule
from akademe.interop.models import Kind
from akademe.interop.rules import LossReport
from akademe.interop.service.marks import Marks, fields_of
from akademe.kernel.ctx import Ctx

Order = list[tuple[UUID, list[UUID]]]


def order_of(modules: list[Module], lessons: list[Lesson]) -> Order:
    """The ids of modules in order, each with those of its lessons."""
    return [
        (module.id, [lesson.id for lesson in lessons if lesson.module_id == module.id])
        for module in sorted(modules, key=lambda module: (module.position, module.id))
    ]


def order_values(order: Order) -> dict[str, Any]:
    return {"order": [[str(module_id), [str(id_) for id_ in lessons]] for module_id, lessons in order]}


async def order_course(
    ctx: Ctx, course: Course, wanted: Order, marks: Marks, report: LossReport, *, kept: bool
) -> None:
    """Puts what the import brought in the order `wanted`; what was made here stays behind it in its module.

    With `kept` the order was changed here since the last import: it stays, and the report says so.
    """
    if kept:
        report.lost("order", "changed here since the last import: kept as it is")
        return
    now = await catalog.order_of(ctx, course.id)
    order = _merged(wanted, now)
    if order != now:
        given = OutlineIn(modules=[OutlineModule(id=module_id, lessons=ids) for module_id, ids in order])
        await catalog.set_outline(ctx, course.id, given)
    marks.put(course.id, Kind.OUTLINE, "", course.id, fields_of(order_values(imported_only(order, wanted))))


def imported_only(order: Order, wanted: Order) -> Order:
    """The order without what was made here."""
    modules = {module_id for module_id, _ in wanted}
    lessons = {id_ for _, ids in wanted for id_ in ids}
    return [(module_id, [id_ for id_ in ids if id_ in lessons]) for module_id, ids in order if module_id in modules]


def _merged(wanted: Order, now: Order) -> Order:
    modules = {module_id for module_id, _ in now}
    living = {id_ for _, ids in now for id_ in ids}
    brought = {id_ for _, ids in wanted for id_ in ids}
    own = {module_id: [id_ for id_ in ids if id_ not in brought] for module_id, ids in now}
    first = [
        (module_id, [id_ for id_ in ids if id_ in living] + own[module_id])
        for module_id, ids in wanted
        if module_id in modules
    ]
    there = {module_id for module_id, _ in first}
    return first + [(module_id, own[module_id]) for module_id, _ in now if module_id not in there]
