"""Reading a course's source safely: a folder, a zip, or a tar with or without gzip or bzip2. (Unpacking xz takes as
much memory as the archive says.)

An archive is unpacked into a temporary folder under numbers, never under its own names, so a hostile name has nothing
to act on; names that could act are refused all the same. All of it is gone when the `with` block ends, however it ends.
What readers take into memory, the texts, is bounded too.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from akademe.interop.rules.names import safe_name
from akademe.interop.rules.refusal import Fault, ImportRefused
from akademe.interop.rules.rooms import temporary_room
from akademe.interop.rules.shelf import Limits, Shelf, copy

ENTRY_BYTES = 300
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError, struct.error, ValueError,
    OverflowError, RecursionError,
)  # fmt: skip
LONGEST_TEXT = 4 * 1024**2
MOST_TEXT = 64 * 1024**2


class _Allowance:
    """How much text of one source may still be taken into memory. A file counts once, however often it is read."""

    def __init__(self) -> None:
        self.left = MOST_TEXT
        self.taken: set[Path] = set()

    def takes(self, path: Path) -> bool:
        size = path.stat().st_size
        if path not in self.taken:
            self.taken.add(path)
            self.left -= size
        return size <= LONGEST_TEXT and self.left >= 0


class SourceFiles(Mapping[str, Path]):
    """The files of a source: relative name with `/` to where its bytes lie, in the order of names."""

    def __init__(self, files: Mapping[str, Path], allowance: _Allowance | None = None) -> None:
        self._files = {name: files[name] for name in sorted(files)}
        self._allowance = allowance or _Allowance()

    def __getitem__(self, name: str) -> Path:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises ImportRefused where it, or all that was read until now, is too much."""
        if not self._allowance.takes(self._files[name]):
            fault = Fault(name, 0, "This is more text than a course can have.")
            raise ImportRefused("TOO_MUCH_TEXT", str(fault), [fault])
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
            {name.removeprefix(prefix): path for name, path in self._files.items() if name.startswith(prefix)},
            self._allowance,
        )


@contextmanager
def open_source(source: Path, limits: Limits | None = None) -> Iterator[SourceFiles]:
    """The files of a folder or an archive. Raises ImportRefused for what is hostile, damaged or unknown."""
    limits = limits or Limits()
    if source.is_dir():
        yield _read_folder(source, limits)
        return
    with temporary_room() as room:
        yield _unpack(source, room, limits)


def _read_folder(folder: Path, limits: Limits) -> SourceFiles:
    shelf = Shelf(limits, packed=None)
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
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ImportRefused("NO_ROOM", "There is no room left here to unpack the archive.") from error
            raise ImportRefused("DAMAGED_ARCHIVE", "The archive is damaged and cannot be read to its end.") from None


def _open_tar_stream(file: IO[bytes], head: bytes) -> IO[bytes]:
    if head[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]  # typeshed: GzipFile reads like IO[bytes]
    if head[:3] == b"BZh":
        return bz2.BZ2File(file)
    if head[257:262] == b"ustar":
        return file
    raise ImportRefused("UNKNOWN_ARCHIVE", "This file is neither a zip nor a tar archive.")


def _unpack_zip(file: IO[bytes], room: Path, limits: Limits) -> SourceFiles:
    packed = _check_zip_directory(file, limits)
    shelf = Shelf(limits, packed)
    metered: Any = _Metered(file, limits.entries * ENTRY_BYTES)  # the directory is read at once, whatever its length
    with zipfile.ZipFile(metered) as archive:
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
                copy(source, target, info.file_size)
    return SourceFiles(shelf.files)


def _check_zip_directory(file: IO[bytes], limits: Limits) -> int:
    """Refuses by the end record alone, before the list of 100,000 entries is read into memory. Returns the packed size.

    PKWARE APPNOTE 4.3.16: signature, two disk numbers, two counts, size and offset of the directory; a count of 65,535
    says that zip64 holds the real one, which is above the limit in any case. A zip64 record that says more than the end
    record does is met by the meter around the file.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile
    _, count, size = struct.unpack_from("<HHI", tail, at + 8)
    if count > limits.entries or size > limits.entries * ENTRY_BYTES:
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
    """A seekable stream that refuses one huge read: a hostile header asks for gigabytes at once."""

    def __init__(self, stream: IO[bytes], largest: int = 1024 * 1024) -> None:
        self.stream, self.largest = stream, largest

    def read(self, size: int = -1, /) -> bytes:
        if size > self.largest:
            raise ImportRefused("ARCHIVE_BOMB", "The archive holds a header of absurd size; it is refused.")
        return self.stream.read(size if size >= 0 else self.largest)

    def seekable(self) -> bool:
        return True

    def seek(self, at: int, whence: int = 0, /) -> int:
        return self.stream.seek(at, whence)

    def tell(self) -> int:
        return self.stream.tell()


def _unpack_tar(stream: IO[bytes], packed: int, room: Path, limits: Limits) -> SourceFiles:
    shelf = Shelf(limits, packed)
    metered: Any = _Metered(stream)  # tarfile asks for no more than it has
    with tarfile.open(fileobj=metered, mode="r:", encoding="utf-8") as archive:
        # Each member is judged before the next header is looked for: skipping a huge one would unpack all of it.
        numbered = ((member, room / f"{number}") for number, member in enumerate(archive))
        plain = [(member, target) for member, target in numbered if _admitted(member, shelf, target)]
        for member, target in plain:
            content = archive.extractfile(member)
            if content is not None:
                copy(content, target, member.size)
    return SourceFiles(shelf.files)


def _admitted(member: tarfile.TarInfo, shelf: Shelf, target: Path) -> bool:
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
