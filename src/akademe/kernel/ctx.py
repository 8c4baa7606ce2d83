"""The unit of work handed to every service: one transaction, one actor, one clock."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from akademe.kernel import events, queue, realtime
from akademe.kernel.auth import ANONYMOUS, SYSTEM, Actor
from akademe.kernel.db import Record, Unit, clock, database, is_unique_violation
from akademe.kernel.errors import AppError, NotFound

R = TypeVar("R", bound=Record)
AfterCommit = Callable[[], Awaitable[None] | None]
request_ids: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


class Ctx:
    """`db`, the session, is opened at first use: hot reads and commands need none."""

    def __init__(self, actor: Actor, *, now: datetime | None = None, request_id: str = "") -> None:
        self.actor = actor
        self.now = now or clock()
        self.request_id = request_id or request_ids.get()
        self.unit = Unit()
        self._outbox = queue.Outbox()
        self._after: list[AfterCommit] = []

    @property
    def db(self) -> AsyncSession:
        return self.unit.session

    async def get(self, model: type[R], id_: UUID, *, lock: bool = False) -> R:
        """The row with this id, locked for update if asked. Raises NotFound."""
        if lock:
            await self.lock_writes()
        row = await self.db.get(model, id_, with_for_update=lock or None, populate_existing=lock)
        if row is None:
            raise NotFound
        return row

    async def lock_writes(self) -> None:
        """On SQLite, become the writer now, so that what is read next cannot change before the commit.

        On PostgreSQL nothing: lock rows with `with_for_update`.
        """
        if database().is_sqlite and not self.unit.is_writing:
            await self.unit.writer()

    async def release(self) -> None:
        """Give back the connection that reads took, before a wait for anything but the database. Not after a write."""
        assert not self.unit.is_writing, "what was written would be lost"
        await self.unit.close()

    async def breathe(self) -> None:
        """Between the parts of a long write, let others be served: awaiting SQLite inline lets nobody else run."""
        await asyncio.sleep(0)

    async def insert_or_get(self, row: R, **unique: Any) -> tuple[R, bool]:
        """Insert `row`; where the unique constraint over `unique` says another was first, give that one.

        Returns (row, created). Raises IntegrityError for any other broken constraint.
        """
        try:
            async with self.db.begin_nested():
                self.db.add(row)
        except IntegrityError as error:
            if not is_unique_violation(error):
                raise
            found = await self.db.scalar(select(type(row)).filter_by(**unique))
            if found is None:
                raise
            return found, False
        return row, True

    def record(self, event: events.Event) -> None:
        """Write a fact, and one job per subscriber, in this transaction; push it to its rooms after the commit."""
        self._outbox.record(event, actor=self.actor, at=self.now, request_id=self.request_id)
        if event.push:
            self.after_commit(lambda: realtime.emit(event.push, event.payload(), event.rooms()))

    def enqueue(self, args: queue.JobArgs, *, run_after: datetime | None = None, dedupe: str | None = None) -> UUID:
        """Ask for a job in this transaction; gives its id. While one with this `dedupe` waits, no second is made."""
        return self._outbox.enqueue(
            args, actor=self.actor, at=run_after or self.now, request_id=self.request_id, dedupe=dedupe
        )

    def enqueue_periodic(self, name: str, slot_key: str) -> None:
        """Queue one run of a periodic job, unless this slot's run was queued by anybody before."""
        self._outbox.enqueue_periodic(name, slot_key, self.now)

    def after_commit(self, action: AfterCommit) -> None:
        """Run `action` once the change is durable. It must not fail the request: errors are logged."""
        self._after.append(action)

    async def commit(self) -> None:
        await self._outbox.write(self)
        await self.unit.commit()
        after, self._after = self._after, []
        if self._outbox.wrote_jobs():
            queue.poke()
        await realtime.run_after_commit(after)

    async def close(self) -> None:
        await self.unit.end()


@asynccontextmanager
async def open_ctx(
    actor: Actor = ANONYMOUS, *, now: datetime | None = None, request_id: str = ""
) -> AsyncIterator[Ctx]:
    """One unit of work: commit at the end, roll back on error, keep what a `keeps` refusal wrote."""
    ctx = Ctx(actor, now=now, request_id=request_id)
    try:
        yield ctx
        await ctx.commit()
    except AppError as refusal:
        if refusal.keeps:
            await ctx.commit()
        raise
    finally:
        await ctx.close()


@asynccontextmanager
async def system_ctx(organization_id: UUID | None = None, *, now: datetime | None = None) -> AsyncIterator[Ctx]:
    """A unit of work of the system itself (commands, start-up)."""
    actor = Actor(is_system=True, organization_id=organization_id) if organization_id else SYSTEM
    async with open_ctx(actor, now=now) as ctx:
        yield ctx
