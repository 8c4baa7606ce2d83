"""Who may enrol, and who sees and writes progress."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, true

from akademe.catalog.models import Course
from akademe.catalog.policy import EDITORS, STAFF, course_scope, is_course_staff
from akademe.identity.policy import holds, scope_of
from akademe.kernel.auth import Actor
from akademe.learning.models import Certificate, Enrolment


def can_enrol(actor: Actor, course: Course) -> bool:
    """Anyone signed in who sees the course; what the course demands of them is not a matter of rights."""
    return actor.is_signed_in and course.deleted_at is None


def can_enrol_others(actor: Actor, course: Course) -> bool:
    return is_course_staff(actor, course)


def can_learn_as(actor: Actor, user_id: UUID) -> bool:
    """Writes of progress are for the learner alone."""
    return actor.user_id is not None and actor.user_id == user_id


def can_manage_enrolment(actor: Actor, enrolment: Enrolment) -> bool:
    """Staff of its course and admins of its organisation."""
    if actor.admin_of(enrolment.organization_id):
        return True
    same_tenant = actor.organization_id == enrolment.organization_id
    return same_tenant and actor.has_grant(course_scope(enrolment.course_id), *STAFF)


def can_see_progress(actor: Actor, enrolment: Enrolment) -> bool:
    """The learner, staff of the course, admins of its organisation."""
    return can_learn_as(actor, enrolment.user_id) or can_manage_enrolment(actor, enrolment)


def visible_enrolments(actor: Actor) -> ColumnElement[bool]:
    """`can_see_progress` as SQL over `enrolments`."""
    if actor.is_system or actor.is_platform_admin:
        return true()
    options = [Enrolment.user_id == actor.user_id]
    if actor.role == "admin":
        options.append(Enrolment.organization_id == actor.organization_id)
    staffed = holds(actor, scope_of("course", Enrolment.course_id), *STAFF)
    return or_(*options, staffed & (Enrolment.organization_id == actor.organization_id))


def can_see_certificate(actor: Actor, *, user_id: UUID, course_id: UUID, organization_id: UUID) -> bool:
    """Whether more may be said of a certificate than anyone may verify: the holder, course staff, admins."""
    if can_learn_as(actor, user_id) or actor.admin_of(organization_id):
        return True
    return actor.organization_id == organization_id and actor.has_grant(course_scope(course_id), *STAFF)


def can_revoke_certificate(actor: Actor, certificate: Certificate) -> bool:
    """Editors of the course and admins of the organisation: who may fail a learner may take a certificate back."""
    if actor.admin_of(certificate.organization_id):
        return True
    same_tenant = actor.organization_id == certificate.organization_id
    return same_tenant and actor.has_grant(course_scope(certificate.course_id), *EDITORS)
