"""Parts of a file (RFC 9110, section 14): one range of bytes; several at once are answered by the whole."""

import re
from typing import Final

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})", re.IGNORECASE)
UNSATISFIABLE: Final = "unsatisfiable"


def byte_range(header: str, size: int) -> tuple[int, int] | str | None:
    """(start, end) with `end` after the last byte; None for the whole file; UNSATISFIABLE for a part that is not there.

    What is not a single range of bytes is ignored, as section 14.2 allows.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        wanted = int(last)
        return (max(0, size - wanted), size) if wanted and size else UNSATISFIABLE
    start, end = int(first), int(last) + 1 if last else size
    if end <= start:
        return None if last and int(last) < start else UNSATISFIABLE
    return (start, min(end, size)) if start < size else UNSATISFIABLE
