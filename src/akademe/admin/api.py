"""Routes of work in the background."""

from uuid import UUID

from akademe.admin import service
from akademe.admin.schemas import JobOut
from akademe.kernel.http import AnyCtx, Router

router = Router(tags=["jobs"])


@router.get("/jobs/{job_id}", access="self", summary="A job and its progress", response_model=JobOut)
async def get_job(ctx: AnyCtx, job_id: UUID) -> JobOut:
    return await service.get_job(ctx, job_id)
