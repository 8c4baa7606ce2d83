"""Many rows at once: one statement for each batch, and between the batches others are served."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Base, database

BATCH = 200
T = TypeVar("T")


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_into(model: type[Base]) -> Any:
    """The database's own insert (for ON CONFLICT) of Core: a mapped class would take the ORM's bulk path."""
    table: Any = model.__table__
    return insert_sqlite(table) if database().is_sqlite else insert_postgresql(table)


async def run_many(ctx: Ctx, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement of Core once for each row of values, all with the same keys.

    What the session holds is not written before.
    """
    for batch in batches(rows):
        await ctx.db.execute(statement, batch)
        await ctx.breathe()


async def insert_all(ctx: Ctx, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, all with the same keys, past the session: many times as fast, but the session does not know them.

    What the session holds is not written before.
    """
    await run_many(ctx, insert_into(model), rows)


def values_of(row: Base) -> dict[str, Any]:
    """What was set of a row that is in no session."""
    return {
        column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs if column.key in vars(row)
    }
