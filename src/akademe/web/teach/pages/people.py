"""Who is in a course and how far they are: enrolled, waiting, completed, left; and who has completed which lesson."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.catalog import service as catalog
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.learning.schemas import EnrolOthersIn
from akademe.web.teach.pages.area import area
from akademe.web.ui.render import page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _, ngettext

router = PageRouter(prefix="/teach/{course}")
PER_PAGE, ROWS = 100, 50
STATUSES = ("active", "waiting", "completed", "dropped")


@router.page("/people", access="user")
async def people(request: Request, ctx: AnyCtx, course: str) -> Response:
    return page(request, ctx, "teach/people.html", **await _shown(request, ctx, course), values={}, errors={})


async def _shown(request: Request, ctx: Ctx, key: str) -> dict[str, Any]:
    course, shown = await area(ctx, key)
    wanted = request.query_params.get("status", "")
    status = wanted if wanted in STATUSES else "active"
    cursor = request.query_params.get("cursor", "")
    found = await learning.list_course_enrolments(ctx, course.id, status, Page(PER_PAGE, cursor))
    return shown | {
        "wanted": status,
        "counts": await learning.enrolment_counts(ctx, course.id),
        "enrolments": found.items,
        "next_cursor": found.next_cursor,
    }


@router.page("/people", access="user", methods=("POST",))
async def add(request: Request, ctx: AnyCtx, course: str) -> Response:
    """People named by e-mail, one per line: all of them or none."""
    form = await request.form()
    shown = await _shown(request, ctx, course)
    with showing_form("teach/people.html", **shown, values=values_of(form)):
        added = await learning.enrol_others(ctx, course, read(EnrolOthersIn, {"emails": _lines(form)}))
    waiting = sum(1 for one in added if one.status == "waiting")
    said = ngettext("%(num)d person is in the course.", "%(num)d people are in the course.", len(added) - waiting)
    if waiting:
        said = ngettext("%(num)d person is on the waiting list.", "%(num)d people are on the waiting list.", waiting)
    back = f"/teach/{course}/people" + ("?status=waiting" if waiting else "")
    return redirect(request, back, flash=said)


def _lines(form: FormData) -> list[str]:
    words = str(form.get("emails", "")).replace(",", " ").replace(";", " ").split()
    if not words:
        raise Invalid.field("emails", _("Write at least one e-mail address."))
    for word in words:
        if "@" not in word.strip("@"):
            raise Invalid.field("emails", _("%(word)s is not an e-mail address.") % {"word": word[:100]})
    return words


@router.page("/people/{enrolment_id}/remove", access="user", methods=("POST",))
async def remove(request: Request, ctx: AnyCtx, course: str, enrolment_id: UUID) -> Response:
    await learning.drop_enrolment(ctx, enrolment_id)
    said = _("Removed. What they did is kept, in case they come back.")
    return redirect(request, f"/teach/{course}/people?status=dropped", flash=said)


@router.page("/people/{user_id}/add", access="user", methods=("POST",))
async def take_back(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    await learning.enrol_person(ctx, course, user_id)
    return redirect(request, f"/teach/{course}/people", flash=_("They are in the course again."))


@router.page("/progress", access="user")
async def progress(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Lessons by learners: who has completed what."""
    found, shown = await area(ctx, course)
    table = await learning.completion_table(ctx, found.id, Page(ROWS, request.query_params.get("cursor", "")))
    return page(
        request,
        ctx,
        "teach/progress.html",
        **shown,
        counts=await learning.enrolment_counts(ctx, found.id),
        lessons=await catalog.lessons_of(ctx, found.id),
        rows=table.items,
        next_cursor=table.next_cursor,
    )
