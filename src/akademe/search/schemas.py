"""Answers of a search."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

Kind = Literal["course", "chapter"]


class SearchHit(BaseModel):
    """`snippet` is HTML: `<mark>` around what was found, everything else escaped; null where the text is locked."""

    type: Kind
    id: UUID
    title: str
    slug: str = Field(description="Of the course")
    course_id: UUID
    snippet: str | None
    score: float
    locked: bool


class SearchResponse(BaseModel):
    """`total` counts what the reader may find, up to 300."""

    query: str
    total: int
    results: list[SearchHit]
