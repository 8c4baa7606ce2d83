"""Seats: who holds one, who asked for one, and what follows from taking one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from akademe.catalog.models import Course, CourseStatus
from akademe.catalog.policy import course_scope
from akademe.identity import service as identity
from akademe.kernel.ctx import Ctx
from akademe.learning import errors, events
from akademe.learning.models import SEATED, Enrolment, EnrolmentStatus
from akademe.learning.service.recounting import ask_recount

SOURCE = "enrolment"


def check_status(course: Course) -> None:
    """Raise CourseArchived or CourseNotPublished where nobody takes a seat now."""
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseArchived
    if course.status != CourseStatus.PUBLISHED:
        raise errors.CourseNotPublished


async def lock_seats(ctx: Ctx, course: Course) -> int | None:
    """Take the lock that seats are counted under; gives the limit as it is now."""
    await ctx.lock_writes()
    wanted = select(Course.enrollment_limit).where(Course.id == course.id).with_for_update(key_share=True)
    return await ctx.db.scalar(wanted)


async def claimed_seats(ctx: Ctx, course_id: UUID) -> int:
    """Seats taken, offered, or asked for by people who came before."""
    claims = (Enrolment.course_id == course_id, Enrolment.status.in_([*SEATED, EnrolmentStatus.WAITING]))
    return await ctx.db.scalar(select(func.count()).select_from(Enrolment).where(*claims)) or 0


async def next_number(ctx: Ctx, course_id: UUID) -> int:
    waits = (Enrolment.course_id == course_id, Enrolment.status == EnrolmentStatus.WAITING)
    return (await ctx.db.scalar(select(func.max(Enrolment.waiting_number)).where(*waits)) or 0) + 1


async def count_enrolled(ctx: Ctx, course_id: UUID) -> int:
    seated = (Enrolment.course_id == course_id, Enrolment.status.in_(SEATED))
    return await ctx.db.scalar(select(func.count()).select_from(Enrolment).where(*seated)) or 0


def holds_offer(enrolment: Enrolment, now: datetime) -> bool:
    until = enrolment.offer_expires_at
    return enrolment.status == EnrolmentStatus.WAITING and until is not None and now < until


def seated_status(enrolment: Enrolment) -> EnrolmentStatus:
    """What an enrolment becomes that takes (again) a seat."""
    if enrolment.completed_at is not None:
        return EnrolmentStatus.COMPLETED
    return EnrolmentStatus.IN_PROGRESS if enrolment.last_accessed is not None else EnrolmentStatus.ENROLLED


async def seat(ctx: Ctx, course: Course, enrolments: Sequence[Enrolment]) -> None:
    """What follows from taking seats: the right to read, the facts, the count."""
    place, tenant = course_scope(course.id), course.organization_id
    people = [enrolment.user_id for enrolment in enrolments]
    await identity.grant_all(ctx, people, place, "student", source=SOURCE, organization_id=tenant)
    for enrolment in enrolments:
        ids = {"user_id": enrolment.user_id, "enrolment_id": enrolment.id}
        ctx.record(events.Enrolled(organization_id=tenant, course_id=course.id, **ids))
    ask_recount(ctx, course.id)


async def vacate(ctx: Ctx, enrolment: Enrolment) -> None:
    """What follows from leaving: no right to read any more, the fact, the count."""
    place = course_scope(enrolment.course_id)
    await identity.revoke_grant(ctx, enrolment.user_id, place, role="student", source=SOURCE)
    ctx.record(
        events.EnrolmentDropped(
            organization_id=enrolment.organization_id,
            course_id=enrolment.course_id,
            user_id=enrolment.user_id,
            enrolment_id=enrolment.id,
        )
    )
    ask_recount(ctx, enrolment.course_id)
