"""Searching."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response

from akademe.kernel.http import AnyCtx, Router
from akademe.search import service
from akademe.search.schemas import SearchResponse

router = Router(tags=["search"])
Text = Annotated[str, Query(description="What to look for; any text is fine", max_length=20_000)]
Limit = Annotated[int, Query(ge=1, le=service.MAX_LIMIT)]


async def _answer(ctx: AnyCtx, text: str, kinds: Sequence[str], limit: int) -> Response:
    total, results = await service.query(ctx, text, kinds, limit)
    found = SearchResponse(query=text, total=total, results=results)
    return Response(found.model_dump_json(), media_type="application/json")


@router.get(
    "/search",
    access="public",
    limit="50/min/ip",
    response_model=SearchResponse,
    summary="Find courses and chapters",
)
async def search(ctx: AnyCtx, q: Text = "", limit: Limit = 10) -> Response:
    return await _answer(ctx, q, ("course", "chapter"), limit)


@router.get(
    "/search/courses",
    access="public",
    limit="50/min/ip",
    response_model=SearchResponse,
    summary="Find courses",
)
async def search_courses(ctx: AnyCtx, q: Text = "", limit: Limit = 10) -> Response:
    return await _answer(ctx, q, ("course",), limit)


@router.get(
    "/search/chapters",
    access="public",
    limit="50/min/ip",
    response_model=SearchResponse,
    summary="Find chapters; the snippet of a locked one is null",
)
async def search_chapters(ctx: AnyCtx, q: Text = "", limit: Limit = 10) -> Response:
    return await _answer(ctx, q, ("chapter",), limit)
