"""Failures counted, so that guessing gets slower and slower. Unknown accounts are counted like known ones.

Passwords are verified before the first write, so several guesses may be under way at once: `settle` decides under the
row's lock, and what comes after the block began is refused without a word about its password.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select

from akademe.identity import rules
from akademe.identity.errors import TooManyAttempts
from akademe.identity.models import LoginThrottle
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, UtcDateTime

ADDRESS_FAILURES, ADDRESS_WINDOW = 300, timedelta(hours=1)
RESETS, RESET_WINDOW = 3, timedelta(hours=1)
ACCOUNT_WINDOW = timedelta(hours=24)
_BLOCKED = Query(
    select(LoginThrottle.blocked_until)
    .where(or_(LoginThrottle.key == bindparam("account"), LoginThrottle.key == bindparam("address")))
    .where(LoginThrottle.blocked_until > bindparam("now", type_=UtcDateTime()))
    .order_by(LoginThrottle.blocked_until.desc())
)


async def refuse_blocked(ctx: Ctx, account: str, address: str = "") -> None:
    """Raises TooManyAttempts with the seconds to wait. `account` and `address` are throttle keys."""
    if settings().rate_limits == "off":
        return
    row = await _BLOCKED.first(account=account, address=address, now=ctx.now)
    if row is not None:
        until = row["blocked_until"]
        raise _too_many(ctx, until if isinstance(until, datetime) else datetime.fromisoformat(until))


async def settle(ctx: Ctx, account: str, address: str = "", *, right: bool) -> None:
    """Count a failure or forget the failures before a success. Raises TooManyAttempts where a block began meanwhile."""
    await ctx.lock_writes()
    if settings().rate_limits == "off":
        return
    row = await ctx.db.scalar(select(LoginThrottle).filter_by(key=account).with_for_update())
    if row is None and not right:
        row = await _locked(ctx, account)
    if row is not None and row.blocked_until is not None and row.blocked_until > ctx.now:
        raise _too_many(ctx, row.blocked_until)
    if row is None:
        return
    if right:
        await ctx.db.delete(row)
        return
    _count(row, ctx.now, ACCOUNT_WINDOW)
    if seconds := rules.block_seconds(row.failures):
        row.blocked_until = ctx.now + timedelta(seconds=seconds)
    if address:
        await _count_window(ctx, address, ADDRESS_FAILURES, ADDRESS_WINDOW)


async def may_ask_for_reset(ctx: Ctx, key: str) -> bool:
    """Count one request for a reset mail; False once the hour's are spent."""
    await ctx.lock_writes()
    return await _count_window(ctx, key, RESETS, RESET_WINDOW)


async def _count_window(ctx: Ctx, key: str, limit: int, window: timedelta) -> bool:
    """Count one use of a fixed window; False where it was full before."""
    row = await _locked(ctx, key)
    _count(row, ctx.now, window)
    if row.failures >= limit:
        row.blocked_until = row.window_started_at + window
    return row.failures <= limit


async def _locked(ctx: Ctx, key: str) -> LoginThrottle:
    """The row of this key, made now where there is none, and ours until the commit."""
    made = LoginThrottle(key=key, failures=0, window_started_at=ctx.now, created_at=ctx.now)
    row, created = await ctx.insert_or_get(made, key=key)
    if not created:
        await ctx.db.refresh(row, with_for_update=True)
    return row


def _count(row: LoginThrottle, now: datetime, window: timedelta) -> None:
    if now - row.window_started_at >= window:
        row.failures, row.window_started_at, row.blocked_until = 0, now, None
    row.failures += 1


def _too_many(ctx: Ctx, until: datetime) -> TooManyAttempts:
    return TooManyAttempts(retry_after=max(1, int((until - ctx.now).total_seconds()) + 1))


async def forget(ctx: Ctx, key: str) -> None:
    await ctx.db.execute(delete(LoginThrottle).where(LoginThrottle.key == key))


async def purge(ctx: Ctx) -> None:
    """Drop counts that no rule reads any more."""
    await ctx.db.execute(delete(LoginThrottle).where(LoginThrottle.window_started_at < ctx.now - ACCOUNT_WINDOW))
