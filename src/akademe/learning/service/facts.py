"""The two reads that progress stands on: one lesson (or course) for one person, and the lessons with what is completed.

Each is one statement.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, literal_column, or_, select

from akademe.catalog.models import ContentType, Course, Lesson, Module
from akademe.catalog.rules import as_id
from akademe.identity.models import User
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, Row, as_uuid
from akademe.learning.models import (
    Completion,
    DateOverride,
    Enrolment,
    EnrolmentStatus,
    Requirement,
    Satisfaction,
    Streak,
)
from akademe.learning.rules.streaks import Run

# Literal, so that SQLite finds the partial index by it.
IS_CURRENT = Enrolment.status != literal_column("'dropped'")
_ANY_DATES = exists(select(DateOverride.id).where(DateOverride.course_id == Course.id)).correlate(Course)
_COURSE = (
    Course.id.label("course_id"),
    Course.organization_id,
    Course.slug,
    Course.title.label("course_title"),
    Course.status.label("course_status"),
    Course.access,
    Course.deleted_at.label("course_deleted_at"),
)
_MINE = (
    Enrolment.id.label("enrolment_id"),
    Enrolment.user_id,
    Enrolment.section_id,
    Enrolment.status,
    Enrolment.enrolled_at,
    Enrolment.completed_at,
    Enrolment.completed_count,
    Enrolment.progress_percentage,
    Enrolment.active_days,
    Enrolment.time_spent,
    Enrolment.last_lesson_id,
    Enrolment.last_accessed,
    Enrolment.average_quiz_score,
    Enrolment.engagement_score,
    Enrolment.quiz_results,
    Enrolment.weak_areas,
    Streak.days.label("streak_days"),
    Streak.longest.label("streak_longest"),
    Streak.last_day.label("streak_last_day"),
    User.time_zone,
)
_USER = bindparam("user_id", type_=Enrolment.user_id.type)


def _with_person(statement: Any) -> Any:
    mine = and_(Enrolment.course_id == Course.id, Enrolment.user_id == _USER, IS_CURRENT)
    return (
        statement.outerjoin(Enrolment, mine)
        .outerjoin(Streak, Streak.user_id == _USER)
        .outerjoin(User, and_(User.id == _USER, User.deleted_at.is_(None)))
    )


_OF_COURSE = _with_person(select(*_COURSE, *_MINE).select_from(Course))
BY_LESSON = Query(
    _with_person(
        select(
            Lesson.id.label("lesson_id"),
            Lesson.content_type,
            Lesson.is_free,
            Lesson.is_shown,
            Lesson.deleted_at.label("lesson_deleted_at"),
            _ANY_DATES.label("has_dates"),
            *_COURSE,
            *_MINE,
        )
        .select_from(Lesson)
        .join(Course, Course.id == Lesson.course_id)
    ).where(Lesson.id == bindparam("lesson_id"))
)
BY_COURSE_ID = Query(_OF_COURSE.where(Course.id == bindparam("course_id")))
BY_SLUG = Query(
    _OF_COURSE.where(
        Course.slug == bindparam("slug"),
        Course.organization_id == bindparam("organization_id"),
        Course.deleted_at.is_(None),
    )
)
BY_ENROLMENT = Query(
    select(*_COURSE, *_MINE)
    .select_from(Enrolment)
    .join(Course, Course.id == Enrolment.course_id)
    .outerjoin(Streak, Streak.user_id == Enrolment.user_id)
    .outerjoin(User, and_(User.id == Enrolment.user_id, User.deleted_at.is_(None)))
    .where(Enrolment.id == bindparam("enrolment_id"))
)
_SHOWN = (Lesson.course_id == bindparam("course_id"), Lesson.is_shown, Lesson.deleted_at.is_(None))
_DONE = and_(Completion.lesson_id == Lesson.id, Completion.enrolment_id == bindparam("enrolment_id"))
LESSONS = Query(
    select(Lesson.id, Lesson.content_type, Lesson.quiz_is_ready, Lesson.is_required, Completion.completed_at)
    .outerjoin(Completion, _DONE)
    .where(*_SHOWN)
    .order_by(Lesson.order_index)
)
OUTLINE = Query(
    select(
        Lesson.id,
        Lesson.module_id,
        Module.title.label("module_title"),
        Lesson.title,
        Lesson.section,
        Lesson.content_type,
        Lesson.duration_minutes,
        Lesson.quiz_id,
        Lesson.quiz_is_ready,
        Lesson.is_free,
        Lesson.is_required,
        Lesson.order_index,
        Completion.completed_at,
    )
    .join(Module, Module.id == Lesson.module_id)
    .outerjoin(Completion, _DONE)
    .where(*_SHOWN)
    .order_by(Lesson.order_index)
)


@dataclass(frozen=True, slots=True)
class CourseView:
    """What the catalogue's policy asks about a course."""

    id: UUID
    organization_id: UUID
    slug: str
    status: str
    access: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class LessonView:
    """What the catalogue's policy asks about a lesson."""

    id: UUID
    content_type: str
    is_free: bool
    is_shown: bool
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mine:
    """An enrolment with its person's streak, as one statement saw it."""

    id: UUID
    status: str
    enrolled_at: datetime
    completed_count: int
    active_days: int
    time_spent: int
    last_accessed: datetime | None
    attempts: int
    has_seat: bool
    run: Run
    time_zone: str


def as_time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def as_day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def course_view(row: Row) -> CourseView:
    deleted_at = as_time(row["course_deleted_at"])
    ids = as_uuid(row["course_id"]), as_uuid(row["organization_id"])
    return CourseView(*ids, row["slug"], row["course_status"], row["access"], deleted_at)


def lesson_view(row: Row) -> LessonView:
    deleted_at = as_time(row["lesson_deleted_at"])
    return LessonView(as_uuid(row["lesson_id"]), row["content_type"], row["is_free"], row["is_shown"], deleted_at)


def run_of(row: Row) -> Run:
    return Run(row["streak_days"] or 0, row["streak_longest"] or 0, as_day(row["streak_last_day"]))


def mine(row: Row) -> Mine | None:
    """The enrolment in the row; None where there is none that is not dropped."""
    if row["enrolment_id"] is None:
        return None
    enrolled_at = as_time(row["enrolled_at"])
    assert enrolled_at is not None
    return Mine(
        id=as_uuid(row["enrolment_id"]),
        status=row["status"],
        enrolled_at=enrolled_at,
        completed_count=row["completed_count"],
        active_days=row["active_days"],
        time_spent=row["time_spent"],
        last_accessed=as_time(row["last_accessed"]),
        attempts=sum(item.get("attempts", 0) for item in row["quiz_results"].get("quizzes", {}).values()),
        has_seat=row["status"] != EnrolmentStatus.WAITING,
        run=run_of(row),
        time_zone=row["time_zone"] or "UTC",
    )


async def course_row(ctx: Ctx, course_key: str | UUID, user_id: UUID | None) -> Row | None:
    """The course of this id or slug with the person's enrolment in it; no policy is applied."""
    course_id = course_key if isinstance(course_key, UUID) else as_id(course_key)
    if course_id is not None:
        rows = await BY_COURSE_ID.within(ctx, course_id=course_id, user_id=user_id)
    else:
        in_use = ctx.actor.organization_id
        rows = await BY_SLUG.within(ctx, slug=course_key, organization_id=in_use, user_id=user_id)
    return rows[0] if rows else None


def is_required(lesson: Row) -> bool:
    """A quiz lesson whose quiz is missing or has no questions cannot be completed, so it is not asked for."""
    return bool(lesson["is_required"] and (lesson["content_type"] != ContentType.QUIZ or lesson["quiz_is_ready"]))


def required_lessons() -> list[Any]:
    """`is_required` as SQL over shown `lessons`."""
    with_quiz = (Lesson.content_type != ContentType.QUIZ) | Lesson.quiz_is_ready
    return [Lesson.is_required, Lesson.is_shown, Lesson.deleted_at.is_(None), with_quiz]


def unsatisfied(enrolment_id: Any, course_id: Any) -> Any:
    """SQL: the ids of required items of the course that the enrolment lacks; those of hidden lessons wait."""
    met = exists(
        select(Satisfaction.id).where(
            Satisfaction.requirement_id == Requirement.id, Satisfaction.enrolment_id == enrolment_id
        )
    )
    shown = exists(
        select(Lesson.id).where(Lesson.id == Requirement.lesson_id, Lesson.is_shown, Lesson.deleted_at.is_(None))
    )
    asked = Requirement.is_required & or_(Requirement.lesson_id.is_(None), shown)
    return select(Requirement.id).where(Requirement.course_id == course_id, asked, ~met)
