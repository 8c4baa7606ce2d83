"""Taking a quiz: its questions, saving, handing in, and the result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response

from akademe.assessment import service as assessment
from akademe.assessment.errors import AttemptClosed
from akademe.assessment.schemas import AssessmentOut, AttemptOut, LearnerQuestion, QuestionResult, QuizResult, SubmitIn
from akademe.kernel.ctx import Ctx
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.learning import service as learning
from akademe.web.learn import shapes
from akademe.web.learn.pages.quizzes import around, known_id, points_of
from akademe.web.learn.shapes import CourseShown
from akademe.web.ui.formats import span, told
from akademe.web.ui.questions import answers_from_form
from akademe.web.ui.render import page, redirect, see
from akademe.web.ui.words import _

router = PageRouter()
# A page that hands in because its clock ran out may be a little early.
NEARLY = timedelta(seconds=5)
UNASKED = "description"


@router.page("/attempts/{attempt}", access="user")
async def show_attempt(request: Request, ctx: AnyCtx, attempt: str) -> Response:
    """The questions of an open attempt; of one that has ended, the way to its result."""
    found = await assessment.get_attempt(ctx, known_id(attempt))
    if isinstance(found, QuizResult) or known_id(found.user_id) != ctx.actor.user_id:
        return redirect(request, f"/attempts/{found.id}/result")
    return await _questions(request, ctx, found, found.answers)


async def _questions(
    request: Request, ctx: Ctx, found: AttemptOut, answers: dict[str, Any], *, ask_again: bool = False
) -> Response:
    prospect = await assessment.prospect_of(ctx, known_id(found.assessment_id))
    _c, trail, _lesson = await around(ctx, prospect.assessment)
    numbered = _numbered(found.questions)
    return page(
        request,
        ctx,
        "learn/attempt.html",
        status=422 if ask_again else 200,
        test=prospect.assessment,
        trail=[*trail, (prospect.assessment.title, None)],
        attempt={"href": f"/attempts/{found.id}", "due_at": found.due_at},
        questions=found.questions,
        answers=answers,
        states=["answered" if answers.get(q.id) is not None else "" for _n, q in numbered],
        open_questions=[n for n, q in numbered if answers.get(q.id) is None] if ask_again else [],
    )


def _numbered(questions: Iterable[LearnerQuestion]) -> list[tuple[int, LearnerQuestion]]:
    """The questions that want an answer, with the numbers they are shown under."""
    return list(enumerate((q for q in questions if q.question_type != UNASKED), 1))


async def _given(request: Request, found: AttemptOut) -> dict[str, Any]:
    return answers_from_form(found.questions, await request.form())


async def _open(ctx: Ctx, attempt: str) -> AttemptOut:
    found = await assessment.get_attempt(ctx, known_id(attempt))
    if isinstance(found, QuizResult):
        raise AttemptClosed
    return found


@router.page("/attempts/{attempt}/save", access="user", methods=("POST",))
async def save(request: Request, ctx: AnyCtx, attempt: str) -> Response:
    """Keep what is answered so far; without script, also the way out."""
    found = await _open(ctx, attempt)
    await assessment.save_answers(ctx, known_id(attempt), await _given(request, found))
    if request.headers.get("hx-request"):
        return Response(status_code=204)
    text = _("Your answers are saved. Go on when you like.")
    return redirect(request, f"/quizzes/{found.assessment_id}", flash=text)


@router.page("/attempts/{attempt}/submit", access="user", methods=("POST",))
async def submit(request: Request, ctx: AnyCtx, attempt: str) -> Response:
    """Hand in. What has no answer is asked about once, unless the time is up."""
    found = await assessment.get_attempt(ctx, known_id(attempt))
    if isinstance(found, QuizResult):
        return redirect(request, f"/attempts/{found.id}/result")
    answers = await _given(request, found)
    is_over = found.due_at is not None and ctx.now >= found.due_at - NEARLY
    is_whole = all(answers.get(q.id) is not None for _n, q in _numbered(found.questions))
    if not is_whole and not is_over and not (await request.form()).get("anyway"):
        await assessment.save_answers(ctx, known_id(attempt), answers)
        return await _questions(request, ctx, found, answers, ask_again=True)
    given = SubmitIn(attempt_id=found.id, answers=answers)
    result = await assessment.submit(ctx, known_id(found.assessment_id), given)
    return redirect(request, f"/attempts/{result.id}/result")


@router.page("/attempts/{attempt}/result", access="user")
async def show_result(request: Request, ctx: AnyCtx, attempt: str) -> Response:
    """What came of it, as far as it may be seen."""
    see(request, ctx)
    found = await assessment.get_attempt(ctx, known_id(attempt))
    if isinstance(found, AttemptOut):
        return redirect(request, f"/attempts/{found.id}")
    prospect = await assessment.prospect_of(ctx, known_id(found.assessment_id))
    c, trail, lesson = await around(ctx, prospect.assessment)
    lines = _lines(found)
    return page(
        request,
        ctx,
        "learn/result.html",
        test=prospect.assessment,
        trail=[*trail, (prospect.assessment.title, f"/quizzes/{found.assessment_id}"), (_("Result"), None)],
        head=_head(found),
        links=await _links(ctx, c, prospect.assessment, found, lesson),
        results=lines,
        states=[_state(result) for q, _answer, result in lines if q.question_type != UNASKED],
    )


def _lines(found: QuizResult) -> list[tuple[LearnerQuestion, Any, QuestionResult]]:
    results = {one.question_id: one for one in found.results or ()}
    return [(q, results[q.id].answer, results[q.id]) for q in found.questions or () if q.id in results]


def _state(result: QuestionResult) -> str:
    return "" if result.is_correct is None else "right" if result.is_correct else "wrong"


def _head(found: QuizResult) -> dict[str, Any]:
    waits = found.needs_grading
    score = None if waits else found.percentage
    return {
        "title": _title(found),
        "percentage": score,
        "points": points_of(found.points_earned, found.total_points)
        if found.points_earned is not None and not waits
        else "",
        "lines": _said(found),
    }


def _title(found: QuizResult) -> str:
    if found.needs_grading or found.passed is None:
        return _("Handed in")
    return _("You passed") if found.passed else _("Not passed yet")


def _said(found: QuizResult) -> list[str]:
    """The circumstances, in sentences."""
    said = []
    if found.needs_grading:
        said.append(_("A person grades what you wrote. You are told when the result is there."))
    elif found.score is None:
        said.append(_("The results of this quiz are not shown here."))
    if found.auto_submitted:
        said.append(_("The time was up: what you had saved was handed in."))
    if found.late:
        said.append(_("Handed in after the due date."))
    said.append(_("Attempt %(n)s.") % {"n": found.number})
    if found.completed_at:
        said.append(_handed_in(found, found.completed_at))
    if found.attempts_left is not None and not found.passed:
        said.append(_("Attempts left: %(n)s.") % {"n": found.attempts_left})
    return said


def _handed_in(found: QuizResult, moment: datetime) -> str:
    if not found.time_spent:
        return told(_("Handed in %(when)s."), moment)
    return told(_("Handed in %(when)s, after %(time)s."), moment, time=span(found.time_spent))


async def _links(
    ctx: Ctx, c: CourseShown, test: AssessmentOut, found: QuizResult, lesson: dict[str, str] | None
) -> list[tuple[str, str, str]]:
    """Where to go from here: (label, address, kind), the one thing to do next first."""
    again = (_("Try again"), f"/quizzes/{test.id}", "" if found.passed else "primary")
    may_again = found.attempts_left != 0 and not found.passed and not found.needs_grading
    links = [again] if may_again else []
    after = await _after(ctx, c, test)
    if after is not None:
        links.append((_("Next lesson"), after, "" if may_again else "primary"))
    else:
        links.append((_("Back to the course"), c.href, "" if may_again else "primary"))
    return [*links, (lesson["label"], lesson["href"], "quiet")] if lesson else links


async def _after(ctx: Ctx, c: CourseShown, test: AssessmentOut) -> str | None:
    """The lesson after the one that the quiz belongs to."""
    if test.lesson_id is None:
        return None
    place = shapes.place_of(await learning.outline(ctx, c.id), test.lesson_id)
    return place.next.href if place.next else None
