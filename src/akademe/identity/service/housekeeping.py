"""Rows of sign-ins that nobody reads any more."""

from datetime import timedelta

from sqlalchemy import delete, or_

from akademe.identity.models import AuthSession, PasswordReset, RefreshToken
from akademe.identity.service import throttle
from akademe.kernel.ctx import Ctx

KEPT = timedelta(days=7)


async def purge(ctx: Ctx) -> None:
    """Forget sign-ins a week after they ended (their refresh tokens go with them), spent resets and old counts.

    A refresh token is refused by its own claims once it has expired, so that long sign-ins need not keep theirs.
    """
    gone = or_(AuthSession.revoked_at < ctx.now - KEPT, AuthSession.expires_at < ctx.now - KEPT)
    await ctx.db.execute(delete(RefreshToken).where(RefreshToken.expires_at < ctx.now))
    await ctx.db.execute(delete(AuthSession).where(gone))
    await ctx.db.execute(delete(PasswordReset).where(PasswordReset.expires_at < ctx.now))
    await throttle.purge(ctx)
