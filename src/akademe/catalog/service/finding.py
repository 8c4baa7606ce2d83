"""Courses by id or slug, as the actor may see and change them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.catalog import errors, rules
from akademe.catalog.models import Course, CourseStatus
from akademe.catalog.policy import can_edit_course, visible_courses
from akademe.kernel.auth import Actor, require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound


async def get_course(ctx: Ctx, key: str | UUID, *, lock: bool = False) -> Course:
    """The course of this id or slug, as the actor may see it. Raises NotFound."""
    if lock:
        await ctx.lock_writes()
    wanted = select(Course).where(visible_courses(ctx.actor), *named(ctx.actor, key)).order_by(Course.id).limit(1)
    if lock:
        wanted = wanted.with_for_update(of=Course, key_share=True).execution_options(populate_existing=True)
    course = await ctx.db.scalar(wanted)
    if course is None:
        raise NotFound
    return course


async def course_titles(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Of those that the actor may see."""
    wanted = select(Course.id, Course.title).where(Course.id.in_(set(ids)), visible_courses(ctx.actor))
    return dict((await ctx.db.execute(wanted)).tuples().all())


def named(actor: Actor, key: str | UUID) -> list[Any]:
    """The conditions that a path's `{course}` stands for: an id, or a slug of the actor's organisation."""
    id_ = key if isinstance(key, UUID) else rules.as_id(key)
    if id_ is not None:
        return [Course.id == id_]
    if not rules.is_slug(str(key)):
        raise NotFound
    tenant = [Course.organization_id == actor.organization_id] if actor.organization_id else []
    return [Course.slug == key, *tenant]


async def edit_course(ctx: Ctx, key: str | UUID, *, lock: bool = False) -> Course:
    """The course to change its content. Raises NotFound, Forbidden, CourseReadOnly."""
    course = await get_course(ctx, key, lock=lock)
    require(can_edit_course(ctx.actor, course))
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseReadOnly
    return course


def check_version(course: Course, if_version: int | None) -> None:
    if if_version is not None and if_version != course.version:
        raise errors.CourseChanged(version=course.version)


def touch(ctx: Ctx, course: Course, *, by_hand: bool = True) -> None:
    """Count an edit; `by_hand` marks it for the next import, which keeps what people changed."""
    course.version += 1
    course.updated_at = ctx.now
    if by_hand:
        course.edited_at = ctx.now
