"""What a unit of work will leave behind: its events and the jobs they cause, written in one go before the commit."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam

from akademe.kernel import events
from akademe.kernel.auth import SYSTEM, Actor
from akademe.kernel.db import Command, new_id
from akademe.kernel.queue.models import Job, JobStatus

if TYPE_CHECKING:
    from akademe.kernel.ctx import Ctx

_ADD_EVENTS = Command(lambda insert: insert(events.EventRow.__table__))
_GIVEN = (
    "id", "created_at", "name", "payload", "event", "event_version", "organization_id", "actor_id", "request_id",
    "run_after", "attempts", "status", "progress", "dedupe_key",
)  # fmt: skip
_ADD_JOBS = Command(
    lambda insert: (
        insert(Job.__table__)
        .values({name: bindparam(name) for name in _GIVEN})
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )
)


class JobArgs(BaseModel):
    """The arguments of a job that a service may ask for: ids and plain values, never a secret."""

    model_config = ConfigDict(frozen=True)
    name: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.name = events.name_of(cls)


class Outbox:
    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._jobs: list[dict[str, Any]] = []
        self._wrote_jobs = False

    def record(self, event: events.Event, *, actor: Actor, at: datetime, request_id: str) -> None:
        data = event.model_dump(mode="json")
        organization_id = event.organization_id or actor.organization_id
        self._events.append(
            {
                "id": new_id(),
                "created_at": at,
                "occurred_at": at,
                "name": event.name,
                "version": event.version,
                "organization_id": organization_id,
                "course_id": event.course_id,
                "actor_id": actor.user_id,
                "real_actor_id": actor.real_user_id,
                "request_id": request_id,
                "data": data,
            }
        )
        for handler in events.subscribers(event):
            envelope = {"event": event.name, "event_version": event.version, "organization_id": organization_id}
            self._jobs.append(self._row(handler, data, actor, at, request_id) | envelope)

    def enqueue(self, args: JobArgs, *, actor: Actor, at: datetime, request_id: str, dedupe: str | None) -> UUID:
        row = self._row(args.name, args.model_dump(mode="json"), actor, at, request_id)
        self._jobs.append(row | {"dedupe_key": dedupe})
        job_id: UUID = row["id"]
        return job_id

    def enqueue_periodic(self, name: str, slot_key: str, at: datetime) -> None:
        self._jobs.append(self._row(name, {}, SYSTEM, at, "") | {"dedupe_key": slot_key})

    def _row(self, name: str, payload: dict[str, Any], actor: Actor, at: datetime, request_id: str) -> dict[str, Any]:
        return {
            "id": new_id(),
            "created_at": at,
            "name": name,
            "payload": payload,
            "event": None,
            "event_version": None,
            "organization_id": actor.organization_id,
            "actor_id": actor.user_id,
            "request_id": request_id,
            "run_after": at,
            "attempts": 0,
            "status": JobStatus.QUEUED,
            "progress": 0.0,
            "dedupe_key": None,
        }

    def wrote_jobs(self) -> bool:
        return self._wrote_jobs

    async def write(self, ctx: "Ctx") -> None:
        """Two statements at most, whatever was recorded."""
        if self._events:
            await _ADD_EVENTS.run_many(ctx, self._events)
        if self._jobs:
            await _ADD_JOBS.run_many(ctx, self._jobs)
        self._wrote_jobs = bool(self._jobs)
        self._events, self._jobs = [], []
