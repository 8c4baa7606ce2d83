"""What people change about themselves."""

import json
from typing import Any

from akademe.identity.models import Preferences, Profile, User
from akademe.identity.rules import split_name
from akademe.identity.schemas import ProfilePatch
from akademe.identity.service.accounts import names_of, write_user
from akademe.identity.service.passwords import change_password, set_password
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, PreconditionFailed, Unauthenticated

MAX_PREFERENCES = 20_000


async def get_me(ctx: Ctx) -> User:
    """The account of the actor. Raises Unauthenticated."""
    if ctx.actor.user_id is None:
        raise Unauthenticated
    return await ctx.get(User, ctx.actor.user_id)


async def update_profile(ctx: Ctx, patch: ProfilePatch, *, if_version: int | None = None) -> User:
    """Change only what was sent; a new password ends the other sign-ins.

    Raises PreconditionFailed, UsernameTaken, WrongPassword, TooManyAttempts, WeakPassword, Invalid.
    """
    user = await get_me(ctx)
    password_hash = None
    if patch.new_password is not None:
        if patch.current_password is None:
            raise Invalid.field("current_password", "Give your current password to set a new one.")
        password_hash = await change_password(ctx, user, patch.current_password, patch.new_password)
    user = await ctx.get(User, user.id, lock=True)
    if if_version is not None and if_version != user.version:
        raise PreconditionFailed
    for name, value in _values(user, patch).items():
        setattr(user, name, value)
    user.version += 1
    await write_user(ctx, user)
    if password_hash is not None:
        await set_password(ctx, user.id, password_hash, keep=ctx.actor.session_id)
    return user


def _values(user: User, patch: ProfilePatch) -> dict[str, Any]:
    """The columns that change. Documents are merged key by key; their keys cannot be null."""
    values = names_of(patch)
    sent = patch.model_dump(include={"avatar_url", "locale", "time_zone"}, exclude_unset=True)
    values |= {name: value for name, value in sent.items() if value is not None or name == "avatar_url"}
    if patch.preferences is not None:
        values["preferences"] = _preferences(user.preferences | patch.preferences)
    if patch.profile is not None:
        values |= _profile_values(user, patch.profile.model_dump(exclude_unset=True), values)
    return values


def _preferences(merged: dict[str, Any]) -> dict[str, Any]:
    """They travel with every sign-in, so they stay small; a key set to null is gone."""
    kept = {name: value for name, value in merged.items() if value is not None}
    if len(json.dumps(kept)) > MAX_PREFERENCES:
        raise Invalid.field("preferences", f"Keep them below {MAX_PREFERENCES:,} characters in all.")
    return Preferences.model_validate(kept).model_dump()


def _profile_values(user: User, sent: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """`full_name` and `avatar` of the profile are the account's own."""
    changed: dict[str, Any] = {}
    full_name = sent.pop("full_name", None)
    if full_name and "first_name" not in values:
        changed["first_name"], changed["last_name"] = split_name(full_name)
    if "avatar" in sent:
        changed.setdefault("avatar_url", sent.pop("avatar"))
    kept = {name: value for name, value in sent.items() if value is not None}
    changed["profile"] = Profile.model_validate(user.profile | kept).model_dump()
    return changed
