"""The organisations one belongs to, and leaving those whose administrators added one."""

from uuid import UUID

from sqlalchemy import select

from akademe.identity.errors import HomeOrganization, LastAdmin
from akademe.identity.models import Membership, MembershipStatus, Role, User
from akademe.identity.schemas import MembershipOut
from akademe.identity.service.people import end_membership
from akademe.identity.service.profile import get_me
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.orgs.models import Organization


async def list_memberships(ctx: Ctx) -> list[MembershipOut]:
    """The actor's own, the home organisation first."""
    user = await get_me(ctx)
    mine = select(Membership, Organization.name).join(Organization, Organization.id == Membership.organization_id)
    rows = await ctx.db.execute(mine.where(Membership.user_id == user.id).order_by(Organization.name).limit(100))
    found = [
        MembershipOut(
            organization_id=place.organization_id,
            organization_name=name,
            role=place.role,
            is_home=place.organization_id == user.home_organization_id,
        )
        for place, name in rows
    ]
    return sorted(found, key=lambda one: not one.is_home)


async def leave_organization(ctx: Ctx, organization_id: UUID) -> None:
    """End the actor's membership, with every right that came with it.

    Raises NotFound, HomeOrganization, LastAdmin for the only admin.
    """
    user: User = await get_me(ctx)
    await ctx.lock_writes()
    here = select(Membership).where(Membership.organization_id == organization_id)
    place = await ctx.db.scalar(here.where(Membership.user_id == user.id))
    if place is None:
        raise NotFound
    if organization_id == user.home_organization_id:
        raise HomeOrganization
    if place.role == Role.ADMIN and await _count_admins(ctx, organization_id) < 2:
        raise LastAdmin("You are its only administrator. Make somebody else one before you leave.")
    await end_membership(ctx, place)


async def _count_admins(ctx: Ctx, organization_id: UUID) -> int:
    """Under their rows' locks: two who leave at once do not leave it without any."""
    active = (Membership.role == Role.ADMIN, Membership.status == MembershipStatus.ACTIVE)
    found = select(Membership.id).where(Membership.organization_id == organization_id, *active)
    return len((await ctx.db.scalars(found.order_by(Membership.id).with_for_update())).all())
