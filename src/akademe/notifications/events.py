"""Facts of notifications, and the jobs they ask for."""

from typing import Any
from uuid import UUID

from akademe.kernel.events import Event
from akademe.kernel.queue import JobArgs
from akademe.kernel.realtime import user_room


class NotificationCreated(Event):
    """`data` holds what the inbox shows: id, title, link and the notice's own fields."""

    push = "notification:new"

    user_id: UUID
    type: str
    data: dict[str, Any]

    def payload(self) -> dict[str, Any]:
        return {"userId": str(self.user_id), "type": self.type, "data": self.data}

    def rooms(self) -> list[str]:
        return [user_room(self.user_id)]


class DeliverMail(JobArgs):
    notification_id: UUID
