"""Who is there: one hot statement finds session, person, membership and grants.

Idle time counts from `last_seen_at`, which is noted at most every five minutes: 24 hours may end five minutes early.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select, update

from akademe.identity.errors import InvalidToken, SessionEnded
from akademe.identity.models import AuthSession, Grant, Membership, MembershipStatus, User
from akademe.identity.rules import grants_of
from akademe.identity.service import tokens
from akademe.kernel.auth import Actor, Credentials
from akademe.kernel.config import settings
from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import Command, Id, Query, Row, UtcDateTime, as_uuid, clock
from akademe.orgs import service as orgs

TOUCH_EVERY = timedelta(minutes=5)
# As text of the statement: the type asks for a str, which would become a parameter that hot reads cannot bind.
_COMMA: Any = literal_column("','")
_SESSIONS: Any = AuthSession.__table__
_held = (
    select(func.aggregate_strings(Grant.scope + " " + Grant.role, _COMMA))
    .where(Grant.user_id == User.id)
    .where(or_(Grant.until.is_(None), Grant.until > bindparam("now", type_=UtcDateTime())))
    .scalar_subquery()
)
_joined = (
    select(
        AuthSession.id,
        AuthSession.last_seen_at,
        AuthSession.expires_at,
        User.id.label("user_id"),
        User.is_platform_admin,
        User.locale,
        User.time_zone,
        func.coalesce(bindparam("organization_id", type_=Id()), User.home_organization_id).label("organization_id"),
        Membership.role,
        _held.label("grants"),
    )
    .join(User, User.id == AuthSession.user_id)
    .outerjoin(
        Membership,
        (Membership.user_id == User.id)
        & (
            Membership.organization_id
            == func.coalesce(bindparam("organization_id", type_=Id()), User.home_organization_id)
        )
        & (Membership.status == MembershipStatus.ACTIVE.value),
    )
    .where(AuthSession.revoked_at.is_(None), User.is_active, User.deleted_at.is_(None))
)
_BY_ID = Query(_joined.where(AuthSession.id == bindparam("session_id", type_=Id())))
_TOUCH = Command(
    lambda _: (
        update(_SESSIONS)
        .where(_SESSIONS.c.id == bindparam("session_id", type_=Id()), _SESSIONS.c.last_seen_at < bindparam("now"))
        .values(last_seen_at=bindparam("now"))
    )
)
_BY_COOKIE = Query(_joined.where(AuthSession.cookie_hash == bindparam("cookie_hash")))


async def authenticate(credentials: Credentials) -> Actor:
    """The kernel's hook. Nobody gives ANONYMOUS with the host's organisation.

    Raises InvalidToken, TokenExpired or SessionEnded (all 401) for credentials that are not good.
    """
    if credentials.bearer:
        claims = tokens.read(credentials.bearer, tokens.ACCESS)
        return await _actor_of(_BY_ID, credentials, session_id=claims.session_id)
    if credentials.api_key:
        raise InvalidToken("This API key is not valid.")
    if credentials.cookie:
        return await _actor_of(_BY_COOKIE, credentials, cookie_hash=tokens.digest(credentials.cookie))
    organization_id = await orgs.organization_for_host(credentials.host)
    return Actor(
        organization_id=organization_id,
        may_browse=await orgs.shows_catalogue(organization_id),
        limits=await orgs.limits_for_host(credentials.host),
    )


async def _actor_of(query: Query, credentials: Credentials, **where: Any) -> Actor:
    """The host's organisation is in use where the host names one, else the person's home."""
    host = credentials.host
    named = await orgs.organization_for_host(host) if await orgs.names_organization(host) else None
    now = clock()
    row = await query.first(organization_id=named, now=now, **where)
    if row is None:
        raise SessionEnded
    await _keep_alive(row, now, is_passive=credentials.is_passive)
    organization_id = as_uuid(row["organization_id"])
    if await orgs.is_deleted(organization_id) and not row["is_platform_admin"]:
        raise SessionEnded
    return Actor(
        user_id=as_uuid(row["user_id"]),
        organization_id=organization_id,
        role=row["role"] or "",
        is_platform_admin=row["is_platform_admin"],
        grants=grants_of(row["grants"]),
        session_id=as_uuid(row["id"]),
        locale=row["locale"],
        time_zone=row["time_zone"],
        may_browse=bool(row["role"]) or await orgs.shows_catalogue(organization_id),
        limits=await orgs.limits_for_host(host),
    )


async def _keep_alive(row: Row, now: datetime, *, is_passive: bool) -> None:
    """End what was idle too long; note that somebody was here, at most every five minutes, in a unit of its own."""
    seen = _moment(row["last_seen_at"])
    if now - seen >= timedelta(hours=settings().session_idle_hours) or now >= _moment(row["expires_at"]):
        raise SessionEnded
    if now - seen >= TOUCH_EVERY and not is_passive:
        async with system_ctx() as ctx:
            await _TOUCH.run(ctx, session_id=row["id"], now=now)


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
