"""Completing lessons and spending time: the hot writes.

A completion is two reads (lesson with enrolment; the course's lessons) and, in one transaction, the row, the enrolment,
the event, and once a day the streak.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, case, literal, update

from akademe.catalog.models import ContentType, Course, CourseStatus
from akademe.catalog.policy import can_read_lesson
from akademe.catalog.rules import as_id
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Row, as_uuid, new_id
from akademe.kernel.errors import AppError, Forbidden, NotFound
from akademe.learning import errors, events
from akademe.learning.models import Completion, Enrolment, EnrolmentStatus
from akademe.learning.policy import can_learn_as
from akademe.learning.rules import progress as arithmetic
from akademe.learning.rules.streaks import day_start
from akademe.learning.schemas import ProgressIn
from akademe.learning.service import dates, enrolling, facts, finishing, streaks
from akademe.learning.service.documents import progress_document
from akademe.learning.service.facts import CourseView, LessonView, Mine
from akademe.learning.service.results import note_self_reported

_ENROLMENTS: Any = Enrolment.__table__
_COMPLETIONS: Any = Completion.__table__
_DONE_NOW = _ENROLMENTS.c.completed_count + bindparam("adds")
_TOTAL: Any = bindparam("total")
_IS_FULL = (_ENROLMENTS.c.status == EnrolmentStatus.COMPLETED) | (_DONE_NOW >= _TOTAL)
_STARTED = case(
    (_ENROLMENTS.c.status == EnrolmentStatus.ENROLLED, literal(EnrolmentStatus.IN_PROGRESS.value)),
    else_=_ENROLMENTS.c.status,
)
_SPENT = _ENROLMENTS.c.time_spent + bindparam("seconds")
_MOST: Any = bindparam("most", type_=Integer())
_LAST = _ENROLMENTS.c.last_accessed
_IS_NEW_DAY = _LAST.is_(None) | (bindparam("today", type_=_LAST.type) > _LAST)
_TOUCH = update(_ENROLMENTS).where(_ENROLMENTS.c.id == bindparam("enrolment"))
_ACTIVITY = {
    "status": _STARTED,
    # Counted here and not where the row was read: a browser may send many at once.
    "time_spent": case(
        (_SPENT <= _MOST, _SPENT), (_ENROLMENTS.c.time_spent > _MOST, _ENROLMENTS.c.time_spent), else_=_MOST
    ),
    "active_days": _ENROLMENTS.c.active_days + case((_IS_NEW_DAY, 1), else_=0),
    "engagement_score": bindparam("engagement"),
    "last_lesson_id": bindparam("lesson", type_=_ENROLMENTS.c.last_lesson_id.type),
    "last_accessed": bindparam("now", type_=_ENROLMENTS.c.last_accessed.type),
}
_SHARE = case((_TOTAL == 0, 0.0), (_IS_FULL, 100.0), else_=_DONE_NOW * 100.0 / _TOTAL)
_ADVANCE = Command(
    lambda _: _TOUCH.values(**_ACTIVITY, completed_count=_DONE_NOW, progress_percentage=_SHARE).returning(
        _ENROLMENTS.c.completed_count, _ENROLMENTS.c.progress_percentage, _ENROLMENTS.c.status
    )
)
_SPEND = Command(lambda _: _TOUCH.values(**_ACTIVITY))
_ADD = Command(lambda insert: insert(_COMPLETIONS).on_conflict_do_nothing().returning(_COMPLETIONS.c.id))


@dataclass(frozen=True, slots=True)
class Work:
    """One person at one lesson: what the reads found. `adds` is 1 where completing the lesson counts for the course."""

    row: Row
    course: CourseView
    lesson: LessonView
    mine: Mine
    lessons: Sequence[Row]
    total: int
    adds: int
    is_done: bool


async def complete_lesson(
    ctx: Ctx, course_key: str | UUID | None, lesson_id: UUID, *, time_spent: int = 0, enrolment_id: UUID | None = None
) -> dict[str, Any]:
    """The actor completes a lesson; doing it again changes nothing. Gives the UserProgress document.

    The course may be named by its key or by the enrolment. Raises NotFound (also for what is locked or of another
    course), CompletedByAttempt, CourseArchived, NotOpenYet, Closed, Forbidden for who is not enrolled.
    """
    work = await _work_on(ctx, course_key, lesson_id, enrolment_id)
    if work.lesson.content_type == ContentType.QUIZ:
        raise errors.CompletedByAttempt
    return await _carry_out(ctx, work, time_spent)


async def update_progress(ctx: Ctx, given: ProgressIn) -> dict[str, Any]:
    """What the player sends while somebody learns: time, perhaps a completion, perhaps a score the browser claims."""
    work = await _work_on(ctx, given.course_id, given.lesson_id, None)
    if given.completed and work.lesson.content_type == ContentType.QUIZ:
        raise errors.CompletedByAttempt
    write = _carry_out if given.completed and not work.is_done else _spend
    document = await write(ctx, work, given.time_spent)
    if given.quiz_score is not None:
        await note_self_reported(ctx, work.mine.id, given.lesson_id, given.quiz_score)
    return document


async def record_time(ctx: Ctx, course_key: str | UUID, lesson_id: UUID, *, time_spent: int) -> dict[str, Any]:
    """Note time spent in a lesson. Gives the UserProgress document; raises as `complete_lesson` does."""
    return await _spend(ctx, await _work_on(ctx, course_key, lesson_id, None), time_spent)


async def _spend(ctx: Ctx, work: Work, claimed: int) -> dict[str, Any]:
    seconds = _credited(ctx, work, claimed)
    values = _activity(ctx, work, seconds)
    await _SPEND.run(ctx, **values)
    spent = _worked(ctx, work, values)
    started = {"status": EnrolmentStatus.IN_PROGRESS} if work.mine.status == EnrolmentStatus.ENROLLED else {}
    return progress_document(work.row | spent | started, work.lessons, ctx.now)


def _worked(ctx: Ctx, work: Work, values: dict[str, Any]) -> Row:
    """The columns of the row that the enrolment's update changed."""
    return {
        "time_spent": work.mine.time_spent + values["seconds"],
        "engagement_score": values["engagement"],
        "last_accessed": ctx.now,
        "last_lesson_id": work.lesson.id,
    }


async def _work_on(ctx: Ctx, course_key: str | UUID | None, lesson_id: UUID, enrolment_id: UUID | None) -> Work:
    row = await _row(ctx, lesson_id, ctx.actor.user_id)
    course, lesson = facts.course_view(row), facts.lesson_view(row)
    found = facts.mine(row)
    if enrolment_id is not None and (found is None or found.id != enrolment_id):
        raise await _not_here(ctx, enrolment_id)
    _check(ctx, course, lesson, course_key)
    if found is None or not found.has_seat:
        await enrolling.ensure_enrolled(ctx, await ctx.get(Course, course.id))
        row = await _row(ctx, lesson_id, ctx.actor.user_id)
        found = facts.mine(row)
    assert found is not None
    if row["has_dates"]:
        await dates.require_open(ctx, as_uuid(row["section_id"]), course.id, lesson.id)
    return await _work(ctx, row, found)


async def _work(ctx: Ctx, row: Row, mine: Mine) -> Work:
    course, lesson = facts.course_view(row), facts.lesson_view(row)
    lessons = await facts.LESSONS.within(ctx, course_id=course.id, enrolment_id=mine.id)
    required = {item["id"] for item in lessons if facts.is_required(item)}
    done = any(item["completed_at"] is not None for item in lessons if item["id"] == row["lesson_id"])
    adds = int(row["lesson_id"] in required)
    return Work(row, course, lesson, mine, lessons, total=len(required), adds=adds, is_done=done)


async def attend(ctx: Ctx, enrolment_id: UUID, user_id: UUID, lesson_id: UUID, *, passed: bool) -> None:
    """The learner did the lesson's quiz; its service asks for this in its own transaction. A pass completes a quiz
    lesson.
    """
    row = await _row(ctx, lesson_id, user_id)
    mine = facts.mine(row)
    if mine is None or mine.id != enrolment_id:
        return
    work = await _work(ctx, row, mine)
    if passed and work.lesson.content_type == ContentType.QUIZ:
        await _carry_out(ctx, work, 0)
    elif ctx.actor.user_id == user_id:
        await _SPEND.run(ctx, **_activity(ctx, work, 0))


async def _row(ctx: Ctx, lesson_id: UUID, user_id: UUID | None) -> Row:
    rows = await facts.BY_LESSON.within(ctx, lesson_id=lesson_id, user_id=user_id)
    if not rows:
        raise NotFound
    return rows[0]


async def _not_here(ctx: Ctx, enrolment_id: UUID) -> AppError:
    """Why the enrolment named is not the one the lesson belongs to: unseen, somebody else's, or another course's."""
    enrolment = await enrolling.get_enrolment(ctx, enrolment_id)
    return NotFound() if can_learn_as(ctx.actor, enrolment.user_id) else Forbidden()


def _check(ctx: Ctx, course: CourseView, lesson: LessonView, course_key: str | UUID | None) -> None:
    """What cannot be read, or lies in another course than the one named, does not exist; an archive does not change."""
    if course_key is not None and course_key != course.slug and as_id(str(course_key)) != course.id:
        raise NotFound
    if not can_read_lesson(ctx.actor, course, lesson) or not lesson.is_shown:
        raise NotFound
    require(ctx.actor.is_signed_in)
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseArchived


def _credited(ctx: Ctx, work: Work, claimed: int) -> int:
    mine = work.mine
    return arithmetic.credited_seconds(
        claimed, credited_before=mine.time_spent, enrolled_at=mine.enrolled_at, now=ctx.now
    )


def _activity(ctx: Ctx, work: Work, seconds: int, *, adds: int = 0) -> dict[str, Any]:
    """The values of the enrolment's update."""
    mine = work.mine
    today = day_start(ctx.now, mine.time_zone)
    is_new_day = mine.last_accessed is None or mine.last_accessed < today
    score = arithmetic.engagement(
        active_days=mine.active_days + is_new_day,
        days_enrolled=(ctx.now - mine.enrolled_at).days + 1,
        done=mine.completed_count + adds,
        total=work.total,
        attempts=mine.attempts,
    )
    return {
        "enrolment": mine.id,
        "lesson": work.lesson.id,
        "now": ctx.now,
        "seconds": seconds,
        "most": arithmetic.believable_seconds(mine.enrolled_at, ctx.now),
        "today": today,
        "engagement": score,
        "adds": adds,
        "total": work.total,
    }


async def _carry_out(ctx: Ctx, work: Work, time_spent: int) -> dict[str, Any]:
    """Write the completion. The unique constraint decides which of two identical requests counts."""
    if work.is_done:
        return progress_document(work.row, work.lessons, ctx.now)
    seconds = _credited(ctx, work, time_spent)
    added = await _ADD.run(
        ctx,
        id=new_id(),
        created_at=ctx.now,
        enrolment_id=work.mine.id,
        lesson_id=work.lesson.id,
        completed_at=ctx.now,
        time_spent=seconds,
    )
    if not added:
        return progress_document(work.row, work.lessons, ctx.now)
    return await _advance(ctx, work, seconds)


async def _advance(ctx: Ctx, work: Work, seconds: int) -> dict[str, Any]:
    values = _activity(ctx, work, seconds, adds=work.adds)
    done, share, status = (await _ADVANCE.run(ctx, **values))[0].values()
    user_id = as_uuid(work.row["user_id"])
    run = await streaks.keep(ctx, user_id, work.mine.run, work.mine.time_zone)
    ctx.record(
        events.LessonCompleted(
            organization_id=work.course.organization_id,
            course_id=work.course.id,
            user_id=user_id,
            enrolment_id=work.mine.id,
            lesson_id=work.lesson.id,
            progress=round(share, 1),
        )
    )
    completed_at = work.row["completed_at"]
    if (
        done >= values["total"]
        and status != EnrolmentStatus.COMPLETED
        and await finishing.finish_if_complete(ctx, work.mine.id)
    ):
        status, completed_at = EnrolmentStatus.COMPLETED, ctx.now
    changed = _worked(ctx, work, values) | {
        "status": status,
        "completed_at": completed_at,
        "progress_percentage": share,
        "streak_days": run.days,
        "streak_longest": run.longest,
        "streak_last_day": run.last_day,
    }
    return progress_document(work.row | changed, _with_done(work, ctx), ctx.now)


def _with_done(work: Work, ctx: Ctx) -> list[Row]:
    mine = work.row["lesson_id"]
    return [lesson | {"completed_at": ctx.now} if lesson["id"] == mine else lesson for lesson in work.lessons]
