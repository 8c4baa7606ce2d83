"""What of the catalogue the search index holds, kept in the same transaction as the change."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from akademe.catalog.models import Course, CourseAccess, CourseStatus, Lesson
from akademe.catalog.service import rendering
from akademe.kernel.ctx import Ctx
from akademe.search import service as search

_COURSE = {CourseStatus.PUBLISHED: "public", CourseStatus.ARCHIVED: "members", CourseStatus.DRAFT: "staff"}


async def index_course(ctx: Ctx, course: Course, *, with_lessons: bool = False) -> None:
    """Put the course; where its address or who may see it changed, its lessons follow."""
    keywords = " ".join([*course.tags, course.category or "", *course.objectives])
    body = rendering.render(course.description).words
    await search.put(
        ctx,
        search.Entry(
            kind="course",
            ref_id=course.id,
            organization_id=course.organization_id,
            course_id=course.id,
            words=search.prepare(course.title, body, keywords=keywords, language=course.language),
            slug=course.slug,
            visibility=_COURSE[CourseStatus(course.status)],
        ),
    )
    if with_lessons:
        await search.set_slug(ctx, course.id, course.slug)
        await index_visibility(ctx, course)


def visibility_of(course: Course, *, is_free: bool, is_shown: bool) -> str:
    """Who finds a lesson: "public" and reads it, "course" finds it but reads it with access, "members", "staff"."""
    if not is_shown or course.status == CourseStatus.DRAFT:
        return "staff"
    if course.status == CourseStatus.ARCHIVED:
        return "members"
    return "public" if is_free or course.access == CourseAccess.OPEN else "course"


async def index_visibility(ctx: Ctx, course: Course) -> None:
    """Move every lesson of the course to who may find it now."""
    facts = select(Lesson.id, Lesson.is_free, Lesson.is_shown).where(
        Lesson.course_id == course.id, Lesson.deleted_at.is_(None)
    )
    groups: dict[str, list[UUID]] = {}
    for id_, is_free, is_shown in await ctx.db.execute(facts):
        audience = visibility_of(course, is_free=is_free, is_shown=is_shown)
        groups.setdefault(audience, []).append(id_)
    for audience, ids in groups.items():
        await search.set_visibility(ctx, ids, audience)


def words_of(lesson: Lesson, course: Course) -> search.Words:
    """Of its live text."""
    body = rendering.render(lesson.content).words
    return search.prepare(lesson.title, body, keywords=lesson.section, language=course.language)


async def index_lesson(ctx: Ctx, course: Course, lesson: Lesson) -> None:
    """Put the live text of a lesson."""
    await index_lessons(ctx, course, [(lesson, words_of(lesson, course))])


async def index_lessons(ctx: Ctx, course: Course, lessons: Sequence[tuple[Lesson, search.Words]]) -> None:
    """Put the live texts of many lessons, whose words were prepared."""
    entries = [
        search.Entry(
            kind="chapter",
            ref_id=lesson.id,
            organization_id=course.organization_id,
            course_id=course.id,
            words=words,
            slug=course.slug,
            visibility=visibility_of(course, is_free=lesson.is_free, is_shown=lesson.is_shown),
        )
        for lesson, words in lessons
    ]
    await search.put(ctx, *entries)


async def hide_course(ctx: Ctx, course_id: UUID) -> None:
    """Nobody finds it any more; restoring puts it back."""
    await search.hide_course(ctx, course_id)


async def forget_lessons(ctx: Ctx, lesson_ids: Sequence[UUID]) -> None:
    await search.remove(ctx, "chapter", *lesson_ids)
