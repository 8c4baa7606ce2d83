"""An index over the routes: a request tries the few of its method, depth and first word, not all of them in turn."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

_NOTHING: list[Any] = []


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


def _place_of_word(parts: list[str]) -> int:
    """Below /api/v1 the fourth part says the most, elsewhere the second."""
    return 3 if len(parts) > 3 and parts[1] == "api" else 1
