"""Erasing what was deleted long ago, and rendering anew what an older renderer made."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from akademe.catalog.models import Course, CoursePrerequisite, CourseTag, Lesson, LessonFile, LessonVersion
from akademe.catalog.service import media, rendering
from akademe.files import service as files
from akademe.kernel.ctx import Ctx
from akademe.search import service as search

KEEP_DELETED = timedelta(days=30)
BATCH = 100
_BLANK = {"content": "", "content_html": "", "draft_title": None, "draft_content": None, "video_url": None}


async def purge_deleted(ctx: Ctx) -> None:
    """Erase the texts of courses and lessons deleted 30 days ago, a batch at a time.

    Their rows stay as stones, because enrolments, completions and certificates name them.
    """
    before = ctx.now - KEEP_DELETED
    course_ids = list(await ctx.db.scalars(select(Course.id).where(*_due(Course, before)).limit(BATCH)))
    in_them = select(Lesson.id).where(Lesson.course_id.in_(course_ids), Lesson.purged_at.is_(None))
    alone = select(Lesson.id).where(*_due(Lesson, before)).limit(BATCH)
    await _erase_lessons(ctx, {*await ctx.db.scalars(in_them), *await ctx.db.scalars(alone)})
    if course_ids:
        await _erase_courses(ctx, course_ids)


def _due(model: Any, before: datetime) -> list[Any]:
    return [model.deleted_at < before, model.purged_at.is_(None)]


async def _erase_lessons(ctx: Ctx, ids: Collection[UUID]) -> None:
    if not ids:
        return
    await ctx.db.execute(delete(LessonVersion).where(LessonVersion.lesson_id.in_(ids)))
    await ctx.db.execute(delete(LessonFile).where(LessonFile.lesson_id.in_(ids)))
    gone = {"purged_at": ctx.now, "file_id": None}
    await ctx.db.execute(update(Lesson).where(Lesson.id.in_(ids)).values(**_BLANK, **gone))
    await search.remove(ctx, "chapter", *ids)


async def _erase_courses(ctx: Ctx, ids: Collection[UUID]) -> None:
    blank = {"description": "", "description_html": "", "objectives": [], "purged_at": ctx.now}
    await ctx.db.execute(update(Course).where(Course.id.in_(ids)).values(**blank))
    await ctx.db.execute(delete(CourseTag).where(CourseTag.course_id.in_(ids)))
    either = or_(CoursePrerequisite.course_id.in_(ids), CoursePrerequisite.requires_id.in_(ids))
    await ctx.db.execute(delete(CoursePrerequisite).where(either))
    for course_id in ids:
        await files.delete_owned(ctx, media.OWNER, course_id)
        await search.remove_course(ctx, course_id)


async def render_anew(ctx: Ctx) -> None:
    """A batch of live texts whose HTML an older renderer made; reads render them on the way until then."""
    old = select(Lesson).where(Lesson.html_renderer < rendering.RENDERER, Lesson.published_version > 0)
    for lesson in list(await ctx.db.scalars(old.where(Lesson.purged_at.is_(None)).limit(BATCH))):
        await rendering.prepare(lesson.content)
        lesson.content_html, lesson.html_renderer = rendering.render(lesson.content).html, rendering.RENDERER
