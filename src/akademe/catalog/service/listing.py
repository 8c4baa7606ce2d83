"""Lists of courses: filters, orders, pages, and how well each fits a student."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from akademe.catalog import rules
from akademe.catalog.models import Course, CoursePrerequisite, CourseStatus, CourseTag
from akademe.catalog.policy import is_course_staff, staffed_courses, visible_courses
from akademe.catalog.schemas import CourseFilter
from akademe.catalog.service.reading import Document, course_fields
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import fold, folded
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.search import service as search

_SORTS: dict[str, Any] = {
    "created_at": Course.created_at,
    "updated_at": Course.updated_at,
    "title": folded(Course.title),
    "price": Course.price_minor,
    "rating": func.coalesce(Course.rating, 0.0),
    "enrollments": Course.enrollments,
}
_MOST_TASTES = 200


async def list_courses(ctx: Ctx, given: CourseFilter, page: Page) -> Paged[Document]:
    """Courses as CourseOut: the published ones of the organisation, with `mine` those the actor teaches.

    `status` other than published lists what the actor may see of it. Students get `recommendation_score`.
    """
    field = given.sort.removeprefix("-")
    keys = [Key(_SORTS[field], given.sort.startswith("-")), Key(Course.id, given.sort.startswith("-"))]
    found = await paginate(ctx, _wanted(ctx.actor, given), keys, page, count=True)
    required = await _prerequisites(ctx, [course.id for course in found.items])
    documents = [_document(ctx.actor, course, required.get(course.id, [])) for course in found.items]
    if ctx.actor.role == "student":
        taste = await taste_of(ctx)
        for document in documents:
            document["recommendation_score"] = _score(taste, document)
    return Paged(documents, found.next_cursor, found.total)


def _wanted(actor: Actor, given: CourseFilter) -> Select[Any]:
    status = given.status or (None if given.mine else CourseStatus.PUBLISHED)
    wanted = select(Course).where(visible_courses(actor), Course.organization_id == actor.organization_id)
    if given.mine:
        wanted = wanted.where(staffed_courses(actor))
    if status is not None:
        wanted = wanted.where(Course.status == status)
    return wanted.where(*_filters(given))


def _filters(given: CourseFilter) -> list[Any]:
    conditions: list[Any] = []
    if given.category is not None:
        conditions.append(folded(Course.category) == fold(given.category))
    if given.difficulty_level is not None:
        conditions.append(Course.difficulty_level == given.difficulty_level)
    if given.instructor_id is not None:
        conditions.append(Course.instructor_id == given.instructor_id)
    if given.price_min is not None:
        conditions.append(Course.price_minor >= round(given.price_min * 100))
    if given.price_max is not None:
        conditions.append(Course.price_minor <= round(given.price_max * 100))
    if given.tag is not None:
        tagged = select(CourseTag.course_id).where(
            CourseTag.course_id == Course.id, CourseTag.tag == given.tag.casefold()
        )
        conditions.append(exists(tagged))
    if given.q is not None:
        conditions.append(search.has_words("course", Course.id, given.q))
    return conditions


async def categories(ctx: Ctx) -> list[str]:
    """The categories that the published courses of the organisation have, by name; at most 100."""
    wanted = select(Course.category).where(
        visible_courses(ctx.actor),
        Course.organization_id == ctx.actor.organization_id,
        Course.status == CourseStatus.PUBLISHED,
        Course.category.is_not(None),
        Course.category != "",
    )
    names = await ctx.db.scalars(wanted.distinct().order_by(Course.category).limit(100))
    return sorted((name for name in names if name), key=fold)


async def _prerequisites(ctx: Ctx, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    pairs = (
        select(CoursePrerequisite.course_id, CoursePrerequisite.requires_id)
        .join(Course, Course.id == CoursePrerequisite.requires_id)
        .where(CoursePrerequisite.course_id.in_(ids), Course.deleted_at.is_(None))
        .order_by(CoursePrerequisite.position)
    )
    required: dict[UUID, list[UUID]] = {}
    for course_id, requires_id in await ctx.db.execute(pairs):
        required.setdefault(course_id, []).append(requires_id)
    return required


def _document(actor: Actor, course: Course, required: list[UUID]) -> Document:
    row = {column.key: getattr(course, column.key) for column in Course.__table__.columns}
    return course_fields(row, required, is_staff=is_course_staff(actor, course))


async def taste_of(ctx: Ctx) -> rules.Taste:
    """What the courses say that the actor is enrolled in, by one query."""
    ids = [
        scope.removeprefix("course:")
        for scope, roles in ctx.actor.grants.items()
        if scope.startswith("course:") and "student" in roles
    ]
    if not ids:
        return rules.Taste()
    columns = select(Course.tags, Course.category, Course.difficulty_level)
    rows = await ctx.db.execute(columns.where(Course.id.in_([UUID(id_) for id_ in ids[-_MOST_TASTES:]])))
    return rules.Taste.of([(tags, category, level) for tags, category, level in rows])


def _score(taste: rules.Taste, document: Document) -> float:
    return rules.recommendation_score(
        taste,
        tags=document["tags"],
        category=document["category"],
        difficulty=document["difficulty_level"],
        enrollments=document["enrollments"],
    )
