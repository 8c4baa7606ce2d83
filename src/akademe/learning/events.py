"""Facts of learning, and the jobs it asks for."""

from typing import Any
from uuid import UUID

from akademe.kernel.events import Event
from akademe.kernel.queue import JobArgs
from akademe.kernel.realtime import staff_rooms, user_room


class _OfStudent(Event):
    """A fact about one person in one course: heard by both that person and the course's staff."""

    user_id: UUID
    enrolment_id: UUID

    def payload(self) -> dict[str, Any]:
        return {"courseId": str(self.course_id), "studentId": str(self.user_id)}

    def rooms(self) -> list[str]:
        return [user_room(self.user_id), *staff_rooms(self.course_id)]


class Enrolled(_OfStudent):
    push = "course:enrolled"


class SeatOffered(_OfStudent):
    """A seat is kept for the first who waits, until `expires_at` (ISO 8601)."""

    expires_at: str


class EnrolmentDropped(_OfStudent):
    pass


class LessonCompleted(_OfStudent):
    """`progress` is the percentage after it, 0 to 100."""

    push = "course:progress"

    lesson_id: UUID
    progress: float

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"progress": self.progress}


class CourseCompleted(_OfStudent):
    push = "course:completed"


class CertificateIssued(_OfStudent):
    certificate_id: UUID


class CertificateRevoked(_OfStudent):
    certificate_id: UUID


class DatesSet(Event):
    """Dates of the course, or of the lesson or assessment `ref_id` in it, were set, for everyone or for some."""

    course_id: UUID
    ref_id: UUID


class RecountCourse(JobArgs):
    """Bring the public count of a course's enrolments up to date."""

    course_id: UUID


class RecountProgress(JobArgs):
    """The outline changed: bring what enrolments say of their progress up to date, a batch after `after` at a time."""

    course_id: UUID
    after: UUID | None = None


class ExpireOffer(JobArgs):
    """A seat was offered until now; give it to the next if nobody took it."""

    enrolment_id: UUID


class TellUpdate(JobArgs):
    """Tell the learners of a course what changed, a batch after the enrolment `after` at a time."""

    course_id: UUID
    changes: str
    after: UUID | None = None
