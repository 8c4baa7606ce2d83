"""Who is there, is this form ours, and what every answer tells the browser to refuse."""

import hashlib
import hmac
import ipaddress
import secrets
from functools import lru_cache

from fastapi import Request, Response
from starlette.datastructures import UploadFile
from starlette.types import Message

from akademe.kernel.auth import Credentials, address_block
from akademe.kernel.config import settings
from akademe.kernel.errors import Forbidden, TooLarge

SESSION_COOKIE = "akademe_session"
CSRF_COOKIE = "akademe_csrf"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EMBED_HOSTS = ("https://www.youtube-nocookie.com", "https://player.vimeo.com")


class CsrfFailed(Forbidden):
    message = "This page was open too long or the request came from elsewhere. Reload the page and try again."


def content_security_policy() -> str:
    assets = settings().cdn_url
    own = f"'self' {assets}".strip()
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {own}",
            f"style-src {own}",
            f"img-src {own} data: blob:",
            f"font-src {own}",
            f"media-src {own} blob:",
            "connect-src 'self'",
            f"frame-src {' '.join(EMBED_HOSTS)}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        )
    )


def security_headers() -> list[tuple[bytes, bytes]]:
    """The headers of every answer that does not say otherwise, ready for ASGI."""
    headers = {
        "cache-control": "private, no-store",
        "content-security-policy": content_security_policy(),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(self), geolocation=(), payment=(self)",
    }
    if settings().is_secure:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@lru_cache
def _proxies(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(item.strip(), strict=False) for item in text.split(",") if item.strip())


def client_address(request: Request) -> str:
    """The peer, or the last address in X-Forwarded-For that is not a proxy we trust."""
    peer = request.client.host if request.client else ""
    trusted = settings().trusted_proxies
    if not trusted or not peer:
        return peer
    for hop in [peer, *reversed(request.headers.get("x-forwarded-for", "").split(","))]:
        try:
            address = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        peer = str(address)
        if not any(address in network for network in _proxies(trusted)):
            break
    return peer


def credentials_of(request: Request) -> Credentials:
    headers = request.headers
    authorization = headers.get("authorization", "")
    bearer = authorization[7:].strip() if authorization[:7].lower() == "bearer " else ""
    return Credentials(
        bearer=bearer,
        api_key=headers.get("x-api-key", ""),
        cookie="" if bearer else request.cookies.get(SESSION_COOKIE, ""),
        host=headers.get("host", "").split(":")[0].lower(),
        address=address_block(client_address(request)),
    )


def bounded(request: Request, *, is_upload: bool) -> Request:
    """The request with a body of at most MAX_REQUEST_BYTES (uploads: MAX_UPLOAD_BYTES), whatever it says of its length.

    Raises TooLarge before anything is read, or as soon as the limit is passed.
    """
    if request.method in SAFE_METHODS:
        return request
    limit = settings().max_upload_bytes if is_upload else settings().max_request_bytes
    length = request.headers.get("content-length", "")
    if length.isdigit() and "transfer-encoding" not in request.headers:
        if int(length) > limit:
            raise TooLarge(limit_bytes=limit)
        return request
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise TooLarge(limit_bytes=limit)
        return message

    return Request(request.scope, receive)


def same(secret: str, given: str) -> bool:
    """Compared in a time that tells nothing; what was given may hold any characters."""
    return hmac.compare_digest(secret.encode(), given.encode(errors="replace"))


def csrf_token(cookie: str) -> str:
    return hmac.new(settings().secret().encode(), b"csrf:" + cookie.encode(), hashlib.sha256).hexdigest()


def csrf_cookie(request: Request) -> str:
    """The cookie value that this request's forms are bound to; made where there is none, then set by `set_csrf`."""
    value = request.cookies.get(CSRF_COOKIE) or request.scope.get(CSRF_COOKIE)
    if not value:
        value = request.scope[CSRF_COOKIE] = secrets.token_urlsafe(24)
    return str(value)


def set_csrf(request: Request, response: Response) -> None:
    if CSRF_COOKIE in request.scope:
        value = request.scope[CSRF_COOKIE]
        response.set_cookie(CSRF_COOKIE, value, httponly=True, samesite="lax", secure=settings().is_secure)


async def check_csrf(request: Request) -> None:
    """For unsafe methods that a cookie authenticates: same site, and the token of our form. Raises CsrfFailed."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CsrfFailed
    cookie = request.cookies.get(CSRF_COOKIE, "")
    given = request.headers.get("x-csrf-token") or await _form_token(request)
    if not cookie or not same(csrf_token(cookie), given):
        raise CsrfFailed


async def _form_token(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(CSRF_FIELD, "")
    return "" if isinstance(value, UploadFile) else value
