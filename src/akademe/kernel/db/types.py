"""Column types that mean the same on both databases."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import CHAR, JSON, DateTime, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by time of making."""
    return uuid_utils.compat.uuid7()


def as_uuid(value: UUID | str) -> UUID:
    """An id as the driver gave it, or as a client wrote it. Raises ValueError for what is no UUID."""
    return value if isinstance(value, UUID) else _parsed(value)


_parsed = lru_cache(maxsize=8192)(UUID)


class Id(TypeDecorator[UUID]):
    """UUID: native on PostgreSQL, its canonical text on SQLite (so that hot reads need no conversion)."""

    impl = Uuid
    cache_ok = True

    @property
    def python_type(self) -> type[UUID]:
        return UUID

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(CHAR(36) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | str | None, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return id_text(value)
        return None if value is None else as_uuid(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return None if value is None else as_uuid(value)

    def process_literal_param(self, value: UUID | None, dialect: Dialect) -> str:
        return "NULL" if value is None else str(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored UTC: timestamptz on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        text = time_text(value)
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def process_literal_param(self, value: datetime | None, dialect: Dialect) -> str:
        return "NULL" if value is None else iso(value)


def id_text(value: UUID | str | None) -> str | None:
    """As SQLite keeps it."""
    return None if value is None else str(value)


def time_text(value: datetime | None) -> str | None:
    """As SQLite keeps it. Raises ValueError for a time without a zone."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return iso(value)


def iso(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds, always 27 characters, so that text order is time order."""
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:26] + "Z"


Json = JSON().with_variant(JSONB(), "postgresql")
