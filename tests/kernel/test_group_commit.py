"""Units of one turn of the loop share a commit on SQLite: each as if it were alone."""

import asyncio
import sqlite3
from contextlib import contextmanager

import pytest

from akademe.kernel.ctx import system_ctx
from akademe.kernel.db import sqlite
from akademe.kernel.db.database import is_unavailable
from akademe.kernel.usages import Usage
from tests.kernel.test_command import ADD, buckets, row


@pytest.fixture
def database(database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has many writers, and a group commit of its own")
    return database


@contextmanager
def commits(database):
    """The commits of the group's connection inside the block."""
    seen = []
    database.group.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    yield seen
    database.group.set_trace_callback(None)


async def add(*names, fails=False):
    async with system_ctx() as ctx:
        for name in names:
            await ADD.run(ctx, **row(name))
        if fails:
            raise LookupError


async def add_with_session(name, *, fails=False):
    async with system_ctx() as ctx:
        await ADD.run(ctx, **row(f"{name} by command"))
        ctx.db.add(Usage(**row(f"{name} by session")))
        await ctx.db.flush()
        if fails:
            raise LookupError


async def break_the_commit():
    async with system_ctx() as ctx:
        connection = await ctx.unit.writer()
        connection.execute("PRAGMA defer_foreign_keys=ON")
        connection.execute(
            "INSERT INTO sections (id, created_at, course_id, name, is_default) VALUES ('a', '2026', 'none', 'x', 0)"
        )


async def outcomes(*units):
    return await asyncio.wait_for(asyncio.gather(*units, return_exceptions=True), 5)


async def test_those_of_one_turn_share_a_commit_and_later_ones_have_their_own(database):
    with commits(database) as seen:
        assert await outcomes(*(add(str(number)) for number in range(8))) == [None] * 8
        assert len(seen) == 1
        await add("alone")
    assert len(seen) == 2
    assert await buckets() == [*"01234567", "alone"]


async def test_nobody_is_told_before_the_commit(database):
    first = asyncio.create_task(add("a"))
    while not database.group.in_transaction:
        await asyncio.sleep(0)
    assert not first.done()
    assert await buckets() == []
    await first
    assert await buckets() == ["a"]


async def test_one_that_fails_takes_only_its_own_along(database):
    first, second, third = await outcomes(add("a"), add("b", "c", fails=True), add("d"))
    assert (first, type(second), third) == (None, LookupError, None)
    assert await buckets() == ["a", "d"]


async def test_a_session_joins_its_unit_in_the_group(database):
    told = await outcomes(add("a"), add_with_session("b"), add("c"), add_with_session("d", fails=True), add("e"))
    assert [type(one) for one in told] == [type(None), type(None), type(None), LookupError, type(None)]
    assert await buckets() == ["a", "b by command", "b by session", "c", "e"]


async def test_a_unit_with_a_session_of_its_own_comes_between(database):
    async def by_session(name):
        async with system_ctx() as ctx:
            ctx.db.add(Usage(**row(name)))

    assert await outcomes(add("a"), by_session("b"), add("c"), by_session("d"), add("e")) == [None] * 5
    assert await buckets() == ["a", "b", "c", "d", "e"]


async def test_a_commit_that_fails_fails_all_who_wait_for_it_and_keeps_nothing(database):
    told = await outcomes(add("a"), break_the_commit(), add("b"))
    assert [type(one) for one in told] == [sqlite3.IntegrityError] * 3
    assert await buckets() == []
    assert await outcomes(add("later")) == [None]
    assert await buckets() == ["later"]


async def test_a_full_disk_refuses_those_who_wait_as_well(database):
    await add("before")
    (pages,) = database.reader.execute("PRAGMA page_count").fetchone()
    database.group.execute(f"PRAGMA max_page_count={pages}")
    told = await outcomes(add("a"), add(*("long" * 1000 for _ in range(50))))
    assert all(is_unavailable(one) for one in told if one is not None)
    assert told[1] is not None
    kept = await buckets()
    assert kept == (["a", "before"] if told[0] is None else ["before"])
    database.group.execute("PRAGMA max_page_count=1000000")
    assert await outcomes(add("there is room again")) == [None]


async def test_one_who_overlooks_that_sqlite_undid_everything_is_refused_and_holds_nobody_up(database):
    async def careless():
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row("b"))
            (await ctx.unit.writer()).execute("ROLLBACK")

    told = await outcomes(add("a"), careless())
    assert is_unavailable(told[0])
    assert isinstance(told[1], sqlite3.OperationalError)
    assert await outcomes(add("later")) == [None]
    assert await buckets() == ["later"]


async def test_one_who_no_longer_waits_disturbs_nobody(database):
    first = asyncio.create_task(add("a"))
    while not database.group.in_transaction:
        await asyncio.sleep(0)
    first.cancel()
    told = await outcomes(first, add("b"), add_with_session("c"))
    assert [type(one) for one in told] == [asyncio.CancelledError, type(None), type(None)]
    assert await buckets() == ["a", "b", "c by command", "c by session"]


async def test_what_another_process_holds_is_waited_for_and_not_for_ever(database, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.2)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = await outcomes(add("a"), add("b"))
    assert all(is_unavailable(one) for one in told)
    other.execute("COMMIT")
    assert await outcomes(add("a"), add("b")) == [None, None]


async def test_a_long_unit_is_never_committed_by_half(database):
    entered, go = asyncio.Event(), asyncio.Event()

    async def long():
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row("half"))
            entered.set()
            for _ in range(20):
                await ctx.breathe()
            await go.wait()
            raise LookupError

    unit = asyncio.create_task(long())
    await entered.wait()
    others = [asyncio.create_task(add(name)) for name in "ab"]
    await asyncio.sleep(0.01)
    assert await buckets() == []
    go.set()
    await outcomes(unit, *others)
    assert await buckets() == ["a", "b"]


async def test_closing_the_database_commits_what_has_joined(database):
    unit = asyncio.create_task(add("a"))
    while not database.group.in_transaction:
        await asyncio.sleep(0)
    await database.close()
    await unit
    with sqlite3.connect(database.path) as other:
        assert other.execute("SELECT count(*) FROM usages").fetchone() == (1,)
