"""What is there of a course before its import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment
from akademe.catalog import service as catalog
from akademe.catalog.models import Course, Lesson, Module
from akademe.catalog.policy import can_edit_course, visible_courses
from akademe.identity.models import User
from akademe.interop.models import Kind
from akademe.interop.rules.tree import CourseTree
from akademe.interop.service import ordering
from akademe.interop.service.marks import Marks
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id
from akademe.orgs import service as orgs


async def find_course(ctx: Ctx, tree: CourseTree) -> Course | None:
    """The course that an earlier import of this source made, or whose export this is, if the actor may edit it."""
    mine = (Course.source == tree.source) & (Course.source_id == tree.source_id)
    own_id = as_id(tree.source_id) if tree.source == "native" else None
    wanted = select(Course).where(visible_courses(ctx.actor), mine | (Course.id == own_id) if own_id else mine)
    if ctx.actor.organization_id is not None:
        wanted = wanted.where(Course.organization_id == ctx.actor.organization_id)
    found = await ctx.db.scalars(wanted.order_by(Course.created_at, Course.id))
    return next((course for course in found if can_edit_course(ctx.actor, course)), None)


async def wait_for_own_imports(ctx: Ctx) -> None:
    """Until the commit, nobody else writes an import in the name of this person."""
    await ctx.lock_writes()
    me = select(User.id).where(User.id == ctx.actor.user_id)
    await ctx.db.execute(me.with_for_update(key_share=True))


async def made_meanwhile(ctx: Ctx, tree: CourseTree) -> UUID | None:
    """The actor's course of this source that is younger than the actor's grants, which were read before."""
    mine = select(Course.id).where(Course.source == tree.source, Course.source_id == tree.source_id)
    mine = mine.where(Course.instructor_id == ctx.actor.user_id, Course.organization_id == ctx.actor.organization_id)
    found: UUID | None = await ctx.db.scalar(mine.where(Course.deleted_at.is_(None)).limit(1))
    return found


async def slug_is_taken(ctx: Ctx, slug: str) -> bool:
    """Also by a course that the actor may not see."""
    organization_id = ctx.actor.organization_id or (await orgs.default_organization(ctx)).id
    there = select(Course.id).filter_by(organization_id=organization_id, slug=slug, deleted_at=None)
    return await ctx.db.scalar(there) is not None


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


@dataclass
class Known:
    """What is there of a course before the import; all empty for a new one."""

    course: Course | None
    modules: dict[str, Module] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    quizzes: dict[str, Assessment] = field(default_factory=dict)
    order: ordering.Order = field(default_factory=list)
    marks: Marks = field(default_factory=lambda: Marks([]))


async def known(ctx: Ctx, tree: CourseTree, *, lock: bool = False) -> Known:
    """The living modules, lessons and quizzes by the source ids that the tree calls them; with `lock` they stay so
    until the commit.
    """
    course = await find_course(ctx, tree)
    if course is None:
        return Known(None)
    if lock:
        course = await catalog.get_course(ctx, course.id, lock=True)
    modules = await catalog.modules_of(ctx, course.id)
    lessons = await catalog.lessons_of(ctx, course.id, with_hidden=True)
    quizzes = await assessment.quizzes_of(ctx, course.id)
    marks = await Marks.load(ctx, course.id)
    brought = set(marks.row_ids(Kind.MODULE).values()), set(marks.row_ids(Kind.LESSON).values())
    order = ordering.order_of(
        [module for module in modules if module.id in brought[0]],
        [lesson for lesson in lessons if lesson.id in brought[1]],
    )
    return Known(
        course,
        _by_origin(modules, tree.source),
        _by_origin(lessons, tree.source),
        _by_origin(quizzes, tree.source),
        order,
        marks,
    )


def _by_origin(rows: list[Any], source: str) -> dict[str, Any]:
    """By the origin id, or by the own id, which an export uses for what was made here."""
    named = {str(row.id): row for row in rows if row.source != source}
    return named | {row.source_id: row for row in rows if row.source == source}


@dataclass(frozen=True)
class Plan:
    """An id for each lesson and quiz of the tree, so that texts can link to what is not there yet; also for quizzes
    that an earlier import brought.
    """

    lessons: dict[str, UUID]
    quizzes: dict[str, UUID]

    @classmethod
    def of(cls, tree: CourseTree, before: Known) -> Plan:
        quizzes = before.marks.row_ids(Kind.QUIZ)
        return cls(
            {one.source_id: _id_of(one.source_id, before.lessons, {}) for one in tree.lessons()},
            quizzes | {one.source_id: _id_of(one.source_id, before.quizzes, quizzes) for one in tree.all_quizzes()},
        )

    def holds(self, now: Known) -> bool:
        """Whether what is there still has the ids that the texts name."""
        pairs = ((self.lessons, now.lessons), (self.quizzes, now.quizzes))
        return all(ids.get(name, row.id) == row.id for ids, rows in pairs for name, row in rows.items())


def _id_of(source_id: str, there: Mapping[str, Lesson | Assessment], earlier: Mapping[str, UUID]) -> UUID:
    row = there.get(source_id)
    return row.id if row is not None else earlier.get(source_id) or new_id()
