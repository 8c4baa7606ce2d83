"""The suite's watch over units of work finds what it is there to find (tests/units.py)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from akademe.kernel.ctx import Ctx, system_ctx
from akademe.kernel.usages import Usage
from tests.units import Watch, watching

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
async def units() -> AsyncIterator[Watch]:
    """As the suite's own, over the code of this file, and what it finds fails nothing."""
    with watching(Path(__file__).parent) as watch:
        yield watch


async def write(ctx: Ctx) -> None:
    ctx.db.add(Usage(bucket="b", user_id=uuid4()))
    await ctx.db.flush()


async def count(ctx: Ctx) -> int:
    return await ctx.db.scalar(select(func.count()).select_from(Usage)) or 0


async def call_a_thread() -> None:
    await asyncio.to_thread(Path(__file__).read_bytes)


async def connect_somewhere() -> None:
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", 1)


async def sleep() -> None:
    await asyncio.sleep(0.001)


async def start_others() -> None:
    await asyncio.gather(sleep(), sleep())


async def take_a_lock() -> None:
    async with asyncio.Lock():
        """It is free: today nobody waits."""


async def take_a_turn() -> None:
    async with asyncio.Semaphore(1):
        """As with the lock."""


async def write_elsewhere_and_wait() -> None:
    """A second unit of the same task would wait for the first one's end."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), system_ctx() as other:
            await write(other)


WAITS = (call_a_thread, connect_somewhere, sleep, start_others, take_a_lock, take_a_turn, write_elsewhere_and_wait)


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
async def test_what_is_not_the_databases_is_found_after_the_first_write(
    database, units, wait: Callable[[], Awaitable[Any]]
):
    async with system_ctx() as ctx:
        await write(ctx)
        await wait()
    assert units.found
    assert f"in {wait.__name__}" in units.found[0]


@pytest.mark.parametrize("wait", WAITS[:-1], ids=lambda wait: wait.__name__)
async def test_nothing_is_found_before_the_first_write_and_after_the_commit(
    database, units, wait: Callable[[], Awaitable[Any]]
):
    async with system_ctx() as ctx:
        assert await count(ctx) == 0
        await wait()
        await write(ctx)
        await ctx.breathe()
        assert await count(ctx) == 1
        ctx.after_commit(wait)
    await wait()
    assert units.found == []


async def test_a_task_beside_the_writer_may_wait(database, units):
    async with asyncio.TaskGroup() as group:
        group.create_task(sleep())
        async with system_ctx() as ctx:
            await write(ctx)
            await ctx.breathe()
    assert units.found == []


async def test_units_that_wait_for_each_other_are_the_databases_business(database, units):
    async def one() -> None:
        async with system_ctx() as ctx:
            await write(ctx)
            await ctx.breathe()

    await asyncio.gather(*(one() for _ in range(5)))
    async with system_ctx() as ctx:
        assert await count(ctx) == 5
    assert units.found == []
