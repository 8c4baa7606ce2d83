"""Who sees, reads and changes courses. `can_*` on what is loaded, `visible_*` the same rule as SQL."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from akademe.catalog.models import Course, CourseAccess, CourseStatus
from akademe.catalog.rules import CourseFacts, LessonAccess, LessonFacts, Tenanted
from akademe.identity.policy import holds, scope_of
from akademe.kernel.auth import Actor, scope

EDITORS = ("owner", "instructor")
STAFF = ("owner", "instructor", "ta")
MEMBERS = (*STAFF, "student")


def course_scope(course_id: UUID | str) -> str:
    return scope("course", course_id)


def in_tenant(actor: Actor, course: Tenanted) -> bool:
    return actor.is_system or actor.is_platform_admin or actor.organization_id == course.organization_id


def _holds(actor: Actor, course: Tenanted, *roles: str) -> bool:
    return in_tenant(actor, course) and actor.has_grant(course_scope(course.id), *roles)


def is_course_staff(actor: Actor, course: Tenanted) -> bool:
    """Owner, co-instructors, TAs, admins of the organisation: "course staff" of the contract."""
    return actor.admin_of(course.organization_id) or _holds(actor, course, *STAFF)


def can_edit_course(actor: Actor, course: Tenanted) -> bool:
    """Owner, co-instructors, admins of the organisation: "course editor" of the contract."""
    return actor.admin_of(course.organization_id) or _holds(actor, course, *EDITORS)


def can_own_course(actor: Actor, course: Tenanted) -> bool:
    return actor.admin_of(course.organization_id) or _holds(actor, course, "owner")


def can_create_course(actor: Actor) -> bool:
    return actor.is_instructor


def can_see_course(actor: Actor, course: CourseFacts) -> bool:
    """Published: the organisation's audience and the enrolled; archived: the enrolled; always its staff."""
    if course.deleted_at is not None or not in_tenant(actor, course):
        return False
    if is_course_staff(actor, course) or (course.status == CourseStatus.PUBLISHED and actor.may_browse):
        return True
    return course.status != CourseStatus.DRAFT and _holds(actor, course, "student")


def visible_courses(actor: Actor) -> ColumnElement[bool]:
    """`can_see_course` as SQL over `courses`."""
    alive = Course.deleted_at.is_(None)
    if actor.is_system or actor.is_platform_admin:
        return alive
    if actor.organization_id is None:
        return false()
    tenant = and_(alive, Course.organization_id == actor.organization_id)
    if actor.role == "admin":
        return tenant
    published = Course.status == CourseStatus.PUBLISHED if actor.may_browse else false()
    where = scope_of("course", Course.id)
    enrolled = and_(Course.status != CourseStatus.DRAFT, holds(actor, where, "student"))
    return and_(tenant, or_(published, holds(actor, where, *STAFF), enrolled))


def staffed_courses(actor: Actor) -> ColumnElement[bool]:
    """Courses where the actor is staff by a row of their own: `?mine=true`."""
    if not actor.is_signed_in:
        return false()
    tenant = true() if actor.is_platform_admin else Course.organization_id == actor.organization_id
    return and_(Course.deleted_at.is_(None), tenant, holds(actor, scope_of("course", Course.id), *STAFF))


def has_course_access(actor: Actor, course: CourseFacts) -> bool:
    """Reads the lessons: staff, enrolled and not dropped, everyone in an open course ("course access")."""
    if not can_see_course(actor, course):
        return False
    is_open = course.access == CourseAccess.OPEN and course.status == CourseStatus.PUBLISHED
    return is_open or is_course_staff(actor, course) or _holds(actor, course, "student")


def lesson_access(actor: Actor, course: CourseFacts) -> LessonAccess:
    """Once for all lessons of the course."""
    return LessonAccess(is_course_staff(actor, course), has_course_access(actor, course))


def can_read_lesson(actor: Actor, course: CourseFacts, lesson: LessonFacts) -> bool:
    """Staff read everything, others what is shown and is free or within their course access ("lesson access")."""
    if lesson.deleted_at is not None or not can_see_course(actor, course):
        return False
    return lesson_access(actor, course).reads(is_free=lesson.is_free, is_shown=lesson.is_shown)
