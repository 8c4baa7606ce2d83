"""Who sees, takes, edits and grades assessments. `can_*` on what is loaded, `visible_*` the same rule as SQL."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from akademe.assessment.models import Assessment, Attempt
from akademe.catalog.models import Course, CourseAccess, CourseStatus
from akademe.catalog.policy import (
    MEMBERS,
    STAFF,
    can_edit_course,
    course_scope,
    has_course_access,
    is_course_staff,
    visible_courses,
)
from akademe.catalog.rules import CourseFacts, Tenanted
from akademe.identity.policy import holds, scope_of
from akademe.kernel.auth import Actor, scope


def can_edit_assessment(actor: Actor, course: Tenanted) -> bool:
    return can_edit_course(actor, course)


def can_grade(actor: Actor, course: Tenanted) -> bool:
    """Course staff, TAs among them."""
    return is_course_staff(actor, course)


def can_read_assessment(actor: Actor, course: CourseFacts) -> bool:
    """What the contract calls course access."""
    return has_course_access(actor, course)


def visible_assessments(actor: Actor) -> ColumnElement[bool]:
    """`can_read_assessment` as SQL over `assessments` joined with `courses`."""
    alive = and_(Assessment.deleted_at.is_(None), visible_courses(actor))
    if actor.is_system or actor.is_platform_admin or actor.role == "admin":
        return alive
    is_open = and_(Course.access == CourseAccess.OPEN, Course.status == CourseStatus.PUBLISHED)
    member = holds(actor, scope_of("course", Course.id), *MEMBERS)
    return and_(alive, or_(is_open, member))


def has_premium(actor: Actor) -> bool:
    """An active entitlement of the person or of the organisation."""
    own = actor.user_id is not None and actor.has_grant(scope("premium", actor.user_id))
    shared = actor.organization_id is not None and actor.has_grant(scope("premium", actor.organization_id))
    return own or shared


def can_see_attempt(actor: Actor, attempt: Attempt) -> bool:
    """The learner, staff of the course, admins of its organisation."""
    return actor.user_id == attempt.user_id or can_grade_attempt(actor, attempt)


def can_grade_attempt(actor: Actor, attempt: Attempt) -> bool:
    if actor.admin_of(attempt.organization_id):
        return True
    return actor.organization_id == attempt.organization_id and actor.has_grant(course_scope(attempt.course_id), *STAFF)


def can_write_attempt(actor: Actor, attempt: Attempt) -> bool:
    """The learner alone."""
    return actor.user_id is not None and actor.user_id == attempt.user_id


def visible_attempts(actor: Actor) -> ColumnElement[bool]:
    """`can_see_attempt` as SQL over `attempts`."""
    if actor.is_system or actor.is_platform_admin:
        return true()
    if actor.user_id is None:
        return false()
    tenant = Attempt.organization_id == actor.organization_id
    staffed = (
        tenant if actor.role == "admin" else and_(tenant, holds(actor, scope_of("course", Attempt.course_id), *STAFF))
    )
    return or_(Attempt.user_id == actor.user_id, staffed)


def can_see_results_of(actor: Actor, course: Tenanted, user_id: UUID) -> bool:
    """What the contract calls self: the person; staff of the course and admins."""
    return actor.user_id == user_id or is_course_staff(actor, course)
