"""An index over the routes: a request tries the few of its method, depth and first word, not all of them in turn."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from akademe.kernel.http.problems import render

_NOTHING: list[Any] = []
_FOUND = "akademe.route_found"


class RouteTable(BaseRoute):
    """Stands before the routes it indexes; what it does not find (405, free paths) the router looks for as ever."""

    def __init__(self, routes: Sequence[Any]) -> None:
        self._index: dict[tuple[str, int, str], list[Any]] = defaultdict(list)
        for route in routes:
            parts = route.path.split("/")
            word = parts[_place_of_word(parts)] if len(parts) > 1 else ""
            if ":path}" not in route.path and not word.startswith("{"):
                for method in route.methods:
                    self._index[(method, len(parts), word)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        if _FOUND in scope:
            return Match.FULL, scope.pop(_FOUND)
        parts = scope["path"].split("/")
        word = parts[_place_of_word(parts)] if len(parts) > 1 else ""
        for route in self._index.get((scope["method"], len(parts), word), _NOTHING):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {"route": route, **child}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **_: Any) -> URLPath:
        raise NoMatchFound(name, {})


class Shortcuts:
    """The app, whose layers cost a tenth of a hot read: a request that needs none of them is answered before them."""

    def __init__(self, app: FastAPI, table: RouteTable) -> None:
        self._app, self._table = app, table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, found = self._table.matches(scope)
        handler = getattr(found["route"], "shortcut", None) if match is Match.FULL else None
        if handler is None or _has_body(scope):
            if match is Match.FULL:
                scope[_FOUND] = found
            await FastAPI.__call__(self._app, scope, receive, send)
            return
        scope.update(found)
        request = Request(scope, receive, send)
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - the boundary, as FastAPI's handlers are
            response = await render(request, error)
        await response(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    """Whether a body comes with it, as its headers say (RFC 9112, section 6.3)."""
    return scope["method"] != "GET" and any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _place_of_word(parts: list[str]) -> int:
    """Below /api/v1 the fourth part says the most, elsewhere the second."""
    return 3 if len(parts) > 3 and parts[1] == "api" else 1
