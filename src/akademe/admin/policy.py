"""Who may see a job: whoever asked for it, and admins of its organisation."""

from akademe.kernel.auth import Actor
from akademe.kernel.queue import Job


def can_see_job(actor: Actor, job: Job) -> bool:
    asked = job.actor_id is not None and job.actor_id == actor.user_id and job.event is None
    return asked or actor.admin_of(job.organization_id)
