"""The outermost layer: one path per thing, a request id, security headers, one log line, one observation."""

import re
import time
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import uuid_utils
from prometheus_client import Histogram
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akademe.kernel.config import settings
from akademe.kernel.ctx import request_ids
from akademe.kernel.db import iso
from akademe.kernel.errors import BadRequest
from akademe.kernel.http.compression import Compression
from akademe.kernel.http.problems import problem
from akademe.kernel.http.security import security_headers
from akademe.kernel.telemetry import IN_FLIGHT, REQUESTS, access_log

EXPOSED = [
    "Link",
    "X-Total-Count",
    "ETag",
    "X-Request-ID",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
]
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_BY_ADDRESS = ("/health/", "/metrics")
_UNLOGGED = (*_BY_ADDRESS, "/static/")


def canonical_path(path: str) -> str:
    """`/api/...`, `/hybrid/...` and a trailing slash mean the canonical path, without a redirect."""
    if path.startswith("/hybrid/"):
        path = "/api/v1" + path
    elif path.startswith("/api/") and not path.startswith("/api/v1/") and path != "/api/v1":
        path = "/api/v1" + path[4:]
    return path.rstrip("/") or "/"


class Edge:
    """What every request passes; compression and CORS are entered only by requests whose headers ask for them."""

    def __init__(self, app: ASGIApp) -> None:
        self.plain = app
        self.zipped = Compression(app)
        self.shared = CORSMiddleware(
            self.zipped,
            allow_origins=settings().cors,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
            allow_credentials=bool(settings().cors),
        )
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._hosts = tuple(filter(None, map(str.strip, settings().allowed_hosts.lower().split(","))))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.plain(scope, receive, send)
            return
        path = canonical_path(scope["path"])
        if path != scope["path"]:
            scope["path"], scope["raw_path"] = path, path.encode()
        request_id, app = self._read(scope["headers"])
        request_ids.set(request_id)
        if self._hosts and not path.startswith(_BY_ADDRESS) and not self._is_ours(scope["headers"]):
            app = _wrong_host
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope["method"], scope["akademe.is_head"] = "GET", True  # for who would read much only to drop it
        if self._headers is None:
            self._headers = security_headers()
        extra = [*self._headers, (b"x-request-id", request_id.encode())]
        started, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message.get("headers", ())}
                message["headers"] = [*message.get("headers", ()), *(pair for pair in extra if pair[0] not in own)]
            elif is_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        IN_FLIGHT.inc()
        try:
            await app(scope, receive, send_with_headers)
        finally:
            IN_FLIGHT.dec()
            _observe(scope, status, request_id, time.perf_counter() - started)

    def _read(self, headers: list[tuple[bytes, bytes]]) -> tuple[str, ASGIApp]:
        """The request's id, echoed or made, and what its headers ask to go through."""
        request_id, app = "", self.plain
        for name, value in headers:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                request_id = value.decode()
            elif name == b"origin":
                app = self.shared
            elif name == b"accept-encoding" and app is self.plain and (b"gzip" in value or b"zstd" in value):
                app = self.zipped
        return request_id or str(uuid_utils.uuid7()), app

    def _is_ours(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether ALLOWED_HOSTS names the host: `school.example.org`, `*.example.org` or `*`."""
        host = next((value.decode("latin-1").lower() for name, value in headers if name == b"host"), "")
        host = host if host.endswith("]") else host.rpartition(":")[0] or host
        return any(fnmatchcase(host, pattern) for pattern in self._hosts)


async def _wrong_host(scope: Scope, receive: Receive, send: Send) -> None:
    """Who names a host that is not ours would find it in our links."""
    await problem(BadRequest("This site is not known by that address."))(scope, receive, send)


def _observe(scope: Scope, status: int, request_id: str, seconds: float) -> None:
    route: Any = scope.get("route")
    template = getattr(route, "path", "none")
    _series(scope["method"], template, status).observe(seconds)
    if scope["path"].startswith(_UNLOGGED):
        return
    actor = scope.get("akademe.actor")
    access_log(
        {
            "event": "request",
            "level": "info",
            "timestamp": iso(datetime.now(UTC)),
            "request_id": request_id,
            "method": scope["method"],
            "path": scope["path"],
            "route": template,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "user_id": getattr(actor, "user_id", None),
            "organization_id": getattr(actor, "organization_id", None),
        }
    )


@lru_cache(maxsize=4096)
def _series(method: str, template: str, status: int) -> Histogram:
    return REQUESTS.labels(method, template, status)
