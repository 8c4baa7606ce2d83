"""Imports as JSON."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

Format = Literal["auto", "native", "olx", "gift"]


class ImportStarted(BaseModel):
    """`GET /jobs/{job}` tells how far it is."""

    job: UUID


class ImportResult(BaseModel):
    """What an import did. Each row of `report`: {element, count, mapped_to or reason, details}."""

    course_id: UUID
    slug: str
    title: str
    created: bool
    report: list[dict[str, Any]]
