"""Jobs: at least once, their effect and their end in one transaction, nothing lost to a crash."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.errors import Conflict
from akademe.kernel.events import Event
from akademe.kernel.queue import Job, JobArgs, Relay, every, job, on
from akademe.kernel.queue.relay import _claim
from akademe.kernel.queue.runner import run_job
from akademe.kernel.usages import Usage

fails_left = {"n": 0}


class Rang(Event):
    bucket: str


class WriteUsage(JobArgs):
    bucket: str


class LongWork(JobArgs):
    refuse: bool = False


@on(Rang)
async def answer(ctx, event):
    ctx.db.add(Usage(bucket=event.bucket, user_id=uuid4()))
    await ctx.db.flush()
    if fails_left["n"]:
        fails_left["n"] -= 1
        raise RuntimeError("not yet")


@job(WriteUsage)
async def write_usage(ctx, args):
    ctx.db.add(Usage(bucket=args.bucket, user_id=uuid4()))


@job(LongWork, long=True)
async def long_work(work, args):
    await work.progress(0.5)
    if args.refuse:
        raise Conflict("This archive cannot be read.")
    async with work.open() as ctx:
        ctx.db.add(Usage(bucket="long", user_id=uuid4()))
    return {"done": True}


OURS = {answer.__name__, WriteUsage.__name__, LongWork.__name__}


async def only_job() -> Job:
    """The job of the test: periodic ones of whatever is loaded run beside it."""
    async with db.transaction() as session:
        rows = (await session.scalars(select(Job).order_by(Job.created_at.desc()))).all()
    return next(row for row in rows if row.name.rpartition(".")[2] in OURS)


async def claimed() -> tuple[UUID, UUID]:
    """What a process claims that is then killed."""
    row = await only_job()
    return next(pair for pair in await _claim(100) if pair[0] == row.id)


async def usages(bucket: str) -> int:
    async with db.transaction() as session:
        return await session.scalar(select(func.count()).select_from(Usage).where(Usage.bucket == bucket))


async def test_an_event_runs_its_subscribers(database, jobs):
    async with system_ctx() as ctx:
        ctx.record(Rang(bucket="bell"))
    await jobs()
    assert await usages("bell") == 1
    assert (await only_job()).status == "done"


async def test_a_failing_job_is_rolled_back_and_tried_again_later(database, jobs):
    fails_left["n"] = 1
    async with system_ctx() as ctx:
        ctx.record(Rang(bucket="bell"))
    with db.at(db.clock()):  # a slow machine must not reach the next try
        await jobs()
    row = await only_job()
    assert (await usages("bell"), row.status, row.attempts) == (0, "queued", 1)
    assert "not yet" in row.last_error
    with db.at(row.run_after + timedelta(seconds=1)):
        await jobs()
    assert await usages("bell") == 1


async def test_a_job_killed_in_the_middle_runs_again_after_its_lease(database, jobs):
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="lease"))
    job_id, claim = await claimed()
    await jobs()
    assert await usages("lease") == 0, "another process holds the lease"
    with db.at(db.clock() + timedelta(minutes=5)):
        await jobs()
    assert await usages("lease") == 1
    await run_job(job_id, claim)
    assert await usages("lease") == 1, "the first claim is worth nothing any more"


async def test_who_lost_the_claim_leaves_no_effect(database):
    async with system_ctx() as ctx:
        ctx.record(Rang(bucket="stolen"))
    job_id, claim = await claimed()
    async with db.transaction() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(claim=uuid4()))
    await run_job(job_id, claim)
    assert await usages("stolen") == 0


async def test_a_long_job_reports_progress_and_result(database, jobs):
    async with system_ctx() as ctx:
        ctx.enqueue(LongWork())
    await jobs()
    row = await only_job()
    assert (row.status, row.progress, row.result) == ("done", 1.0, {"done": True})


async def test_a_refusal_of_a_long_job_is_final(database, jobs):
    async with system_ctx() as ctx:
        ctx.enqueue(LongWork(refuse=True))
    await jobs()
    row = await only_job()
    assert (row.status, row.last_error, row.attempts) == ("failed", "This archive cannot be read.", 1)


async def test_while_one_waits_no_second_with_its_key_is_made(database, jobs):
    later = db.clock() + timedelta(minutes=15)
    for _ in range(3):
        async with system_ctx() as ctx:
            ctx.enqueue(WriteUsage(bucket="bundle"), run_after=later, dedupe="bundle:1")
    with db.at(later + timedelta(seconds=1)):
        await jobs()
    assert await usages("bundle") == 1
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="bundle"), dedupe="bundle:1")
    await jobs()
    assert await usages("bundle") == 2


async def test_a_periodic_job_runs_once_per_slot_however_many_processes_try(database):
    ran = []

    @every(minutes=10)
    async def tick_of_test(ctx):
        ran.append(ctx.now)

    for relay in (Relay(), Relay()):
        await relay.drain()
    assert len(ran) == 1
    with db.at(db.clock() + timedelta(minutes=10)):
        await Relay().drain()
    assert len(ran) == 2


async def test_stopping_waits_for_what_runs(database, settings):
    relay = Relay()
    await relay.start()
    async with system_ctx() as ctx:
        ctx.record(Rang(bucket="stop"))
    await asyncio.sleep(0.1)
    await relay.stop()
    assert await usages("stop") == 1
