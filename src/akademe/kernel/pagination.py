"""Keyset pages: a cursor says where the last page ended, so that page 1,000 costs as much as page 1."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, or_, select

from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid

T = TypeVar("T")
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asks for: `cursor` (keyset) or `offset`; at most `limit` items (1 to 100)."""

    limit: int = 50
    cursor: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page. `next_cursor` is empty on the last; `total` is None where counting is not cheap."""

    items: list[T]
    next_cursor: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order; the last one of an order must be unique."""

    column: ColumnElement[Any] | Any
    descending: bool = False


def encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).decode().rstrip("=")


def decode(cursor: str, keys: list[Key]) -> list[Any]:
    """The values of a cursor, as the order's columns want them. Raises Invalid for anything else."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_revive(value, key.column) for value, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError) as error:
        raise Invalid.field("cursor", "This cursor is not one of ours.") from error


def _revive(value: Any, column: Any) -> Any:
    """Anybody may write a cursor: what comes of it must be a value that the column can be compared with."""
    kind = column.type.python_type
    revived = _READERS[kind](value) if kind in _READERS and isinstance(value, str) else value
    if type(revived) is not kind:
        raise ValueError("a value of another type")
    if kind is int and abs(revived) >= (2**63 if isinstance(column.type, BigInteger) else 2**31):
        raise ValueError("a number that the column cannot hold")
    return revived


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


_READERS: dict[type, Callable[[str], Any]] = {datetime: _moment, UUID: UUID}


def _after(keys: list[Key], values: list[Any]) -> ColumnElement[bool]:
    """(a, b) after (x, y): a past x, or a equal to x and b past y. Columns of an order are never null."""
    options = []
    for index, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [earlier.column == known for earlier, known in zip(keys[:index], values[:index], strict=True)]
        options.append(and_(*same, key.column < value if key.descending else key.column > value))
    return or_(*options)


async def paginate(
    ctx: Ctx, statement: Select[*tuple[Any, ...]], keys: list[Key], page: Page, *, count: bool = False
) -> Paged[Any]:
    """Run `statement` for one page in the order of `keys`. Items are entities (one selected) or rows.

    `count=True` adds the total by one more statement.
    """
    total = None
    if count:
        total = await ctx.db.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    wanted = statement.add_columns(*[key.column.label(f"_key{i}") for i, key in enumerate(keys)])
    if page.cursor:
        wanted = wanted.where(_after(keys, decode(page.cursor, keys)))
    wanted = wanted.order_by(*[key.column.desc() if key.descending else key.column.asc() for key in keys])
    rows = (await ctx.db.execute(wanted.offset(page.offset or None).limit(page.limit + 1))).all()
    width = len(statement.column_descriptions)
    items = [row[0] if width == 1 else tuple(row[:width]) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return Paged(items, encode(list(rows[page.limit - 1][width:])) if more else "", total)
