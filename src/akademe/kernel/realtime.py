"""What browsers hear at once: Socket.IO in this process, or across processes by Redis.

A person's sockets are in `user:<id>`, `session:<id>`, for each grant `<scope>` and `<scope>:<role>`, and for admins
`org:<id>:admin`; an event names the rooms that hear it. What a socket may hear is asked anew when its person's grants
or sign-ins change in this process, and every LOOK_AGAIN_SECONDS for what other processes changed.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID, uuid4

import structlog

from akademe.kernel.auth import Actor, Credentials, authenticate
from akademe.kernel.config import settings
from akademe.kernel.db import clock, iso
from akademe.kernel.errors import AppError, Unauthenticated

log = structlog.get_logger()
STAFF = ("owner", "instructor", "ta")
PATH = "/socket.io"
SESSION_COOKIE = "akademe_session"
LOOK_AGAIN_SECONDS = 15.0
LARGEST_MESSAGE = 100_000


@dataclass(slots=True)
class Socket:
    """A connection and whose it is."""

    credentials: Credentials
    actor: Actor


_server: Any = None
_leaving: set[asyncio.Future[Any]] = set()
_sockets: dict[str, Socket] = {}


def user_room(user_id: object) -> str:
    return f"user:{user_id}"


def session_room(session_id: object) -> str:
    return f"session:{session_id}"


def admin_room(organization_id: object) -> str:
    return f"org:{organization_id}:admin"


def staff_rooms(course_id: object) -> list[str]:
    return [f"course:{course_id}:{role}" for role in STAFF]


def rooms_of(actor: Actor) -> set[str]:
    """Every room that the actor may be in."""
    rooms = {user_room(actor.user_id), session_room(actor.session_id)}
    if actor.role == "admin":
        rooms.add(admin_room(actor.organization_id))
    for scope, roles in actor.grants.items():
        rooms |= {scope, *(f"{scope}:{role}" for role in roles)}
    return rooms


async def emit(event: str, payload: dict[str, Any], rooms: Iterable[str]) -> None:
    """Send to whoever is in any of the rooms, once each."""
    if _server is not None and (_sockets or settings().redis_url):
        await _server.emit(event, payload, namespace="/", room=list(rooms))


async def run_after_commit(actions: Iterable[Any]) -> None:
    """The change is durable, so nothing here may fail the request any more."""
    for action in actions:
        try:
            result = action()
            if result is not None:
                await result
        except Exception as error:
            log.error("after_commit.failed", error=str(error), exc_info=error)


def connect_writer() -> None:
    """In a process without sockets: what it emits is heard by those of the web processes, where Redis joins them."""
    global _server
    if settings().redis_url:
        import socketio

        _server = socketio.AsyncRedisManager(settings().redis_url, write_only=True)


def asgi(app: Any) -> Any:
    """`app` with Socket.IO at /socket.io beside it.

    Where Redis joins several processes its server is made at once, to send to the others; elsewhere by the first
    browser that asks, for Socket.IO is slow to import.
    """
    global _server
    _server = None
    _sockets.clear()
    sockets = _make_server() if settings().redis_url else None

    async def with_sockets(scope: Any, receive: Any, send: Any) -> None:
        nonlocal sockets
        if scope["type"] == "lifespan" or not scope["path"].startswith(PATH):
            await app(scope, receive, send)
            return
        if sockets is None:
            await asyncio.to_thread(importlib.import_module, "socketio")  # others are answered meanwhile
            sockets = sockets or _make_server()
        await sockets(scope, receive, send)

    return with_sockets


def _make_server() -> Any:
    import socketio

    global _server
    redis_url = settings().redis_url
    _server = socketio.AsyncServer(
        async_mode="asgi",
        client_manager=socketio.AsyncRedisManager(redis_url) if redis_url else None,
        cors_allowed_origins=_is_allowed_origin,
        max_http_buffer_size=LARGEST_MESSAGE,
    )
    _server.on("connect", _connect)
    _server.on("disconnect", _disconnect)
    return socketio.ASGIApp(_server, socketio_path=PATH)


def say_goodbye() -> None:
    """Close every socket of this process: waiting polls are answered at once, and browsers connect anew elsewhere."""
    engine = getattr(_server, "eio", None)
    if engine is not None and engine.sockets and not _leaving:
        task = asyncio.ensure_future(engine.disconnect())
        _leaving.add(task)
        task.add_done_callback(_leaving.discard)


def _is_allowed_origin(origin: str | None, environ: dict[str, Any]) -> bool:
    """This site, and those that CORS_ORIGINS names: a page elsewhere must not ride on a person's cookie."""
    if origin is None or origin in settings().cors or origin == settings().public_url.rstrip("/"):
        return True
    return origin.split("://", 1)[-1] == environ.get("HTTP_HOST")


def _credentials(environ: dict[str, Any], auth: Any) -> Credentials:
    token = auth.get("token") if isinstance(auth, dict) else None
    cookies: SimpleCookie = SimpleCookie()
    with contextlib.suppress(CookieError):
        cookies.load(environ.get("HTTP_COOKIE", ""))
    cookie = cookies[SESSION_COOKIE].value if SESSION_COOKIE in cookies else ""
    return Credentials(
        bearer=token if isinstance(token, str) else "",
        cookie="" if token else cookie,
        host=environ.get("HTTP_HOST", "").split(":")[0].lower(),
        address=environ.get("REMOTE_ADDR", ""),
    )


async def _connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
    """Let in who is signed in; anybody else is answered the error body of the API."""
    from socketio.exceptions import ConnectionRefusedError as Refused

    credentials = _credentials(environ, auth)
    try:
        actor = await authenticate(credentials)
        if not actor.is_signed_in:
            raise Unauthenticated
    except AppError as refusal:
        raise Refused(refusal.detail, refusal_body(refusal)) from refusal
    _sockets[sid] = Socket(replace(credentials, is_passive=True), actor)
    for room in rooms_of(actor):
        await _server.enter_room(sid, room)


async def _disconnect(sid: str, *_: Any) -> None:
    _sockets.pop(sid, None)


def refusal_body(refusal: AppError) -> dict[str, Any]:
    """The error body of CONTRACT.md section 1, for what is refused over a socket."""
    return {
        "detail": refusal.detail,
        "error_code": refusal.code,
        "timestamp": iso(clock()),
        "request_id": str(uuid4()),
    } | refusal.data


async def refresh(user_id: UUID) -> None:
    """The person's grants or sign-ins changed: their sockets in this process enter and leave rooms, or are closed."""
    mine = [sid for sid, socket in _sockets.items() if socket.actor.user_id == user_id]
    for sid in mine:
        await _look_again(sid)


async def _look_again(sid: str) -> None:
    socket = _sockets.get(sid)
    if socket is None:
        return
    try:
        actor = await authenticate(socket.credentials)
    except Unauthenticated:
        await _server.disconnect(sid)
        return
    before, after = rooms_of(socket.actor), rooms_of(actor)
    socket.actor = actor
    for room in after - before:
        await _server.enter_room(sid, room)
    for room in before - after:
        await _server.leave_room(sid, room)


async def watch() -> None:
    """Look again and again at every socket, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        for sid in list(_sockets):
            try:
                await _look_again(sid)
            except Exception as error:  # one socket must not end the watch over the others
                log.error("realtime.look_again_failed", error=str(error), exc_info=error)
            # One at a time with a pause in between, so that a thousand sockets do not hold up requests.
            await asyncio.sleep(0)
