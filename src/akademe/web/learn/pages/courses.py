"""A course for those who are in it: enrolling, its outline with what is done, leaving."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from akademe.assessment import service as assessment
from akademe.assessment.service import Task
from akademe.catalog import service as catalog
from akademe.catalog.policy import is_course_staff
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.learning import service as learning
from akademe.learning.models import Enrolment
from akademe.web.learn import shapes, work
from akademe.web.learn.shapes import Standing
from akademe.web.ui.formats import day, percent, span
from akademe.web.ui.render import page, redirect, see, showing_form
from akademe.web.ui.words import _

router = PageRouter()


@router.page("/courses/{course}/enrol", access="user", methods=("POST",))
async def enrol(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Take a seat, the one offered, or a place on the waiting list."""
    found = shapes.course_shown(await catalog.get_course(ctx, course))
    with showing_form("learn/refused.html", c=found):
        enrolment, created = await learning.enrol(ctx, course)
    if not enrolment.has_seat:
        return redirect(request, found.href, flash=_("The course is full: you are on its waiting list."), tone="info")
    return redirect(request, found.href, flash=_("You are enrolled.") if created else "")


@router.page("/courses/{course}/drop", access="user", methods=("POST",))
async def drop(request: Request, ctx: AnyCtx, course: str) -> Response:
    """Leave the course or its waiting list."""
    found = await catalog.get_course(ctx, course)
    enrolment = await _own(ctx, found.id)
    if enrolment is None:
        raise NotFound
    await learning.drop_enrolment(ctx, enrolment.id)
    return redirect(request, "/home", flash=_("You have left %(title)s.") % {"title": found.title})


async def _own(ctx: Ctx, course_id: Any) -> Enrolment | None:
    if ctx.actor.user_id is None:
        return None
    return await learning.current_enrolment(ctx, ctx.actor.user_id, course_id)


@router.page("/learn/{course}", access="public")
async def course_home(request: Request, ctx: AnyCtx, course: str) -> Response:
    """What is done and what comes next; who is not in the course is shown what it is about."""
    see(request, ctx)
    row = await catalog.get_course(ctx, course)
    found = shapes.course_shown(row)
    is_staff = is_course_staff(ctx.actor, row)
    enrolment = await _own(ctx, row.id)
    if enrolment is None and not is_staff:
        return redirect(request, found.about_url)
    outline = await learning.outline(ctx, row.id)
    me = shapes.standing_in(outline, is_signed_in=True, is_staff=is_staff)
    tasks = await assessment.list_tasks(ctx, course_id=row.id) if me.is_enrolled else []
    finished = await _finished(ctx, enrolment)
    return page(
        request,
        ctx,
        "learn/course.html",
        c=found,
        me=me,
        lesson=None,
        outline=shapes.outline_shown(outline),
        resume=None if finished else _resume(outline, me, tasks),
        seat=await _seat(ctx, enrolment),
        finished=finished,
        sentence=_sentence(me, enrolment),
        facts=_facts(enrolment) if enrolment and me.is_enrolled else [],
        due=work.dues(tasks, ctx.now),
        quizzes=[work.quiz_shown(task) for task in tasks],
    )


def _resume(outline: dict[str, Any], me: Standing, tasks: list[Task]) -> dict[str, str] | None:
    """The one thing to do next: a lesson, else a quiz that is left."""
    lessons = shapes.lessons_in(outline)
    target = shapes.named_lesson(outline, outline["next_lesson_id"]) if me.is_enrolled else None
    if target is not None:
        label = _("Continue") if outline["last_lesson_id"] or me.done else _("Start the first lesson")
        return {"label": label, "href": shapes.lesson_href(outline["slug"], target["id"]), "title": target["title"]}
    quiz = work.quiz_left(tasks)
    if quiz is not None:
        return {"label": quiz.action, "href": quiz.href, "title": quiz.title}
    if lessons and me.is_staff and not me.is_enrolled:
        return {
            "label": _("Look at the first lesson"),
            "href": shapes.lesson_href(outline["slug"], lessons[0]["id"]),
            "title": "",
        }
    return None


async def _seat(ctx: Ctx, enrolment: Enrolment | None) -> dict[str, Any] | None:
    """The place in the waiting list, or the offer."""
    if enrolment is None or enrolment.has_seat:
        return None
    until = enrolment.offer_expires_at if learning.holds_offer(enrolment, ctx.now) else None
    return {"until": until, "place": await learning.place_of(ctx, enrolment)}


async def _finished(ctx: Ctx, enrolment: Enrolment | None) -> dict[str, Any] | None:
    if enrolment is None or enrolment.completed_at is None:
        return None
    return {"at": enrolment.completed_at, "certificate": await work.certificate_of(ctx, enrolment.course_id)}


def _sentence(me: Standing, enrolment: Enrolment | None) -> str:
    spent = enrolment.time_spent if enrolment else 0
    said = shapes.lessons_done(me)
    return said + (" " + _("You have spent %(time)s here.") % {"time": span(spent)} if spent >= 60 else "")


def _facts(enrolment: Enrolment) -> list[tuple[str, str]]:
    facts = [(_("Enrolled"), day(enrolment.enrolled_at))]
    if enrolment.average_quiz_score is not None:
        facts.append((_("Quizzes"), _("%(share)s on average") % {"share": percent(enrolment.average_quiz_score)}))
    return facts
