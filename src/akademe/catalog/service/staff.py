"""Who teaches a course: rows in grants, written in the same transaction as what they follow from."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Select, select

from akademe.catalog import errors
from akademe.catalog.models import Course
from akademe.catalog.policy import STAFF, can_own_course, course_scope, is_course_staff
from akademe.catalog.schemas import StaffIn, StaffOut
from akademe.catalog.service.finding import get_course
from akademe.identity import service as identity
from akademe.identity.models import Membership, MembershipStatus, User
from akademe.kernel import cache
from akademe.kernel.auth import INSTRUCTOR_ROLES, require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound

SOURCE = "staff"


async def instructor_for(ctx: Ctx, wanted: UUID | None, organization_id: UUID) -> UUID:
    """The instructor of a new course: oneself, or who an admin names. Raises Forbidden, Invalid."""
    instructor_id = wanted or ctx.actor.user_id
    if instructor_id is None:
        raise Invalid.field("instructor_id", "Say whose course this is.")
    if instructor_id != ctx.actor.user_id:
        require(ctx.actor.admin_of(organization_id))
        await _require_teacher(ctx, instructor_id, organization_id)
    return instructor_id


async def _require_teacher(ctx: Ctx, user_id: UUID, organization_id: UUID) -> None:
    role = await ctx.db.scalar(_membership(user_id, organization_id))
    if role not in INSTRUCTOR_ROLES:
        raise Invalid.field("instructor_id", "This person is not an instructor of the organisation.")


def _membership(user_id: UUID, organization_id: UUID) -> Select[str]:
    return (
        select(Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.user_id == user_id,
            Membership.organization_id == organization_id,
            Membership.status == MembershipStatus.ACTIVE,
            User.deleted_at.is_(None),
        )
    )


async def give(ctx: Ctx, course: Course, user_id: UUID, role: str) -> None:
    """Write the grant; where it is the actor's own, this unit of work knows it at once."""
    where = course_scope(course.id)
    await identity.grant(ctx, user_id, where, role, source=SOURCE, organization_id=course.organization_id)
    if user_id == ctx.actor.user_id:
        held = dict(ctx.actor.grants)
        held[where] = held.get(where, frozenset()) | {role}
        ctx.actor = replace(ctx.actor, grants=held)


async def hand_over(ctx: Ctx, course: Course, user_id: UUID) -> None:
    """Name another instructor, who becomes an owner beside the one before. For admins."""
    require(ctx.actor.admin_of(course.organization_id))
    await _require_teacher(ctx, user_id, course.organization_id)
    await give(ctx, course, user_id, "owner")
    course.instructor_id = user_id


async def list_staff(ctx: Ctx, key: str) -> list[StaffOut]:
    """Owners first, then co-instructors, then TAs."""
    course = await get_course(ctx, key)
    require(is_course_staff(ctx.actor, course))
    grants = await identity.holders(ctx, course_scope(course.id), *STAFF)
    people = await identity.user_briefs(ctx, [grant.user_id for grant in grants])
    ordered = sorted(grants, key=lambda grant: (STAFF.index(grant.role), grant.created_at))
    first = {grant.user_id: grant.role for grant in reversed(ordered)}
    return [
        StaffOut(user_id=id_, full_name=people[id_].full_name, email=people[id_].email,
                 avatar_url=people[id_].avatar_url, role=role)
        for id_, role in reversed(first.items())
    ]  # fmt: skip


async def add_staff(ctx: Ctx, key: str, given: StaffIn) -> StaffOut:
    """Give somebody of the organisation a role in the course, instead of the one held before; again is no error."""
    course = await get_course(ctx, key, lock=True)
    require(can_own_course(ctx.actor, course))
    user_id = await _person(ctx, course, given)
    if given.role != "owner":
        await _keep_an_owner(ctx, course, without=user_id)
        await _pass_on(ctx, course, user_id)
    for role in STAFF:
        if role != given.role:
            await identity.revoke_grant(ctx, user_id, course_scope(course.id), role=role, source=SOURCE)
    await give(ctx, course, user_id, given.role)
    brief = (await identity.user_briefs(ctx, [user_id]))[user_id]
    return StaffOut(
        user_id=user_id, full_name=brief.full_name, email=brief.email, avatar_url=brief.avatar_url, role=given.role
    )


async def _person(ctx: Ctx, course: Course, given: StaffIn) -> UUID:
    """Members of the organisation only: whether others have an account here is nobody's business."""
    user_id = given.user_id
    if user_id is None and given.email:
        found = await identity.find_by_email(ctx, given.email)
        user_id = found.id if found else None
    if user_id is None or await ctx.db.scalar(_membership(user_id, course.organization_id)) is None:
        field = "user_id" if given.user_id else "email"
        raise Invalid.field(field, "Nobody of your organisation is known under this.")
    return user_id


async def _keep_an_owner(ctx: Ctx, course: Course, *, without: UUID) -> None:
    owners = await identity.holders(ctx, course_scope(course.id), "owner")
    if {grant.user_id for grant in owners} == {without}:
        raise errors.LastOwner


async def remove_staff(ctx: Ctx, key: str, user_id: UUID) -> None:
    """Take somebody's part in the course away. Raises LastOwner, NotFound."""
    course = await get_course(ctx, key, lock=True)
    require(can_own_course(ctx.actor, course))
    held = [g for g in await identity.holders(ctx, course_scope(course.id), *STAFF) if g.user_id == user_id]
    if not held:
        raise NotFound
    await _keep_an_owner(ctx, course, without=user_id)
    for role in STAFF:
        await identity.revoke_grant(ctx, user_id, course_scope(course.id), role=role)
    await _pass_on(ctx, course, user_id)


async def _pass_on(ctx: Ctx, course: Course, user_id: UUID) -> None:
    """Where the instructor is an owner no more, the first of the others is."""
    if course.instructor_id == user_id:
        owners = await identity.holders(ctx, course_scope(course.id), "owner")
        course.instructor_id = next((grant.user_id for grant in owners if grant.user_id != user_id), user_id)
        ctx.after_commit(cache.forget)
