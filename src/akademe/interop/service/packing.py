"""A course as a zip of the native format, made while it is sent."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from akademe.files.models import File
from akademe.interop.rules.tree import AssetTree
from akademe.interop.service.exporting import Exported, course_tree
from akademe.kernel.ctx import Ctx
from akademe.kernel.storage import storage

PART = 64 * 1024
EPOCH = (1980, 1, 1, 0, 0, 0)
PACKED = (".txt", ".md", ".csv", ".vtt", ".svg", ".yaml")


@dataclass
class Download:
    """A file name for people, and the bytes, which need no unit of work any more."""

    name: str
    chunks: AsyncIterator[bytes]


async def export_course(ctx: Ctx, key: str) -> Download:
    """The course in the native format, zipped; assignments are not in it. Raises NotFound, Forbidden."""
    exported = await course_tree(ctx, key)
    return Download(f"{exported.slug}.zip", _zip(exported))


class _Pipe:
    """Takes what the zip writer writes and gives it away; it cannot seek, so sizes follow the data."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken, self.waiting = bytes(self.waiting), bytearray()
        return taken


async def _zip(exported: Exported) -> AsyncIterator[bytes]:
    from akademe.interop.native.rules import write_native

    pipe = _Pipe()
    target: Any = pipe  # writing and flushing is all that the zip writer asks for
    with zipfile.ZipFile(target, "w") as archive:
        files = write_native(exported.tree)
        while (path := await asyncio.to_thread(_pack_texts, archive, files, pipe)) is not None:
            yield pipe.take()
            if path:
                async for chunk in _pack_asset(archive, path, exported.files[path], pipe):
                    yield chunk
    yield pipe.take()


def _pack_texts(archive: zipfile.ZipFile, files: Iterator[tuple[str, bytes | AssetTree]], pipe: _Pipe) -> str | None:
    """Texts, until a part is full or a file of storage comes: gives its path; None at the end of all."""
    for path, item in files:
        if isinstance(item, AssetTree):
            return path
        archive.writestr(_entry(path, is_packed=True), item)
        if len(pipe.waiting) >= PART:
            return ""
    return None


async def _pack_asset(archive: zipfile.ZipFile, path: str, file: File, pipe: _Pipe) -> AsyncIterator[bytes]:
    info = _entry(path, is_packed=path.endswith(PACKED))
    with archive.open(info, "w", force_zip64=file.size > 2**31 - 1) as entry:
        async for chunk in await storage().get(file.storage_key):
            entry.write(chunk)
            yield pipe.take()
    yield pipe.take()


def _entry(path: str, *, is_packed: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, EPOCH)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
    return info
