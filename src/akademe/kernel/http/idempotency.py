"""Idempotency keys: the same key, actor, route and body give the same answer, once, for 24 hours."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Record
from akademe.kernel.db.types import Json
from akademe.kernel.errors import Invalid

LIFETIME = timedelta(hours=24)
MAX_KEY = 200


class IdempotencyKeyReused(Invalid):
    code, message = "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body."


class IdempotencyKey(Record):
    """An answer kept in the transaction that made it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "route", "key"),)
    __pii__ = ("answer",)

    user_id: Mapped[UUID]
    route: Mapped[str]
    key: Mapped[str] = mapped_column()
    body_hash: Mapped[str]
    status: Mapped[int]
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Replay:
    """The key of one request: what was answered before, or where to keep the answer."""

    def __init__(self, row: IdempotencyKey) -> None:
        self._row = row

    @classmethod
    async def of(cls, request: Request, ctx: Ctx) -> "Replay | None":
        key = request.headers.get("idempotency-key", "")
        if not key or ctx.actor.user_id is None:
            return None
        if len(key) > MAX_KEY:
            raise Invalid.field("Idempotency-Key", f"At most {MAX_KEY} characters.")
        digest = hashlib.sha256(await request.body()).hexdigest()
        route = f"{request.method} {request.url.path}"
        where = {"user_id": ctx.actor.user_id, "route": route, "key": key}
        return cls(IdempotencyKey(**where, body_hash=digest, status=0, answer=None, created_at=ctx.now))

    async def find(self, ctx: Ctx) -> Response | None:
        """The answer given before, or None when this is the first."""
        row = self._row
        where = {"user_id": row.user_id, "route": row.route, "key": row.key}
        known = await ctx.db.scalar(select(IdempotencyKey).filter_by(**where))
        if known is not None and known.created_at < ctx.now - LIFETIME:
            await ctx.db.execute(delete(IdempotencyKey).where(IdempotencyKey.id == known.id))
            known = None
        if known is None:
            known, created = await ctx.insert_or_get(row, **where)
            if created:
                return None
        if known.body_hash != row.body_hash:
            raise IdempotencyKeyReused
        if known.answer is None:  # a refusal kept what it wrote, this row too: the request was not carried out
            self._row = known
            return None
        return Response(known.answer["body"], known.status, media_type=known.answer["media_type"])

    def keep(self, response: Response) -> None:
        self._row.status = response.status_code
        media_type = response.media_type or "application/json"
        self._row.answer = {"body": bytes(response.body).decode(), "media_type": media_type}
