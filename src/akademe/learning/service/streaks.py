"""Streaks: kept by completions, reset by the learner."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, new_id
from akademe.learning.models import Streak
from akademe.learning.policy import can_learn_as
from akademe.learning.rules.streaks import Run, Standing, after_activity, after_reset, local_day, standing
from akademe.learning.schemas import StreakOut

_STREAKS: Any = Streak.__table__


def _upsert(insert: Any) -> Any:
    statement = insert(_STREAKS)
    fresh = {name: statement.excluded[name] for name in ("days", "longest", "last_day")}
    return statement.on_conflict_do_update(index_elements=["user_id"], set_=fresh)


_KEEP = Command(_upsert)


async def keep(ctx: Ctx, user_id: UUID, run: Run, time_zone: str) -> Run:
    """Note that the person did something today; writes once a day."""
    after = after_activity(run, local_day(ctx.now, time_zone))
    if after != run:
        await _write(ctx, user_id, after)
    return after


async def _write(ctx: Ctx, user_id: UUID, run: Run) -> None:
    values = {"days": run.days, "longest": run.longest, "last_day": run.last_day}
    await _KEEP.run(ctx, id=new_id(), created_at=ctx.now, user_id=user_id, **values)


async def own_streak(ctx: Ctx) -> Standing:
    """The actor's streak as of today."""
    row = await ctx.db.scalar(select(Streak).where(Streak.user_id == ctx.actor.user_id))
    run = Run(row.days, row.longest, row.last_day) if row else Run()
    return standing(run, local_day(ctx.now, ctx.actor.time_zone))


async def reset_streak(ctx: Ctx, user_id: UUID) -> StreakOut:
    """The learner starts a new streak; the longest is kept."""
    require(can_learn_as(ctx.actor, user_id))
    row = await ctx.db.scalar(select(Streak).where(Streak.user_id == user_id))
    if row is None:
        return StreakOut(user_id=user_id, streak_days=0, longest=0)
    run = after_reset(Run(row.days, row.longest, row.last_day))
    await _write(ctx, user_id, run)
    return StreakOut(user_id=user_id, streak_days=run.days, longest=run.longest)
