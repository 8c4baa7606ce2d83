"""The verbs of identity."""

from akademe.identity.service.accounts import (
    create_user,
    find_by_email,
    find_by_emails,
    get_user,
    register_user,
    user_briefs,
    user_out,
)
from akademe.identity.service.authentication import authenticate
from akademe.identity.service.grants import actor_for, grant, grant_all, holders, revoke_grant
from akademe.identity.service.hashing import hash_password
from akademe.identity.service.housekeeping import purge
from akademe.identity.service.leaving import leave_organization, list_memberships
from akademe.identity.service.passwords import forget_password, make_reset_token, reset_password, set_password
from akademe.identity.service.people import add_member, delete_user, list_members, list_users, update_user
from akademe.identity.service.profile import get_me, update_profile
from akademe.identity.service.sessions import (
    close_web_session,
    list_sessions,
    open_session,
    open_web_session,
    refresh,
    revoke_session,
    sign_out,
)
from akademe.identity.service.sign_in import register, sign_in, sign_in_web

__all__ = [
    "actor_for",
    "add_member",
    "authenticate",
    "close_web_session",
    "create_user",
    "delete_user",
    "find_by_email",
    "find_by_emails",
    "forget_password",
    "get_me",
    "get_user",
    "grant",
    "grant_all",
    "hash_password",
    "holders",
    "leave_organization",
    "list_members",
    "list_memberships",
    "list_sessions",
    "list_users",
    "make_reset_token",
    "open_session",
    "open_web_session",
    "purge",
    "refresh",
    "register",
    "register_user",
    "reset_password",
    "revoke_grant",
    "revoke_session",
    "set_password",
    "sign_in",
    "sign_in_web",
    "sign_out",
    "update_profile",
    "update_user",
    "user_briefs",
    "user_out",
]
