"""A course as a zip of the native format, made while it is sent."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from akademe.interop.rules.tree import AssetTree
from akademe.interop.service.exporting import Exported, course_tree
from akademe.kernel.ctx import Ctx
from akademe.kernel.storage import storage

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
        for path, item in write_native(exported.tree):
            info = zipfile.ZipInfo(path, EPOCH)
            info.external_attr = 0o644 << 16
            if not isinstance(item, AssetTree):
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, item)
                yield pipe.take()
                continue
            info.compress_type = zipfile.ZIP_DEFLATED if path.endswith(PACKED) else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=exported.files[path].size > 2**31 - 1) as entry:
                async for chunk in await storage().get(exported.files[path].storage_key):
                    entry.write(chunk)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()
