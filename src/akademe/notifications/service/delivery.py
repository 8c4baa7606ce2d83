"""Writing the e-mail of a notification and handing it over, outside any transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from akademe.identity import service as identity
from akademe.identity.models import User
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.markdown import render
from akademe.kernel.notices import Manner, Notice, Words, notices, words
from akademe.kernel.queue import Work
from akademe.notifications.adapters import MailRefused, mailer
from akademe.notifications.models import Choice, MailStatus, Notification
from akademe.notifications.rules import Letter, compose, unsubscribe_token
from akademe.notifications.service.telling import choices

log = structlog.get_logger()
RESET_PASSWORD = "identity.password_reset"  # noqa: S105 - the name of a notice
_LINK_LABEL = "Open"


async def deliver(work: Work, notification_id: UUID) -> None:
    """Mail one notification, once as far as the mail server's own word reaches. Errors are for the queue to retry."""
    async with work.open() as ctx:
        letter = await _letter(ctx, notification_id)
    if letter is None:
        return
    status = MailStatus.SENT
    try:
        await mailer().send(compose(letter))
    except MailRefused as error:
        log.warning("mail.refused", notification=str(notification_id), error=str(error))
        status = MailStatus.REFUSED
    async with work.open() as ctx:
        row = await ctx.get(Notification, notification_id)
        row.mail_status, row.mailed_at = status, ctx.now


async def _letter(ctx: Ctx, notification_id: UUID) -> Letter | None:
    """The letter, None where there is nothing to send any more."""
    row = await ctx.db.get(Notification, notification_id)
    if row is None or row.mail_status != MailStatus.QUEUED:
        return None
    user = await ctx.get(User, row.user_id)
    if user.deleted_at is not None or not user.is_active:
        return None
    notice = notices[row.type]
    if not (await choices(ctx, notice, [user.id])).get(user.id, Choice()).email:
        row.mail_status = MailStatus.NONE  # unsubscribed while it waited
        return None
    data = {key: _revived(key, value) for key, value in row.data.items()} | await _fresh(ctx, notice, user.id)
    return _written(row, user, notice, words(notice, data, Manner(user.locale, user.time_zone)), ctx.now)


def _revived(key: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if key.endswith("_at") and isinstance(value, str) else value


async def _fresh(ctx: Ctx, notice: Notice, user_id: UUID) -> dict[str, Any]:
    """What may be in no row and no job: a reset token lives in this letter alone."""
    if notice.name == RESET_PASSWORD:
        return {"token": await identity.make_reset_token(ctx, user_id)}
    return {}


def _written(row: Notification, user: User, notice: Notice, shown: Words, now: datetime) -> Letter:
    site = settings().public_url.rstrip("/")
    token = "" if notice.urgent else unsubscribe_token(settings().secret(), user.id, notice.name)
    return Letter(
        notification_id=row.id,
        recipient=user.email,
        recipient_name=user.full_name,
        sender=settings().mail_from,
        title=shown.title,
        text=shown.text,
        html=render(shown.markdown).html,
        url=site + shown.link if shown.link else "",
        url_label=_LINK_LABEL,
        footer=_footer(notice, site),
        language=user.locale,
        unsubscribe_url=f"{site}/api/v1/notifications/unsubscribe?token={token}" if token else "",
        sent_at=now,
    )


def _footer(notice: Notice, site: str) -> str:
    if notice.urgent:
        return f"You receive this because it concerns the safety of your account at {site}."
    return f"You receive this because of your account at {site}. Choose what you receive: {site}/inbox/preferences"
