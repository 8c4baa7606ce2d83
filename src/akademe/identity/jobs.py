"""What identity does again and again."""

from akademe.identity import service
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import every


@every(hours=1)
async def purge(ctx: Ctx) -> None:
    await service.purge(ctx)
