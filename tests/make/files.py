"""Files for tests."""

import io
import struct
import zipfile
from typing import Any

from akademe.files import service
from akademe.files.models import File
from akademe.identity.models import User
from akademe.kernel.ctx import open_ctx
from tests.make import identity

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n" + b"x" * 2000
TEXT = "Grüße aus Köln\n".encode() * 100


def png(width: int = 3, height: int = 2) -> bytes:
    """The head of a PNG: enough for those who look at content and size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\x00\x00\x00"


def mp4() -> bytes:
    return struct.pack(">I", 24) + b"ftypisom\0\0\2\0isomiso2mp41" + bytes(5000)


def zipped(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return memory.getvalue()


async def file(uploader: User, name: str = "notes.txt", data: Any = TEXT, **fields: Any) -> File:
    """A stored file of a person's; `owner_kind` and `owner_id` as wanted, else a draft."""
    async with open_ctx(await identity.actor(uploader)) as ctx:
        return await service.store_file(ctx, name, data, **fields)
