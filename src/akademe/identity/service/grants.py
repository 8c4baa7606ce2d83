"""Grants: written by the domains that know why, joined by every policy; and the actor they make of a person."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from akademe.identity.models import Grant, Membership, MembershipStatus, User
from akademe.identity.policy import living_grant
from akademe.kernel import realtime
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, new_id
from akademe.kernel.errors import NotFound

_GIVEN = ("id", "user_id", "organization_id", "scope", "role", "source", "created_at")
_GRANT_ALL = Command(
    lambda insert: (
        insert(Grant.__table__)
        .values({name: bindparam(name) for name in _GIVEN})
        .on_conflict_do_update(index_elements=["user_id", "scope", "role", "source"], set_={"until": None})
    )
)


async def grant(
    ctx: Ctx,
    user_id: UUID,
    scope: str,
    role: str,
    *,
    source: str,
    organization_id: UUID,
    until: datetime | None = None,
) -> Grant:
    """Give `role` at `scope` until a moment (None: until revoked). Giving it again only sets the end anew."""
    key = {"user_id": user_id, "scope": scope, "role": role, "source": source}
    made = Grant(**key, organization_id=organization_id, until=until, created_at=ctx.now)
    row, created = await ctx.insert_or_get(made, **key)
    ctx.after_commit(lambda: realtime.refresh(user_id))
    if not created:
        row.until = until
    return row


async def grant_all(
    ctx: Ctx, user_ids: Collection[UUID], scope: str, role: str, *, source: str, organization_id: UUID
) -> None:
    """`grant` to many, until revoked, by one statement."""
    same = {"scope": scope, "role": role, "source": source, "organization_id": organization_id, "created_at": ctx.now}
    if user_ids:
        await _GRANT_ALL.run_many(ctx, [{"id": new_id(), "user_id": user_id, **same} for user_id in user_ids])
    for user_id in user_ids:
        ctx.after_commit(partial(realtime.refresh, user_id))


async def revoke_grant(
    ctx: Ctx, user_id: UUID, scope: str, *, role: str | None = None, source: str | None = None
) -> None:
    """Take back what was given at `scope`; with `role` or `source`, only that."""
    statement = delete(Grant).where(Grant.user_id == user_id, Grant.scope == scope)
    if role is not None:
        statement = statement.where(Grant.role == role)
    if source is not None:
        statement = statement.where(Grant.source == source)
    await ctx.db.execute(statement)
    ctx.after_commit(lambda: realtime.refresh(user_id))


async def holders(ctx: Ctx, scope: str, *roles: str) -> list[Grant]:
    """The living grants of active people at `scope` (of these roles), oldest first."""
    statement = select(Grant).join(User, User.id == Grant.user_id).where(User.is_active, User.deleted_at.is_(None))
    statement = statement.where(Grant.scope == scope, living_grant()).order_by(Grant.id)
    if roles:
        statement = statement.where(Grant.role.in_(roles))
    return list(await ctx.db.scalars(statement))


async def actor_for(ctx: Ctx, user_id: UUID, organization_id: UUID | None = None) -> Actor:
    """The person as an actor, in the home organisation unless another is named; sees what this unit wrote.

    Raises NotFound for the deleted and the inactive.
    """
    user = await ctx.get(User, user_id)
    if user.deleted_at is not None or not user.is_active:
        raise NotFound
    in_use = organization_id or user.home_organization_id
    role = await ctx.db.scalar(
        select(Membership.role).filter_by(user_id=user_id, organization_id=in_use, status=MembershipStatus.ACTIVE.value)
    )
    held: dict[str, frozenset[str]] = {}
    for row in await ctx.db.scalars(select(Grant).where(Grant.user_id == user_id, living_grant())):
        held[row.scope] = held.get(row.scope, frozenset()) | {row.role}
    return Actor(
        user_id=user.id,
        organization_id=in_use,
        role=role or "",
        is_platform_admin=user.is_platform_admin,
        grants=held,
        locale=user.locale,
        time_zone=user.time_zone,
    )
