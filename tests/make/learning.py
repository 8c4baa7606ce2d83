"""Enrolments and completions for tests."""

from uuid import UUID

from akademe.catalog.models import Course, Lesson
from akademe.identity.models import User
from akademe.kernel.ctx import open_ctx
from akademe.learning import service
from akademe.learning.models import Enrolment
from tests.make import catalog, identity


async def enrolment(user: User, course: Course) -> Enrolment:
    """The person enrolled in the course, through the same service as the routes."""
    async with open_ctx(await identity.actor(user)) as ctx:
        made, _ = await service.enrol(ctx, course.id)
    return made


async def completion(user: User, course: Course, lesson: Lesson | UUID, *, time_spent: int = 0) -> dict[str, object]:
    lesson_id = lesson if isinstance(lesson, UUID) else lesson.id
    async with open_ctx(await identity.actor(user)) as ctx:
        return await service.complete_lesson(ctx, course.id, lesson_id, time_spent=time_spent)


async def completed(user: User, course: Course) -> Enrolment:
    """The person enrolled, with every lesson of the course completed."""
    made = await enrolment(user, course)
    for lesson in await catalog.lessons(course):
        await completion(user, course, lesson)
    return made
