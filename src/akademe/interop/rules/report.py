"""The loss report: every element of a source, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ReportRow:
    """Elements of one kind that met one fate. Exactly one of `mapped_to` and `reason` is set; `details` names them."""

    element: str
    count: int
    mapped_to: str | None
    reason: str | None
    details: list[str] = field(default_factory=list)


class LossReport:
    """Rows in the order in which the kinds first appeared."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None, str | None], ReportRow] = {}

    def mapped(self, element: str, to: str, detail: str | None = None, count: int = 1) -> None:
        """`element` became `to`."""
        self._add(ReportRow(element, count, to, None), detail)

    def lost(self, element: str, reason: str, detail: str | None = None, count: int = 1) -> None:
        """`element` was left out, because of `reason`."""
        self._add(ReportRow(element, count, None, reason), detail)

    def _add(self, new: ReportRow, detail: str | None) -> None:
        key = (new.element, new.mapped_to, new.reason)
        row = self._rows.setdefault(key, ReportRow(new.element, 0, new.mapped_to, new.reason))
        row.count += new.count
        if detail is not None:
            row.details.append(detail)

    def rows(self) -> list[ReportRow]:
        return list(self._rows.values())

    def as_json(self) -> list[dict[str, Any]]:
        """CONTRACT.md section 3a: {element, count, mapped_to or reason}, with the names beside them."""
        return [
            {"element": row.element, "count": row.count}
            | ({"mapped_to": row.mapped_to} if row.reason is None else {"reason": row.reason})
            | ({"details": row.details} if row.details else {})
            for row in self._rows.values()
        ]
