"""Reading a course's source safely: a folder, a zip, or a tar with or without gzip, bzip2 or xz.

An archive is unpacked into a temporary folder under numbers, never under its own names, so a hostile name has nothing
to act on; names that could act are refused all the same. All of it is gone when the `with` block ends, however it ends.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from akademe.interop.rules.names import printable, safe_name, same_name_key
from akademe.interop.rules.refusal import Fault, ImportRefused

CHUNK = 64 * 1024
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
    struct.error, ValueError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. Bytes, except `entries` and `ratio` (unpacked over packed, above `ratio_floor`)."""

    entries: int = 20_000
    total: int = 4 * 1024**3
    file: int = 2 * 1024**3
    ratio: int = 100
    ratio_floor: int = 16 * 1024**2


class SourceFiles(Mapping[str, Path]):
    """The files of a source: relative name with `/` to where its bytes lie, in the order of names."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = {name: files[name] for name in sorted(files)}

    def __getitem__(self, name: str) -> Path:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return self._files[name].read_bytes()

    def text(self, name: str) -> str:
        """The file as UTF-8 (with or without a byte order mark); ImportRefused names the line that is not."""
        data = self.read(name).removeprefix(b"\xef\xbb\xbf")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            fault = Fault(name, line, "This is not UTF-8 text.")
            raise ImportRefused("BAD_ENCODING", str(fault), [fault]) from None

    def below(self, root: str) -> SourceFiles:
        """The files under `root` ("" for all), named from there."""
        prefix = f"{root}/" if root else ""
        return SourceFiles(
            {name.removeprefix(prefix): path for name, path in self._files.items() if name.startswith(prefix)}
        )


@contextmanager
def open_source(source: Path, limits: Limits | None = None) -> Iterator[SourceFiles]:
    """The files of a folder or an archive. Raises ImportRefused for what is hostile, damaged or unknown."""
    limits = limits or Limits()
    if source.is_dir():
        yield _read_folder(source, limits)
        return
    with tempfile.TemporaryDirectory(prefix="akademe-import-") as room:
        yield _unpack(source, Path(room), limits)


def _read_folder(folder: Path, limits: Limits) -> SourceFiles:
    shelf = _Shelf(limits, packed=None)
    for parent, folders, names in os.walk(folder):
        # A course kept in git has .git beside it; hidden files are never part of a course folder.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in (*folders, *sorted(names)):
            path = Path(parent, name)
            kind = path.lstat().st_mode
            if name.startswith(".") or stat.S_ISDIR(kind):
                continue
            shelf.admit_kind(str(path.relative_to(folder)), kind)
            shelf.admit(path.relative_to(folder).as_posix(), path.stat().st_size, path)
    return SourceFiles(shelf.files)


def _unpack(archive: Path, room: Path, limits: Limits) -> SourceFiles:
    with archive.open("rb") as file:
        head = file.read(265)
        file.seek(0)
        try:
            if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                return _unpack_zip(file, room, limits)
            return _unpack_tar(_open_tar_stream(file, head), archive.stat().st_size, room, limits)
        except ImportRefused:
            raise
        except BROKEN:
            raise ImportRefused("DAMAGED_ARCHIVE", "The archive is damaged and cannot be read to its end.") from None


def _open_tar_stream(file: IO[bytes], head: bytes) -> IO[bytes]:
    if head[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]  # typeshed: GzipFile reads like IO[bytes]
    if head[:3] == b"BZh":
        return bz2.BZ2File(file)
    if head[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(file)
    if head[257:262] == b"ustar":
        return file
    raise ImportRefused("UNKNOWN_ARCHIVE", "This file is neither a zip nor a tar archive.")


class _Shelf:
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


def _copy(source: IO[bytes], target: Path, size: int) -> None:
    """Exactly `size` bytes, not one more than was declared and counted."""
    left = size
    with target.open("xb") as out:
        while left > 0 and (data := source.read(min(CHUNK, left))):
            out.write(data)
            left -= len(data)
    if left or source.read(1):
        raise ImportRefused("DAMAGED_ARCHIVE", "A file in the archive is not as long as the archive says.")


def _unpack_zip(file: IO[bytes], room: Path, limits: Limits) -> SourceFiles:
    packed = _check_zip_directory(file, limits)
    shelf = _Shelf(limits, packed)
    with zipfile.ZipFile(file) as archive:
        plain: list[tuple[zipfile.ZipInfo, Path]] = []
        for info in archive.infolist():
            if info.is_dir():
                shelf.admit_entry()
                safe_name(info.filename)
                continue
            shelf.admit_kind(info.filename, info.external_attr >> 16)
            if info.flag_bits & 1:
                raise ImportRefused("ENCRYPTED_ARCHIVE", "The archive is locked with a password; unlock it first.")
            target = room / f"{len(plain)}"
            shelf.admit(_zip_name(info), info.file_size, target)
            plain.append((info, target))
        for info, target in plain:
            with archive.open(info) as source:
                _copy(source, target, info.file_size)
    return SourceFiles(shelf.files)


def _check_zip_directory(file: IO[bytes], limits: Limits) -> int:
    """Refuses by the end record alone, before the list of 100,000 entries is read into memory. Returns the packed size.

    PKWARE APPNOTE 4.3.16: signature, two disk numbers, two counts, size and offset of the directory; a count of 65,535
    says that zip64 holds the real one, which is above the limit in any case.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile
    _, count, size = struct.unpack_from("<HHI", tail, at + 8)
    if count > limits.entries or size > limits.entries * 1_000:
        raise ImportRefused("TOO_MANY_FILES", f"The archive holds more than {limits.entries:,} entries.")
    file.seek(0)
    return end


def _zip_name(info: zipfile.ZipInfo) -> str:
    """APPNOTE D.1: names without bit 11 are CP437; many tools write UTF-8 all the same, so that is tried first."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


class _Metered:
    """A seekable stream that refuses one huge read: a hostile extended header asks for gigabytes at once."""

    LARGEST_READ = 1024 * 1024

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= self.LARGEST_READ:
            raise ImportRefused("ARCHIVE_BOMB", "The archive holds a header of absurd size; it is refused.")
        return self.stream.read(size)

    def seek(self, at: int, whence: int = 0, /) -> int:
        return self.stream.seek(at, whence)

    def tell(self) -> int:
        return self.stream.tell()


def _unpack_tar(stream: IO[bytes], packed: int, room: Path, limits: Limits) -> SourceFiles:
    shelf = _Shelf(limits, packed)
    metered: Any = _Metered(stream)  # tarfile asks for no more than it has
    with tarfile.open(fileobj=metered, mode="r:", encoding="utf-8") as archive:
        # Each member is judged before the next header is looked for: skipping a huge one would unpack all of it.
        numbered = ((member, room / f"{number}") for number, member in enumerate(archive))
        plain = [(member, target) for member, target in numbered if _admitted(member, shelf, target)]
        for member, target in plain:
            content = archive.extractfile(member)
            if content is not None:
                _copy(content, target, member.size)
    return SourceFiles(shelf.files)


def _admitted(member: tarfile.TarInfo, shelf: _Shelf, target: Path) -> bool:
    """Whether the member is a file to unpack; a folder is not. Raises ImportRefused for anything else."""
    if member.isdir():
        shelf.admit_entry()
        safe_name(member.name)
        return False
    if member.issym() or member.islnk():
        shelf.admit_kind(member.name, stat.S_IFLNK)
    if not member.isreg() or member.issparse():
        shelf.admit_kind(member.name, stat.S_IFIFO)
    shelf.admit(member.name, member.size, target)
    return True
