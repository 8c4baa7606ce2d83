"""What the catalogue does later and again and again."""

from akademe.catalog import service
from akademe.catalog.events import AnnounceUpdate
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import every, job


@job(AnnounceUpdate)
async def announce_update(ctx: Ctx, args: AnnounceUpdate) -> None:
    await service.record_update(ctx, args.course_id, args.since)


@every(hours=6)
async def purge(ctx: Ctx) -> None:
    """What was deleted 30 days ago cannot be restored any more."""
    await service.purge_deleted(ctx)


@every(hours=1)
async def render_anew(ctx: Ctx) -> None:
    """Texts that an older renderer made."""
    await service.render_anew(ctx)
