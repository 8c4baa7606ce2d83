"""Files as JSON, and their content on its way out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from akademe.files.models import File


class FileOut(BaseModel):
    """`size` in bytes, `width` and `height` in pixels; `url` gives the content to who may read it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    owner_kind: str
    owner_id: UUID | None
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of `file` from `start` up to (not with) `end`; `is_part` where a range was asked for."""

    file: File
    start: int
    end: int
    is_part: bool
    chunks: AsyncIterator[bytes]
