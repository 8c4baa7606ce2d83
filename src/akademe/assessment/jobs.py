"""Work for later: attempts whose time is up, and the rest of a large regrade."""

from akademe.assessment import service
from akademe.assessment.events import RegradeRest, SubmitWhenDue
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import job


@job(SubmitWhenDue)
async def submit_when_due(ctx: Ctx, args: SubmitWhenDue) -> None:
    await service.submit_when_due(ctx, args.attempt_id)


@job(RegradeRest)
async def regrade_rest(ctx: Ctx, args: RegradeRest) -> None:
    await service.regrade_rest(ctx, args)
