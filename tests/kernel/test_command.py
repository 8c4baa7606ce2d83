"""Hot writes: in the unit's transaction, after what its session holds, on both databases."""

import asyncio

import pytest
from sqlalchemy import bindparam, func, select

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.usages import Usage
from tests.make.identity import user

_TABLE = Usage.__table__
ADD = db.Command(lambda insert: insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id, _TABLE.c.bucket))
ALL = db.Query(select(Usage.bucket).order_by(Usage.bucket))
RENAME = db.Command(
    lambda _: _TABLE.update().where(_TABLE.c.bucket == bindparam("old")).values(bucket=bindparam("new"))
)


def row(bucket, **more):
    return {"id": db.new_id(), "created_at": db.clock(), "bucket": bucket, "user_id": db.new_id()} | more


async def buckets():
    async with db.transaction() as session:
        return sorted(await session.scalars(select(Usage.bucket)))


async def test_a_command_returns_rows_and_is_committed_with_the_unit(database):
    wanted = row("a")
    async with system_ctx() as ctx:
        made = await ADD.run(ctx, **wanted)
        assert [(str(one["id"]), one["bucket"]) for one in made] == [(str(wanted["id"]), "a")]
        assert await ADD.run(ctx, **wanted) == []
        assert await buckets() == []
    assert await buckets() == ["a"]


async def test_it_sees_what_the_session_holds_and_the_session_sees_it(database):
    async with system_ctx() as ctx:
        await ADD.run(ctx, **row("a"))
        ctx.db.add(Usage(**row("held")))
        await RENAME.run(ctx, old="held", new="b")
        assert await ctx.db.scalar(select(func.count()).select_from(Usage)) == 2
    assert await buckets() == ["a", "b"]


async def test_a_session_that_is_asked_for_and_not_used_loses_nothing_and_holds_nobody_up(database):
    for bucket in "ab":
        async with asyncio.timeout(5), system_ctx() as ctx:
            await ADD.run(ctx, **row(bucket))
            assert not ctx.db.new
    assert await buckets() == ["a", "b"]


async def test_an_error_leaves_nothing(database):
    with pytest.raises(RuntimeError):
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row("a"))
            raise RuntimeError
    assert await buckets() == []


async def test_a_savepoint_rolled_back_keeps_what_came_before(database):
    first = row("a")
    async with system_ctx() as ctx:
        await ADD.run(ctx, **first)
        await ADD.run(ctx, **row("b"))
        _, created = await ctx.insert_or_get(Usage(**row("c", id=first["id"])), bucket="a")
        assert not created
        await ADD.run(ctx, **row("d"))
    assert await buckets() == ["a", "b", "d"]


async def test_many_at_once(database):
    await user()

    async def one(number):
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row(f"n{number:02}"))
            await asyncio.sleep(0)
            await ADD.run(ctx, **row(f"n{number:02}"))

    await asyncio.gather(*(one(number) for number in range(20)))
    assert await buckets() == sorted([f"n{number:02}" for number in range(20)] * 2)


async def test_a_unit_reads_what_its_commands_wrote_and_nobody_else_does(database):
    async with system_ctx() as ctx:
        assert await ALL.within(ctx) == []
        await ADD.run(ctx, **row("a"))
        assert await ALL.within(ctx) == [{"bucket": "a"}]
        ctx.db.add(Usage(**row("held")))
        assert [one["bucket"] for one in await ALL.within(ctx)] == ["a", "held"]
        assert await ALL.all() == []
    assert [one["bucket"] for one in await ALL.all()] == ["a", "held"]


async def test_a_read_after_a_session_began_does_not_make_a_writer(database):
    async with system_ctx() as ctx:
        await ctx.db.scalar(select(func.count()).select_from(Usage))
        assert await ALL.within(ctx) == []
        assert not ctx.unit.is_writing


async def test_many_rows_go_in_one_statement_and_keep_their_own_conflicts(database):
    rows = [row(f"n{number}") for number in range(5)]
    async with system_ctx() as ctx:
        with db.queries(at_most=1):
            await ADD.run_many(ctx, [*rows, rows[0]])
    assert await buckets() == [f"n{number}" for number in range(5)]


async def test_every_end_of_a_unit_gives_its_connection_back(database):
    async def fails():
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row("lost"))
            raise RuntimeError

    async def held(inside, until):
        async with system_ctx() as ctx:
            await ADD.run(ctx, **row("kept"))
            inside.set()
            await until.wait()

    inside, until = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(held(inside, until))
    await inside.wait()
    waiting = [asyncio.create_task(fails()) for _ in range(3)]
    await asyncio.sleep(0.05)
    waiting[0].cancel()
    until.set()
    await asyncio.gather(holder, *waiting, return_exceptions=True)
    assert db.database().engine.pool.checkedout() == 0
    assert await buckets() == ["kept"]
