"""Run one claimed job: its effect and its end in one transaction, or its failure in another."""

import asyncio
import random
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, update

from akademe.kernel import events
from akademe.kernel.auth import Actor
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx, open_ctx, request_ids
from akademe.kernel.db import clock, transaction
from akademe.kernel.errors import AppError
from akademe.kernel.queue.models import Job, JobStatus
from akademe.kernel.queue.registry import Handler, Work, handlers
from akademe.kernel.telemetry import JOBS

log = structlog.get_logger()
FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 3600.0


class GaveUp(Exception):
    """Its process ended each time it ran (out of memory, say)."""


class ClaimLost(Exception):
    """Another process took the job over; what this one did is rolled back."""


async def run_job(job_id: UUID, claim: UUID) -> None:
    """Run the job if `claim` still holds it. Never raises: the outcome is on the row."""
    async with transaction() as session:
        row = await session.get(Job, job_id)
    if row is None or row.claim != claim or row.status != JobStatus.RUNNING:
        return
    request_ids.set(row.request_id)
    heartbeat = asyncio.create_task(_keep_lease(row))
    try:
        await _run(row)
        JOBS.labels(row.name, "done").inc()
    except ClaimLost:
        log.warning("job.claim_lost", job=row.name, id=str(row.id))
    except Exception as error:  # noqa: BLE001 - the boundary of foreign code: whatever a handler raises is an outcome to keep
        await _fail(row, error)
    finally:
        heartbeat.cancel()
        with suppress(asyncio.CancelledError):
            await heartbeat


async def _run(row: Job) -> None:
    handler = handlers.get(row.name)
    if handler is None:
        raise LookupError(f"no handler is known for {row.name}")
    if row.attempts > handler.max_attempts:
        raise GaveUp(f"{handler.max_attempts} attempts did not come to an end")
    args = _arguments(row, handler)
    if handler.is_long:
        work = Work(row.id, clock(), lambda: _ctx(row), lambda share: _progress(row, share))
        result = await handler.function(work, args)
        async with _ctx(row) as ctx:
            await _finish(ctx, row, result)
        return
    async with _ctx(row) as ctx:
        await handler.function(ctx, args)
        await _finish(ctx, row, None)


def _ctx(row: Job) -> AbstractAsyncContextManager[Ctx]:
    actor = Actor(user_id=row.actor_id, organization_id=row.organization_id, is_system=True)
    return open_ctx(actor, request_id=row.request_id)


def _arguments(row: Job, handler: Handler) -> Any:
    if row.event is not None:
        return events.revive(row.event, row.event_version or 1, row.payload)
    return handler.args.model_validate(row.payload) if handler.args else None


async def _finish(ctx: Ctx, row: Job, result: dict[str, Any] | None) -> None:
    done = _mine(row).values(status=JobStatus.DONE, progress=1.0, result=result, finished_at=ctx.now, lease_until=None)
    await _must_hold(await ctx.db.execute(done))


def _mine(row: Job) -> Any:
    return update(Job).where(Job.id == row.id, Job.claim == row.claim, Job.status == JobStatus.RUNNING)


async def _must_hold(result: Any) -> None:
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise ClaimLost


async def _progress(row: Job, share: float) -> None:
    async with transaction() as session:
        await _must_hold(await session.execute(_mine(row).values(progress=min(max(share, 0.0), 1.0))))


async def _keep_lease(row: Job) -> None:
    lease = settings().job_lease_seconds
    while True:
        await asyncio.sleep(lease / 3)
        try:
            async with transaction() as session:
                await session.execute(_mine(row).values(lease_until=clock() + timedelta(seconds=lease)))
        except Exception as error:  # noqa: BLE001 - a database that is away for a moment must not end the renewing
            log.warning("job.lease_not_renewed", job=row.name, id=str(row.id), error=repr(error))


async def _fail(row: Job, error: Exception) -> None:
    """A refusal of a long job is final; anything else is tried again with growing, jittered pauses."""
    handler = handlers.get(row.name)
    final = row.attempts >= (handler.max_attempts if handler else 1)
    if isinstance(error, AppError) and handler is not None and handler.is_long:
        final = True
    text = error.detail if isinstance(error, AppError) else f"{type(error).__name__}: {error}"
    shown = AppError.message if handler and handler.is_long and not isinstance(error, AppError) else text
    log.error("job.failed", job=row.name, id=str(row.id), attempt=row.attempts, final=final, error=text, exc_info=error)
    JOBS.labels(row.name, "failed" if final else "retried").inc()
    pause = min(FIRST_RETRY_SECONDS * 2 ** (row.attempts - 1), LONGEST_RETRY_SECONDS) * random.uniform(0.5, 1.0)
    values: dict[str, Any] = {"last_error": shown[:2000], "lease_until": None, "claim": None}
    if final:
        values |= {"status": JobStatus.FAILED, "finished_at": clock()}
    else:
        values |= {"status": JobStatus.QUEUED, "run_after": clock() + timedelta(seconds=pause)}
    async with transaction() as session:
        await session.execute(_mine(row).values(**values))
