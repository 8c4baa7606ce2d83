"""Limits per day, counted from rows of the last 24 hours, so that a restart does not forget them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, bindparam, func, select
from sqlalchemy.orm import Mapped

from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Record, new_id
from akademe.kernel.errors import RateLimited

DAY = timedelta(days=1)
PER_DAY: dict[str, int] = {}
# What counts uses and may be set by an admin: these and those that routes declare.
BUCKETS = {"account", "address", "refused"}


class Usage(Record):
    """One use of a bucket by a person."""

    __tablename__ = "usages"
    __table_args__ = (Index("ix_usages_bucket_user_id_created_at", "bucket", "user_id", "created_at"),)
    __pii__ = ()

    bucket: Mapped[str]
    user_id: Mapped[UUID]


_USAGES: Any = Usage.__table__
_COLUMNS = ("id", "created_at", "bucket", "user_id")
_MINE = (
    _USAGES.c.bucket == bindparam("bucket"),
    _USAGES.c.user_id == bindparam("user_id"),
    _USAGES.c.created_at > bindparam("since", type_=_USAGES.c.created_at.type),
)
_USED = select(func.count()).select_from(_USAGES).where(*_MINE).scalar_subquery()
_SPEND = Command(
    lambda insert: (
        insert(_USAGES)
        .from_select(
            _COLUMNS,
            select(*(bindparam(f"new_{name}", type_=_USAGES.c[name].type) for name in _COLUMNS)).where(
                bindparam("most", type_=Integer()) > _USED
            ),
        )
        .returning(_USAGES.c.id)
    )
)
_OLDEST = select(func.min(_USAGES.c.created_at)).where(*_MINE)


async def spend(ctx: Ctx, bucket: str) -> None:
    """Count one use, in this transaction and in one statement: what is refused or rolled back does not count.

    Raises RateLimited with the seconds until the oldest use of the day falls out.
    """
    if settings().rate_limits == "off" or ctx.actor.user_id is None:
        return
    mine = {"bucket": bucket, "user_id": ctx.actor.user_id, "since": ctx.now - DAY}
    row = {"new_id": new_id(), "new_created_at": ctx.now, "new_bucket": bucket, "new_user_id": ctx.actor.user_id}
    most = max(1, round(ctx.actor.limits.get(bucket, PER_DAY[bucket]) * settings().rate_limit_factor))
    if not await _SPEND.run(ctx, **mine, **row, most=most):
        oldest: datetime = await ctx.db.scalar(_OLDEST, mine) or ctx.now
        raise RateLimited(retry_after=max(1, int((oldest + DAY - ctx.now).total_seconds())), limit=most)
