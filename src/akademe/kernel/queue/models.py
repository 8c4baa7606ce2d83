"""The outbox table."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Record
from akademe.kernel.db.types import Json


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Record):
    """A piece of work, committed with the change that asked for it. `lease_until` says how long a claim holds."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "status", "run_after"),
        Index("uq_jobs_dedupe_key", "dedupe_key", unique=True),
    )
    __pii__ = ("payload", "result")

    name: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    event: Mapped[str | None]
    event_version: Mapped[int | None]
    organization_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    request_id: Mapped[str]
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default=JobStatus.QUEUED)
    progress: Mapped[float] = mapped_column(default=0.0)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    last_error: Mapped[str | None] = mapped_column(Text)
    dedupe_key: Mapped[str | None]
    finished_at: Mapped[datetime | None]
