"""One person in a course: how far they are, their quizzes, dates of their own, and their certificate."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.assessment import service as assessment
from akademe.identity import service as identity
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.learning import service as learning
from akademe.learning.schemas import DatesIn, RevokeIn
from akademe.web.teach.forms import moment_in
from akademe.web.teach.pages.area import area
from akademe.web.teach.pages.quizzes import lessons_in
from akademe.web.ui.render import page, read, redirect, see, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach/{course}/people/{user_id}")
TEMPLATE = "teach/learner.html"
MOMENTS, EXTRAS = ("opens_at", "due_at", "closes_at"), ("extra_minutes", "extra_attempts")


async def _shown(ctx: Ctx, key: str, user_id: UUID) -> dict[str, Any]:
    course, shown = await area(ctx, key)
    progress = await learning.progress_of(ctx, user_id, course.id)
    person = (await identity.user_briefs(ctx, [user_id])).get(user_id)
    if person is None:
        raise NotFound
    quizzes = [one for one in await assessment.list_assessments(ctx, course.id) if one.type == "quiz"]
    lessons = [one for one in await lessons_in(ctx, course.id) if one["is_active"] and one["is_live"]]
    named = {str(course.id): _("The whole course")} | {one["id"]: one["title"] for one in lessons}
    return shown | {
        "person": person,
        "progress": progress,
        "last_here": _moment(progress["last_accessed"]),
        "done": {str(id_) for id_ in progress["completed_lessons"]},
        "results": {str(one["quiz_id"]): one for one in progress["quiz_results"]},
        "quizzes": quizzes,
        "lessons": lessons,
        "dates": [one for one in await learning.list_dates(ctx, key) if one.user_id == user_id and _says(one)],
        "named": named | {one.id: one.title for one in quizzes},
        "certificate": await learning.certificate_of(ctx, user_id, course.id),
    }


def _moment(said: Any) -> datetime | None:
    """A time of a document, which on SQLite is the text that JSON wants."""
    return datetime.fromisoformat(said) if isinstance(said, str) else said


def _says(dates: DatesIn) -> bool:
    return any(getattr(dates, name) is not None for name in (*MOMENTS, *EXTRAS))


@router.page("", access="user")
async def learner(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    return page(request, ctx, TEMPLATE, **await _shown(ctx, course, user_id), values={}, errors={})


@router.page("/dates", access="user", methods=("POST",))
async def set_dates(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    """Other dates, more time or more attempts for this person; empty fields say nothing."""
    form = await request.form()
    see(request, ctx)
    shown = await _shown(ctx, course, user_id)
    with showing_form(TEMPLATE, **shown, values=values_of(form)):
        await learning.set_dates(ctx, course, _dates(form, user_id))
    return redirect(request, f"/teach/{course}/people/{user_id}#dates", flash=_("Saved."))


def _dates(form: FormData, user_id: UUID) -> DatesIn:
    given: dict[str, Any] = {name: moment_in(form, name) for name in MOMENTS}
    given |= {name: str(form.get(name, "")).strip() or None for name in EXTRAS}
    return read(DatesIn, given | {"user_id": user_id, "ref_id": str(form.get("ref_id", "")) or None})


@router.page("/revoke", access="user", methods=("POST",))
async def revoke(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    form = await request.form()
    shown = await _shown(ctx, course, user_id)
    if shown["certificate"] is None:
        raise NotFound
    with showing_form(TEMPLATE, **shown, values=values_of(form)):
        await learning.revoke_certificate(ctx, shown["certificate"].code, read(RevokeIn, form).reason)
    said = _("The certificate is withdrawn. Whoever checks it is told so.")
    return redirect(request, f"/teach/{course}/people/{user_id}", flash=said)
