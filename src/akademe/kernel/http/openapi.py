"""The OpenAPI file: FastAPI's, with the shape of errors and how to sign in."""

from typing import Any

from fastapi import FastAPI

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Every error (RFC 9457). What the error names further, such as `retry_after`, stands beside.",
    "required": ["detail", "error_code", "timestamp", "request_id", "type", "title", "status"],
    "properties": {
        "detail": {"type": "string"},
        "error_code": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "request_id": {"type": "string"},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "additionalProperties": True,
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "akademe_session"},
}
OPEN = ("public", "course visible", "course access", "lesson access", "file access")
_INTERNAL = ("x-bucket", "x-cached", "x-signs-in", "x-upload")


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` give the completed document, made once."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = PROBLEM
        components["securitySchemes"] = SCHEMES
        for item in document["paths"].values():
            for operation in item.values():
                _complete(operation)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(operation: dict[str, Any]) -> None:
    for name in _INTERNAL:
        operation.pop(name, None)
    optional: list[dict[str, list[str]]] = [{}] if operation.get("x-access") in OPEN else []
    operation["security"] = [*optional, *({name: []} for name in SCHEMES)]
    if operation.pop("x-idempotent", False):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)


_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body gives the same answer, once, for 24 hours",
    "schema": {"type": "string", "maxLength": 200},
}
