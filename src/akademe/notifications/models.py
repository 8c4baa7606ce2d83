"""The inbox and what people want to be told."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Json, Record

_UNREAD = text("read_at IS NULL AND is_kept")


class MailStatus(StrEnum):
    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"


class Choice(BaseModel):
    inbox: bool = True
    email: bool = True


class Choices(BaseModel):
    """What `NotificationPreference.choices` holds; a kind not named has everything on."""

    version: int = 1
    kinds: dict[str, Choice] = Field(default_factory=dict)

    def of(self, kind: str) -> Choice:
        return self.kinds.get(kind, Choice())


class Notification(Record):
    """One message to one person. `is_kept` ones are in the inbox; the others were only mailed."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_user_id_created_at", "user_id", "created_at", "id"),
        Index("ix_notifications_unread", "user_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )
    __pii__ = ("title", "body", "data")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID | None]
    type: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    is_kept: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None]
    mail_status: Mapped[str] = mapped_column(default=MailStatus.NONE)
    mailed_at: Mapped[datetime | None]


class NotificationPreference(Record):
    __tablename__ = "notification_preferences"
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    choices: Mapped[dict[str, Any]] = mapped_column(Json)
