"""Forgotten, reset and changed passwords. Every change ends the other sign-ins."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from akademe.identity import rules
from akademe.identity.errors import InvalidResetToken
from akademe.identity.events import PasswordChanged, PasswordResetRequested
from akademe.identity.models import PasswordReset, User
from akademe.identity.service import hashing, sessions, throttle, tokens
from akademe.identity.service.accounts import find_by_email
from akademe.identity.service.sign_in import account_key, check_own_password
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, UtcDateTime

RESET_LIFETIME = timedelta(hours=1)
_RESET = Query(
    select(PasswordReset.id, PasswordReset.user_id, User.email, User.first_name, User.last_name, User.username)
    .join(User, User.id == PasswordReset.user_id)
    .where(PasswordReset.token_hash == bindparam("token_hash"), PasswordReset.used_at.is_(None))
    .where(PasswordReset.expires_at > bindparam("now", type_=UtcDateTime()))
    .where(User.is_active, User.deleted_at.is_(None))
)


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
    found = await _RESET.first(token_hash=tokens.digest(token), now=ctx.now)
    if found is None:
        raise InvalidResetToken
    about = [found[name] for name in ("email", "first_name", "last_name", "username") if found[name]]
    await hashing.check_strength(password, about)
    password_hash = await hashing.hash_password(password)
    await ctx.lock_writes()
    reset = await ctx.get(PasswordReset, found["id"] if isinstance(found["id"], UUID) else UUID(found["id"]), lock=True)
    if reset.used_at is not None:
        raise InvalidResetToken
    reset.used_at = ctx.now
    await set_password(ctx, reset.user_id, password_hash)


async def set_password(ctx: Ctx, user_id: UUID, password_hash: str, *, keep: UUID | None = None) -> None:
    """Put a new hash in place and end every sign-in (but `keep`)."""
    values = {"password_hash": password_hash, "updated_at": ctx.now}
    await ctx.db.execute(update(User).where(User.id == user_id).values(values))
    await sessions.revoke_all(ctx, user_id, but=keep)
    await throttle.forget(ctx, account_key(user_id))
    ctx.record(PasswordChanged(user_id=user_id))


async def change_password(ctx: Ctx, user: User, current: str, new: str) -> str:
    """Check both and give the new hash, for `set_password`. Raises WrongPassword, TooManyAttempts, WeakPassword."""
    await check_own_password(ctx, user, current)
    about = [word for word in (user.email, user.first_name, user.last_name, user.username) if word]
    await hashing.check_strength(new, about)
    return await hashing.hash_password(new)
