"""What people want to be told, and where."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.notices import Notice, notices
from akademe.notifications.models import Choices, NotificationPreference
from akademe.notifications.rules import read_unsubscribe_token
from akademe.notifications.schemas import PreferenceIn, PreferenceOut


def _optional() -> list[Notice]:
    return sorted((notice for notice in notices.values() if not notice.urgent), key=lambda notice: notice.label)


async def list_preferences(ctx: Ctx) -> list[PreferenceOut]:
    """Every kind that one can do without, with what the person chose."""
    assert ctx.actor.user_id is not None
    row = await _find(ctx, ctx.actor.user_id)
    return _listed(Choices.model_validate(row.choices) if row else Choices())


def _listed(choices: Choices) -> list[PreferenceOut]:
    return [
        PreferenceOut(type=notice.name, label=notice.label, **choices.of(notice.name).model_dump())
        for notice in _optional()
    ]


async def _find(ctx: Ctx, user_id: UUID, *, lock: bool = False) -> NotificationPreference | None:
    wanted = select(NotificationPreference).where(NotificationPreference.user_id == user_id)
    wanted = wanted.with_for_update() if lock else wanted
    found: NotificationPreference | None = await ctx.db.scalar(wanted)
    return found


async def set_preferences(ctx: Ctx, changes: Iterable[PreferenceIn]) -> list[PreferenceOut]:
    """Change what is sent; the rest stays. Raises Invalid for a kind that is not known or always sent."""
    assert ctx.actor.user_id is not None
    return await _change(ctx, ctx.actor.user_id, changes)


async def _change(ctx: Ctx, user_id: UUID, changes: Iterable[PreferenceIn]) -> list[PreferenceOut]:
    known = {notice.name for notice in _optional()}
    await ctx.lock_writes()
    made = NotificationPreference(user_id=user_id, choices=Choices().model_dump(), created_at=ctx.now)
    row = await _find(ctx, user_id, lock=True) or (await ctx.insert_or_get(made, user_id=user_id))[0]
    choices = Choices.model_validate(row.choices)
    for change in changes:
        if change.type not in known:
            raise Invalid.field("type", f"There is no kind of message called {change.type} that you could choose.")
        said = change.model_dump(include={"inbox", "email"}, exclude_none=True)
        choices.kinds[change.type] = choices.of(change.type).model_copy(update=said)
    row.choices = choices.model_dump()
    return _listed(choices)


async def preference_named(ctx: Ctx, token: str) -> PreferenceOut:
    """What the token's person chose for the kind that it names. Raises NotFound for a token not ours."""
    user_id, kind = _named(token)
    row = await _find(ctx, user_id)
    listed = _listed(Choices.model_validate(row.choices) if row else Choices())
    found = next((one for one in listed if one.type == kind), None)
    if found is None:
        raise NotFound
    return found


def _named(token: str) -> tuple[UUID, str]:
    named = read_unsubscribe_token(settings().secret(), token)
    if named is None:
        raise NotFound
    return named


async def unsubscribe(ctx: Ctx, token: str) -> None:
    """No more e-mail of the kind that the token names, without signing in. Raises NotFound for a token not ours."""
    user_id, kind = _named(token)
    await _change(ctx, user_id, [PreferenceIn(type=kind, email=False)])
