"""Quizzes and dates as learners' pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from markupsafe import Markup

from akademe.assessment import service as assessment
from akademe.assessment.service import Task
from akademe.kernel.ctx import Ctx
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.web.ui.formats import percent, span, told
from akademe.web.ui.words import _, ngettext

SOON = timedelta(days=2)
AHEAD = timedelta(days=14)
BEHIND = timedelta(days=14)
MINUTE = 60


@dataclass(frozen=True, slots=True)
class QuizShown:
    """A quiz in a list or at the end of a lesson; `badge` and its `tone` say how it stands."""

    title: str
    href: str
    line: str
    action: str
    badge: str
    tone: str


@dataclass(frozen=True, slots=True)
class DueShown:
    """Something with a date that is not done yet."""

    title: str
    course: str
    href: str
    at: datetime
    is_late: bool
    is_soon: bool


def quiz_shown(task: Task) -> QuizShown:
    badge, tone = _badge(task)
    return QuizShown(
        title=task.title,
        href=f"/quizzes/{task.id}",
        line=_line(task),
        action=_action(task),
        badge=badge,
        tone=tone,
    )


def _badge(task: Task) -> tuple[str, str]:
    if task.is_started:
        return _("Started"), "accent"
    if task.passed:
        return _("Passed"), "success"
    if task.passed is False:
        return _("Not passed yet"), "warning"
    return (_("Handed in"), "") if task.is_submitted else ("", "")


def _action(task: Task) -> str:
    if task.is_started:
        return _("Go on with the quiz")
    if task.passed is False:
        return _("Try again")
    return _("Look at your results") if task.is_submitted else _("Take the quiz")


def _line(task: Task) -> str:
    said = [ngettext("%(num)d question", "%(num)d questions", task.question_count)]
    if task.minutes:
        said.append(span(task.minutes * MINUTE))
    said.append(_("%(share)s to pass") % {"share": percent(task.passing_score)})
    if task.due_at and not task.passed:
        said.append(told(_("due %(when)s"), task.due_at))
    return Markup(" · ").join(said)


def quiz_left(tasks: Iterable[Task]) -> QuizShown | None:
    """The first that can be taken now and is neither passed nor handed in with its result kept back."""
    left = (
        task for task in tasks if task.is_open and not task.passed and not (task.is_submitted and task.passed is None)
    )
    first = next(left, None)
    return quiz_shown(first) if first else None


def dues(tasks: Iterable[Task], now: datetime, *, with_course: bool = False) -> list[DueShown]:
    """What is due in the next two weeks, or was in the last two and may still be done; the nearest first."""
    wanted = [task for task in tasks if task.due_at is not None and _matters(task, task.due_at - now)]
    return [
        DueShown(
            title=task.title,
            course=task.course_title if with_course else "",
            href=f"/quizzes/{task.id}",
            at=task.due_at,
            is_late=task.due_at < now,
            is_soon=task.due_at - now < SOON,
        )
        for task in sorted(wanted, key=_due)
        if task.due_at is not None
    ]


def _matters(task: Task, left: timedelta) -> bool:
    return task.is_open and not task.is_submitted and -BEHIND <= left <= AHEAD


def _due(task: Task) -> Any:
    return task.due_at


async def of_lesson(ctx: Ctx, lesson_id: UUID) -> list[QuizShown]:
    """The quizzes at the end of a lesson, for who has a seat in its course."""
    return [quiz_shown(task) for task in await assessment.list_tasks(ctx, lesson_id=lesson_id)]


async def quiz_without_seat(ctx: Ctx, quiz_id: UUID) -> QuizShown:
    """The quiz of a lesson for who reads it without being enrolled: staff, and everyone in an open course."""
    prospect = await assessment.prospect_of(ctx, quiz_id)
    test = prospect.assessment
    return QuizShown(
        title=test.title,
        href=f"/quizzes/{test.id}",
        line=ngettext("%(num)d question", "%(num)d questions", test.question_count),
        action=_("Look at the quiz") if prospect.is_staff else _("Take the quiz"),
        badge="",
        tone="",
    )


async def certificate_of(ctx: Ctx, course_id: UUID) -> str | None:
    """The code of the actor's certificate of a course, once it is issued."""
    own = await learning.list_certificates(ctx, Page(100))
    return next((one.code for one in own.items if one.course_id == course_id and one.is_valid), None)
