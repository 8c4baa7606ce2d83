"""Refusals about accounts."""

from akademe.kernel.errors import Conflict, Forbidden, Invalid


class EmailTaken(Conflict):
    message = "There is already an account with this e-mail address."


class UsernameTaken(Conflict):
    message = "This username is taken."


class AlreadyMember(Conflict):
    message = "This person belongs to the organisation already."


class HomeOrganization(Conflict):
    message = "Your account belongs to this organisation. Ask its administrators to delete it if you want to leave."


class LastAdmin(Conflict):
    message = "You cannot take the admin role, or the account, from yourself."


class WeakPassword(Invalid):
    """`reason` says what is wrong, `suggestions` what would help."""

    code = "WEAK_PASSWORD"

    def __init__(self, reason: str, suggestions: list[str] | None = None) -> None:
        problem = {"field": "password", "message": reason}
        super().__init__(reason, errors=[problem], reason=reason, suggestions=suggestions or [])


class RegistrationClosed(Forbidden):
    message = "This school makes its accounts itself. Ask its staff for one."


class EmailDomainRefused(Forbidden):
    message = "Only addresses of this school's own domains can register here."


class WrongPassword(Invalid):
    code, keeps = "WRONG_PASSWORD", True
    message = "Your current password is not right."
