"""Facts about people. Never a secret: whoever mails a reset asks the service for a fresh token."""

from uuid import UUID

from akademe.kernel.events import Event


class UserRegistered(Event):
    """An account came to be, by its person or by staff; the invited have no password yet."""

    user_id: UUID
    is_invited: bool = False


class PasswordResetRequested(Event):
    user_id: UUID


class PasswordChanged(Event):
    user_id: UUID


class RoleRequested(Event):
    """Somebody asks to be an instructor; an admin of the organisation decides."""

    user_id: UUID
    role: str


class RoleChanged(Event):
    user_id: UUID
    role: str


class MemberAdded(Event):
    """An admin gave an account that was there before a place in this organisation (`organization` its name)."""

    user_id: UUID
    organization: str


class MembershipEnded(Event):
    """A person's account goes on, without a place in this organisation."""

    user_id: UUID


class UserDeactivated(Event):
    user_id: UUID


class UserDeleted(Event):
    user_id: UUID
