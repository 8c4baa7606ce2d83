"""Facts about the past, stored with the change that made them true."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Record
from akademe.kernel.db.types import Json


class Event(BaseModel):
    """Name subclasses in the past tense; hold ids and plain values only, never a secret.

    `push` names the real-time event of CONTRACT.md section 5, sent to `rooms()` with `payload()` after the commit.
    """

    model_config = ConfigDict(frozen=True)
    name: ClassVar[str]
    version: ClassVar[int] = 1
    push: ClassVar[str] = ""

    organization_id: UUID | None = None
    course_id: UUID | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.name = name_of(cls)
        _types[cls.name] = cls

    @classmethod
    def upcast(cls, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """Turn the data of an older version into this one's. Override when `version` is raised."""
        return data

    def payload(self) -> dict[str, Any]:
        return {}

    def rooms(self) -> list[str]:
        return []


class EventRow(Record):
    """The envelope of an event."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_course_id_created_at", "course_id", "created_at"),)
    __pii__ = ("data",)

    name: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    organization_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    real_actor_id: Mapped[UUID | None]
    request_id: Mapped[str]
    occurred_at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(Json)


E = TypeVar("E", bound=Event)
_types: dict[str, type[Event]] = {}
_subscribers: dict[str, list[str]] = {}


def name_of(kind: type) -> str:
    """`akademe.learning.events.Enrolled` is known as `learning.Enrolled`."""
    return f"{kind.__module__.removeprefix('akademe.').split('.')[0]}.{kind.__name__}"


def subscribers(event: Event) -> list[str]:
    return _subscribers.get(event.name, [])


def subscribe(event: type[Event], handler: str) -> None:
    names = _subscribers.setdefault(event.name, [])
    if handler not in names:
        names.append(handler)


def revive(name: str, version: int, data: dict[str, Any]) -> Event:
    """The event of a stored envelope, brought to today's version."""
    kind = _types[name]
    return kind.model_validate(kind.upcast(version, data) if version < kind.version else data)


Handler = Callable[[Any, E], Awaitable[None]]
