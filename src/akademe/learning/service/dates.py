"""Dates of a course, a lesson or an assessment, for everyone, a section or a person."""

from uuid import UUID

from sqlalchemy import or_, select, union_all

from akademe.catalog import service as catalog
from akademe.catalog.models import Lesson
from akademe.catalog.policy import is_course_staff
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import iso
from akademe.kernel.errors import Invalid
from akademe.learning import errors, events
from akademe.learning.models import DateOverride, Enrolment, Requirement, Section
from akademe.learning.rules.dates import Dates, is_open, resolve
from akademe.learning.schemas import DatesIn, DatesOut


async def dates_for(ctx: Ctx, *refs: UUID, section_id: UUID, user_id: UUID) -> Dates:
    """The dates that hold for a person; `refs` from the most specific (an assessment) to the course.

    A word for the person wins over one for the section, that over one for everyone; within each the first ref wins.
    """
    mine = or_(
        DateOverride.user_id == user_id,
        DateOverride.section_id == section_id,
        DateOverride.user_id.is_(None) & DateOverride.section_id.is_(None),
    )
    rows = await ctx.db.scalars(select(DateOverride).where(DateOverride.ref_id.in_(refs), mine))
    ordered = sorted(rows, key=lambda row: (row.user_id is None, row.section_id is None, refs.index(row.ref_id)))
    return resolve(
        Dates(row.opens_at, row.due_at, row.closes_at, row.extra_minutes, row.extra_attempts) for row in ordered
    )


async def require_open(ctx: Ctx, section_id: UUID, course_id: UUID, lesson_id: UUID) -> None:
    """Raise NotOpenYet or Closed where the actor may not work in the lesson now."""
    assert ctx.actor.user_id is not None
    dates = await dates_for(ctx, lesson_id, course_id, section_id=section_id, user_id=ctx.actor.user_id)
    if is_open(dates, ctx.now):
        return
    if dates.opens_at is not None and ctx.now < dates.opens_at:
        raise errors.NotOpenYet(opens_at=iso(dates.opens_at))
    assert dates.closes_at is not None
    raise errors.Closed(closes_at=iso(dates.closes_at))


async def set_dates(ctx: Ctx, course_key: str | UUID, given: DatesIn) -> DatesOut:
    """Set the dates of a course, or of its lesson or assessment, for everyone, a section or a person."""
    course = await catalog.edit_course(ctx, course_key)
    if given.section_id is not None and given.user_id is not None:
        raise Invalid.field("section_id", "Name a section or a person, not both.")
    if given.opens_at and given.closes_at and given.opens_at >= given.closes_at:
        raise Invalid.field("closes_at", "It must open before it closes.")
    await _check_target(ctx, course.id, given)
    ref_id = given.ref_id or course.id
    said = given.model_dump(exclude={"ref_id", "section_id", "user_id"})
    target = {"ref_id": ref_id, "section_id": given.section_id, "user_id": given.user_id}
    row, created = await ctx.insert_or_get(
        DateOverride(course_id=course.id, created_at=ctx.now, **target, **said), **target
    )
    if not created:
        for name, value in said.items():
            setattr(row, name, value)
    ctx.record(events.DatesSet(organization_id=course.organization_id, course_id=course.id, ref_id=ref_id))
    return DatesOut.model_validate(row, from_attributes=True)


async def _check_target(ctx: Ctx, course_id: UUID, given: DatesIn) -> None:
    """A part of this course, a section of it, a person in it; else what others teach could be opened or closed."""
    parts = union_all(
        select(Lesson.id).where(Lesson.id == given.ref_id, Lesson.course_id == course_id),
        select(Requirement.id).where(Requirement.ref_id == given.ref_id, Requirement.course_id == course_id),
    )
    in_section = select(Section.id).where(Section.id == given.section_id, Section.course_id == course_id)
    in_course = select(Enrolment.id).where(Enrolment.user_id == given.user_id, Enrolment.course_id == course_id)
    if given.ref_id not in (None, course_id) and (await ctx.db.execute(parts)).first() is None:
        raise Invalid.field("ref_id", "This course has no such lesson or assessment.")
    if given.section_id is not None and await ctx.db.scalar(in_section) is None:
        raise Invalid.field("section_id", "This course has no such section.")
    if given.user_id is not None and await ctx.db.scalar(in_course.limit(1)) is None:
        raise Invalid.field("user_id", "This person is not in the course.")


async def list_dates(ctx: Ctx, course_key: str | UUID) -> list[DatesOut]:
    """Every word on dates in the course, for its staff; at most 1,000."""
    course = await catalog.get_course(ctx, course_key)
    require(is_course_staff(ctx.actor, course))
    wanted = select(DateOverride).where(DateOverride.course_id == course.id).order_by(DateOverride.id).limit(1000)
    return [DatesOut.model_validate(row, from_attributes=True) for row in await ctx.db.scalars(wanted)]
