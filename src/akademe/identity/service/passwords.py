"""Forgotten, reset and changed passwords. Every change ends the other sign-ins."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from akademe.identity import rules
from akademe.identity.errors import InvalidResetToken
from akademe.identity.events import PasswordChanged, PasswordResetRequested
from akademe.identity.models import PasswordReset, User
from akademe.identity.service import hashing, sessions, throttle, tokens
from akademe.identity.service.accounts import about_of, find_by_email
from akademe.identity.service.sign_in import account_key, check_own_password
from akademe.kernel.ctx import Ctx

RESET_LIFETIME = timedelta(hours=1)


async def forget_password(ctx: Ctx, email: str) -> None:
    """Have a reset mailed, at most three an hour. Says and counts the same where there is no such account."""
    if not await throttle.may_ask_for_reset(ctx, f"reset:{tokens.digest(rules.email_key(email))}"):
        return
    user = await find_by_email(ctx, email)
    if user is not None and user.is_active:
        ctx.record(PasswordResetRequested(user_id=user.id, organization_id=user.home_organization_id))


async def make_reset_token(ctx: Ctx, user_id: UUID) -> str:
    """A token for the link PUBLIC_URL/reset-password?token=..., good once, for an hour; older ones are void.

    For the job that mails it: the token is never in an event or a job.
    """
    await ctx.db.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))
    token = tokens.random_token()
    ctx.db.add(
        PasswordReset(
            user_id=user_id,
            token_hash=tokens.digest(token),
            expires_at=ctx.now + RESET_LIFETIME,
            created_at=ctx.now,
        )
    )
    return token


async def reset_password(ctx: Ctx, token: str, password: str) -> None:
    """Raises InvalidResetToken, WeakPassword (then the token is still good)."""
    user = await _owner_of(ctx, token)
    await ctx.release()
    await hashing.check_strength(password, about_of(user, user.email))
    password_hash = await hashing.hash_password(password)
    await ctx.lock_writes()
    await set_password(ctx, (await _owner_of(ctx, token)).id, password_hash)


async def _owner_of(ctx: Ctx, token: str) -> User:
    """Whose reset this is, which is locked until the commit. Raises InvalidResetToken."""
    living = (PasswordReset.used_at.is_(None), PasswordReset.expires_at > ctx.now, User.is_active)
    statement = select(User).join(PasswordReset, PasswordReset.user_id == User.id).where(User.deleted_at.is_(None))
    statement = statement.where(PasswordReset.token_hash == tokens.digest(token), *living)
    user: User | None = await ctx.db.scalar(statement.with_for_update(of=PasswordReset))
    if user is None:
        raise InvalidResetToken
    return user


async def void_resets(ctx: Ctx, user_id: UUID) -> None:
    """What was mailed before the password or the address changed is worth nothing after it."""
    waiting = (PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None))
    await ctx.db.execute(update(PasswordReset).where(*waiting).values(used_at=ctx.now))


async def set_password(ctx: Ctx, user_id: UUID, password_hash: str, *, keep: UUID | None = None) -> None:
    """Put a new hash in place, end every sign-in (but `keep`) and void every reset."""
    values = {"password_hash": password_hash, "updated_at": ctx.now}
    await ctx.db.execute(update(User).where(User.id == user_id).values(values))
    await sessions.revoke_all(ctx, user_id, but=keep)
    await void_resets(ctx, user_id)
    await throttle.forget(ctx, account_key(user_id))
    ctx.record(PasswordChanged(user_id=user_id))


async def change_password(ctx: Ctx, user: User, current: str, new: str) -> str:
    """Check both and give the new hash, for `set_password`. Raises WrongPassword, TooManyAttempts, WeakPassword.

    The new one comes first: a guess at the current one is counted whatever else is wrong with the request.
    """
    await ctx.release()
    await hashing.check_strength(new, about_of(user, user.email))
    password_hash = await hashing.hash_password(new)
    await check_own_password(ctx, user, current)
    return password_hash
