"""The relay: claims due outbox rows under a lease and hands them to the broker.

With no BROKER_URL the broker is Taskiq's in-memory one and the jobs run in this process. It starts everything at
once, so the relay bounds how many it claims; its shutdown waits for nothing, so the relay waits, then releases leases.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import and_, case, delete, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from akademe.kernel.config import settings
from akademe.kernel.db import clock, database, new_id, transaction
from akademe.kernel.queue.models import Job, JobStatus
from akademe.kernel.queue.registry import handlers, periodic

if TYPE_CHECKING:
    from taskiq import AsyncBroker, AsyncTaskiqDecoratedTask

log = structlog.get_logger()
IDLE_SECONDS = 1.0
KEPT_DAYS = 7
EVERY = "every:"
QUEUE = "akademe"
STREAM_LENGTH = 100_000
# What a broker may hold: more would wait longer than its claim lasts, and be handed over again.
HANDED_OVER = 500
HANDED_OVER_SECONDS = 300.0
_wake: asyncio.Event | None = None


def poke() -> None:
    """Something was committed to the outbox: look at once."""
    if _wake is not None:
        _wake.set()


def make_broker(url: str) -> "AsyncBroker":
    """The Taskiq broker of BROKER_URL: amqp:// RabbitMQ, redis:// Redis Streams, nothing: in this process."""
    place: dict[str, Any]
    if url.startswith(("amqp:", "amqps:")):
        from taskiq_aio_pika import AioPikaBroker, Exchange, Queue

        place = {"exchange": Exchange(name=QUEUE), "task_queues": [Queue(name=QUEUE)]}
        return AioPikaBroker(url, qos=settings().job_concurrency, **place)
    if url.startswith(("redis:", "rediss:")):
        from taskiq_redis import RedisStreamBroker

        place = {"queue_name": QUEUE, "consumer_group_name": QUEUE, "maxlen": STREAM_LENGTH}
        return RedisStreamBroker(url, xread_count=settings().job_concurrency, **place)
    from taskiq import InMemoryBroker

    return InMemoryBroker()


class Relay:
    """`runs_here`: jobs run in this process (the in-memory broker); else they are only handed over."""

    def __init__(self, broker: "AsyncBroker | None" = None, *, is_worker: bool = False) -> None:
        self.runs_here = not settings().broker_url
        self.running: dict[UUID, UUID] = {}
        self._given, self._is_worker = broker, is_worker
        self._queued_slots: dict[str, datetime] = {}
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None

    @cached_property
    def _task(self) -> "AsyncTaskiqDecoratedTask[..., Any]":
        """What is handed over, and the broker it is handed to: made when first needed, for Taskiq is slow to import."""

        async def execute(job_id: str, claim: str) -> None:
            await self._execute(UUID(job_id), UUID(claim))

        broker = self._given or make_broker(settings().broker_url)
        broker.is_worker_process = self._is_worker
        return broker.register_task(execute, task_name="akademe.run_job")

    @property
    def broker(self) -> "AsyncBroker":
        return self._task.broker

    async def _execute(self, job_id: UUID, handed_over: UUID) -> None:
        from akademe.kernel.queue.runner import run_job

        claim = handed_over if self.runs_here else await _begin(job_id, handed_over)
        if claim is None:
            return
        self.running[job_id] = claim
        try:
            await run_job(job_id, claim)
        finally:
            self.running.pop(job_id, None)
            poke()

    async def start(self) -> None:
        global _wake
        _wake = asyncio.Event()
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Claim nothing more, give running jobs until the deadline, then release what is left to others."""
        self._stopping = True
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        deadline = asyncio.get_running_loop().time() + settings().shutdown_seconds
        while self.running and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        await _release(list(self.running.values()), attempts=1)
        await self.broker.shutdown()

    async def _run(self) -> None:
        assert _wake is not None
        is_up = False
        while not self._stopping:
            _wake.clear()
            try:
                if not is_up:  # a broker that starts after us, or comes back, is no reason to end
                    await asyncio.to_thread(importlib.import_module, "taskiq")  # requests are answered meanwhile
                    await self.broker.startup()
                    is_up = True
                claimed = await self.tick()
            except Exception as error:
                log.error("relay.failed", error=str(error), exc_info=error)
                claimed = 0
                await asyncio.sleep(IDLE_SECONDS)
            if not claimed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(_wake.wait(), IDLE_SECONDS)

    async def tick(self) -> int:
        """Queue what is due again, claim what is due, hand it over. Gives how many were claimed."""
        await self._queue_periodic()
        claimed = await self._fill() if self.runs_here else await _claim(await _room_at_broker(), handing_over=True)
        try:
            for job_id, claim in claimed:
                if self.runs_here:
                    self.running[job_id] = claim
                await self._task.kiq(str(job_id), str(claim))
        except Exception:
            for job_id, _ in claimed:
                self.running.pop(job_id, None)
            await _release([claim for _, claim in claimed], attempts=0)
            raise
        return len(claimed)

    async def _fill(self) -> list[tuple[UUID, UUID]]:
        """Claim for the free places. The last is for short jobs: a mail server that hangs holds up no certificate."""
        room = settings().job_concurrency - len(self.running)
        claimed = await _claim(room - 1, but=self.running)
        if room > 0 and len(claimed) == room - 1:
            claimed += await _claim(1, but=self.running, only_short=settings().job_concurrency > 1)
        return claimed

    async def drain(self) -> None:
        """Run until nothing is due (tests, and commands that end with their work done)."""
        while True:
            was_idle = not self.running
            claimed = await self.tick()
            if was_idle and not claimed:
                return  # what ended during the tick may have asked for more, so only a tick from rest is the last
            await asyncio.sleep(0 if claimed else 0.005)  # a long job is not to be slowed down by looking for others

    async def _queue_periodic(self) -> None:
        """Every process may try: the key of the slot decides that one job is made in the whole fleet."""
        now = clock()
        slots = {name: item.slot(now) for name, item in periodic.items()}
        due = {name: slot for name, slot in slots.items() if self._queued_slots.get(name) != slot}
        if not due:
            return
        from akademe.kernel.ctx import open_ctx

        async with open_ctx() as ctx:
            for name, slot in due.items():
                ctx.enqueue_periodic(name, f"{EVERY}{name}@{slot.isoformat()}")
        self._queued_slots.update(due)


async def _release(claims: list[UUID], *, attempts: int) -> None:
    """Give jobs back unfinished, through no fault of theirs: `attempts` that were counted do not count."""
    if claims:
        free = update(Job).where(Job.claim.in_(claims), Job.status == JobStatus.RUNNING)
        free = free.values(status=JobStatus.QUEUED, claim=None, lease_until=None, attempts=Job.attempts - attempts)
        async with transaction() as session:
            await session.execute(free)


async def _room_at_broker() -> int:
    held = select(func.count()).where(Job.status == JobStatus.RUNNING, Job.lease_until >= clock())
    async with transaction() as session:
        return HANDED_OVER - (await session.scalar(held) or 0)


async def _begin(job_id: UUID, handed_over: UUID) -> UUID | None:
    """What a worker takes from the broker becomes its own, from now: a message that comes twice begins once."""
    mine = new_id()
    begun = update(Job).where(Job.id == job_id, Job.claim == handed_over, Job.status == JobStatus.RUNNING)
    begun = begun.values(claim=mine, attempts=Job.attempts + 1, lease_until=_lease(settings().job_lease_seconds))
    async with transaction() as session:
        done: Any = await session.execute(begun)
    return mine if done.rowcount else None


def _lease(seconds: float) -> datetime:
    return clock() + timedelta(seconds=seconds)


async def _claim(
    count: int, *, but: Collection[UUID] = (), handing_over: bool = False, only_short: bool = False
) -> list[tuple[UUID, UUID]]:
    """`but` names what runs here: on SQLite a long write of its own keeps a job from renewing its lease."""
    if count < 1:
        return []
    now = clock()
    due = or_(
        and_(Job.status == JobStatus.QUEUED, Job.run_after <= now),
        and_(Job.status == JobStatus.RUNNING, Job.lease_until < now),
    )
    long = [name for name, handler in handlers.items() if handler.is_long]
    wanted = select(Job.id).where(due, Job.id.not_in(but), Job.name.not_in(long) if only_short else true())
    wanted = wanted.order_by(Job.run_after).limit(count)
    async with transaction() as session:
        if database().is_sqlite and not (await session.scalars(wanted.limit(1))).first():
            return []
        claim: Any = (
            update(Job)
            .where(Job.id.in_(wanted.with_for_update(skip_locked=True).scalar_subquery()))
            .values(
                status=JobStatus.RUNNING,
                claim=new_id(),
                attempts=Job.attempts + (0 if handing_over else 1),
                lease_until=_lease(HANDED_OVER_SECONDS if handing_over else settings().job_lease_seconds),
                dedupe_key=case((Job.dedupe_key.like(f"{EVERY}%"), Job.dedupe_key), else_=None),
            )
            .returning(Job.id, Job.claim)
        )
        return [(row.id, row.claim) for row in await session.execute(claim)]


async def forget_finished(session: AsyncSession, now: datetime) -> None:
    """Delete the rows of jobs that ended more than a week ago."""
    ended = Job.status.in_((JobStatus.DONE, JobStatus.FAILED))
    await session.execute(delete(Job).where(ended, Job.finished_at < now - timedelta(days=KEPT_DAYS)))
