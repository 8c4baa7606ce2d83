"""Facts of assessment, and the jobs it asks for."""

from typing import Any
from uuid import UUID

from akademe.kernel.events import Event
from akademe.kernel.queue import JobArgs
from akademe.kernel.realtime import staff_rooms, user_room


class _OfAttempt(Event):
    """A fact about one attempt: heard by the learner and the staff of the course."""

    assessment_id: UUID
    attempt_id: UUID
    user_id: UUID

    def payload(self) -> dict[str, Any]:
        return {"assessmentId": str(self.assessment_id), "studentId": str(self.user_id)}

    def rooms(self) -> list[str]:
        return [user_room(self.user_id), *staff_rooms(self.course_id)]


class AssessmentStarted(_OfAttempt):
    push = "assessment:started"


class AssessmentSubmitted(_OfAttempt):
    push = "assessment:submitted"

    is_auto: bool = False


class AssessmentGraded(_OfAttempt):
    """`score` is 0 to 1. The learner hears it only where the review setting shows scores."""

    push = "assessment:graded"

    score: float
    passed: bool
    is_shown: bool = True
    is_regrade: bool = False

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"score": self.score}

    def rooms(self) -> list[str]:
        return super().rooms() if self.is_shown else staff_rooms(self.course_id)


class SubmitWhenDue(JobArgs):
    """The time of an attempt ends now: submit what was saved."""

    attempt_id: UUID


class TellGraded(JobArgs):
    """Tell a learner that a person has graded what waited in an attempt."""

    attempt_id: UUID


class RegradeRest(JobArgs):
    """Grade the attempts after `after` (None: all) again by the present key of a question, a batch at a time.

    Without a question the marks stay, and are judged by the present passing score.
    """

    assessment_id: UUID
    question_id: UUID | None
    after: UUID | None = None
    reason: str
