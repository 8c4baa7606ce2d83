"""Telling that a published course changed: once per 15 minutes."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from akademe.catalog import events
from akademe.catalog.models import Course, Lesson
from akademe.kernel.ctx import Ctx

ANNOUNCE_AFTER = timedelta(minutes=15)


def announce(ctx: Ctx, course: Course) -> None:
    """Tell of new live text once, 15 minutes after the first change."""
    job = events.AnnounceUpdate(course_id=course.id, since=ctx.now)
    ctx.enqueue(job, run_after=ctx.now + ANNOUNCE_AFTER, dedupe=f"catalog.announce:{course.id}")


async def record_update(ctx: Ctx, course_id: UUID, since: datetime) -> None:
    """Record CourseUpdated with the lessons published since; nothing where the course is no longer published."""
    course = await ctx.get(Course, course_id)
    if course.deleted_at is not None or not course.is_published:
        return
    changed = select(Lesson.id, Lesson.title).where(
        Lesson.course_id == course_id, Lesson.published_at >= since, Lesson.deleted_at.is_(None), Lesson.is_shown
    )
    lessons = (await ctx.db.execute(changed.order_by(Lesson.order_index).limit(50))).all()
    ctx.record(
        events.CourseUpdated(
            organization_id=course.organization_id,
            course_id=course.id,
            title=course.title,
            lesson_ids=[row.id for row in lessons],
            lesson_titles=[row.title for row in lessons],
        )
    )
