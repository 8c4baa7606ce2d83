"""The outline of a course with what the actor has completed, in two statements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from akademe.catalog.policy import can_see_course, has_course_access
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Row, as_uuid
from akademe.kernel.errors import NotFound
from akademe.learning.models import EnrolmentStatus
from akademe.learning.service import facts
from akademe.learning.service.documents import next_lesson, share_of


async def outline(ctx: Ctx, course_key: str | UUID) -> dict[str, Any]:
    """The OutlineOut document. Raises NotFound."""
    row = await facts.course_row(ctx, course_key, ctx.actor.user_id)
    if row is None:
        raise NotFound
    course = facts.course_view(row)
    if not can_see_course(ctx.actor, course):
        raise NotFound
    enrolment_id = row["enrolment_id"]
    named = None if enrolment_id is None else as_uuid(enrolment_id)
    lessons = await facts.OUTLINE.within(ctx, course_id=course.id, enrolment_id=named)
    is_seated = enrolment_id is not None and row["status"] != EnrolmentStatus.WAITING
    return {
        "course_id": row["course_id"],
        "title": row["course_title"],
        "slug": row["slug"],
        "enrollment_id": enrolment_id,
        "status": row["status"],
        "progress_percentage": share_of(row, lessons),
        "last_lesson_id": row["last_lesson_id"],
        "next_lesson_id": next_lesson(row, lessons) if is_seated else None,
        "modules": _modules(lessons, may_read=has_course_access(ctx.actor, course)),
    }


def _modules(lessons: Sequence[Row], *, may_read: bool) -> list[dict[str, Any]]:
    modules: dict[Any, dict[str, Any]] = {}
    for lesson in lessons:
        empty = {"id": lesson["module_id"], "title": lesson["module_title"], "lessons": []}
        modules.setdefault(lesson["module_id"], empty)["lessons"].append(_lesson(lesson, may_read=may_read))
    return list(modules.values())


def _lesson(lesson: Row, *, may_read: bool) -> dict[str, Any]:
    return {
        "id": lesson["id"],
        "title": lesson["title"],
        "section": lesson["section"],
        "content_type": lesson["content_type"],
        "duration_minutes": lesson["duration_minutes"],
        "quiz_id": lesson["quiz_id"],
        "order_index": lesson["order_index"],
        "is_free": lesson["is_free"],
        "is_required": facts.is_required(lesson),
        "locked": not (may_read or lesson["is_free"]),
        "completed": lesson["completed_at"] is not None,
    }
