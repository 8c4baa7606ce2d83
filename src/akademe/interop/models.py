"""What imports remember."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Base, Json


class Kind(StrEnum):
    """Elements that an import brings. `outline` is the order of modules and lessons."""

    COURSE = "course"
    OUTLINE = "outline"
    MODULE = "module"
    LESSON = "lesson"
    QUIZ = "quiz"


class ImportedFields(BaseModel):
    """What `ImportedElement.fields` holds: the digest of each field as the import left it."""

    version: int = 1
    digests: dict[str, str] = {}


class ImportedElement(Base):
    """An element as the last import left it: where a field's digest differs now, somebody edited it here since."""

    __tablename__ = "imported_elements"
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
