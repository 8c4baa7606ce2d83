"""Reads over the whole installation."""

from uuid import UUID

from akademe.admin.policy import can_see_job
from akademe.admin.schemas import JobOut
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.queue import Job, JobStatus


async def get_job(ctx: Ctx, job_id: UUID) -> JobOut:
    """A job somebody asked for. Raises NotFound for a job of others."""
    job = await ctx.get(Job, job_id)
    if not can_see_job(ctx.actor, job):
        raise NotFound
    error = job.last_error if job.status == JobStatus.FAILED else None
    return JobOut(id=job.id, name=job.name, status=job.status, progress=job.progress, result=job.result, error=error)
