"""Is this process alive, is it ready, and its counters."""

import asyncio
import time
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from akademe.kernel.config import settings
from akademe.kernel.db import database, transaction
from akademe.kernel.errors import Forbidden
from akademe.kernel.http.security import client_address, same
from akademe.kernel.telemetry import STATEMENTS, registry

router = APIRouter(tags=["health"])
CHECK_SECONDS = 2.0
_PUBLIC = {"x-access": "public"}
_LOOPBACK = ("127.0.0.1", "::1")


class Readiness(BaseModel):
    """Whether the process can answer, and what of it cannot."""

    status: Literal["ok", "failing"]
    failing: list[str]
    checks: dict[str, dict[str, Any]]


@router.get("/health/live", summary="Is the process alive", openapi_extra=_PUBLIC)
async def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/health/ready",
    summary="Can the process answer",
    response_model=Readiness,
    openapi_extra=_PUBLIC,
    responses={503: {"description": "The failing check is named"}},
)
async def ready() -> JSONResponse:
    checks = {"database": await _database()}
    failing = [name for name, check in checks.items() if check["status"] != "ok"]
    body = {"status": "failing" if failing else "ok", "failing": failing, "checks": checks}
    return JSONResponse(body, 503 if failing else 200)


async def _database() -> dict[str, Any]:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS), transaction() as session:
            await session.execute(text("SELECT 1 FROM jobs WHERE 1 = 0"))
    except Exception as error:  # noqa: BLE001 - any failure of a check is its result
        return {"status": "failing", "error": type(error).__name__}
    return {"status": "ok", "ms": round((time.perf_counter() - started) * 1000, 2)}


@router.get("/metrics", summary="Counters for Prometheus", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """With METRICS_TOKEN set, for its bearer; without, for this machine alone (and not for whom its proxy lets in)."""
    token = settings().metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_local = client_address(request) in _LOOPBACK and "x-forwarded-for" not in request.headers
    if not (same(token, given) if token else is_local):
        raise Forbidden
    STATEMENTS.inc(database().take_statements())
    return Response(generate_latest(registry()), media_type=CONTENT_TYPE_LATEST)
