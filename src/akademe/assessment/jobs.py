"""Work for later: attempts whose time is up, the rest of a large regrade, and telling who was graded."""

from akademe.assessment import service
from akademe.assessment.events import RegradeRest, SubmitWhenDue, TellGraded
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import job, on
from akademe.learning.events import DatesSet


@job(SubmitWhenDue)
async def submit_when_due(ctx: Ctx, args: SubmitWhenDue) -> None:
    await service.submit_when_due(ctx, args.attempt_id)


@on(DatesSet)
async def end_by_new_dates(ctx: Ctx, event: DatesSet) -> None:
    await service.end_by_new_dates(ctx, event.course_id, event.ref_id)


@job(TellGraded)
async def tell_graded(ctx: Ctx, args: TellGraded) -> None:
    await service.tell_graded(ctx, args.attempt_id)


@job(RegradeRest)
async def regrade_rest(ctx: Ctx, args: RegradeRest) -> None:
    await service.regrade_rest(ctx, args)
