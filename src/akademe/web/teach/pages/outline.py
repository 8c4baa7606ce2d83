"""The course builder: modules and lessons in order, one change at a time."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from akademe.catalog import service as catalog
from akademe.catalog.errors import ModuleChanged
from akademe.catalog.models import ContentType
from akademe.catalog.schemas import LessonIn, ModuleIn, ModulePatch, OutlineIn
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.teach.forms import theirs, version_in
from akademe.web.teach.pages.area import area
from akademe.web.ui.render import is_part, page, read, redirect, showing_form, toast, values_of
from akademe.web.ui.words import _, ngettext

router = PageRouter(prefix="/teach/{course}")
Order = list[tuple[str, list[str]]]


def type_labels() -> list[tuple[str, str]]:
    return [
        (ContentType.TEXT, _("Text")),
        (ContentType.VIDEO, _("Video")),
        (ContentType.FILE, _("File")),
        (ContentType.QUIZ, _("Quiz")),
    ]


@router.page("", access="user")
async def outline(request: Request, ctx: AnyCtx, course: str) -> Response:
    return await _outline(request, ctx, course)


async def _outline(request: Request, ctx: Ctx, key: str) -> Response:
    course, shown = await area(ctx, key)
    modules = await catalog.read_outline(ctx, course.id, fresh=True)
    deleted = await catalog.deleted_lessons(ctx, course.id) if shown["may_edit"] else []
    return page(
        request,
        ctx,
        "teach/outline.html",
        **shown,
        modules=modules,
        types=type_labels(),
        lesson_count=sum(len(module["lessons"]) for module in modules),
        drafts=sum(not lesson["is_live"] or lesson["has_draft"] for module in modules for lesson in module["lessons"]),
        deleted=list(deleted)[:10],
    )


@router.page("/order", access="user", methods=("POST",))
async def reorder(request: Request, ctx: AnyCtx, course: str) -> Response:
    """The whole order as the page has it (`m:<id>` and `l:<id>`), after one move where a button asked for it."""
    form = await request.form()
    order = _read_order([str(value) for value in form.getlist("order")])
    if move := str(form.get("move", "")):
        _move(order, *move.rsplit(":", 1))
    wanted = OutlineIn.model_validate({"modules": [{"id": id_, "lessons": lessons} for id_, lessons in order]})
    found = await catalog.set_outline(ctx, course, wanted)
    if is_part(request):
        return toast(Response(status_code=200), _("Order saved."))
    return redirect(request, f"/teach/{found.slug}")


def _read_order(entries: list[str]) -> Order:
    order: Order = []
    for entry in entries:
        kind, _colon, id_ = entry.partition(":")
        if kind == "m":
            order.append((id_, []))
        elif kind == "l" and order:
            order[-1][1].append(id_)
        else:
            raise Invalid.field("order", _("This page is out of date. Reload it and try again."))
    return order


def _move(order: Order, entry: str, direction: str) -> None:
    """One place up or down; a lesson at the edge goes over into the neighbouring module."""
    step = -1 if direction == "up" else 1
    kind, _colon, id_ = entry.partition(":")
    if kind == "m":
        index = next((i for i, (module, _lessons) in enumerate(order) if module == id_), -1)
        if index >= 0 and 0 <= index + step < len(order):
            order.insert(index + step, order.pop(index))
        return
    for number, (_module, lessons) in enumerate(order):
        if id_ in lessons:
            index = lessons.index(id_)
            if 0 <= index + step < len(lessons):
                lessons.insert(index + step, lessons.pop(index))
            elif 0 <= number + step < len(order):
                lessons.remove(id_)
                order[number + step][1].insert(0 if step > 0 else len(order[number + step][1]), id_)
            return


@router.page("/modules", access="user", methods=("POST",))
async def add_module(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    if not str(form.get("title", "")).strip():
        return redirect(request, f"/teach/{course}", flash=_("Give the module a title."), tone="danger")
    made = await catalog.create_module(ctx, course, read(ModuleIn, form))
    return redirect(request, f"/teach/{course}#module-{made.id}")


@router.page("/modules/{module_id}", access="user")
async def module(request: Request, ctx: AnyCtx, course: str, module_id: UUID) -> Response:
    shown = await _module(ctx, course, module_id)
    return page(request, ctx, "teach/module.html", **shown, values={}, errors={})


async def _module(ctx: Ctx, key: str, module_id: UUID) -> dict[str, Any]:
    found, shown = await area(ctx, key, editing=True)
    one = next((item for item in await catalog.modules_of(ctx, found.id) if item.id == module_id), None)
    if one is None:
        raise NotFound
    return shown | {"module": one, "theirs": None}


@router.page("/modules/{module_id}", access="user", methods=("POST",))
async def change_module(request: Request, ctx: AnyCtx, course: str, module_id: UUID) -> Response:
    form = await request.form()
    shown = await _module(ctx, course, module_id) | {"values": values_of(form)}
    with showing_form("teach/module.html", **shown):
        texts = {"description": str(form.get("description", "")), "is_active": "is_active" in form}
        try:
            await catalog.update_module(ctx, module_id, read(ModulePatch, form, **texts), version_in(form))
        except ModuleChanged:
            with showing_form("teach/module.html", **_with_theirs(shown)):
                raise
    return redirect(request, f"/teach/{course}", flash=_("Saved."))


def _with_theirs(shown: dict[str, Any]) -> dict[str, Any]:
    """What somebody else saved meanwhile, beside what was typed; saving again then keeps what was typed."""
    stored = {"title": shown["module"].title, "description": shown["module"].description}
    labels = {"title": _("Title"), "description": _("Description")}
    return shown | {"theirs": theirs(stored, shown["values"], labels)}


@router.page("/modules/{module_id}/delete", access="user", methods=("POST",))
async def delete_module(request: Request, ctx: AnyCtx, course: str, module_id: UUID) -> Response:
    await catalog.delete_module(ctx, module_id)
    undo = f"/teach/{course}/modules/{module_id}/restore"
    return redirect(request, f"/teach/{course}", flash=_("The module is deleted, with its lessons."), undo=undo)


@router.page("/modules/{module_id}/restore", access="user", methods=("POST",))
async def restore_module(request: Request, ctx: AnyCtx, course: str, module_id: UUID) -> Response:
    await catalog.restore_module(ctx, module_id)
    return redirect(request, f"/teach/{course}#module-{module_id}", flash=_("The module is back, with its lessons."))


@router.page("/lessons", access="user", methods=("POST",))
async def add_lesson(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    if not str(form.get("title", "")).strip():
        return redirect(request, f"/teach/{course}", flash=_("Give the lesson a title."), tone="danger")
    lesson = await catalog.create_lesson(ctx, course, read(LessonIn, form, draft=True))
    if lesson.content_type == ContentType.QUIZ:
        return redirect(request, f"/teach/{course}/quizzes/new?lesson_id={lesson.id}")
    return redirect(request, f"/teach/{course}/lessons/{lesson.id}")


@router.page("/publish", access="user", methods=("POST",))
async def publish_drafts(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Every lesson that learners do not see yet, or not as it is written now."""
    found, _shown = await area(ctx, course, editing=True)
    modules = await catalog.read_outline(ctx, found.id, fresh=True)
    lessons = [lesson for module in modules for lesson in module["lessons"]]
    waiting = [lesson for lesson in lessons if not lesson["is_live"] or lesson["has_draft"]]
    for lesson in waiting:
        await catalog.publish_lesson(ctx, lesson["id"])
    said = ngettext("%(num)d lesson is published.", "%(num)d lessons are published.", len(waiting))
    return redirect(request, f"/teach/{course}", flash=said)
