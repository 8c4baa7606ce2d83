"""Routes that declare who may call them, how often and at what price.

What is declared is what is enforced and what the OpenAPI file says.

The unit of work is opened around FastAPI's own handler, so that it is committed *before* the answer leaves (a `yield`
dependency of default scope ends after it).
"""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from akademe.kernel import cache, usages
from akademe.kernel.auth import Actor, Credentials, authenticate
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx, open_ctx, request_ids
from akademe.kernel.errors import AppError, Forbidden, RateLimited, Unauthenticated
from akademe.kernel.http.context import bind
from akademe.kernel.http.idempotency import Replay
from akademe.kernel.http.late import Handler, LateRoute
from akademe.kernel.http.limits import BY_ACCOUNT, BY_ADDRESS, REFUSED, Limit, limiter
from akademe.kernel.http.problems import as_app_error, known_or_logged
from akademe.kernel.http.query import fields_of_list, tidy
from akademe.kernel.http.security import SESSION_COOKIE, bounded, check_csrf, credentials_of, set_csrf

ACCESS_WORDS = frozenset(
    "public|user|self|self only|course visible|course access|lesson access|enrolled|course editor|course staff"
    "|course owner|instructor|admin|platform admin|premium|file access".split("|")
)
# Words whose rule needs the row: the service's policy decides, and may let the anonymous in.
OPEN_WORDS = frozenset({"public", "course visible", "course access", "lesson access", "file access"})
PUBLIC_CACHE = b"public, max-age=30, stale-while-revalidate=300"
VARY = b"Accept-Encoding, Authorization, Cookie, Host"
KEPT_WITH_304 = (b"etag", b"cache-control", b"vary", b"link")
API = "/api/v1"
_ALWAYS = {400: "BAD_REQUEST", 422: "VALIDATION_ERROR", 429: "RATE_LIMITED", 503: "UNAVAILABLE"}
_GUARDED = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND"}
_WITH_BODY = {413: "TOO_LARGE", 415: "UNSUPPORTED_TYPE"}


def check_access(word: str, actor: Actor) -> None:
    """The part of an access word that needs no row."""
    if word in OPEN_WORDS:
        return
    if not actor.is_signed_in:
        raise Unauthenticated
    if word == "instructor" and not actor.is_instructor:
        raise Forbidden
    if word == "admin" and not actor.is_admin:
        raise Forbidden
    if word == "platform admin" and not actor.is_platform_admin:
        raise Forbidden


async def _carry_out(request: Request, ctx: Ctx, handler: Handler) -> Response:
    """Run the handler in its unit of work; a refusal of somebody not signed in asks for sign-in."""
    bind(request, ctx)
    try:
        return await handler(request)
    except Forbidden as refusal:
        if type(refusal) is Forbidden and not ctx.actor.is_signed_in:
            raise Unauthenticated from refusal
        raise


def _contained(call: Handler) -> Handler:
    """An unexpected error becomes a logged 500 here: the unit is rolled back by now, and no traceback leaves."""

    async def contained(request: Request) -> Response:
        try:
            return await call(request)
        except (AppError, RequestValidationError, HTTPException):
            raise
        except Exception as error:  # the boundary of every route
            raise known_or_logged(error, request.url.path) from error

    return contained


class Endpoint(LateRoute):
    """A route of the API."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        declared = options.get("openapi_extra") or {}
        self.limit = Limit.parse(declared["x-rate-limit"], declared["x-bucket"]) if "x-rate-limit" in declared else None
        if self.limit:
            usages.BUCKETS.add(self.limit.bucket)
            usages.PER_DAY |= {self.limit.bucket: self.limit.amount} if self.limit.period == "day" else {}

    def around(self, endpoint: Handler) -> Handler:
        declared, limit = self.openapi_extra or {}, self.limit
        word = declared.get("x-access", "public")
        per_day = limit.bucket if limit and limit.period == "day" else None
        is_idempotent, is_kept = declared.get("x-idempotent", False), declared.get("x-cached", False)
        is_upload, known_fields = declared.get("x-upload", False), fields_of_list(self)
        signs_in = declared.get("x-signs-in", False)

        async def call(request: Request) -> Response:
            request = bounded(request, is_upload=is_upload)
            credentials = credentials_of(request)
            limited = settings().rate_limits == "on"
            identified = _actor_or_anonymous(request) if signs_in else _actor(credentials, limited=limited)
            actor = request.scope["akademe.actor"] = await identified
            rule = limit if limit and not per_day else (BY_ACCOUNT if actor.is_signed_in else BY_ADDRESS)
            rule = rule.changed(actor.limits) if actor.limits else rule
            who = rule.who(actor.user_id, credentials.address)
            if limited:
                await limiter().hit(rule, who)
            try:
                return await answer(request, actor, uses_cookie=bool(credentials.cookie and actor.is_signed_in))
            except Exception as error:
                if limited and _does_not_count(error):
                    await limiter().give_back(rule, who)
                raise

        async def answer(request: Request, actor: Actor, *, uses_cookie: bool) -> Response:
            check_access(word, actor)
            tidy(request, known_fields)
            if uses_cookie:
                await check_csrf(request)
            keep_as = _cache_key(request) if is_kept and not actor.is_signed_in else ""
            if keep_as and (kept := cache.find(keep_as)) is not None:
                return _kept_answer(request, kept)
            computed_at = cache.generation()
            async with open_ctx(actor, request_id=request_ids.get()) as ctx:
                response = await in_ctx(request, ctx)
            return conditional(request, response, keep_as, computed_at)

        async def in_ctx(request: Request, ctx: Ctx) -> Response:
            replay = await Replay.of(request, ctx) if is_idempotent else None
            if replay is not None and (known := await replay.find(ctx)) is not None:
                return known
            response = await _carry_out(request, ctx, endpoint)
            if per_day:
                await usages.spend(ctx, per_day)
            if replay is not None:
                replay.keep(response)
            return response

        return _contained(call)


async def _actor(credentials: Credentials, *, limited: bool) -> Actor:
    """Who is there. Credentials that are no good count by address, or they would cost the sender nothing."""
    try:
        return await authenticate(credentials)
    except Unauthenticated:
        if limited:
            await limiter().hit(REFUSED, credentials.address)
        raise


def _does_not_count(error: Exception) -> bool:
    return isinstance(error, RateLimited) or as_app_error(error).status >= 500


def _cache_key(request: Request) -> str:
    """The host names the organisation, and stands in the `Link` of the answer: nobody gets another host's."""
    return f"{request.headers.get('host')} {request.url.path}?{request.scope['query_string'].decode('latin-1')}"


def _kept_answer(request: Request, kept: cache.Kept) -> Response:
    response = Response(status_code=304) if is_known(request, kept.etag) else Response(kept.body)
    response.raw_headers = [*kept.headers, *([] if response.status_code == 304 else [_length(kept.body)])]
    return response


def is_known(request: Request, etag: bytes) -> bool:
    """True where If-None-Match names `etag`: one, a list, or any; weak ones are compared too (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match", "").encode("latin-1")
    if not given or given == etag:
        return bool(given)
    return given == b"*" or etag.removeprefix(b"W/") in (tag.strip().removeprefix(b"W/") for tag in given.split(b","))


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def conditional(request: Request, response: Response, keep_as: str = "", computed_at: int = 0) -> Response:
    """Give a GET its ETag (and what is public its cache rule), and 304 where the client has it already."""
    named = dict(response.raw_headers)
    raw = response.raw_headers
    if keep_as and b"cache-control" not in named:
        raw.append((b"cache-control", PUBLIC_CACHE))
    if request.method != "GET" or response.status_code != 200 or not hasattr(response, "body"):
        return response
    etag = _etag_of(response.body, named.get(b"etag"))
    raw[:] = [*(pair for pair in raw if pair[0] != b"etag"), (b"etag", etag), (b"vary", VARY)]
    if keep_as:
        without_length = [pair for pair in raw if pair[0] != b"content-length"]
        cache.keep(keep_as, bytes(response.body), without_length, etag, computed_at)
    if not is_known(request, etag):
        return response
    unchanged = Response(status_code=304)
    unchanged.raw_headers = [pair for pair in raw if pair[0] in KEPT_WITH_304]
    return unchanged


def _etag_of(body: bytes | memoryview, edit_tag: bytes | None) -> bytes:
    """A digest, behind the edit version where there is one: an answer also changes by what is no edit of its row."""
    digest = hashlib.sha256(body).hexdigest()[:18].encode()
    return b'W/"' + digest + b'"' if edit_tag is None else edit_tag[:-1] + b"." + digest + b'"'


class PageEndpoint(LateRoute):
    """A page for people: no rate limit, a form token on every unsafe method, sign-in instead of 401."""

    def around(self, endpoint: Handler) -> Handler:
        declared = self.openapi_extra or {}
        word, is_upload = declared.get("x-access", "public"), declared.get("x-upload", False)

        async def call(request: Request) -> Response:
            request = bounded(request, is_upload=is_upload)
            actor = request.scope["akademe.actor"] = await _actor_or_anonymous(request)
            await check_csrf(request)
            check_access(word, actor)
            async with open_ctx(actor, request_id=request_ids.get()) as ctx:
                response = await _carry_out(request, ctx, endpoint)
            set_csrf(request, response)
            return response

        return _contained(call)


async def _actor_or_anonymous(request: Request) -> Actor:
    """On a page, and where one signs in, an ended session is nobody, not an error."""
    credentials = credentials_of(request)
    try:
        return await authenticate(credentials)
    except Unauthenticated:
        request.scope["akademe.signed_out"] = True
        return await authenticate(type(credentials)(host=credentials.host, address=credentials.address))


def sign_in_url(request: Request) -> str:
    """Where to sign in and come back."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(here, safe='/')}" if request.method == "GET" else "/sign-in"


class Router(APIRouter):
    """Routes below /api/v1. Each names its access word and, where the contract has them, limit, bucket and price."""

    def __init__(self, *, tags: list[str], prefix: str = "") -> None:
        super().__init__(prefix=API + prefix, tags=list(tags), route_class=Endpoint)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        extra: dict[str, Any] = options.get("openapi_extra") or {}
        assert extra.get("x-access") in ACCESS_WORDS, f"{path} needs an access word of CONTRACT.md section 4"
        super().add_api_route(path, endpoint, **options)

    def route_for(self, method: str, path: str, *, access: str, **options: Any) -> Callable[[Any], Any]:
        """One declaration: `limit` as in endpoints.tsv, `errors` the classes it may answer, `cached` public bytes,
        `upload` a body up to MAX_UPLOAD_BYTES, `idempotent` heeds Idempotency-Key, `signs_in` ignores credentials that
        have ended (clients send the old ones along), `openapi_extra` what FastAPI cannot tell by itself.
        """
        limit, bucket = options.pop("limit", ""), options.pop("bucket", "")
        extra: dict[str, Any] = {"x-access": access, **options.pop("openapi_extra", {})}
        if limit:
            extra |= {"x-rate-limit": limit, "x-bucket": bucket or f"{method} {path}"}
        if price := options.pop("price", ""):
            extra["x-price-usd"] = price
        if options.pop("idempotent", False):
            extra["x-idempotent"] = True
        if options.pop("cached", False):
            extra["x-cached"] = True
        if options.pop("upload", False):
            extra["x-upload"] = True
        if options.pop("signs_in", False):
            extra["x-signs-in"] = True
        responses = _responses(access, method, path, options.pop("errors", ()))
        merged = responses | options.pop("responses", {})
        return self.api_route(path, methods=[method], openapi_extra=extra, responses=merged, **options)

    def get(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self.route_for("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self.route_for("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self.route_for("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self.route_for("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Any], Any]:
        return self.route_for("DELETE", path, **options)


def _responses(
    access: str, method: str, path: str, declared: tuple[type[AppError], ...]
) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route: those every route has, those of its access word, those it names."""
    found = {status: [code] for status, code in (_ALWAYS if access == "public" else _ALWAYS | _GUARDED).items()}
    if method in ("POST", "PUT", "PATCH"):
        found |= {status: [code] for status, code in _WITH_BODY.items()}
    if "{" in path:
        found.setdefault(404, ["NOT_FOUND"])
    for error in declared:
        found.setdefault(error.status, []).append(error.code)
    schema = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described = {status: ", ".join(dict.fromkeys(codes)) for status, codes in sorted(found.items())}
    return {status: {"description": text, "content": schema} for status, text in described.items()}


class PageRouter(APIRouter):
    """Pages: `access` is "public", "user", "instructor", "admin" or "platform admin"; not in the OpenAPI file."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix=prefix, route_class=PageEndpoint, include_in_schema=False)

    def page(
        self, path: str, *, access: str, methods: tuple[str, ...] = ("GET",), upload: bool = False
    ) -> Callable[[Any], Any]:
        extra = {"x-access": access, "x-upload": upload}
        return self.api_route(path, methods=list(methods), openapi_extra=extra, response_model=None)


__all__ = ["SESSION_COOKIE", "Endpoint", "PageRouter", "Router", "sign_in_url"]
