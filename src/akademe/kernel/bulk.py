"""Many rows at once: one statement for each batch, and between the batches others are served."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Base

BATCH = 200
T = TypeVar("T")


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def run_many(ctx: Ctx, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement of Core once for each row; all rows have the same keys. What the session holds is not written."""
    for batch in batches(rows):
        await ctx.db.execute(statement, batch)
        await ctx.breathe()


async def insert_many(ctx: Ctx, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows past the session, which would take five times as long; it does not know them."""
    # The table itself: a mapped class would take the ORM's bulk path.
    table: Any = model.__table__
    await run_many(ctx, table.insert(), rows)
