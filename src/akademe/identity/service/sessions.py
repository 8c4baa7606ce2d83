"""Sign-ins: opened with tokens or with the web's cookie, refreshed, listed, ended.

A refresh token works once. Two tabs of one browser may send it at the same moment, so within RACE_SECONDS of its use
it works again (a second child in the same family); later, it is a theft or a restored copy, and the family ends. The
price is a thief who copies a token and uses it within those ten seconds of its owner: that one is not noticed, and
lasts until the person signs out or ends the session on the security page.
"""

from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update

from akademe.identity.errors import InvalidToken, RefreshTokenReused, SessionEnded
from akademe.identity.models import AuthSession, RefreshToken, User
from akademe.identity.schemas import Origin, SessionOut, TokensOut, UserOut
from akademe.identity.service import tokens
from akademe.identity.service.accounts import user_out
from akademe.kernel import realtime
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id
from akademe.kernel.errors import NotFound
from akademe.orgs import service as orgs

RACE_SECONDS = 10
WEB_DAYS = 30
MAX_USER_AGENT = 300
# Statements on tables, made once: a sign-in should cost little beside its password.
_ADD_SESSION = insert(cast(Table, AuthSession.__table__))
_ADD_REFRESH_TOKEN = insert(cast(Table, RefreshToken.__table__))
_USERS = cast(Table, User.__table__)
_SIGNED_IN = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("person"))
    .values(last_login=bindparam("now"), updated_at=_USERS.c.updated_at)
)


async def open_session(ctx: Ctx, person: UserOut, origin: Origin) -> TokensOut:
    """A session of an API client, with its first pair of tokens."""
    session_id = await _add_session(ctx, person.id, origin, days=settings().refresh_token_expire_days)
    return await _pair(ctx, session_id, person.model_copy(update={"last_login": ctx.now}))


async def open_web_session(ctx: Ctx, person: User | UserOut, origin: Origin) -> str:
    """A session of a browser; gives the value of its cookie (SESSION_COOKIE), of which only the hash is kept.

    The session this browser had ends, so that a cookie planted before the sign-in is worth nothing after it.
    """
    await close_web_session(ctx)
    value = tokens.random_token()
    await _add_session(ctx, person.id, origin, days=WEB_DAYS, cookie_hash=tokens.digest(value))
    return value


async def close_web_session(ctx: Ctx) -> None:
    """End the session the actor came with, if any."""
    if ctx.actor.session_id is not None:
        await _revoke(ctx, AuthSession.id == ctx.actor.session_id)


async def _add_session(ctx: Ctx, user_id: UUID, origin: Origin, *, days: int, cookie_hash: str | None = None) -> UUID:
    session_id = new_id()
    row = {
        "id": session_id,
        "user_id": user_id,
        "cookie_hash": cookie_hash,
        "last_seen_at": ctx.now,
        "expires_at": ctx.now + timedelta(days=days),
        "address": origin.address,
        "user_agent": origin.user_agent[:MAX_USER_AGENT],
        "created_at": ctx.now,
    }
    await ctx.db.execute(_ADD_SESSION, row)
    await ctx.db.execute(_SIGNED_IN, {"person": user_id, "now": ctx.now})
    return session_id


async def _pair(ctx: Ctx, session_id: UUID, person: UserOut) -> TokensOut:
    access, expires = tokens.make(tokens.ACCESS, person.id, session_id, ctx.now)
    refresh, until = tokens.make(tokens.REFRESH, person.id, session_id, ctx.now)
    row = {
        "id": new_id(),
        "session_id": session_id,
        "token_hash": tokens.digest(refresh),
        "expires_at": until,
        "created_at": ctx.now,
    }
    await ctx.db.execute(_ADD_REFRESH_TOKEN, row)
    return TokensOut(
        access_token=access,
        refresh_token=refresh,
        expires_in=int((expires - ctx.now).total_seconds()),
        user=person,
        role_request=person.role_request,
    )


async def refresh(ctx: Ctx, refresh_token: str) -> TokensOut:
    """A new pair for a refresh token, which is used up. Raises InvalidToken, TokenExpired, SessionEnded,
    RefreshTokenReused (then the whole session has ended).
    """
    tokens.read(refresh_token, tokens.REFRESH)
    await ctx.lock_writes()
    by_hash = select(RefreshToken).filter_by(token_hash=tokens.digest(refresh_token)).with_for_update()
    row = await ctx.db.scalar(by_hash)
    if row is None:
        raise InvalidToken
    session = await ctx.get(AuthSession, row.session_id, lock=True)
    user = await ctx.get(User, session.user_id)
    idle = ctx.now - session.last_seen_at >= timedelta(hours=settings().session_idle_hours)
    if session.revoked_at is not None or idle or not user.is_active or user.deleted_at is not None:
        raise SessionEnded
    person = await user_out(ctx, user)
    if await orgs.is_deleted(person.organization_id) and not user.is_platform_admin:
        raise SessionEnded
    if row.used_at is not None and ctx.now - row.used_at > timedelta(seconds=RACE_SECONDS):
        session.revoked_at = ctx.now
        raise RefreshTokenReused
    row.used_at = row.used_at or ctx.now
    session.last_seen_at = ctx.now
    session.expires_at = ctx.now + timedelta(days=settings().refresh_token_expire_days)
    return await _pair(ctx, session.id, person)


async def sign_out(ctx: Ctx, refresh_token: str | None = None) -> None:
    """End the session in use, and that of the refresh token where it is the same person's."""
    await close_web_session(ctx)
    if refresh_token:
        named = select(RefreshToken.session_id).filter_by(token_hash=tokens.digest(refresh_token))
        await _revoke(ctx, AuthSession.id.in_(named), AuthSession.user_id == ctx.actor.user_id)


async def list_sessions(ctx: Ctx) -> list[SessionOut]:
    """One's living sign-ins, the last used first (at most 100)."""
    earliest = ctx.now - timedelta(hours=settings().session_idle_hours)
    living = select(AuthSession).where(
        AuthSession.user_id == ctx.actor.user_id,
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > ctx.now,
        AuthSession.last_seen_at > earliest,
    )
    rows = await ctx.db.scalars(living.order_by(AuthSession.last_seen_at.desc(), AuthSession.id).limit(100))
    shown = [SessionOut.model_validate(row) for row in rows]
    return [one.model_copy(update={"is_current": one.id == ctx.actor.session_id}) for one in shown]


async def revoke_session(ctx: Ctx, session_id: UUID) -> None:
    """End one of one's own sign-ins, effective at its next request. Raises NotFound for anybody else's."""
    session = await ctx.get(AuthSession, session_id)
    if session.user_id != ctx.actor.user_id or session.revoked_at is not None:
        raise NotFound
    session.revoked_at = ctx.now
    ctx.after_commit(lambda: realtime.refresh(session.user_id))


async def revoke_all(ctx: Ctx, user_id: UUID, *, but: UUID | None = None) -> None:
    """End every sign-in of a person (but one)."""
    await _revoke(ctx, AuthSession.user_id == user_id, *([AuthSession.id != but] if but else []))


async def _revoke(ctx: Ctx, *where: object) -> None:
    living = update(AuthSession).where(AuthSession.revoked_at.is_(None), *where)  # type: ignore[arg-type]  # clauses
    ended = living.values(revoked_at=ctx.now).returning(AuthSession.user_id)
    for user_id in set(await ctx.db.scalars(ended.execution_options(synchronize_session=False))):
        ctx.after_commit(partial(realtime.refresh, user_id))
