"""How a page answers: whole or one block of it, a redirect with a sentence, a refused form, an error."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from akademe.kernel.auth import ANONYMOUS, Actor
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx, request_ids
from akademe.kernel.db import clock
from akademe.kernel.errors import AppError, Conflict, Invalid
from akademe.kernel.http.problems import body_of
from akademe.kernel.http.routes import sign_in_url
from akademe.kernel.http.security import SAFE_METHODS, csrf_cookie, csrf_token
from akademe.web.ui import templates
from akademe.web.ui.view import Flash, View, show, showing

FLASH_COOKIE, THEME_COOKIE = "akademe_flash", "akademe_theme"
MAX_FLASHES = 4
FORM_STATUSES = frozenset({400, 401, 402, 403, 409, 412, 413, 415, 422, 429})
SHORT_WAIT = 90
_VIEW = "akademe.view"
M = TypeVar("M", bound=BaseModel)


def page(
    request: Request, ctx: Ctx, template: str, /, *, status: int = 200, block: str | None = None, **data: Any
) -> HTMLResponse:
    """Render a template; for htmx only `block`, or the block named like the target (`#course-list`: `course_list`)."""
    return _page(request, view_of(request, ctx), template, status, block, data)


def framed(request: Request, ctx: Ctx, template: str, /, **parts: str) -> HTMLResponse:
    """A whole page of parts that are made already, quicker than `page`: see `templates.framed`."""
    shown = view_of(request, ctx)
    if shown.flashes or is_part(request):
        return _page(request, shown, template, 200, None, parts)
    with showing(shown):
        return HTMLResponse(templates.framed(template, **parts), headers={"vary": "HX-Request"})


def view_of(request: Request, ctx: Ctx) -> View:
    """Who looks at the answer to this request."""
    known: View | None = request.scope.get(_VIEW)
    if known is None:
        known = request.scope[_VIEW] = _view(request, ctx.actor)
    return known


def see(request: Request, ctx: Ctx) -> None:
    """For pages that make words before they call `page`: dates and numbers become the viewer's own from here on."""
    show(view_of(request, ctx))


def _view(request: Request, actor: Actor) -> View:
    theme = request.cookies.get(THEME_COOKIE, "")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return View(
        actor=actor,
        csrf=csrf_token(csrf_cookie(request)),
        theme=theme if theme in ("light", "dark") else "",
        path=path,
        now=clock(),
        flashes=_read_flashes(request),
    )


def _page(
    request: Request, shown: View, template: str, status: int, block: str | None, data: dict[str, Any]
) -> HTMLResponse:
    part = _block_for(request, template, block)
    with showing(shown):
        html = templates.render(template, part, **data)
    response = HTMLResponse(html, status, headers={"vary": "HX-Request"})
    if part is None and shown.flashes:
        response.delete_cookie(FLASH_COOKIE)
    return response


def is_part(request: Request) -> bool:
    """True where htmx asks for a part of a page, not for a page to show whole."""
    headers = request.headers
    return "hx-request" in headers and "hx-boosted" not in headers and "hx-history-restore-request" not in headers


def _block_for(request: Request, template: str, block: str | None) -> str | None:
    if not is_part(request):
        return None
    target = request.headers.get("hx-target", "").replace("-", "_")
    known = templates.environment().get_template(template).blocks
    return next((name for name in (block, target, target.removesuffix("_more")) if name in known), None)


def redirect(request: Request, url: str, *, flash: str = "", tone: str = "success", undo: str = "") -> Response:
    """Go to a page after a form (303), with a sentence to show there. Works for htmx too.

    `undo` is an address that takes a POST: the sentence gets a button that takes back what it tells.
    """
    response = Response(headers={"hx-redirect": url}) if is_part(request) else RedirectResponse(url, 303)
    if flash:
        kept = [*_read_flashes(request), Flash(flash, tone, undo)][-MAX_FLASHES:]
        value = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
        response.set_cookie(FLASH_COOKIE, value, max_age=60, httponly=True, samesite="lax", secure=settings().is_secure)
    return response


def _read_flashes(request: Request) -> tuple[Flash, ...]:
    kept = request.cookies.get(FLASH_COOKIE)
    if not kept:
        return ()
    try:
        return tuple(_flash(*one) for one in json.loads(base64.urlsafe_b64decode(kept)))
    except (ValueError, TypeError):
        return ()


def _flash(text: object, tone: object, undo: object) -> Flash:
    return Flash(str(text), str(tone), local_path(str(undo), ""))


def toast(response: Response, text: str, *, undo: str = "") -> Response:
    """Add a passing sentence to an answer for htmx; `undo` is an address that takes a POST."""
    response.headers["hx-trigger"] = json.dumps({"toast": {"text": text, "undo": undo}})
    return response


def local_path(url: str | None, default: str = "/") -> str:
    """An address to go to after sign-in, only within this site."""
    is_local = bool(url) and url is not None and url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if is_local and url is not None and url.isprintable() else default


def values_of(form: FormData) -> dict[str, str]:
    """The text fields of a form, for showing it again."""
    return {name: value for name, value in form.items() if isinstance(value, str) and "password" not in name}


def read(model: type[M], form: FormData | Mapping[str, Any], **more: Any) -> M:
    """A form as a schema: empty fields count as not sent, fields sent twice as a list. Raises Invalid."""
    fields = {**_fields(form), **more}
    known = {name: value for name, value in fields.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        found = [
            {"field": str(item["loc"][0]) if item["loc"] else "", "message": _sentence(item["msg"])}
            for item in error.errors()
        ]
        raise Invalid("Some of the values cannot be accepted.", errors=found) from error


def _fields(form: FormData | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(form, FormData):
        return dict(form)
    fields: dict[str, Any] = {}
    for name in form:
        values = [value for value in form.getlist(name) if not isinstance(value, UploadFile) and value.strip()]
        if values:
            fields[name] = values if len(values) > 1 else values[0]
    return fields


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].upper() + message[1:]


class FormRefused(AppError):
    """A form shown again with what was entered and what was wrong; the unit of work is undone as for any refusal."""

    def __init__(self, error: AppError, template: str, block: str | None, field: str, data: dict[str, Any]) -> None:
        super().__init__(error.detail, **error.data)
        self.template, self.block, self.field, self.page_data = template, block, field, data
        self._headers = error.headers
        self.__dict__.update(status=error.status, code=error.code, keeps=error.keeps)

    @property
    def headers(self) -> dict[str, str]:
        return self._headers

    @property
    def problems(self) -> dict[str, str]:
        """Field to sentence; "" for the form as a whole."""
        found = {item["field"]: item["message"] for item in self.data.get("errors", ())}
        return found or {self.field: self.detail}


@contextmanager
def showing_form(
    template: str, /, *, block: str | None = None, fields: Mapping[Any, str] | None = None, **data: Any
) -> Iterator[None]:
    """Whatever is refused inside shows this form again with `errors` ({field: sentence}) and the data given.

    `fields` says which field an error is about that does not say so itself.
    """
    try:
        yield
    except AppError as error:
        if error.status not in FORM_STATUSES or isinstance(error, FormRefused):
            raise
        raise FormRefused(error, template, block, (fields or {}).get(type(error), ""), data) from error


class SentBack(AppError):
    """A refusal said on the page that one came from; the unit of work is undone as for any."""

    def __init__(self, error: AppError, url: str) -> None:
        super().__init__(error.detail)
        self.url = url
        self.__dict__.update(status=error.status, code=error.code, keeps=error.keeps)


@contextmanager
def going_back(url: str) -> Iterator[None]:
    """For what one click does: a conflict inside is said at `url`, instead of on a page of its own."""
    try:
        yield
    except Conflict as error:
        raise SentBack(error, url) from error


async def error_page(request: Request, error: AppError) -> Response:
    """An error as a person sees it: sign-in for 401, a refused form again, a page that says what to do."""
    actor: Actor = request.scope.get("akademe.actor", ANONYMOUS)
    shown = _view(request, actor)
    if isinstance(error, FormRefused):
        data = {**error.page_data, "errors": error.problems, "refusal": error}
        status = error.status if error.status != 401 else 422
        return _with_headers(_page(request, shown, error.template, status, error.block, data), error)
    if isinstance(error, SentBack):
        return redirect(request, error.url, flash=error.detail, tone="danger")
    if error.status == 401:
        return redirect(request, sign_in_url(request), flash=_ended(request), tone="info")
    if is_part(request):
        body = body_of(error, request_ids.get())
        response = Response(json.dumps(body, default=str), error.status, media_type="application/problem+json")
        return toast(response, error.detail)
    data = {
        "error": error,
        "request_id": request_ids.get(),
        "again_at": _again_at(error, shown),
        "again": shown.path if request.method in SAFE_METHODS else "",
        "form_at": "" if request.method in SAFE_METHODS else _form_at(request),
    }
    return _with_headers(_page(request, shown, "ui/error.html", error.status, None, data), error)


def _with_headers(response: Response, error: AppError) -> Response:
    response.headers.update({name: value for name, value in error.headers.items() if name != "WWW-Authenticate"})
    return response


def _form_at(request: Request) -> str:
    """The page on which a refused form stands, if the browser says; the form's own address need not be a page."""
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc != request.headers.get("host"):
        return ""
    return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""), "")


def _again_at(error: AppError, shown: View) -> datetime | None:
    """From when on it works again, where that is worth a look at the clock."""
    seconds = int(error.data.get("retry_after", 0))
    return shown.now + timedelta(seconds=seconds) if seconds > SHORT_WAIT else None


def _ended(request: Request) -> str:
    return "Your session has ended. Please sign in again." if request.scope.get("akademe.signed_out") else ""
