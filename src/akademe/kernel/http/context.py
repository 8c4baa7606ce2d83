"""What a route asks for: the ctx, a page, the version it edits; and how it answers a page."""

import functools
import inspect
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.kernel.pagination import MAX_LIMIT, Page, Paged

_STATE = "akademe.ctx"


def bind(request: Request, ctx: Ctx) -> None:
    request.scope[_STATE] = ctx


async def _get_ctx(request: Request) -> Ctx:
    ctx: Ctx = request.scope[_STATE]
    return ctx


_MARK = Depends(_get_ctx)
AnyCtx = Annotated[Ctx, _MARK]


def injected(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint with its own `AnyCtx` filled in by us: as FastAPI's dependency it would cost a third of a hot read.

    Dependencies that routes ask for may still ask for it themselves.
    """
    signature = inspect.signature(endpoint, eval_str=True)
    parameters = signature.parameters.values()
    ctx = [item.name for item in parameters if _MARK in getattr(item.annotation, "__metadata__", ())]
    if not ctx:
        return endpoint
    others = [item for item in parameters if item.name not in ctx]
    request = next((item.name for item in others if item.annotation is Request), "")
    name, asked = request or "akademe_request", bool(request)

    async def call(**values: Any) -> Any:
        scope = (values[name] if asked else values.pop(name)).scope
        return await endpoint(**values, **dict.fromkeys(ctx, scope[_STATE]))

    if not asked:
        others.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Request))
    functools.update_wrapper(call, endpoint)
    seen = signature.replace(parameters=[_by_keyword(item) for item in others])
    call.__signature__ = seen  # type: ignore[attr-defined]  # FastAPI reads it
    return call


def direct(endpoint: Callable[..., Any], path: str) -> Callable[[Request], Coroutine[Any, Any, Response]] | None:
    """A handler past FastAPI's own, for endpoints that take only the ctx, the request and parts of the path, and answer
    bytes; for requests without a body also where one may be given.

    None where FastAPI has more to do. A part that is no UUID where one is asked for is refused as FastAPI would.
    """
    parameters = inspect.signature(endpoint, eval_str=True)
    if parameters.return_annotation is not Response:
        return None
    readers: dict[str, Callable[[str], Any]] = {}
    ctx = asked = ""
    for name, item in parameters.parameters.items():
        if _MARK in getattr(item.annotation, "__metadata__", ()):
            ctx = name
        elif item.annotation is Request:
            asked = name
        elif f"{{{name}}}" in path and item.annotation in (str, UUID):
            readers[name] = item.annotation
        elif not _is_optional_body(item):
            return None

    async def call(request: Request) -> Response:
        values: dict[str, Any] = {asked: request} if asked else {}
        for name, read in readers.items():
            try:
                values[name] = read(request.path_params[name])
            except ValueError as error:
                raise Invalid.field(name, "This is not an id.") from error
        answer: Response = await endpoint(**values, **{ctx: request.scope[_STATE]})
        return answer

    return call if ctx else None


def _is_optional_body(item: inspect.Parameter) -> bool:
    return item.default is None and any(
        isinstance(kind, type) and issubclass(kind, BaseModel) for kind in get_args(item.annotation)
    )


def _by_keyword(item: inspect.Parameter) -> inspect.Parameter:
    return item.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def edit_etag(version: int) -> str:
    """The ETag of a row that people edit: its edit version, which `If-Match` names. A GET's answer adds a digest."""
    return f'"v{version}"'


async def _if_match(if_match: Annotated[str | None, Header(description="The ETag you edited")] = None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    value = if_match.strip().removeprefix("W/").strip('"').partition(".")[0]
    # A tag that is not of our making cannot be the current one: version 0 never is.
    return int(value[1:]) if value.startswith("v") and value[1:].isdigit() else 0


IfMatch = Annotated[int | None, Depends(_if_match)]


class PageArgs:
    """`page: Annotated[Page, PageArgs(50)]`: limit with cursor, skip, or page and per_page."""

    def __new__(cls, default: int = 50) -> Any:
        async def read(
            limit: Annotated[int | None, Query(ge=1, le=MAX_LIMIT, description=f"Default {default}")] = None,
            cursor: Annotated[str, Query(max_length=1000, description="From the Link header")] = "",
            skip: Annotated[int, Query(ge=0, le=100_000)] = 0,
            page: Annotated[int | None, Query(ge=1, le=10_000)] = None,
            per_page: Annotated[int | None, Query(ge=1, le=MAX_LIMIT)] = None,
        ) -> Page:
            size = limit or per_page or default
            if cursor and (skip or page):
                raise Invalid.field("cursor", "Give a cursor, or skip, or page: not several.")
            return Page(size, cursor, (page - 1) * size if page else skip)

        return Depends(read)


def paged(request: Request, response: Response, page: Paged[Any]) -> Sequence[Any]:
    """Set `Link` and `X-Total-Count`, and give the items."""
    if page.next_cursor:
        query = [(k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "skip", "page")]
        scheme = "https" if settings().is_secure else request.url.scheme  # a proxy speaks plain HTTP to us
        url = request.url.replace(scheme=scheme, query=urlencode([*query, ("cursor", page.next_cursor)]))
        response.headers["link"] = f'<{url}>; rel="next"'
    if page.total is not None:
        response.headers["x-total-count"] = str(page.total)
    return page.items
