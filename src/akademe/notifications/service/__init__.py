"""Telling people, and what they do with what they were told."""

from akademe.notifications.service.delivery import deliver
from akademe.notifications.service.inbox import list_notifications, mark_all_read, mark_read, unread_count
from akademe.notifications.service.preferences import (
    list_preferences,
    preference_named,
    set_preferences,
    unsubscribe,
)
from akademe.notifications.service.telling import BATCH, MAIL_PACE, notify, notify_many

__all__ = [
    "BATCH",
    "MAIL_PACE",
    "deliver",
    "list_notifications",
    "list_preferences",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_many",
    "preference_named",
    "set_preferences",
    "unread_count",
    "unsubscribe",
]
