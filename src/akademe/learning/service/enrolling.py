"""Enrolling oneself: three routes and the pages come here."""

from uuid import UUID

from sqlalchemy import select

from akademe.catalog import service as catalog
from akademe.catalog.models import Course, CourseAccess, CourseStatus
from akademe.kernel.auth import require, scope
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Forbidden, NotFound, PaymentRequired
from akademe.learning import errors
from akademe.learning.models import Enrolment, EnrolmentStatus, Section
from akademe.learning.policy import can_enrol, visible_enrolments
from akademe.learning.service import seats, waiting
from akademe.learning.service.facts import IS_CURRENT


async def enrol(ctx: Ctx, course_key: str | UUID) -> tuple[Enrolment, bool]:
    """Enrol the actor. Gives the enrolment and whether it is new (a seat, or a place on the waiting list).

    Raises NotFound, PrerequisitesMissing, PaymentRequired, CourseArchived, CourseNotPublished.
    """
    course = await catalog.get_course(ctx, course_key)
    require(can_enrol(ctx.actor, course))
    assert ctx.actor.user_id is not None
    return await _enrol(ctx, course, ctx.actor.user_id)


async def _enrol(ctx: Ctx, course: Course, user_id: UUID) -> tuple[Enrolment, bool]:
    known = await _latest(ctx, user_id, course.id)
    if known is not None and known.status != EnrolmentStatus.DROPPED:
        if seats.holds_offer(known, ctx.now):
            return await waiting.take_offer(ctx, await ctx.get(Enrolment, known.id, lock=True)), True
        return known, False
    seats.check_status(course)
    await _check_prerequisites(ctx, course, user_id)
    _check_price(ctx, course)
    enrolment, created = await _take_seat_or_wait(ctx, course, user_id, left=known)
    if created and enrolment.has_seat:
        await seats.seat(ctx, course, [enrolment])
    return enrolment, created


async def _check_prerequisites(ctx: Ctx, course: Course, user_id: UUID) -> None:
    required = await catalog.prerequisites_of(ctx, course.id)
    if not required:
        return
    done = select(Enrolment.course_id).where(Enrolment.user_id == user_id, Enrolment.completed_at.is_not(None))
    completed = set(await ctx.db.scalars(done.where(Enrolment.course_id.in_([item.id for item in required]))))
    missing = [item for item in required if item.id not in completed]
    if missing:
        named = [{"id": str(item.id), "title": item.title, "slug": item.slug} for item in missing]
        raise errors.PrerequisitesMissing(missing_prerequisites=named)


def _check_price(ctx: Ctx, course: Course) -> None:
    if course.price_minor and not ctx.actor.has_grant(scope("purchase", course.id)):
        amount = round(course.price_minor / 100, 2)
        raise PaymentRequired(amount=amount, currency=course.currency, order_url=f"/courses/{course.slug}")


async def _take_seat_or_wait(
    ctx: Ctx, course: Course, user_id: UUID, *, left: Enrolment | None
) -> tuple[Enrolment, bool]:
    """A seat where one is free and nobody waits for it, else the next place on the waiting list.

    In a limited course the course row is the lock that seats are counted under. The history of an enrolment that was
    `left` is taken up again.
    """
    section = await default_section(ctx, course)
    limit = await seats.lock_seats(ctx, course) if course.enrollment_limit is not None else None
    waits = limit is not None and await seats.claimed_seats(ctx, course.id) >= limit
    number = await seats.next_number(ctx, course.id) if waits else None
    row = Enrolment(
        user_id=user_id,
        course_id=course.id,
        section_id=section.id,
        organization_id=course.organization_id,
        status=EnrolmentStatus.WAITING if waits else EnrolmentStatus.ENROLLED,
        enrolled_at=ctx.now,
        waiting_number=number,
        created_at=ctx.now,
    )
    if left is not None:
        left = await ctx.get(Enrolment, left.id, lock=True)
        if left.status == EnrolmentStatus.DROPPED:
            resume(left, row.status, row.waiting_number)
            return left, True
    return await ctx.insert_or_get(row, user_id=user_id, course_id=course.id)


async def _latest(ctx: Ctx, user_id: UUID, course_id: UUID) -> Enrolment | None:
    """The person's current enrolment, else the one that was left last."""
    mine = select(Enrolment).where(Enrolment.user_id == user_id, Enrolment.course_id == course_id)
    is_left = Enrolment.status == EnrolmentStatus.DROPPED
    found: Enrolment | None = await ctx.db.scalar(mine.order_by(is_left, Enrolment.dropped_at.desc()).limit(1))
    return found


def resume(enrolment: Enrolment, status: str, waiting_number: int | None) -> None:
    """Take up again an enrolment that was left, with its history: in a seat, or on the waiting list."""
    enrolment.waiting_number, enrolment.dropped_at = waiting_number, None
    enrolment.offer_expires_at = None
    enrolment.status = status if status == EnrolmentStatus.WAITING else seats.seated_status(enrolment)


async def default_section(ctx: Ctx, course: Course) -> Section:
    found = await ctx.db.scalar(select(Section).where(Section.course_id == course.id, Section.is_default))
    if found is not None:
        return found
    made = Section(course_id=course.id, name=course.title, is_default=True, created_at=ctx.now)
    section, _ = await ctx.insert_or_get(made, course_id=course.id, is_default=True)
    return section


async def current_enrolment(ctx: Ctx, user_id: UUID, course_id: UUID) -> Enrolment | None:
    """The enrolment that is not dropped, waiting ones included."""
    mine = (Enrolment.user_id == user_id, Enrolment.course_id == course_id, IS_CURRENT)
    found: Enrolment | None = await ctx.db.scalar(select(Enrolment).where(*mine))
    return found


async def active_enrolment(ctx: Ctx, user_id: UUID, course_id: UUID) -> Enrolment | None:
    """The enrolment that holds a seat: enrolled, in progress or completed."""
    enrolment = await current_enrolment(ctx, user_id, course_id)
    return enrolment if enrolment is not None and enrolment.has_seat else None


async def ensure_enrolled(ctx: Ctx, course: Course) -> Enrolment:
    """The actor's enrolment for writing in it; an open course enrols whoever starts to work.

    Raises Forbidden for those who are not enrolled, CourseArchived where nothing may be written.
    """
    require(ctx.actor.user_id is not None)
    assert ctx.actor.user_id is not None
    enrolment = await active_enrolment(ctx, ctx.actor.user_id, course.id)
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseArchived
    if enrolment is None and course.access == CourseAccess.OPEN and course.status == CourseStatus.PUBLISHED:
        enrolment, _ = await _enrol(ctx, course, ctx.actor.user_id)
    if enrolment is None or not enrolment.has_seat:
        raise Forbidden("Enrol in this course first.")
    return enrolment


async def get_enrolment(ctx: Ctx, enrolment_id: UUID) -> Enrolment:
    """The enrolment as the actor may see it. Raises NotFound."""
    wanted = select(Enrolment).where(Enrolment.id == enrolment_id, visible_enrolments(ctx.actor))
    enrolment: Enrolment | None = await ctx.db.scalar(wanted)
    if enrolment is None:
        raise NotFound
    return enrolment
