"""What every page of a course's area shows: the course, and what one may do in it."""

from typing import Any

from akademe.catalog import service as catalog
from akademe.catalog.models import Course
from akademe.catalog.policy import can_edit_course, can_own_course, is_course_staff
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.web.ui.words import _


async def area(ctx: Ctx, key: str, *, editing: bool = False) -> tuple[Course, dict[str, Any]]:
    """The course for its staff, with the data of `teach/layout.html`. Raises NotFound, Forbidden."""
    course = await catalog.get_course(ctx, key)
    require(can_edit_course(ctx.actor, course) if editing else is_course_staff(ctx.actor, course))
    return course, {
        "course": course,
        "base": f"/teach/{course.slug}",
        "may_edit": can_edit_course(ctx.actor, course) and course.status != "archived",
        "may_own": can_own_course(ctx.actor, course),
        "status_label": {"draft": _("Draft"), "published": _("Published"), "archived": _("Archived")}[course.status],
    }
