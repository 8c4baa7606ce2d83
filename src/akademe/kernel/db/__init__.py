"""The database: base classes, one transaction per unit of work, and the path of hot reads."""

from akademe.kernel.db.database import (
    Base,
    Database,
    Record,
    at,
    clock,
    close,
    connect,
    database,
    is_unavailable,
    is_unique_violation,
    queries,
    transaction,
)
from akademe.kernel.db.folding import fold, folded
from akademe.kernel.db.hot import Command, Query, Row
from akademe.kernel.db.types import Id, Json, UtcDateTime, as_uuid, iso, new_id
from akademe.kernel.db.unit import Unit

__all__ = [
    "Base",
    "Command",
    "Database",
    "Id",
    "Json",
    "Query",
    "Record",
    "Row",
    "Unit",
    "UtcDateTime",
    "as_uuid",
    "at",
    "clock",
    "close",
    "connect",
    "database",
    "fold",
    "folded",
    "is_unavailable",
    "is_unique_violation",
    "iso",
    "new_id",
    "queries",
    "transaction",
]
