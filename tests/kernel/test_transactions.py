"""One commit at the edge; what SQLite and PostgreSQL would otherwise do differently (DESIGN.md section 4)."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from akademe.kernel import db
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.errors import AppError, Conflict
from akademe.kernel.events import Event, EventRow
from akademe.kernel.usages import Usage


class Noted(Event):
    """A fact of these tests."""


class Kept(AppError):
    status, keeps = 401, True


async def count(model: type[db.Record]) -> int:
    async with db.transaction() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


def usage(bucket: str = "b") -> Usage:
    return Usage(bucket=bucket, user_id=uuid4())


async def test_an_error_after_insert_or_get_leaves_no_row_and_no_event(database):
    with pytest.raises(Conflict):
        async with system_ctx() as ctx:
            await ctx.insert_or_get(usage(), bucket="b")
            ctx.record(Noted())
            raise Conflict
    assert (await count(Usage), await count(EventRow)) == (0, 0)


async def test_a_change_and_its_event_are_both_there(database):
    async with system_ctx() as ctx:
        await ctx.insert_or_get(usage(), bucket="b")
        ctx.record(Noted())
    assert (await count(Usage), await count(EventRow)) == (1, 1)


async def test_a_refusal_that_keeps_commits_what_it_wrote(database):
    with pytest.raises(Kept):
        async with system_ctx() as ctx:
            ctx.db.add(usage())
            raise Kept
    assert await count(Usage) == 1


async def test_insert_or_get_lets_the_constraint_decide_who_was_first(database):
    first = usage()
    async with system_ctx() as ctx:
        row, created = await ctx.insert_or_get(first, id=first.id)
        assert created
    async with system_ctx() as ctx:
        again = Usage(id=first.id, bucket="other", user_id=uuid4())
        row, created = await ctx.insert_or_get(again, id=first.id)
        assert (row.bucket, created) == ("b", False)


async def test_insert_or_get_does_not_swallow_other_integrity_errors(database):
    with pytest.raises(IntegrityError):
        async with system_ctx() as ctx:
            await ctx.insert_or_get(Usage(bucket=None, user_id=uuid4()), bucket="x")


async def test_many_writers_at_once_all_commit(database):
    async def write() -> None:
        async with system_ctx() as ctx:
            await ctx.db.scalar(select(func.count()).select_from(Usage))
            ctx.db.add(usage())
            await ctx.db.flush()
            await asyncio.sleep(0)

    await asyncio.gather(*(write() for _ in range(40)))
    assert await count(Usage) == 40


async def test_each_read_sees_what_is_committed_by_then_until_the_unit_writes(database):
    """As under READ COMMITTED, on both: a unit that begins by reading does not hold on to a snapshot."""
    async with system_ctx() as ctx:
        asked = select(func.count()).select_from(Usage)
        before = await ctx.db.scalar(asked)
        async with system_ctx() as other:
            other.db.add(usage())
        assert (before, await ctx.db.scalar(asked)) == (0, 1)
        ctx.db.add(usage())
        await ctx.db.flush()
        assert await ctx.db.scalar(asked) == 2


async def test_reads_do_not_wait_for_the_writer(database):
    async with system_ctx() as ctx:
        ctx.db.add(usage())
        await ctx.db.flush()
        assert await asyncio.wait_for(count(Usage), 1) == 0


async def test_the_command_line_writing_beside_the_server_is_waited_for(database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has no single writer")
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with system_ctx() as ctx:
            ctx.db.add(usage())

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    assert not writing.done()
    other.execute("COMMIT")
    await asyncio.wait_for(writing, 2)
    assert await count(Usage) == 1


async def test_a_cancelled_writer_gives_the_lock_back(database):
    async def write_forever() -> None:
        async with system_ctx() as ctx:
            ctx.db.add(usage())
            await ctx.db.flush()
            await asyncio.sleep(60)

    stuck = asyncio.create_task(write_forever())
    await asyncio.sleep(0.05)
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    async with system_ctx() as ctx:
        ctx.db.add(usage())
    assert await count(Usage) == 1


async def test_times_are_aware_and_ids_are_version_7_uuids(database):
    async with system_ctx() as ctx:
        ctx.db.add(usage())
    async with db.transaction() as session:
        row = (await session.scalars(select(Usage))).one()
    assert row.created_at.utcoffset().total_seconds() == 0
    assert row.id.version == 7


async def test_a_naive_time_is_a_fault(database):
    with pytest.raises(Exception, match="time zone"):
        async with system_ctx() as ctx:
            ctx.db.add(Usage(bucket="b", user_id=uuid4(), created_at=datetime(2026, 1, 1)))


async def test_a_hot_read_gives_the_same_values_on_both(database):
    async with open_ctx(Actor(user_id=uuid4())) as ctx:
        ctx.record(Noted())
    read = db.Query(select(EventRow.id, EventRow.version, EventRow.data, EventRow.occurred_at))
    row = await read.first()
    assert row["version"] == 1
    assert row["data"]["organization_id"] is None
    when = row["occurred_at"]
    assert (datetime.fromisoformat(when) if isinstance(when, str) else when).tzinfo == UTC


async def test_the_clock_can_be_elsewhere(database):
    moment = datetime(2020, 2, 29, 12, tzinfo=UTC)
    with db.at(moment):
        async with system_ctx() as ctx:
            assert ctx.now == moment
            ctx.record(Noted())
    async with db.transaction() as session:
        assert (await session.scalars(select(EventRow.occurred_at))).one() == moment
