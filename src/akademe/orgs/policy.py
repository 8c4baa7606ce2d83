"""Who may see and change an organisation."""

from sqlalchemy import ColumnElement, and_, false

from akademe.kernel.auth import Actor
from akademe.orgs.models import Organization


def visible_organizations(actor: Actor) -> ColumnElement[bool]:
    """Platform admins see all; anybody else the one in use."""
    living = Organization.deleted_at.is_(None)
    if actor.is_platform_admin or actor.is_system:
        return living
    if not actor.is_signed_in or actor.organization_id is None or not actor.role:
        return false()
    return and_(living, Organization.id == actor.organization_id)


def can_edit_organization(actor: Actor, organization: Organization) -> bool:
    return actor.admin_of(organization.id)


def can_run_organizations(actor: Actor) -> bool:
    """Make and delete them, and set what they pay for."""
    return actor.is_platform_admin or actor.is_system
