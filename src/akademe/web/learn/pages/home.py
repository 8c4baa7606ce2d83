"""Home: what to do next, what is due, the courses one is in; and progress across them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request, Response
from markupsafe import Markup

from akademe.assessment import service as assessment
from akademe.assessment.service import Task
from akademe.kernel.ctx import Ctx
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.learning.schemas import EnrolmentOut
from akademe.web.learn import shapes, work
from akademe.web.learn.shapes import CourseShown
from akademe.web.learn.work import QuizShown
from akademe.web.ui.formats import day, percent, span, told
from akademe.web.ui.render import page, see
from akademe.web.ui.words import _, ngettext

router = PageRouter()
MOST_COURSES = 100
ACTIVE = ("enrolled", "in_progress")


@router.page("/home", access="user")
async def home(request: Request, ctx: AnyCtx) -> Response:
    see(request, ctx)
    own = (await learning.list_enrolments(ctx, "", Page(MOST_COURSES))).items
    tasks = await assessment.list_tasks(ctx)
    active = sorted((one for one in own if one.status in ACTIVE and _is_open(one)), key=_last_touched, reverse=True)
    return page(
        request,
        ctx,
        "learn/home.html",
        offers=[_offer(one) for one in own if _has_offer(one, ctx.now)],
        next_step=await _next_step(ctx, active, tasks),
        due=work.dues(tasks, ctx.now, with_course=True)[:5],
        streak=await _streak(ctx) if active else None,
        courses=[_card(one) for one in active],
        waiting=[_waiting(one) for one in own if one.status == "waiting" and not _has_offer(one, ctx.now)],
        finished=[_finished(one) for one in own if one.status == "completed"],
    )


def _course(one: EnrolmentOut) -> CourseShown:
    assert one.course is not None
    return CourseShown(one.course.id, one.course.title, one.course.slug, one.course.status)


def _is_open(one: EnrolmentOut) -> bool:
    return not _course(one).is_archived


def _last_touched(one: EnrolmentOut) -> datetime:
    return one.last_accessed or one.enrolled_at


def _has_offer(one: EnrolmentOut, now: datetime) -> bool:
    return one.status == "waiting" and one.offer_expires_at is not None and one.offer_expires_at > now


def _offer(one: EnrolmentOut) -> dict[str, Any]:
    c = _course(one)
    return {"title": c.title, "until": one.offer_expires_at, "enrol_url": c.enrol_url, "drop_url": c.drop_url}


def _waiting(one: EnrolmentOut) -> dict[str, Any]:
    line = _("Waiting list: number %(n)s") % {"n": one.place} if one.place else _("Waiting list")
    return _brief(one) | {"line": line}


def _brief(one: EnrolmentOut) -> dict[str, Any]:
    c = _course(one)
    return {"title": c.title, "href": c.href, "thumbnail_url": one.course.thumbnail_url if one.course else None}


def _card(one: EnrolmentOut) -> dict[str, Any]:
    seen = told(_("Last here %(when)s"), one.last_accessed) if one.last_accessed else _("Not started")
    return _brief(one) | {"percent": one.progress_percentage, "meta": [seen]}


def _finished(one: EnrolmentOut) -> dict[str, Any]:
    return _brief(one) | {"at": one.completed_at}


async def _next_step(ctx: Ctx, active: list[EnrolmentOut], tasks: list[Task]) -> dict[str, Any] | None:
    """The lesson to go on with in the course touched last, or a quiz that is left; else in the course before it."""
    for one in active:
        outline = await learning.outline(ctx, one.course_id)
        lesson = shapes.named_lesson(outline, outline["next_lesson_id"])
        quiz = work.quiz_left(task for task in tasks if task.course_id == one.course_id)
        if lesson is not None:
            return _step(one, outline) | _lesson_step(one, outline, lesson)
        if quiz is not None:
            return _step(one, outline) | _quiz_step(quiz)
    return None


def _step(one: EnrolmentOut, outline: dict[str, Any]) -> dict[str, Any]:
    c = _course(one)
    me = shapes.standing_in(outline, is_signed_in=True, is_staff=False)
    lessons = ngettext("%(num)d lesson", "%(num)d lessons", me.required)
    return {
        "course_title": c.title,
        "course_href": c.href,
        "cover": one.course.thumbnail_url if one.course else None,
        "percent": me.percent,
        "tally": f"{me.tally} {_('lessons')}" if me.done else lessons,
        "over": _("Continue where you left off"),
        "action": _("Continue"),
        "after": None,
    }


def _lesson_step(one: EnrolmentOut, outline: dict[str, Any], lesson: dict[str, Any]) -> dict[str, Any]:
    place = shapes.place_of(outline, lesson["id"])
    minutes = lesson["duration_minutes"]
    first = {"over": _("Start here"), "action": _("Start")} if one.last_accessed is None else {}
    return first | {
        "title": lesson["title"],
        "meta": [place.module, _("%(n)s min") % {"n": minutes} if minutes else "", _kind(lesson)],
        "href": shapes.lesson_href(outline["slug"], lesson["id"]),
        "after": place.next,
    }


def _quiz_step(quiz: QuizShown) -> dict[str, Any]:
    return {"title": quiz.title, "meta": [quiz.line], "href": quiz.href, "action": quiz.action}


def _kind(lesson: dict[str, Any]) -> str:
    return {"quiz": _("Quiz"), "video": _("Video")}.get(lesson["content_type"], "")


async def _streak(ctx: Ctx) -> dict[str, str]:
    run = await learning.own_streak(ctx)
    if not run.days:
        line = _("Complete a lesson today to begin a streak.")
        if run.longest > 1:
            line += " " + _("Your longest was %(n)s days.") % {"n": run.longest}
        return {"line": line}
    said = ngettext("%(num)d day in a row.", "%(num)d days in a row.", run.days)
    more = _("Today is done.") if run.is_kept else _("Complete a lesson today to keep it going.")
    return {"line": f"{said} {more}"}


@router.page("/progress", access="user")
async def progress(request: Request, ctx: AnyCtx) -> Response:
    """Every course in a sentence that tells what is."""
    see(request, ctx)
    assert ctx.actor.user_id is not None
    documents = (await learning.list_progress(ctx, ctx.actor.user_id, Page(MOST_COURSES))).items
    own = {one.course_id: one for one in (await learning.list_enrolments(ctx, "", Page(MOST_COURSES))).items}
    rows = [_row(one, _course(own[one["course_id"]])) for one in documents if one["status"] in shapes.SEATED]
    seated = [one for one in documents if one["status"] in shapes.SEATED]
    run = await learning.own_streak(ctx)
    figures = [
        (_("Lessons completed"), sum(len(one["completed_lessons"]) for one in seated), ""),
        (_("Time spent"), span(sum(one["time_spent"] for one in seated)), ""),
        (
            _("Days in a row"),
            run.days,
            _("longest %(n)s") % {"n": run.longest} if run.longest > run.days else "",
        ),
    ]
    return page(request, ctx, "learn/progress.html", rows=rows, figures=figures, lead=_lead(seated))


def _lead(seated: list[dict[str, Any]]) -> str:
    finished = sum(one["status"] == "completed" for one in seated)
    said = ngettext("You are in %(num)d course", "You are in %(num)d courses", len(seated))
    if not finished:
        return _("%(courses)s.") % {"courses": said}
    return _("%(courses)s and have completed %(n)s.") % {"courses": said, "n": finished}


def _row(one: dict[str, Any], c: CourseShown) -> dict[str, Any]:
    is_finished = one["status"] == "completed"
    return {
        "title": c.title,
        "href": c.href,
        "percent": one["progress_percentage"],
        "tally": percent(one["progress_percentage"] / 100),
        "badge": _("Completed") if is_finished else "",
        "tone": "success",
        "sentence": Markup(" ").join(_said(one, is_finished=is_finished)),
        "weak": one["weak_areas"][:5],
    }


def _said(one: dict[str, Any], *, is_finished: bool) -> list[str]:
    """What is known, and nothing that is not."""
    done, spent = len(one["completed_lessons"]), one["time_spent"]
    lessons = ngettext("%(num)d lesson", "%(num)d lessons", done)
    if is_finished and one["completion_date"]:
        said = [_("You completed this on %(day)s.") % {"day": day(one["completion_date"])}]
    elif not done:
        said = [_("You have not completed a lesson yet.")]
    elif spent >= 60:
        said = [_("You have completed %(lessons)s in %(time)s.") % {"lessons": lessons, "time": span(spent)}]
    else:
        said = [_("You have completed %(lessons)s.") % {"lessons": lessons}]
    if one["average_quiz_score"] is not None:
        said.append(_("Your quizzes average %(share)s.") % {"share": percent(one["average_quiz_score"])})
    if one["last_accessed"] and not is_finished:
        said.append(told(_("You were last here %(when)s."), one["last_accessed"]))
    return said
