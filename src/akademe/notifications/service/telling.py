"""Writing notifications."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from akademe.identity.models import User
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import iso, new_id
from akademe.kernel.notices import Manner, Notice, Words, words
from akademe.notifications import events
from akademe.notifications.models import Choice, Choices, MailStatus, Notification, NotificationPreference

BATCH = 200
# Ten a second: what mail servers take from one sender, and room between for a letter somebody waits for.
MAIL_PACE = timedelta(milliseconds=100)
_NOTIFICATIONS: Any = Notification.__table__


async def notify(ctx: Ctx, notice: Notice, user_id: UUID, **data: Any) -> None:
    """Tell one person, in this transaction: an inbox row now, an e-mail by a job, as the person's preferences allow.

    `data` fills the notice in: strings, numbers, and aware datetimes (named `..._at`), which the person reads in their
    own time zone. Never a secret.
    """
    await notify_many(ctx, notice, [user_id], **data)


async def notify_many(ctx: Ctx, notice: Notice, user_ids: Sequence[UUID], **data: Any) -> None:
    """`notify` for up to BATCH people, in a handful of statements; their mail leaves at MAIL_PACE."""
    assert len(user_ids) <= BATCH
    people = await ctx.db.scalars(
        select(User).where(User.id.in_(user_ids), User.is_active, User.deleted_at.is_(None)).order_by(User.id)
    )
    chosen = await choices(ctx, notice, user_ids)
    shown: dict[Manner, Words] = {}
    rows = [_row(ctx, notice, user, chosen.get(user.id, Choice()), data, shown) for user in people]
    wanted = [row for row in rows if row["is_kept"] or row["mail_status"] == MailStatus.QUEUED]
    if not wanted:
        return
    await ctx.db.execute(insert(_NOTIFICATIONS), wanted)
    for index, row in enumerate(wanted):
        if row["is_kept"]:
            ctx.record(_created(row))
        if row["mail_status"] == MailStatus.QUEUED:
            ctx.enqueue(events.DeliverMail(notification_id=row["id"]), run_after=ctx.now + MAIL_PACE * index)


async def choices(ctx: Ctx, notice: Notice, user_ids: Sequence[UUID]) -> dict[UUID, Choice]:
    """What people chose for this kind; nobody chooses about urgent ones."""
    if notice.urgent:
        return {}
    found = await ctx.db.scalars(select(NotificationPreference).where(NotificationPreference.user_id.in_(user_ids)))
    return {row.user_id: Choices.model_validate(row.choices).of(notice.name) for row in found}


def _row(
    ctx: Ctx, notice: Notice, user: User, choice: Choice, data: dict[str, Any], filled: dict[Manner, Words]
) -> dict[str, Any]:
    """A row; `filled` keeps what was filled in before for people who read alike."""
    manner = Manner(user.locale, user.time_zone)
    if notice.is_kept and manner not in filled:
        filled[manner] = words(notice, data, manner)
    shown = filled.get(manner)
    return {
        "id": new_id(),
        "created_at": ctx.now,
        "user_id": user.id,
        "organization_id": ctx.actor.organization_id or user.home_organization_id,
        "type": notice.name,
        "title": shown.title if shown else "",
        "body": shown.markdown if shown else "",
        "link": shown.link if shown else "",
        "data": {key: iso(value) if isinstance(value, datetime) else value for key, value in data.items()},
        "is_kept": notice.is_kept and choice.inbox,
        "mail_status": MailStatus.QUEUED if choice.email else MailStatus.NONE,
    }


def _created(row: dict[str, Any]) -> events.NotificationCreated:
    shown = {"id": str(row["id"]), "title": row["title"], "link": row["link"]}
    return events.NotificationCreated(
        organization_id=row["organization_id"], user_id=row["user_id"], type=row["type"], data=row["data"] | shown
    )
