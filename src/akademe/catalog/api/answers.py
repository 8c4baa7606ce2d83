"""Documents as answers: serialised once, by orjson."""

from typing import Any

import orjson
from fastapi import Response

from akademe.kernel.http import edit_etag


def answer(document: Any, *, status: int = 200, version: int | None = None) -> Response:
    """JSON; with `version` an ETag that `If-Match` may name."""
    body = orjson.dumps(document, default=str, option=orjson.OPT_UTC_Z)
    response = Response(body, status, media_type="application/json")
    if version is not None:
        response.headers["etag"] = edit_etag(version)
    return response
