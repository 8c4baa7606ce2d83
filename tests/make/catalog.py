"""Courses for tests."""

from itertools import count
from typing import Any
from uuid import UUID

from akademe.catalog import service
from akademe.catalog.models import Course, Lesson, Module
from akademe.catalog.policy import course_scope
from akademe.catalog.schemas import CourseIn, CoursePatch, LessonIn, ModuleIn
from akademe.identity import service as identity
from akademe.identity.models import User
from akademe.kernel.ctx import open_ctx, system_ctx
from tests.make import identity as people

_numbers = count(1)


async def course(owner: User | None = None, *, lessons: int = 0, published: bool = True, **fields: Any) -> Course:
    """A course of `owner` (else of a new instructor), with that many text lessons, published unless said otherwise."""
    number = next(_numbers)
    owner = owner or await people.user("instructor")
    given = {"title": f"Course {number}", "is_published": published} | fields
    async with open_ctx(await people.actor(owner)) as ctx:
        made = await service.create_course(ctx, CourseIn(**given))
        for index in range(1, lessons + 1):
            given_lesson = LessonIn(title=f"Lesson {index}", content_type="text", content=f"Text of lesson {index}.")
            await service.create_lesson(ctx, made.id, given_lesson)
    return made


async def module(course: Course, **fields: Any) -> Module:
    async with system_ctx(course.organization_id) as ctx:
        return await service.create_module(ctx, course.id, ModuleIn(**({"title": "A module"} | fields)))


async def lesson(course: Course, **fields: Any) -> Lesson:
    """A text lesson, last in the last module unless said otherwise."""
    given = {"title": f"Lesson {next(_numbers)}", "content_type": "text", "content": "Some text."} | fields
    async with system_ctx(course.organization_id) as ctx:
        return await service.create_lesson(ctx, course.id, LessonIn(**given))


async def lessons(course: Course) -> list[Lesson]:
    async with system_ctx(course.organization_id) as ctx:
        return await service.lessons_of(ctx, course.id, with_hidden=True)


async def member(user: User, course: Course, role: str = "student") -> None:
    """The grant alone that enrolment or staff would write."""
    async with system_ctx(course.organization_id) as ctx:
        await identity.grant(
            ctx, user.id, course_scope(course.id), role, source="test", organization_id=course.organization_id
        )


async def publish(course_id: UUID, status: str = "published") -> None:
    async with system_ctx() as ctx:
        await service.update_course(ctx, course_id, CoursePatch(status=status))
