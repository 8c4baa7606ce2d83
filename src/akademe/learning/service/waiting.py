"""The waiting list, offers, and leaving."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from akademe.catalog.models import Course, CourseStatus
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import iso
from akademe.kernel.errors import NotFound
from akademe.learning import errors, events
from akademe.learning.models import Enrolment, EnrolmentStatus
from akademe.learning.policy import can_learn_as, can_manage_enrolment, can_see_progress
from akademe.learning.service import seats

OFFER_LASTS = timedelta(hours=48)


async def places(ctx: Ctx, enrolments: Sequence[Enrolment]) -> dict[UUID, int]:
    """The places on the waiting list, from 1, of those among `enrolments` who wait."""
    courses = {item.course_id for item in enrolments if item.status == EnrolmentStatus.WAITING}
    if not courses:
        return {}
    place = func.row_number().over(partition_by=Enrolment.course_id, order_by=Enrolment.waiting_number)
    listed = select(Enrolment.id, place.label("place")).where(
        Enrolment.course_id.in_(courses), Enrolment.status == EnrolmentStatus.WAITING
    )
    line = listed.subquery()
    found = await ctx.db.execute(select(line).where(line.c.id.in_([item.id for item in enrolments])))
    return dict(found.tuples().all())


async def place_of(ctx: Ctx, enrolment: Enrolment) -> int | None:
    """The place of one who waits, else None."""
    return (await places(ctx, [enrolment])).get(enrolment.id)


def _waiting(course_id: UUID, *more: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (Enrolment.course_id == course_id, Enrolment.status == EnrolmentStatus.WAITING, *more)


async def accept_offer(ctx: Ctx, enrolment_id: UUID) -> Enrolment:
    """The learner takes the seat offered; twice is once.

    Raises NotFound, NoSeatOffered, CourseArchived, CourseNotPublished.
    """
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    if not can_learn_as(ctx.actor, enrolment.user_id):
        raise NotFound
    return await take_offer(ctx, enrolment)


async def take_offer(ctx: Ctx, enrolment: Enrolment) -> Enrolment:
    """The seat offered to a locked enrolment becomes its own, whoever asks for it: the learner, or staff for them."""
    if enrolment.has_seat:
        return enrolment
    if not seats.holds_offer(enrolment, ctx.now):
        raise errors.NoSeatOffered
    course = await ctx.get(Course, enrolment.course_id)
    seats.check_status(course)
    enrolment.status = seats.seated_status(enrolment)
    enrolment.offer_expires_at = enrolment.waiting_number = None
    await seats.seat(ctx, course, [enrolment])
    return enrolment


async def drop_enrolment(ctx: Ctx, enrolment_id: UUID) -> None:
    """Leave a course or its waiting list, or remove somebody as staff; whoever waits first is offered the seat.

    Raises NotFound, CourseArchived, EnrolmentCompleted (for the learner: staff may remove).
    """
    enrolment = await ctx.get(Enrolment, enrolment_id)
    if not can_see_progress(ctx.actor, enrolment):
        raise NotFound
    manages = can_manage_enrolment(ctx.actor, enrolment)
    require(manages or can_learn_as(ctx.actor, enrolment.user_id))
    course = await ctx.get(Course, enrolment.course_id)
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseArchived
    if enrolment.status == EnrolmentStatus.COMPLETED and not manages:
        raise errors.EnrolmentCompleted
    await _drop(ctx, course, enrolment_id)


async def _drop(ctx: Ctx, course: Course, enrolment_id: UUID) -> None:
    await seats.lock_seats(ctx, course)
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    if enrolment.status == EnrolmentStatus.DROPPED:
        return
    enrolment.status, enrolment.dropped_at = EnrolmentStatus.DROPPED, ctx.now
    enrolment.offer_expires_at = enrolment.waiting_number = None
    await seats.vacate(ctx, enrolment)
    await ctx.db.flush()
    await offer_seats(ctx, course)


async def drop_everything(ctx: Ctx, user_id: UUID, organization_id: UUID | None = None) -> None:
    """Who has left the installation, or this organisation, keeps no seat and waits for none; the history stays."""
    theirs = (Enrolment.user_id == user_id, Enrolment.status != EnrolmentStatus.DROPPED)
    found = select(Enrolment.id, Course).join(Course, Course.id == Enrolment.course_id).where(*theirs)
    if organization_id is not None:
        found = found.where(Enrolment.organization_id == organization_id)
    # In the order of the courses, each of which is locked: two who leave at once do not wait for each other.
    for enrolment_id, course in (await ctx.db.execute(found.order_by(Course.id))).all():
        await _drop(ctx, course, enrolment_id)


async def offer_seats(ctx: Ctx, course: Course) -> None:
    """Offer every free seat to who waits first, for 48 hours each; none in a course that nobody can enter now."""
    if course.status != CourseStatus.PUBLISHED or course.deleted_at is not None:
        return
    limit = await seats.lock_seats(ctx, course)
    offered = Enrolment.offer_expires_at.is_not(None)
    kept = await ctx.db.scalar(select(func.count()).select_from(Enrolment).where(*_waiting(course.id, offered)))
    free = None if limit is None else max(0, limit - await seats.count_enrolled(ctx, course.id) - (kept or 0))
    first = select(Enrolment).where(*_waiting(course.id, ~offered)).order_by(Enrolment.waiting_number).limit(free)
    for enrolment in (await ctx.db.scalars(first)).all():
        _offer(ctx, enrolment)


def _offer(ctx: Ctx, enrolment: Enrolment) -> None:
    until = enrolment.offer_expires_at = ctx.now + OFFER_LASTS
    ctx.record(
        events.SeatOffered(
            organization_id=enrolment.organization_id,
            course_id=enrolment.course_id,
            user_id=enrolment.user_id,
            enrolment_id=enrolment.id,
            expires_at=iso(until),
        )
    )
    ctx.enqueue(events.ExpireOffer(enrolment_id=enrolment.id), run_after=until)


async def expire_offer(ctx: Ctx, enrolment_id: UUID) -> None:
    """A seat nobody took goes to the next; its holder has left the list."""
    course = await ctx.get(Course, (await ctx.get(Enrolment, enrolment_id)).course_id)
    await seats.lock_seats(ctx, course)
    # Under the locks: it may be accepted in this very moment.
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    until = enrolment.offer_expires_at
    if enrolment.status == EnrolmentStatus.WAITING and until is not None and until <= ctx.now:
        await _drop(ctx, course, enrolment_id)


async def courses_with_waiting(ctx: Ctx) -> list[Course]:
    """Courses where somebody waits without an offer: a raised limit may have made room."""
    unoffered = (Enrolment.status == EnrolmentStatus.WAITING, Enrolment.offer_expires_at.is_(None))
    wanted = select(Course).where(Course.id.in_(select(Enrolment.course_id).where(*unoffered)))
    is_open = (Course.status == CourseStatus.PUBLISHED, Course.deleted_at.is_(None))
    return list(await ctx.db.scalars(wanted.where(*is_open).limit(500)))
