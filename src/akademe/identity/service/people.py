"""What admins do with people: list, change, deactivate, delete, and give them a place in an organisation."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select

from akademe.identity.errors import AlreadyMember, LastAdmin
from akademe.identity.events import MemberAdded, MembershipEnded, RoleChanged, UserDeactivated, UserDeleted
from akademe.identity.models import Grant, Membership, MembershipStatus, RequestStatus, Role, RoleRequest, User
from akademe.identity.policy import can_manage_account, visible_members, visible_users
from akademe.identity.schemas import MemberIn, UserFilter, UserIn, UserOut, UserPatch
from akademe.identity.service import hashing, sessions
from akademe.identity.service.accounts import (
    about_of,
    as_out,
    create_user,
    find_by_email,
    get_member,
    membership_of,
    names_of,
    normal_email,
    pending_request,
    write_user,
)
from akademe.identity.service.passwords import set_password, void_resets
from akademe.kernel import realtime
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import fold, folded
from akademe.kernel.errors import Invalid, NotFound, PreconditionFailed
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.orgs import service as orgs


async def list_users(ctx: Ctx, wanted: UserFilter, page: Page) -> Paged[UserOut]:
    """People of the organisation one administers; for platform admins of all, each as at home, or of the one named."""
    people = select(User, Membership).where(visible_users(ctx.actor), visible_members(ctx.actor))
    if wanted.organization_id is None and (ctx.actor.is_platform_admin or ctx.actor.is_system):
        at_home = (Membership.user_id == User.id) & (Membership.organization_id == User.home_organization_id)
        statement = people.outerjoin(Membership, at_home)
    else:
        statement = people.join(Membership, Membership.user_id == User.id)
    if wanted.organization_id is not None:
        statement = statement.where(Membership.organization_id == wanted.organization_id)
    found = await paginate(ctx, _filtered(statement, wanted), [Key(User.id)], page, count=True)
    asked = await _pending(ctx, [user.id for user, _ in found.items])
    items = [
        as_out(user, place, asked.get((user.id, place.organization_id)) if place else None)
        for user, place in found.items
    ]
    return Paged(items, found.next_cursor, found.total)


def _filtered(statement: Select[*tuple[Any, ...]], wanted: UserFilter) -> Select[Any]:
    if wanted.q:
        full_name = User.first_name + " " + User.last_name
        columns = (User.email, full_name, User.username)
        part = fold(wanted.q)
        statement = statement.where(or_(*[folded(column).contains(part, autoescape=True) for column in columns]))
    if wanted.role is not None:
        statement = statement.where(Membership.role == wanted.role.value)
    if wanted.status is not None:
        statement = statement.where(User.is_active == (wanted.status == "active"))
    if wanted.role_request is not None:
        statement = statement.join(
            RoleRequest, (RoleRequest.user_id == User.id) & (RoleRequest.organization_id == Membership.organization_id)
        ).where(RoleRequest.status == wanted.role_request)
    return statement


async def _pending(ctx: Ctx, ids: list[UUID]) -> dict[tuple[UUID, UUID], str]:
    if not ids:
        return {}
    rows = await ctx.db.scalars(
        select(RoleRequest).where(RoleRequest.user_id.in_(ids), RoleRequest.status == RequestStatus.PENDING.value)
    )
    return {(row.user_id, row.organization_id): row.status for row in rows}


async def update_user(ctx: Ctx, user_id: UUID, patch: UserPatch, *, if_version: int | None = None) -> User:
    """Change only what was sent. Raises NotFound, Forbidden, PreconditionFailed, LastAdmin, EmailTaken,
    UsernameTaken, WeakPassword, Invalid.
    """
    user, _ = await get_member(ctx, user_id)
    await _require_allowed(ctx, user, patch)
    password_hash = await _new_hash(user, patch)
    user = await ctx.get(User, user_id, lock=True)
    if if_version is not None and if_version != user.version:
        raise PreconditionFailed
    values = await _values(ctx, user, patch)
    is_moved = values.get("email", user.email) != user.email
    is_switched_off = user.is_active and not values.get("is_active", True)
    for name, value in values.items():
        setattr(user, name, value)
    user.version += 1
    await write_user(ctx, user)
    if is_switched_off:
        await _switch_off(ctx, user)
    if patch.role is not None:
        await _set_role(ctx, user, patch.role)
    if password_hash is not None:
        await set_password(ctx, user.id, password_hash)
    elif is_moved:
        await void_resets(ctx, user.id)
    return user


async def _require_allowed(ctx: Ctx, user: User, patch: UserPatch) -> None:
    """Whoever sends a whole account back is asked about what differs in it."""
    changed = _changed(user, patch)
    if "is_platform_admin" in changed:
        require(ctx.actor.is_platform_admin or ctx.actor.is_system)
    if ctx.actor.user_id != user.id:
        belongs_elsewhere = await _belongs_elsewhere(ctx, user)
        require(not changed or can_manage_account(ctx.actor, user, belongs_elsewhere=belongs_elsewhere))
        return
    if changed & {"status", "is_active", "is_platform_admin"} or patch.role not in (None, Role.ADMIN):
        raise LastAdmin
    if "password" in changed:
        raise Invalid.field("password", "Change your own on your security page: it asks for the current one.")


def _changed(user: User, patch: UserPatch) -> set[str]:
    """The fields of the account, without the role, that would be others. Null says something of names alone."""
    sent = {name: getattr(patch, name) for name in patch.model_fields_set - {"role"}}
    nullable = {"username", "first_name", "last_name", "avatar_url"}
    return {
        name
        for name, value in sent.items()
        if (value or None) != (getattr(user, name, None) or None) and (value is not None or name in nullable)
    }


async def _belongs_elsewhere(ctx: Ctx, user: User) -> bool:
    others = select(func.count()).select_from(Membership).where(Membership.user_id == user.id)
    return bool(await ctx.db.scalar(others.where(Membership.organization_id != user.home_organization_id)))


async def _new_hash(user: User, patch: UserPatch) -> str | None:
    if patch.password is None:
        return None
    await hashing.check_strength(patch.password, [*about_of(patch, user.email), *about_of(user, user.email)])
    return await hashing.hash_password(patch.password)


async def _values(ctx: Ctx, user: User, patch: UserPatch) -> dict[str, Any]:
    """The columns that change."""
    values = names_of(patch) | patch.model_dump(include={"avatar_url"}, exclude_unset=True)
    if patch.email is not None:
        values["email"] = normal_email(patch.email, await orgs.options_of(ctx, user.home_organization_id))
    if patch.is_platform_admin is not None:
        values["is_platform_admin"] = patch.is_platform_admin
    if patch.active is not None:
        values["is_active"] = patch.active
    return values


async def _switch_off(ctx: Ctx, user: User) -> None:
    await sessions.revoke_all(ctx, user.id)
    ctx.record(UserDeactivated(user_id=user.id, organization_id=user.home_organization_id))


async def _set_role(ctx: Ctx, user: User, role: Role) -> None:
    """Also decides a request that is pending: accepted where this is the role asked for."""
    place = await membership_of(ctx, user)
    if place is None:
        raise NotFound
    asked = await pending_request(ctx, user.id, place.organization_id)
    if asked is not None:
        asked.status = RequestStatus.ACCEPTED if asked.role == role else RequestStatus.DECLINED
        asked.decided_by, asked.decided_at = ctx.actor.user_id, ctx.now
    if place.role != role:
        place.role = role.value
        ctx.record(RoleChanged(user_id=user.id, role=role, organization_id=place.organization_id))
        ctx.after_commit(partial(realtime.refresh, user.id))


async def delete_user(ctx: Ctx, user_id: UUID) -> None:
    """Delete the account softly where it is this organisation's alone, else end its membership here.

    Raises NotFound, Forbidden, LastAdmin.
    """
    user, place = await get_member(ctx, user_id)
    if ctx.actor.user_id == user.id:
        raise LastAdmin
    if not can_manage_account(ctx.actor, user, belongs_elsewhere=await _belongs_elsewhere(ctx, user)):
        require(not user.is_platform_admin)
        await end_membership(ctx, place)
        return
    user.deleted_at, user.is_active = ctx.now, False
    await sessions.revoke_all(ctx, user.id)
    ctx.record(UserDeleted(user_id=user.id, organization_id=user.home_organization_id))


async def end_membership(ctx: Ctx, place: Membership | None) -> None:
    """With it goes every right that the person held in this organisation."""
    if place is None:
        raise NotFound
    here = (Grant.user_id == place.user_id, Grant.organization_id == place.organization_id)
    await ctx.db.execute(delete(Grant).where(*here))
    await ctx.db.delete(place)
    ctx.record(MembershipEnded(user_id=place.user_id, organization_id=place.organization_id))
    ctx.after_commit(partial(realtime.refresh, place.user_id))


async def list_members(ctx: Ctx, organization_id: UUID, wanted: UserFilter, page: Page) -> Paged[UserOut]:
    """Raises NotFound for an organisation the actor may not see, Forbidden where the actor is no admin of it."""
    await orgs.get_organization(ctx, organization_id)
    require(ctx.actor.admin_of(organization_id))
    return await list_users(ctx, wanted.model_copy(update={"organization_id": organization_id}), page)


async def add_member(ctx: Ctx, organization_id: UUID, given: MemberIn) -> UserOut:
    """Give an account a place here, made now where nobody has that e-mail. Whose it is hears of it, and may leave.

    Raises NotFound, Forbidden, AlreadyMember, and what `create_user` raises.
    """
    organization = await orgs.get_organization(ctx, organization_id)
    require(ctx.actor.admin_of(organization_id))
    user = await _named(ctx, given)
    if user is None:
        fields = given.model_dump(exclude={"user_id"}, exclude_unset=True)
        user = await create_user(ctx, UserIn(**fields, organization_id=organization_id))
        key = {"user_id": user.id, "organization_id": organization_id}
        return as_out(user, await ctx.db.scalar(select(Membership).filter_by(**key)))
    key = {"user_id": user.id, "organization_id": organization_id}
    made = Membership(**key, role=given.role.value, status=MembershipStatus.ACTIVE.value, created_at=ctx.now)
    place, created = await ctx.insert_or_get(made, **key)
    if not created:
        raise AlreadyMember
    if user.id != ctx.actor.user_id:
        ctx.record(MemberAdded(**key, organization=organization.name))
    return as_out(user, place)


async def _named(ctx: Ctx, given: MemberIn) -> User | None:
    """By id, which only who may see the account can name; by e-mail, None where there is none."""
    if given.user_id is not None:
        return (await get_member(ctx, given.user_id))[0]
    return await find_by_email(ctx, given.email or "")
