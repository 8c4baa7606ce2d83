"""Who may see and change people, and the grants every `visible_*` above joins."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, literal, or_, select, true

from akademe.identity.models import Grant, Membership, User
from akademe.kernel.auth import Actor
from akademe.kernel.db import clock


def scope_of(kind: str, id_column: Any) -> ColumnElement[str]:
    """The scope of the row in a statement: `course:` and the id of that row."""
    return literal(f"{kind}:", String) + cast(id_column, String)


def holds(actor: Actor, scope: ColumnElement[str] | str, *roles: str) -> ColumnElement[bool]:
    """SQL: the actor holds any of `roles` (any role, without) at `scope` now. False for the anonymous."""
    if actor.user_id is None:
        return false()
    wanted = [Grant.user_id == actor.user_id, Grant.scope == scope, living_grant()]
    if roles:
        wanted.append(Grant.role.in_(roles))
    return exists(select(Grant.id).where(*wanted))


def living_grant() -> ColumnElement[bool]:
    return or_(Grant.until.is_(None), Grant.until > clock())


def visible_users(actor: Actor) -> ColumnElement[bool]:
    """Oneself; for admins the members of the organisation in use; for platform admins everybody."""
    living = User.deleted_at.is_(None)
    if actor.is_platform_admin or actor.is_system:
        return living
    if actor.user_id is None:
        return false()
    mine: ColumnElement[bool] = User.id == actor.user_id
    if actor.is_admin and actor.organization_id is not None:
        members = select(Membership.user_id).where(Membership.organization_id == actor.organization_id)
        mine = or_(mine, User.id.in_(members))
    return and_(living, mine)


def visible_members(actor: Actor) -> ColumnElement[bool]:
    """Memberships in the organisation that the actor administers."""
    if actor.is_platform_admin or actor.is_system:
        return true()
    if not actor.is_admin or actor.organization_id is None:
        return false()
    return Membership.organization_id == actor.organization_id


def can_see_user(actor: Actor, user: User, membership: Membership | None) -> bool:
    if user.deleted_at is not None:
        return False
    if actor.is_platform_admin or actor.is_system or actor.user_id == user.id:
        return True
    return membership is not None and actor.admin_of(membership.organization_id)


def can_manage_account(actor: Actor, user: User, *, belongs_elsewhere: bool) -> bool:
    """Change the e-mail, the password or the state of an account, or delete it.

    An admin of one organisation must not gain another's people by it: the account must be at home there alone.
    """
    if actor.is_platform_admin or actor.is_system:
        return True
    return actor.admin_of(user.home_organization_id) and not user.is_platform_admin and not belongs_elsewhere
