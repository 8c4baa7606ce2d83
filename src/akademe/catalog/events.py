"""What happened to courses and lessons, and the jobs one may ask for."""

from datetime import datetime
from uuid import UUID

from akademe.kernel.events import Event
from akademe.kernel.queue import JobArgs


class CourseCreated(Event):
    course_id: UUID
    title: str


class CoursePublished(Event):
    course_id: UUID
    title: str


class CourseUnpublished(Event):
    """Back to a draft."""

    course_id: UUID


class CourseArchived(Event):
    course_id: UUID


class CourseDeleted(Event):
    course_id: UUID


class CourseUpdated(Event):
    """Live text of a published course changed; one event for all changes of 15 minutes."""

    course_id: UUID
    title: str
    lesson_ids: list[UUID]
    lesson_titles: list[str]


class LessonPublished(Event):
    """New live text: `number` is the version that is live now."""

    course_id: UUID
    lesson_id: UUID
    number: int


class LessonsPublished(Event):
    """New live text of several lessons at once, as an import brings it: one fact instead of one for each."""

    course_id: UUID
    lesson_ids: list[UUID]


class LessonDeleted(Event):
    course_id: UUID
    lesson_id: UUID


class OutlineChanged(Event):
    """Lessons came back, were shown or hidden, or count for completion or no longer do."""

    course_id: UUID


class AnnounceUpdate(JobArgs):
    """Record CourseUpdated for what was published in the course since `since`."""

    course_id: UUID
    since: datetime
