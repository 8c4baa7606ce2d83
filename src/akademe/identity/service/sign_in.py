"""Signing in by e-mail or username and password, as an API client or in a browser."""

from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from akademe.identity import rules
from akademe.identity.errors import InvalidCredentials, WrongPassword
from akademe.identity.models import Membership, MembershipStatus, RequestStatus, RoleRequest, User
from akademe.identity.schemas import LoginIn, Origin, RegisterIn, TokensOut, UserOut
from akademe.identity.service import hashing, sessions, throttle, tokens
from akademe.identity.service.accounts import SHOWN, described, register_user, user_out
from akademe.kernel.auth import address_block
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Id, Query, Row, as_uuid
from akademe.orgs import service as orgs

# One row per organisation that may be in use, the host's and the person's own.
_living = (
    select(
        *[getattr(User, name) for name in SHOWN],
        User.password_hash,
        User.home_organization_id,
        Membership.organization_id,
        Membership.role,
        RoleRequest.status.label("role_request"),
    )
    .outerjoin(
        Membership,
        (Membership.user_id == User.id)
        & (Membership.status == MembershipStatus.ACTIVE.value)
        & or_(
            Membership.organization_id == User.home_organization_id,
            Membership.organization_id == bindparam("organization_id", type_=Id()),
        ),
    )
    .outerjoin(
        RoleRequest,
        (RoleRequest.user_id == User.id)
        & (RoleRequest.organization_id == Membership.organization_id)
        & (RoleRequest.status == RequestStatus.PENDING.value),
    )
    .where(User.deleted_at.is_(None), User.is_active)
)
_BY_EMAIL = Query(_living.where(User.email == bindparam("key")))
_BY_USERNAME = Query(_living.where(User.username_key == bindparam("key")))


async def _recognise(ctx: Ctx, identifier: str, password: str, origin: Origin) -> UserOut:
    """The person who signs in. An account that is unknown, deactivated or without a password says the same, as slowly.

    Everything is read before the password is, by statements that hold no connection meanwhile.
    """
    account = await _find(ctx, identifier)
    key = _throttle_key(account, identifier)
    await throttle.refuse_blocked(ctx, key, address_key(origin))
    right, upgraded = await hashing.verify_password(password, account["password_hash"] if account else None)
    await throttle.settle(ctx, key, address_key(origin), right=right)
    if not right or account is None:
        raise InvalidCredentials
    if upgraded is not None:
        await ctx.db.execute(update(User).where(User.id == as_uuid(account["id"])).values(password_hash=upgraded))
    in_use = account["organization_id"] or account["home_organization_id"]
    place = {"role": account["role"] or "", "organization_id": in_use, "role_request": account["role_request"]}
    return described({name: account[name] for name in SHOWN}, **place)


async def check_own_password(ctx: Ctx, user: User, password: str) -> None:
    """Before a change that needs more than a session. Guesses count like sign-ins. Raises WrongPassword."""
    key = account_key(user.id)
    await throttle.refuse_blocked(ctx, key)
    right, _ = await hashing.verify_password(password, user.password_hash)
    await throttle.settle(ctx, key, right=right)
    if not right:
        raise WrongPassword


async def _find(ctx: Ctx, identifier: str) -> Row | None:
    """The account with its membership in the organisation of the host, else at home."""
    query, key = (
        (_BY_EMAIL, rules.email_key(identifier))
        if "@" in identifier
        else (_BY_USERNAME, rules.username_key(identifier))
    )
    rows = await query.all(key=key, organization_id=ctx.actor.organization_id)
    here = str(ctx.actor.organization_id)
    found = next((row for row in rows if str(row["organization_id"]) == here), rows[0] if rows else None)
    return found if found is not None and await _may_come_in(found) else None


async def _may_come_in(row: Row) -> bool:
    """Nobody acts in an organisation that was deleted, but platform admins."""
    in_use = row["organization_id"] or row["home_organization_id"]
    return bool(row["is_platform_admin"]) or not await orgs.is_deleted(as_uuid(in_use))


def _throttle_key(account: Row | None, identifier: str) -> str:
    """By account, however it was named; of the unknown by what was typed, hashed."""
    if account is not None:
        return account_key(as_uuid(account["id"]))
    return f"unknown:{tokens.digest(rules.email_key(identifier))}"


def account_key(user_id: UUID) -> str:
    return f"account:{user_id}"


def address_key(origin: Origin) -> str:
    return f"address:{address_block(origin.address)}"


async def sign_in(ctx: Ctx, given: LoginIn, origin: Origin) -> TokensOut:
    """Raises InvalidCredentials, TooManyAttempts."""
    person = await _recognise(ctx, given.identifier, given.password, origin)
    return await sessions.open_session(ctx, person, origin)


async def sign_in_web(ctx: Ctx, identifier: str, password: str, origin: Origin) -> str:
    """The value of the session cookie. Raises InvalidCredentials, TooManyAttempts."""
    person = await _recognise(ctx, identifier, password, origin)
    return await sessions.open_web_session(ctx, person, origin)


async def register(ctx: Ctx, given: RegisterIn, origin: Origin) -> TokensOut:
    """An account and its first sign-in. Raises what `register_user` raises."""
    user, _ = await register_user(ctx, given)
    return await sessions.open_session(ctx, await user_out(ctx, user), origin)
