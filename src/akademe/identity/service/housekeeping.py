"""Rows of sign-ins that nobody reads any more."""

from datetime import timedelta

from sqlalchemy import delete, or_, select

from akademe.identity.models import AuthSession, PasswordReset, RefreshToken
from akademe.identity.service import throttle
from akademe.kernel.ctx import Ctx

KEPT = timedelta(days=7)


async def purge(ctx: Ctx) -> None:
    """Forget sign-ins a week after they ended, spent resets and old counts."""
    gone = or_(AuthSession.revoked_at < ctx.now - KEPT, AuthSession.expires_at < ctx.now - KEPT)
    ended = select(AuthSession.id).where(gone)
    await ctx.db.execute(delete(RefreshToken).where(RefreshToken.session_id.in_(ended)))
    await ctx.db.execute(delete(AuthSession).where(gone))
    await ctx.db.execute(delete(PasswordReset).where(PasswordReset.expires_at < ctx.now))
    await throttle.purge(ctx)
