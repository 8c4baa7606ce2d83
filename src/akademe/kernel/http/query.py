"""Queries as browser clients write them: empty values and `undefined` mean nothing; lists know their fields."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from akademe.kernel.errors import Invalid

_NOTHING = ("", "undefined")


def fields_of_list(route: APIRoute) -> frozenset[str]:
    """The query fields of a route that gives pages; empty for any other."""
    names = frozenset(_names(route.dependant))
    return names if "cursor" in names else frozenset()


def _names(part: Dependant) -> Iterator[str]:
    yield from (param.alias for param in part.query_params)
    for below in part.dependencies:
        yield from _names(below)


def tidy(request: Request, known: frozenset[str]) -> None:
    """Take what means nothing out of the query. Raises Invalid for a field that a list does not know."""
    raw = request.scope["query_string"]
    if not raw:
        return
    sent = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    meant = [(name, value) for name, value in sent if value not in _NOTHING]
    if len(meant) < len(sent):
        request.scope["query_string"] = urlencode(meant).encode()
    if known and (unknown := next((name for name, _ in meant if name not in known), "")):
        raise Invalid.field(unknown, f"There is no such field here. Known ones: {', '.join(sorted(known))}.")
