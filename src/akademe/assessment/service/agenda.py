"""What a learner has to do: the quizzes of one's courses, and one quiz before it is begun."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import load_only

from akademe.assessment.models import Assessment, AssessmentType, Attempt
from akademe.assessment.policy import can_grade, can_read_assessment, visible_assessments
from akademe.assessment.rules import windows
from akademe.assessment.rules.windows import Window
from akademe.assessment.schemas import AssessmentOut
from akademe.assessment.service.finding import HAS_DATES, Situation, find_situation, window_of
from akademe.assessment.service.views import learner_view
from akademe.catalog.models import Course, CourseStatus, Lesson
from akademe.kernel.ctx import Ctx
from akademe.learning.models import SEATED, Enrolment

MAX_TASKS = 500
_COURSE = load_only(Course.id, Course.organization_id, Course.title, Course.slug, Course.status, Course.access)


@dataclass(frozen=True, slots=True)
class Task:
    """A quiz of a course the actor learns in. `passed` is None before an attempt is handed in, or while it may not be
    seen; `due_at` is the last moment in time: the due date, else when it closes.
    """

    id: UUID
    title: str
    lesson_id: UUID | None
    course_id: UUID
    course_title: str
    question_count: int
    passing_score: float
    due_at: datetime | None
    minutes: int | None
    is_open: bool
    is_started: bool
    is_submitted: bool
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Prospect:
    """A quiz as its learner finds it before beginning: the window that holds for the actor, and the attempts so far."""

    assessment: AssessmentOut
    course_id: UUID
    window: Window
    is_staff: bool
    is_archived: bool
    may_take: bool
    attempts_left: int | None
    open_attempt: Attempt | None


async def list_tasks(ctx: Ctx, *, course_id: UUID | None = None, lesson_id: UUID | None = None) -> list[Task]:
    """The actor's, of one course or lesson if named, in the order they were made."""
    found = await _situations(ctx, course_id, lesson_id)
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in await _own_attempts(ctx, [one.assessment.id for one in found]):
        attempts[attempt.assessment_id].append(attempt)
    return [_task(ctx, one, await window_of(ctx, one), attempts[one.assessment.id]) for one in found]


async def _own_attempts(ctx: Ctx, assessment_ids: list[UUID]) -> list[Attempt]:
    if not assessment_ids or ctx.actor.user_id is None:
        return []
    mine = select(Attempt).where(Attempt.user_id == ctx.actor.user_id, Attempt.assessment_id.in_(assessment_ids))
    return list(await ctx.db.scalars(mine))


async def _situations(ctx: Ctx, course_id: UUID | None, lesson_id: UUID | None) -> list[Situation]:
    wanted = (
        select(Assessment, Course, Enrolment, HAS_DATES)
        .join(Course, Course.id == Assessment.course_id)
        .join(Enrolment, Enrolment.course_id == Assessment.course_id)
        .outerjoin(Lesson, Lesson.id == Assessment.lesson_id)
        .where(*_open_to(ctx, course_id, lesson_id))
        .order_by(Assessment.created_at, Assessment.id)
        .limit(MAX_TASKS)
        .options(_COURSE)
    )
    rows = (await ctx.db.execute(wanted)).all()
    return [Situation(one, course, enrolment, has_dates, is_hidden=False) for one, course, enrolment, has_dates in rows]


def _open_to(ctx: Ctx, course_id: UUID | None, lesson_id: UUID | None) -> list[ColumnElement[bool]]:
    """Quizzes that the actor may take now or later: of a published course with a seat in it, not of a hidden lesson."""
    shown = Lesson.is_shown & Lesson.deleted_at.is_(None)
    conditions = [
        visible_assessments(ctx.actor),
        Assessment.type == AssessmentType.QUIZ,
        Course.status == CourseStatus.PUBLISHED,
        Enrolment.user_id == ctx.actor.user_id,
        Enrolment.status.in_(SEATED),
        or_(Assessment.lesson_id.is_(None), shown),
    ]
    if course_id is not None:
        conditions.append(Assessment.course_id == course_id)
    if lesson_id is not None:
        conditions.append(Assessment.lesson_id == lesson_id)
    return conditions


def _task(ctx: Ctx, found: Situation, window: Window, attempts: list[Attempt]) -> Task:
    own = found.assessment
    assert isinstance(found.course, Course)
    submitted = [attempt for attempt in attempts if not attempt.is_open]
    return Task(
        id=own.id,
        title=own.title,
        lesson_id=own.lesson_id,
        course_id=own.course_id,
        course_title=found.course.title,
        question_count=own.question_count,
        passing_score=own.passing_score,
        due_at=window.due_date or window.closes_at,
        minutes=window.minutes,
        is_open=windows.is_open(window, ctx.now),
        is_started=len(submitted) < len(attempts),
        is_submitted=bool(submitted),
        passed=any(one.passed for one in submitted) if submitted and own.review != "never" else None,
    )


async def prospect_of(ctx: Ctx, assessment_id: UUID) -> Prospect:
    """One quiz with the actor's place in it. Raises NotFound."""
    found = await find_situation(ctx, assessment_id, type_=AssessmentType.QUIZ)
    window = await window_of(ctx, found)
    mine = await _own_attempts(ctx, [assessment_id])
    return Prospect(
        assessment=learner_view(found.assessment),
        course_id=found.course.id,
        window=window,
        is_staff=can_grade(ctx.actor, found.course),
        is_archived=found.course.status == CourseStatus.ARCHIVED,
        may_take=can_read_assessment(ctx.actor, found.course),
        attempts_left=windows.attempts_left(window, len(mine)),
        open_attempt=next((attempt for attempt in mine if attempt.is_open), None),
    )
