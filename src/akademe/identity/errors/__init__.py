"""Refusals of identity."""

from akademe.identity.errors.accounts import (
    AlreadyMember,
    EmailDomainRefused,
    EmailTaken,
    HomeOrganization,
    LastAdmin,
    RegistrationClosed,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
)
from akademe.identity.errors.credentials import (
    InvalidCredentials,
    InvalidResetToken,
    InvalidToken,
    RefreshTokenReused,
    SessionEnded,
    TokenExpired,
    TooManyAttempts,
)

__all__ = [
    "AlreadyMember",
    "EmailDomainRefused",
    "EmailTaken",
    "HomeOrganization",
    "InvalidCredentials",
    "InvalidResetToken",
    "InvalidToken",
    "LastAdmin",
    "RefreshTokenReused",
    "RegistrationClosed",
    "SessionEnded",
    "TokenExpired",
    "TooManyAttempts",
    "UsernameTaken",
    "WeakPassword",
    "WrongPassword",
]
