"""Errors people can act on: each has a stable code, a status and a plain sentence."""

import re
from typing import Any, ClassVar


class AppError(Exception):
    """A refusal. `data` fills the sentence and travels in the body; `keeps` commits what was written before it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    message: ClassVar[str] = "Something went wrong on our side. Nothing you entered was lost; please try again."
    keeps: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(self, detail: str | None = None, **data: Any) -> None:
        self.data = data
        self.detail = detail or self.message.format(**data)
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        return {}


class BadRequest(AppError):
    status, message = 400, "We could not read that request."


class Unauthenticated(AppError):
    status, message = 401, "Please sign in."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class PaymentRequired(AppError):
    status, message = 402, "This has to be paid for first."


class Forbidden(AppError):
    status, message = 403, "You are not allowed to do this."


class NotFound(AppError):
    status, message = 404, "We could not find that."


class MethodNotAllowed(AppError):
    status, message = 405, "This address does not take that method."

    def __init__(self, detail: str | None = None, *, allow: str = "") -> None:
        super().__init__(detail)
        self._allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self._allow}


class Conflict(AppError):
    status, message = 409, "That conflicts with the current state."


class PreconditionFailed(AppError):
    status = 412
    message = "Somebody changed this since you opened it. Your text is kept; compare it with the newer version."


class TooLarge(AppError):
    status, message = 413, "That is larger than allowed."


class UnsupportedType(AppError):
    status, message = 415, "This kind of content is not accepted here."


class Invalid(AppError):
    """A value that cannot be taken. `errors` is [{field, message}]."""

    status, code, message = 422, "VALIDATION_ERROR", "Some of the values cannot be accepted."

    def __init__(self, detail: str | None = None, *, errors: list[dict[str, str]] | None = None, **data: Any) -> None:
        super().__init__(detail or (errors[0]["message"] if errors else None), errors=errors or [], **data)

    @classmethod
    def field(cls, name: str, message: str) -> "Invalid":
        return cls(message, errors=[{"field": name, "message": message}])


class RateLimited(AppError):
    """`limit` is how many the period allows, where that is a plain number; `{wait}` of the sentence is in words."""

    status, message = 429, "Too many requests. Please wait {wait}."

    def __init__(self, detail: str | None = None, *, retry_after: int = 1, limit: int | None = None) -> None:
        super().__init__(detail or self.message.format(wait=_length_of(retry_after)), retry_after=retry_after)
        self._limit = limit

    @property
    def headers(self) -> dict[str, str]:
        wait = str(self.data["retry_after"])
        if self._limit is None:
            return {"Retry-After": wait}
        limit = {"RateLimit-Limit": str(self._limit), "RateLimit-Remaining": "0", "RateLimit-Reset": wait}
        return {"Retry-After": wait} | limit


def _length_of(seconds: int) -> str:
    """At least as long, in one unit: what is over a minute nobody counts in seconds."""
    for name, size in (("hours", 3600), ("minutes", 60)):
        if seconds > 2 * size:
            return f"{-(-seconds // size)} {name}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


class Unavailable(AppError):
    status, message = 503, "The service is busy. Nothing was changed; please try again in a moment."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}
