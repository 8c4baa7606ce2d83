"""Work for later. The outbox row is the truth; brokers only carry its id."""

from akademe.kernel.queue.models import Job, JobStatus
from akademe.kernel.queue.outbox import JobArgs, Outbox
from akademe.kernel.queue.registry import Work, every, job, on
from akademe.kernel.queue.relay import Relay, poke

__all__ = ["Job", "JobArgs", "JobStatus", "Outbox", "Relay", "Work", "every", "job", "on", "poke"]
