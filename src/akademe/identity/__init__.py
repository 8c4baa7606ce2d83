"""People: accounts, memberships, grants, credentials and sign-in.

One account has one e-mail and a role in each organisation it belongs to. `grants` is the one table that says who may
do what where; domains above write into it and every `visible_*` joins it. An access token works only while its session
row lives, so that sign-out, 24 idle hours and revoking take effect at the next request.

Tables: users, memberships, grants, auth_sessions, refresh_tokens, password_resets, role_requests, login_throttles.
Events: UserRegistered, PasswordResetRequested, PasswordChanged, RoleRequested, RoleChanged, MemberAdded,
MembershipEnded, UserDeactivated, UserDeleted.
Stands on: kernel, orgs.
"""
