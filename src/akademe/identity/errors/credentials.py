"""Refusals about sign-in, tokens and links."""

from akademe.kernel.errors import Invalid, RateLimited, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """Says the same for an unknown account as for a wrong password; the failure is kept."""

    keeps = True
    message = "The e-mail address or username and the password do not match."


class TooManyAttempts(RateLimited):
    keeps = True
    message = "Too many failed sign-ins. Please wait {wait}."


class TokenExpired(Unauthenticated):
    message = "This token has expired. Refresh it or sign in again."


class InvalidToken(Unauthenticated):
    message = "This token is not valid. Please sign in."


class SessionEnded(Unauthenticated):
    message = "Your sign-in has ended. Please sign in again."


class RefreshTokenReused(Unauthenticated):
    """The family is revoked, and that must stay although the request is refused."""

    keeps = True
    message = "This refresh token was used before. To be safe you were signed out; please sign in again."


class InvalidResetToken(Invalid):
    code = "INVALID_RESET_TOKEN"
    message = "This link was used, replaced or is too old. Ask for a new one."
