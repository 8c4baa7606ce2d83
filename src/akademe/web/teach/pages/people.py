"""Who is in a course and how far they are: enrolled, waiting, completed, left; and who has completed which lesson."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.catalog import service as catalog
from akademe.catalog.rules import as_id
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.learning.schemas import EnrolmentOut, EnrolOthersIn
from akademe.web.teach.pages.area import area
from akademe.web.ui.render import going_back, page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _, ngettext

router = PageRouter(prefix="/teach/{course}")
PER_PAGE, ROWS, AT_ONCE = 100, 50, 100
STATUSES = ("active", "waiting", "completed", "dropped")
MOST_UNDONE = 20
"""So many people still fit into the address that undoes their removal."""
FEW_LESSONS = 40
"""More than so many lessons are shown by module."""


@router.page("/people", access="user")
async def people(request: Request, ctx: AnyCtx, course: str) -> Response:
    return page(request, ctx, "teach/people.html", **await _shown(request, ctx, course), values={}, errors={})


async def _shown(request: Request, ctx: Ctx, key: str) -> dict[str, Any]:
    course, shown = await area(ctx, key)
    query = request.query_params
    status = query.get("status", "") if query.get("status") in STATUSES else "active"
    name = query.get("q", "").strip()[:100]
    found = await learning.list_course_enrolments(
        ctx, course.id, status, Page(PER_PAGE, query.get("cursor", "")), q=name
    )
    return shown | {
        "wanted": status,
        "q": name,
        "may_change": course.status == "published" or (course.status == "draft" and status != "dropped"),
        "verb": _("Enrol again") if status == "dropped" else _("Remove"),
        "counts": await learning.enrolment_counts(ctx, course.id),
        "enrolments": found.items,
        "next_cursor": found.next_cursor,
    }


@router.page("/people", access="user", methods=("POST",))
async def add(request: Request, ctx: AnyCtx, course: str) -> Response:
    """People named by e-mail: all of them or none."""
    form = await request.form()
    shown = await _shown(request, ctx, course)
    with showing_form("teach/people.html", **shown, values=values_of(form)):
        added: list[EnrolmentOut] = []
        emails = _words(form)
        for start in range(0, len(emails), AT_ONCE):
            some = read(EnrolOthersIn, {"emails": emails[start : start + AT_ONCE]})
            added += await learning.enrol_others(ctx, course, some)
    waiting = sum(1 for one in added if one.status == "waiting")
    said = []
    if len(added) > waiting:
        said.append(
            ngettext("%(num)d person is in the course.", "%(num)d people are in the course.", len(added) - waiting)
        )
    if waiting:
        said.append(
            ngettext("%(num)d person is on the waiting list.", "%(num)d people are on the waiting list.", waiting)
        )
    back = f"/teach/{course}/people" + ("?status=waiting" if waiting == len(added) else "")
    return redirect(request, back, flash=" ".join(said))


def _words(form: FormData) -> list[str]:
    words = str(form.get("emails", "")).replace(",", " ").replace(";", " ").split()
    if not words:
        raise Invalid.field("emails", _("Write at least one e-mail address."))
    for word in words:
        if "@" not in word.strip("@"):
            raise Invalid.field("emails", _("%(word)s is not an e-mail address.") % {"word": word[:100]})
    return list(dict.fromkeys(words))


@router.page("/people/remove", access="user", methods=("POST",))
async def remove(request: Request, ctx: AnyCtx, course: str) -> Response:
    """The person whose button it was, else those ticked."""
    form = await request.form()
    enrolments, people_ids = _chosen(form)
    here = f"/teach/{course}/people"
    with going_back(here):
        for enrolment_id in enrolments:
            await learning.drop_enrolment(ctx, enrolment_id)
    back = f"{here}?{urlencode({'status': str(form.get('status', ''))})}" if form.get("status") else here
    if not enrolments:
        return redirect(request, back, flash=_("Choose somebody first."), tone="info")
    said = ngettext("%(num)d person is removed.", "%(num)d people are removed.", len(enrolments))
    undo = f"{here}/return?{urlencode({'who': people_ids}, doseq=True)}" if len(people_ids) <= MOST_UNDONE else ""
    return redirect(request, back, flash=said + " " + _("What they did is kept."), undo=undo)


@router.page("/people/return", access="user", methods=("POST",))
async def take_back(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Enrol people again who were in the course before."""
    _enrolments, people_ids = _chosen(await request.form())
    named = people_ids or [id_ for id_ in map(as_id, request.query_params.getlist("who")) if id_]
    with going_back(f"/teach/{course}/people"):
        for user_id in named:
            await learning.enrol_person(ctx, course, user_id)
    said = ngettext("%(num)d person is in the course again.", "%(num)d people are in the course again.", len(named))
    return redirect(request, f"/teach/{course}/people", flash=said)


def _chosen(form: FormData) -> tuple[list[UUID], list[UUID]]:
    """Ids of enrolments and of their people: a row is named by both, as <enrolment>.<person>."""
    rows = [str(form["one"])] if form.get("one") else [str(value) for value in form.getlist("who")]
    pairs = [(as_id(enrolment), as_id(person)) for enrolment, _dot, person in (row.partition(".") for row in rows)]
    return [one for one, _person in pairs if one], [person for _one, person in pairs if person]


@router.page("/progress", access="user")
async def progress(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Learners by lessons, or by modules where the lessons are many: who has completed what."""
    query = request.query_params
    found, shown = await area(ctx, course)
    name = query.get("q", "").strip()[:100]
    table = await learning.completion_table(ctx, found.id, Page(ROWS, query.get("cursor", "")), q=name)
    return page(
        request,
        ctx,
        "teach/progress.html",
        **shown,
        **await _columns(ctx, found.id, query.get("module", "")),
        q=name,
        counts=await learning.enrolment_counts(ctx, found.id),
        rows=table.items,
        next_cursor=table.next_cursor,
    )


async def _columns(ctx: Ctx, course_id: UUID, wanted: str) -> dict[str, Any]:
    """What the columns are: the lessons of the module wanted, else all where they are few, else the modules."""
    modules = [
        {"id": str(one["id"]), "title": one["title"], "lessons": lessons}
        for one in await catalog.read_outline(ctx, course_id, fresh=True)
        if (lessons := [lesson for lesson in one["lessons"] if one["is_active"] and _is_shown(lesson)])
    ]
    chosen = next((one for one in modules if one["id"] == wanted), None)
    lessons = [lesson for one in modules for lesson in one["lessons"]]
    by_module = chosen is None and len(lessons) > FEW_LESSONS
    return {
        "modules": modules,
        "choices": [("", _("All modules")), *((one["id"], one["title"]) for one in modules)],
        "chosen": chosen,
        "by_module": by_module,
        "lessons": chosen["lessons"] if chosen else lessons,
    }


def _is_shown(lesson: dict[str, Any]) -> bool:
    return bool(lesson["is_active"] and lesson["is_live"])
