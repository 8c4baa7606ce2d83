"""What the kernel itself does again and again."""

from datetime import timedelta

from sqlalchemy import delete

from akademe.kernel.ctx import Ctx
from akademe.kernel.http.idempotency import LIFETIME, IdempotencyKey
from akademe.kernel.queue import every
from akademe.kernel.queue.relay import forget_finished
from akademe.kernel.usages import DAY, Usage


@every(hours=1)
async def purge(ctx: Ctx) -> None:
    """Forget finished jobs, spent idempotency keys and day counts that no limit reads any more."""
    await forget_finished(ctx.db, ctx.now)
    await ctx.db.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < ctx.now - LIFETIME))
    await ctx.db.execute(delete(Usage).where(Usage.created_at < ctx.now - DAY - timedelta(hours=1)))
