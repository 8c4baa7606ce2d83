"""Staff enrol people, one or a hundred, by as many statements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from akademe.catalog import service as catalog
from akademe.catalog.models import Course
from akademe.identity import service as identity
from akademe.identity.models import Membership
from akademe.kernel.auth import require, scope
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, new_id
from akademe.kernel.errors import Invalid
from akademe.learning.models import Enrolment, EnrolmentStatus
from akademe.learning.policy import can_enrol_others
from akademe.learning.schemas import EnrolmentOut, EnrolOthersIn
from akademe.learning.service import enrolling, seats, waiting
from akademe.learning.service.documents import as_out

GIFT = "gift"
ANEW = {"populate_existing": True}
_NEW: dict[str, Any] = {
    "progress_percentage": 0.0,
    "completed_count": 0,
    "active_days": 0,
    "time_spent": 0,
    "engagement_score": 0.0,
    "quiz_results": {},
    "weak_areas": [],
}
_GIVEN = ("id", "user_id", "course_id", "section_id", "organization_id", "status", "enrolled_at", "waiting_number")
_ADD = Command(
    lambda insert: (
        insert(Enrolment.__table__)
        .values({name: bindparam(name) for name in (*_GIVEN, "created_at", *_NEW)})
        .on_conflict_do_nothing()
    )
)


async def enrol_person(ctx: Ctx, course_key: str | UUID, user_id: UUID) -> Enrolment:
    """Staff enrol somebody: neither prerequisites nor a price stand in the way, a full course does."""
    course = await catalog.get_course(ctx, course_key)
    require(can_enrol_others(ctx.actor, course))
    [enrolment] = await _enrol_all(ctx, course, await _members(ctx, course, {str(user_id): user_id}))
    return enrolment


async def enrol_others(ctx: Ctx, course_key: str | UUID, given: EnrolOthersIn) -> list[EnrolmentOut]:
    """Staff enrol people named by id or e-mail, all or none. Raises Invalid naming who is not known here."""
    course = await catalog.get_course(ctx, course_key)
    require(can_enrol_others(ctx.actor, course))
    named: dict[str, UUID | None] = {str(user_id): user_id for user_id in given.user_ids}
    ids = await _members(ctx, course, named | await identity.find_by_emails(ctx, given.emails))
    enrolments = await _enrol_all(ctx, course, ids)
    people = await identity.user_briefs(ctx, ids)
    places = await waiting.places(ctx, enrolments)
    return [as_out(item, places, user=people.get(item.user_id)) for item in enrolments]


async def _members(ctx: Ctx, course: Course, named: dict[str, UUID | None]) -> list[UUID]:
    """The ids, each once. Who is unknown and who belongs elsewhere get the same answer."""
    tenant = Membership.organization_id == course.organization_id
    found = select(Membership.user_id).where(tenant, Membership.user_id.in_([id_ for id_ in named.values() if id_]))
    members = set(await ctx.db.scalars(found))
    if unknown := [name for name, user_id in named.items() if user_id not in members]:
        raise Invalid.field("people", f"We know nobody by {', '.join(unknown[:20])} in this organisation.")
    return list(dict.fromkeys(user_id for user_id in named.values() if user_id))


async def _enrol_all(ctx: Ctx, course: Course, ids: Sequence[UUID]) -> list[Enrolment]:
    """The enrolments in the order of `ids`: who has one keeps it, who holds an offer takes it, the others come in.

    In a limited course the course row is the lock that seats are counted under.
    """
    if course.price_minor:  # given by its staff it counts as paid for, also when the learner leaves and comes back
        place, tenant = scope("purchase", course.id), course.organization_id
        await identity.grant_all(ctx, ids, place, "holder", source=GIFT, organization_id=tenant)
    limit = await seats.lock_seats(ctx, course) if course.enrollment_limit is not None else None
    known = await _latest(ctx, course.id, ids)
    there = {id_: row for id_, row in known.items() if row.status != EnrolmentStatus.DROPPED}
    for row in there.values():
        if seats.holds_offer(row, ctx.now):
            await waiting.take_offer(ctx, await ctx.get(Enrolment, row.id, lock=True))
    if coming := [id_ for id_ in ids if id_ not in there]:
        seats.check_status(course)
        there |= await _bring_in(ctx, course, coming, limit, known)
    return [there[id_] for id_ in ids]


async def _latest(ctx: Ctx, course_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Enrolment]:
    """Each person's current enrolment, else the one that was left last."""
    theirs = select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.user_id.in_(ids))
    is_current = Enrolment.status != EnrolmentStatus.DROPPED
    rows = await ctx.db.scalars(theirs.order_by(is_current, Enrolment.dropped_at), execution_options=ANEW)
    return {row.user_id: row for row in rows}


async def _bring_in(
    ctx: Ctx, course: Course, ids: Sequence[UUID], limit: int | None, known: dict[UUID, Enrolment]
) -> dict[UUID, Enrolment]:
    """Seats for as many as there are free, places on the waiting list for the rest, in the order of `ids`."""
    rows = await _planned(ctx, course, ids, limit)
    new = await _resume(ctx, rows, [known[id_].id for id_ in ids if id_ in known])
    new |= {row["id"] for row in rows.values()}
    await _ADD.run_many(ctx, list(rows.values()))
    there = await _latest(ctx, course.id, ids)
    # Who enrolled in this very moment has an enrolment that is none of ours.
    await seats.seat(ctx, course, [row for row in there.values() if row.id in new and row.has_seat])
    return there


async def _resume(ctx: Ctx, rows: dict[UUID, dict[str, Any]], left: Sequence[UUID]) -> set[UUID]:
    """Take up again what was left, each as its person's row says, which is needed no more. Gives their ids."""
    if not left:
        return set()
    locked = select(Enrolment).where(Enrolment.id.in_(left)).order_by(Enrolment.id).with_for_update()
    resumed = set()
    for row in await ctx.db.scalars(locked, execution_options=ANEW):
        if row.status == EnrolmentStatus.DROPPED:
            wanted = rows.pop(row.user_id)
            enrolling.resume(row, wanted["status"], wanted["waiting_number"])
            resumed.add(row.id)
    return resumed


async def _planned(ctx: Ctx, course: Course, ids: Sequence[UUID], limit: int | None) -> dict[UUID, dict[str, Any]]:
    section = await enrolling.default_section(ctx, course)
    free = len(ids) if limit is None else max(0, limit - await seats.claimed_seats(ctx, course.id))
    number = await seats.next_number(ctx, course.id) if free < len(ids) else 0
    shared = {
        "course_id": course.id,
        "section_id": section.id,
        "organization_id": course.organization_id,
        "enrolled_at": ctx.now,
        "created_at": ctx.now,
        **_NEW,
    }
    return {
        user_id: {
            **shared,
            "id": new_id(),
            "user_id": user_id,
            "status": EnrolmentStatus.ENROLLED if index < free else EnrolmentStatus.WAITING,
            "waiting_number": None if index < free else number + index - free,
        }
        for index, user_id in enumerate(ids)
    }
