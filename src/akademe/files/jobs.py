"""What files do again and again."""

from akademe.files import service
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import every


@every(hours=1)
async def purge(ctx: Ctx) -> None:
    await service.purge(ctx)


@every(hours=24)
async def sweep_orphans(ctx: Ctx) -> None:
    await service.sweep_orphans(ctx)
