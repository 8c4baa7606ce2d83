"""Jobs: at least once, their effect and their end in one transaction, nothing lost to a crash."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from taskiq import InMemoryBroker

from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.errors import Conflict
from akademe.kernel.events import Event
from akademe.kernel.queue import Job, JobArgs, Relay, every, job, on
from akademe.kernel.queue import relay as relays
from akademe.kernel.queue.registry import handlers
from akademe.kernel.queue.relay import _begin, _claim
from akademe.kernel.queue.runner import run_job
from akademe.kernel.usages import Usage

fails_left = {"n": 0}
running = {"now": 0, "most": 0}


class Rang(Event):
    version = 2
    bucket: str

    @classmethod
    def upcast(cls, version, data):
        data["bucket"] = data.pop("box")
        return data


class WriteUsage(JobArgs):
    bucket: str


class LongWork(JobArgs):
    refuse: bool = False
    seconds: float = 0
    writes_for: float = 0


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
    running["now"] += 1
    running["most"] = max(running["most"], running["now"])
    try:
        await asyncio.sleep(args.seconds)
    finally:
        running["now"] -= 1
    if args.refuse:
        raise Conflict("This archive cannot be read.")
    async with work.open() as ctx:
        ctx.db.add(Usage(bucket="long", user_id=uuid4()))
        await ctx.db.flush()
        time.sleep(args.writes_for)  # as SQLite does: it is awaited inline, and lets nobody else run
    await asyncio.sleep(args.writes_for / 10)
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


async def test_an_event_of_an_older_version_is_brought_to_todays(database, jobs):
    async with system_ctx() as ctx:
        ctx.record(Rang(bucket="new"))
    row = await only_job()
    old = {"organization_id": None, "course_id": None, "box": "old"}
    async with db.transaction() as session:
        await session.execute(update(Job).where(Job.id == row.id).values(payload=old, event_version=1))
    await jobs()
    assert (await usages("old"), await usages("new")) == (1, 0)


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


async def test_no_more_run_at_once_than_are_allowed(database, jobs, settings):
    """Taskiq's own limit is not applied to what is kicked in this process: the relay bounds, and keeps one for short."""
    settings.job_concurrency = 3
    running["most"] = 0
    for _ in range(6):
        async with system_ctx() as ctx:
            ctx.enqueue(LongWork(seconds=0.05))
    await jobs()
    assert await usages("long") == 6
    assert running["most"] == 2


async def test_stopping_gives_back_what_does_not_end_in_time(database, settings):
    settings.shutdown_seconds = 0.05
    async with system_ctx() as ctx:
        ctx.enqueue(LongWork(seconds=30))
    relay = Relay()
    await relay.start()
    while not running["now"]:
        await asyncio.sleep(0.01)
    await relay.stop()
    row = await only_job()
    assert (row.status, row.claim, row.lease_until, row.attempts) == ("queued", None, None, 0)


async def test_a_long_job_keeps_its_lease(database, jobs, settings):
    settings.job_lease_seconds = 1.5
    async with system_ctx() as ctx:
        ctx.enqueue(LongWork(seconds=2.5))
    working = asyncio.create_task(jobs())
    await asyncio.sleep(2)
    assert await _claim(100) == [], "it is still held"
    await working
    assert (await only_job()).attempts == 1


async def test_a_long_write_of_its_own_does_not_make_a_job_run_twice(database, jobs, settings):
    settings.job_lease_seconds = 0.3
    async with system_ctx() as ctx:
        ctx.enqueue(LongWork(writes_for=1))
    await jobs()
    row = await only_job()
    assert (row.status, row.attempts, await usages("long")) == ("done", 1, 1)


async def test_the_lease_is_renewed_after_the_database_was_away(database, jobs, settings, monkeypatch):
    settings.job_lease_seconds = 0.3
    from akademe.kernel.queue import runner

    plain, faults = runner.transaction, []

    def away_once():
        if not faults:
            faults.append(1)
            raise ConnectionError("away")
        return plain()

    async with system_ctx() as ctx:
        ctx.enqueue(LongWork(seconds=0.6))
    working = asyncio.create_task(jobs())
    while not running["now"]:
        await asyncio.sleep(0.01)
    monkeypatch.setattr(runner, "transaction", away_once)
    await working
    assert faults
    assert (await only_job()).status == "done"


async def test_a_job_that_always_kills_its_process_is_given_up(database, jobs):
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="poison"))
    job_id, _ = await claimed()
    async with db.transaction() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(attempts=8, lease_until=db.clock()))
    await jobs()
    row = await only_job()
    assert (row.status, await usages("poison")) == ("failed", 0)
    assert "did not come to an end" in row.last_error


async def test_a_message_that_comes_twice_begins_once(database):
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="twice"))
    job_id = (await only_job()).id
    handed_over = dict(await _claim(100, handing_over=True))[job_id]
    assert (await only_job()).attempts == 0, "waiting in a broker is no attempt"
    first = await _begin(job_id, handed_over)
    assert await _begin(job_id, handed_over) is None
    await run_job(job_id, first)
    assert (await usages("twice"), (await only_job()).attempts) == (1, 1)


class Unreliable(InMemoryBroker):
    """A broker that is away at first, and loses its connection once."""

    faults = 2

    async def startup(self):
        self._fail()
        await super().startup()

    async def kick(self, message):
        self._fail()
        await super().kick(message)

    def _fail(self):
        if self.faults:
            self.faults -= 1
            raise ConnectionError("away")


async def test_a_broker_that_comes_back_is_used(database, monkeypatch):
    monkeypatch.setattr(relays, "IDLE_SECONDS", 0.01)
    broker = Unreliable()
    broker.faults = 1
    relay = Relay(broker)
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="back"))
    await relay.start()
    await asyncio.sleep(0.2)
    broker.faults = 1
    async with system_ctx() as ctx:
        ctx.enqueue(WriteUsage(bucket="back"))
    for _ in range(200):
        if await usages("back") == 2:
            break
        await asyncio.sleep(0.02)
    await relay.stop()
    assert await usages("back") == 2


async def test_a_broker_is_given_no_more_than_it_can_hold(database, monkeypatch):
    monkeypatch.setattr(relays, "HANDED_OVER", 3)
    for number in range(5):
        async with system_ctx() as ctx:
            ctx.enqueue(WriteUsage(bucket=f"n{number}"))
    first = await _claim(await relays._room_at_broker(), handing_over=True)
    assert (len(first), await relays._room_at_broker()) == (3, 0)


async def test_long_jobs_leave_a_place_for_a_short_one(database, settings, monkeypatch):
    release = asyncio.Event()

    async def hang(work, args):
        await release.wait()

    monkeypatch.setitem(handlers, LongWork.name, replace(handlers[LongWork.name], function=hang))
    relay = Relay()
    async with system_ctx() as ctx:
        for _ in range(2 * settings.job_concurrency):
            ctx.enqueue(LongWork())
    await relay.start()
    try:
        async with asyncio.timeout(20):
            while len(relay.running) < settings.job_concurrency - 1:
                await asyncio.sleep(0.02)
            async with system_ctx() as ctx:
                ctx.enqueue(WriteUsage(bucket="short"))
            while not await usages("short"):
                await asyncio.sleep(0.02)
    finally:
        release.set()
        await relay.stop()
