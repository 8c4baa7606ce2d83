"""What learners handed in: scores, what waits for a person, grading, and the log of grades that changed."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.assessment import service as assessment
from akademe.assessment.schemas import GradesIn, QuizResult
from akademe.catalog.rules import as_id
from akademe.identity import service as identity
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.web.teach.pages.quizzes import quiz_area
from akademe.web.ui.render import page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach/{course}/quizzes/{quiz_id}")
PER_PAGE = 50


@router.page("/results", access="user")
async def results(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    """Those that wait first; then everybody's, the newest first."""
    shown = await quiz_area(ctx, course, quiz_id)
    asked, person = request.query_params.get("show", ""), as_id(request.query_params.get("person", ""))
    show = asked if asked in ("waiting", "all") else "waiting" if shown["waiting"] else "all"
    where = Page(PER_PAGE, request.query_params.get("cursor", ""))
    found = await assessment.list_results(ctx, quiz_id, where, user_id=person, is_waiting=show == "waiting")
    return page(
        request,
        ctx,
        "teach/results.html",
        **shown,
        show=show,
        person=person,
        attempts=found.items,
        next_cursor=found.next_cursor,
    )


async def _attempt(ctx: Ctx, key: str, quiz_id: UUID, attempt_id: UUID) -> dict[str, Any]:
    shown = await quiz_area(ctx, key, quiz_id)
    result = await assessment.get_attempt(ctx, attempt_id)
    if not isinstance(result, QuizResult) or result.assessment_id != str(quiz_id):
        raise NotFound
    user_id = UUID(result.user_id)
    person = (await identity.user_briefs(ctx, [user_id])).get(user_id)
    lines = {line.question_id: line for line in result.results or ()}
    asked = [(question, lines[question.id]) for question in result.questions or ()]
    asked.sort(key=lambda pair: pair[1].points_earned is not None)
    return shown | {"result": result, "person": person, "asked": asked}


@router.page("/attempts/{attempt_id}", access="user")
async def attempt(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, attempt_id: UUID) -> Response:
    shown = await _attempt(ctx, course, quiz_id, attempt_id)
    return page(request, ctx, "teach/grading.html", **shown, values={}, errors={})


@router.page("/attempts/{attempt_id}", access="user", methods=("POST",))
async def grade(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID, attempt_id: UUID) -> Response:
    """Points and words for the answers filled in; then the next attempt that waits."""
    form = await request.form()
    shown = await _attempt(ctx, course, quiz_id, attempt_id)
    with showing_form("teach/grading.html", **shown, values=values_of(form)):
        await assessment.grade_answers(ctx, attempt_id, read(GradesIn, {"grades": _grades(form)}))
    here = f"/teach/{course}/quizzes/{quiz_id}"
    left = await assessment.list_results(ctx, quiz_id, Page(2), is_waiting=True)
    following = next((one.id for one in left.items if one.id != str(attempt_id)), None)
    if following is not None:
        return redirect(request, f"{here}/attempts/{following}", flash=_("Graded. This is the next one that waits."))
    return redirect(request, f"{here}/results?show=all", flash=_("Graded. Nothing waits for you here."))


def _grades(form: FormData) -> dict[str, Any]:
    grades: dict[str, Any] = {}
    for name, value in form.items():
        question_id = name.removeprefix("points.")
        said = str(value).strip().replace(",", ".")
        if question_id == name or not said:
            continue
        if not said.replace(".", "", 1).isdecimal():
            raise Invalid.field(f"grades.{question_id}", _("Give the points as a number."))
        grades[question_id] = {"points": said, "feedback": str(form.get(f"feedback.{question_id}", "")).strip() or None}
    if not grades:
        raise Invalid.field("", _("Give points to at least one answer."))
    return grades


@router.page("/changes", access="user")
async def changes(request: Request, ctx: AnyCtx, course: str, quiz_id: UUID) -> Response:
    shown = await quiz_area(ctx, course, quiz_id)
    where = Page(PER_PAGE, request.query_params.get("cursor", ""))
    found = await assessment.list_grade_changes(ctx, quiz_id, where)
    ids = {UUID(id_) for one in found.items for id_ in (one.user_id, one.changed_by) if id_}
    people = {str(id_): brief.full_name for id_, brief in (await identity.user_briefs(ctx, ids)).items()}
    return page(
        request, ctx, "teach/changes.html", **shown, entries=found.items, people=people, next_cursor=found.next_cursor
    )
