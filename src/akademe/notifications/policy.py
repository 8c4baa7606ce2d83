"""An inbox is its person's and nobody else's."""

from sqlalchemy import ColumnElement, false

from akademe.kernel.auth import Actor
from akademe.notifications.models import Notification


def can_read(actor: Actor, notification: Notification) -> bool:
    return actor.user_id is not None and notification.is_kept and actor.user_id == notification.user_id


def visible_notifications(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return false()
    return (Notification.user_id == actor.user_id) & Notification.is_kept
