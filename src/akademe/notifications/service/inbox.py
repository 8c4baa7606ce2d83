"""The inbox."""

from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, bindparam, func, or_, select, update

from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, fold, folded
from akademe.kernel.errors import NotFound
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.notifications.models import Notification
from akademe.notifications.policy import can_read, visible_notifications
from akademe.notifications.schemas import NotificationOut

_UNREAD = Query(
    select(func.count().label("unread")).where(
        Notification.user_id == bindparam("user_id"), Notification.read_at.is_(None), Notification.is_kept
    )
)


async def list_notifications(
    ctx: Ctx, page: Page, *, q: str = "", type_: str = "", unread: bool | None = None
) -> Paged[NotificationOut]:
    """One's own, newest first; `q` is looked for in title and text."""
    wanted = select(Notification).where(visible_notifications(ctx.actor))
    if q:
        texts = (folded(Notification.title), folded(Notification.body))
        wanted = wanted.where(or_(*(text.contains(fold(q), autoescape=True) for text in texts)))
    if type_:
        wanted = wanted.where(Notification.type == type_)
    if unread is not None:
        wanted = wanted.where(Notification.read_at.is_(None) if unread else Notification.read_at.is_not(None))
    keys = [Key(Notification.created_at, descending=True), Key(Notification.id, descending=True)]
    found = await paginate(ctx, wanted, keys, page)
    return Paged([as_out(row) for row in found.items], found.next_cursor, found.total)


def as_out(row: Notification) -> NotificationOut:
    return NotificationOut(
        id=row.id,
        type=row.type,
        title=row.title,
        body=row.body,
        link=row.link,
        data=row.data,
        read=row.read_at is not None,
        read_at=row.read_at,
        created_at=row.created_at,
    )


async def unread_count(user_id: UUID) -> int:
    """How many messages wait: the badge, in one hot read."""
    row = await _UNREAD.first(user_id=user_id)
    return int(row["unread"]) if row else 0


async def mark_read(ctx: Ctx, notification_id: UUID, *, read: bool) -> NotificationOut:
    """Raises NotFound for what is not one's own."""
    row = await ctx.get(Notification, notification_id)
    if not can_read(ctx.actor, row):
        raise NotFound
    row.read_at = (row.read_at or ctx.now) if read else None
    return as_out(row)


async def mark_all_read(ctx: Ctx) -> int:
    """Gives how many were unread."""
    unread = update(Notification).where(visible_notifications(ctx.actor), Notification.read_at.is_(None))
    result: Any = await ctx.db.execute(unread.values(read_at=ctx.now).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
