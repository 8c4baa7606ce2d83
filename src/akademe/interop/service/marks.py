"""What the last import left, and so what was edited here since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.interop.models import ImportedElement, ImportedFields, Kind
from akademe.kernel.bulk import insert_all, values_of
from akademe.kernel.ctx import Ctx

Values = Mapping[str, Any]
Fields = dict[str, Any]
"""An `ImportedFields`."""


class Marks:
    """The marks of one course."""

    def __init__(self, rows: list[ImportedElement]) -> None:
        self._rows = {(row.kind, row.source_id): row for row in rows}
        self._new: list[ImportedElement] = []

    @classmethod
    async def load(cls, ctx: Ctx, course_id: UUID) -> Marks:
        return cls(list(await ctx.db.scalars(select(ImportedElement).where(ImportedElement.course_id == course_id))))

    def row_id(self, kind: Kind, source_id: str) -> UUID | None:
        """The row that the element became."""
        found = self._rows.get((kind, source_id))
        return found.row_id if found else None

    def row_ids(self, kind: Kind) -> dict[str, UUID]:
        """The rows of all elements of a kind."""
        return {source_id: row.row_id for (of_kind, source_id), row in self._rows.items() if of_kind == kind}

    def source_ids(self, kind: Kind) -> list[str]:
        return [source_id for of_kind, source_id in self._rows if of_kind == kind]

    def edited(self, kind: Kind, source_id: str, now: Values) -> bool:
        """Whether a field that the import wrote has another value now. False where no import wrote the element."""
        found = self._rows.get((kind, source_id))
        if found is None:
            return False
        digests = ImportedFields.model_validate(found.fields).digests
        return any(name in now and _digest(now[name]) != digest for name, digest in digests.items())

    def put(self, course_id: UUID, kind: Kind, source_id: str, row_id: UUID, fields: Fields) -> None:
        """Remember what this import leaves."""
        row = self._rows.get((kind, source_id))
        if row is None:
            row = ImportedElement(course_id=course_id, kind=kind, source_id=source_id, row_id=row_id, fields=fields)
            self._rows[(kind, source_id)] = row
            self._new.append(row)
        elif (row.row_id, row.fields) != (row_id, fields):
            row.row_id, row.fields = row_id, fields

    async def save(self, ctx: Ctx) -> None:
        """Write the new ones; the unit of work writes the others itself."""
        await insert_all(ctx, ImportedElement, [values_of(row) for row in self._new])

    async def drop(self, ctx: Ctx, kind: Kind, source_id: str) -> None:
        await ctx.db.delete(self._rows.pop((kind, source_id)))


def fields_of(values: Values) -> Fields:
    """The values as a mark keeps them."""
    return ImportedFields(digests={name: _digest(value) for name, value in values.items()}).model_dump()


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
