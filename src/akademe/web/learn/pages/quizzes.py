"""A quiz before it is begun: its rules in plain words, and the attempts so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request, Response

from akademe.assessment import service as assessment
from akademe.assessment.schemas import AssessmentOut, QuizResult
from akademe.assessment.service import Prospect
from akademe.catalog import service as catalog
from akademe.catalog.rules import as_id
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.web.learn import shapes
from akademe.web.learn.shapes import CourseShown
from akademe.web.ui.formats import format_number, percent, span, told
from akademe.web.ui.render import page, redirect, see
from akademe.web.ui.words import _, ngettext, plural

router = PageRouter()
MINUTE = 60
SHOWN_ATTEMPTS = 50
Line = tuple[str, str]


@router.page("/quizzes/{quiz}", access="user")
async def show_quiz(request: Request, ctx: AnyCtx, quiz: str) -> Response:
    see(request, ctx)
    prospect = await assessment.prospect_of(ctx, known_id(quiz))
    c, trail, lesson = await around(ctx, prospect.assessment)
    results = await _results(ctx, prospect)
    return page(
        request,
        ctx,
        "learn/quiz.html",
        test=prospect.assessment,
        trail=[*trail, (prospect.assessment.title, None)],
        rules=_rules(prospect, ctx.now),
        standing=_standing(prospect, results),
        start=_start(prospect, c, results, ctx.now),
        attempts=[_attempt(one) for one in results],
        back=lesson or {"label": _("Back to the course"), "href": c.href},
    )


@router.page("/quizzes/{quiz}/start", access="user", methods=("POST",))
async def start(request: Request, ctx: AnyCtx, quiz: str) -> Response:
    """Begin an attempt, or go on with the open one."""
    attempt, _created = await assessment.start_attempt(ctx, known_id(quiz))
    return redirect(request, f"/attempts/{attempt.id}")


def known_id(text: str) -> Any:
    """The id in an address. Raises NotFound for what is none."""
    found = as_id(text)
    if found is None:
        raise NotFound
    return found


async def around(
    ctx: Ctx, test: AssessmentOut
) -> tuple[CourseShown, list[tuple[str, str | None]], dict[str, str] | None]:
    """The course of a quiz, the way to it, and the link back to its lesson."""
    c = shapes.course_shown(await catalog.get_course(ctx, test.course_id))
    trail: list[tuple[str, str | None]] = [(c.title, c.href)]
    if test.lesson_id is None:
        return c, trail, None
    lesson, _course = await catalog.find_lesson(ctx, known_id(test.lesson_id))
    back = {"label": _("Back to the lesson"), "href": shapes.lesson_href(c.slug, lesson.id)}
    return c, trail if lesson.title == test.title else [*trail, (lesson.title, back["href"])], back


async def _results(ctx: Ctx, prospect: Prospect) -> list[QuizResult]:
    if not prospect.may_take:
        return []
    page_ = Page(SHOWN_ATTEMPTS)
    found = await assessment.list_results(ctx, known_id(prospect.assessment.id), page_, user_id=ctx.actor.user_id)
    return found.items


def _rules(prospect: Prospect, now: datetime) -> list[Line]:
    """What one agrees to by starting, each with its icon."""
    test, window = prospect.assessment, prospect.window
    questions = ngettext("%(num)d question", "%(num)d questions", test.question_count)
    points = plural("%(num)s point", "%(num)s points", float(test.total_points)) % {
        "num": format_number(test.total_points)
    }
    lines = [("list-checks", _("%(questions)s, %(points)s in all.") % {"questions": questions, "points": points})]
    if window.minutes is not None:
        time = span(window.minutes * MINUTE)
        lines.append(("timer", _("You have %(time)s from the start. The clock runs on if you leave.") % {"time": time}))
    else:
        lines.append(("clock", _("There is no time limit. You can leave and go on later.")))
    lines.append(("rotate-ccw", _tries(prospect)))
    lines.append(("circle-check", _("You pass with %(share)s.") % {"share": percent(test.passing_score)}))
    lines.append(("eye", _REVIEW[test.review]()))
    return [*lines, *_dates(prospect, now)]


_REVIEW = {
    "never": lambda: _("The results are not shown here."),
    "score_only": lambda: _("You see your score when you hand in."),
    "after_submit": lambda: _("You see what was right when you hand in."),
    "after_pass": lambda: _("You see your score when you hand in, and what was right once you have passed."),
    "after_close": lambda: _("You see your score when you hand in, and what was right after the quiz has closed."),
}


def _tries(prospect: Prospect) -> str:
    most, left = prospect.window.max_attempts, prospect.attempts_left
    if most is None:
        return _("You may take it as often as you like. The best attempt counts.")
    if most == 1:
        return _("You have one attempt.") if left else _("You had one attempt.")
    said = _("You may take it %(num)d times; the best attempt counts.") % {"num": most}
    if left == most:
        return said
    return said + " " + (ngettext("%(num)d is left.", "%(num)d are left.", left or 0) if left else _("None is left."))


def _dates(prospect: Prospect, now: datetime) -> list[Line]:
    window = prospect.window
    found: list[Line] = []
    if window.opens_at and window.opens_at > now:
        found.append(("calendar", told(_("It opens %(when)s."), window.opens_at)))
    if window.due_date:
        found.append(("calendar", told(_("It is due %(when)s."), window.due_date)))
    if window.closes_at and window.closes_at != window.due_date:
        word = _("It closes %(when)s.") if window.closes_at > now else _("It closed %(when)s.")
        found.append(("calendar", told(word, window.closes_at)))
    return found


def best_of(results: list[QuizResult]) -> float | None:
    """The best score that may be seen, 0 to 1."""
    return max((one.score for one in results if one.score is not None), default=None)


def _standing(prospect: Prospect, results: list[QuizResult]) -> dict[str, str] | None:
    """How it stands, where there is something to say."""
    if prospect.is_archived:
        return {
            "title": _("The course is archived: the quiz can be read about, not taken."),
            "tone": "info",
            "line": "",
        }
    if any(one.needs_grading for one in results):
        return {
            "title": _("An answer of yours waits for a person to grade it."),
            "tone": "info",
            "line": _("You are told when the result is there."),
        }
    best = best_of(results)
    if best is None:
        return None
    line = _("Your best score is %(share)s.") % {"share": percent(best)}
    if any(one.passed for one in results):
        return {"title": _("You have passed."), "tone": "success", "line": line}
    return {"title": _("Not passed yet."), "tone": "warning", "line": line}


def _start(prospect: Prospect, c: CourseShown, results: list[QuizResult], now: datetime) -> dict[str, str]:
    """The one thing to do here: go on, start, enrol, edit, or nothing."""
    window, base = prospect.window, f"/quizzes/{prospect.assessment.id}"
    if prospect.open_attempt is not None:
        return {"kind": "resume", "href": f"/attempts/{prospect.open_attempt.id}"}
    if not prospect.may_take:
        return {"kind": "enrol", "href": c.enrol_url}
    if prospect.is_staff:
        return {"kind": "builder", "href": f"/teach/{c.slug}/quizzes/{prospect.assessment.id}"}
    is_open = (window.opens_at is None or window.opens_at <= now) and (
        window.closes_at is None or now < window.closes_at
    )
    if prospect.is_archived or not is_open or prospect.attempts_left == 0 or not prospect.assessment.question_count:
        return {"kind": ""}
    label = _("Take it again") if results else _("Start the quiz")
    return {"kind": "start", "href": f"{base}/start", "label": label}


def _attempt(one: QuizResult) -> dict[str, Any]:
    badge, tone = _verdict(one)
    return {
        "number": one.number,
        "at": one.completed_at,
        "score": percent(one.score) if one.score is not None and not one.needs_grading else "",
        "badge": badge,
        "tone": tone,
        "href": f"/attempts/{one.id}/result",
    }


def _verdict(one: QuizResult) -> tuple[str, str]:
    if one.needs_grading:
        return _("Waits for a grade"), ""
    if one.passed is None:
        return _("Handed in"), ""
    return (_("Passed"), "success") if one.passed else (_("Not passed"), "warning")


def points_of(earned: Any, total: Any) -> str:
    """`9 of 11 points`."""
    return _("%(earned)s of %(total)s points") % {"earned": format_number(earned), "total": format_number(total)}
