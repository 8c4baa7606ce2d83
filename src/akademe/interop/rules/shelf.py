"""What may come out of an archive, counted as it comes."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from akademe.interop.rules.names import printable, safe_name, same_name_key
from akademe.interop.rules.refusal import ImportRefused

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. Bytes, except `entries` and `ratio` (unpacked over packed, above `ratio_floor`)."""

    entries: int = 20_000
    total: int = 4 * 1024**3
    file: int = 2 * 1024**3
    ratio: int = 100
    ratio_floor: int = 16 * 1024**2


class Shelf:
    """Counts what comes in and refuses what is too much, twice there, or not a plain file."""

    def __init__(self, limits: Limits, packed: int | None) -> None:
        self.limits, self.packed = limits, packed
        self.files: dict[str, Path] = {}
        self.keys: dict[str, str] = {}
        self.entries = self.total = 0

    def admit_entry(self) -> None:
        self.entries += 1
        if self.entries > self.limits.entries:
            raise ImportRefused("TOO_MANY_FILES", f"The archive holds more than {self.limits.entries:,} entries.")

    def admit_kind(self, name: str, mode: int) -> None:
        if stat.S_ISLNK(mode):
            raise ImportRefused("UNSAFE_ENTRY", f"The archive holds a link, {printable(name)}; links are not followed.")
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ImportRefused("UNSAFE_ENTRY", f"The archive holds a device or pipe, {printable(name)}.")

    def admit(self, raw: str, size: int, path: Path) -> None:
        """Takes the name and the declared size in; the bytes are counted again as they are written."""
        self.admit_entry()
        name = safe_name(raw)
        key = same_name_key(name)
        if key in self.keys:
            what = "twice" if self.keys[key] == name else f"and {printable(self.keys[key])}, which differ only in case"
            raise ImportRefused("DUPLICATE_NAME", f"The archive holds {printable(name)} {what}.")
        if size > self.limits.file:
            raise ImportRefused("ARCHIVE_TOO_LARGE", f"The file {printable(name)} is too large to import.")
        self.total += size
        if self.total > self.limits.total:
            raise ImportRefused("ARCHIVE_TOO_LARGE", "The archive is too large once unpacked.")
        if self.packed and self.total > max(self.limits.ratio_floor, self.packed * self.limits.ratio):
            raise ImportRefused(
                "ARCHIVE_BOMB", "The archive unpacks to far more than a course could be; it is refused."
            )
        self.keys[key], self.files[name] = name, path


def copy(source: IO[bytes], target: Path, size: int) -> None:
    """Exactly `size` bytes, not one more than was declared and counted."""
    left = size
    with target.open("xb") as out:
        while left > 0 and (data := source.read(min(CHUNK, left))):
            out.write(data)
            left -= len(data)
    if left or source.read(1):
        raise ImportRefused("DAMAGED_ARCHIVE", "A file in the archive is not as long as the archive says.")
