"""Every error in the contract's shape (CONTRACT.md section 1; RFC 9457), for the API; a page renderer for people."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticSerializationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from akademe.kernel import errors
from akademe.kernel.ctx import request_ids
from akademe.kernel.db import clock, is_unavailable, iso

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
_BY_STATUS: dict[int, type[errors.AppError]] = {
    400: errors.BadRequest,
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.TooLarge,
    415: errors.UnsupportedType,
    422: errors.Invalid,
    429: errors.RateLimited,
    503: errors.Unavailable,
}
PageRenderer = Callable[[Request, errors.AppError], Awaitable[Response]]
_render_page: PageRenderer | None = None


def set_error_page(renderer: PageRenderer) -> None:
    """How the web app shows an error to a person."""
    global _render_page
    _render_page = renderer


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/health", "/metrics", "/openapi.json"))


def body_of(error: errors.AppError, request_id: str) -> dict[str, Any]:
    return {
        "detail": error.detail,
        "error_code": error.code,
        "timestamp": iso(clock()),
        "request_id": request_id,
        "type": f"urn:akademe:error:{error.code.lower().replace('_', '-')}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
    } | error.data


def problem(error: errors.AppError) -> Response:
    body = orjson.dumps(body_of(error, request_ids.get()), default=str)
    return Response(body, error.status, media_type=MEDIA_TYPE, headers=error.headers)


def as_app_error(error: Exception) -> errors.AppError:
    """Any exception as a refusal; what nobody foresaw is a 500 that says nothing of its cause."""
    if isinstance(error, errors.AppError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error.__cause__, errors.AppError):
        return error.__cause__  # FastAPI turns what is raised while a body arrives into a 400 of its own
    if isinstance(error, StarletteHTTPException | HTTPException):
        kind = _BY_STATUS.get(error.status_code, errors.BadRequest if error.status_code < 500 else errors.AppError)
        return kind()
    if is_unavailable(error):
        return errors.Unavailable()
    if _is_unstorable(error):
        return errors.Invalid("Some of the text holds characters that cannot be kept.")
    return errors.AppError()


def _is_unstorable(error: Exception) -> bool:
    """NUL and lone surrogates are JSON, but no text that PostgreSQL keeps or UTF-8 can carry."""
    if isinstance(error, UnicodeEncodeError | PydanticSerializationError):
        return "surrogates not allowed" in str(error)
    refused = getattr(error, "orig", error)
    state = getattr(refused, "sqlstate", "")
    return state in ("22021", "22P05") or (state == "22P02" and "type json" in str(refused))


def _invalid(error: RequestValidationError) -> errors.AppError:
    if isinstance(error.body, bytes) and error.body:  # FastAPI reads a body as JSON only where the client calls it so
        return errors.UnsupportedType("Send the body as JSON, with Content-Type: application/json.")
    found = [{"field": _field(item), "message": _sentence(item)} for item in error.errors()]
    return errors.Invalid("Some of the values cannot be accepted.", errors=found)


def _field(item: dict[str, Any]) -> str:
    where, *path = item["loc"]
    return str(where) if not path or item["type"] == "json_invalid" else ".".join(map(str, path))


def _sentence(item: dict[str, Any]) -> str:
    if item["type"] == "json_invalid":
        return f"This is not JSON, from character {item['loc'][-1]} on."
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[:1].upper() + message[1:]


def known_or_logged(error: Exception, path: str) -> errors.AppError:
    """The error as a refusal; one that nobody foresaw leaves its traceback in the log alone."""
    refusal = as_app_error(error)
    if refusal.status >= 500 and refusal is not error:
        # A database that is away says so itself, at every request: only what nobody foresaw needs its traceback.
        log.error("request.failed", path=path, error=repr(error), exc_info=error if refusal.status == 500 else None)
    return refusal


async def render(request: Request, error: Exception) -> Response:
    refusal = known_or_logged(error, request.url.path)
    if isinstance(refusal, errors.MethodNotAllowed):
        refusal = errors.MethodNotAllowed(allow=_methods(request))
    if _render_page is not None and wants_page(request):
        return await _render_page(request, refusal)
    return problem(refusal)


def _methods(request: Request) -> str:
    """What this address takes, over all the routes that share it."""
    found = {
        method
        for route in request.app.router.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def add_error_pages(app: FastAPI) -> None:
    for kind in (errors.AppError, RequestValidationError, StarletteHTTPException, Exception):
        app.add_exception_handler(kind, render)
