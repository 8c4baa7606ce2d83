"""Giving files out, whole or a part."""

from uuid import UUID

from akademe.files import rules
from akademe.files.errors import RangeNotSatisfiable
from akademe.files.schemas import Content
from akademe.files.service.access import get_file
from akademe.kernel.ctx import Ctx
from akademe.kernel.storage import storage


async def open_content(ctx: Ctx, file_id: UUID, range_header: str = "", if_range: str = "") -> Content:
    """The content, ready to stream without the ctx. `if_range` is an ETag: of another version all is given.

    Raises NotFound, RangeNotSatisfiable, ContentMissing, StorageUnavailable.
    """
    file = await get_file(ctx, file_id)
    wanted = range_header if if_range in ("", file.etag) else ""
    part = rules.byte_range(wanted, file.size) if wanted else None
    if isinstance(part, str):
        raise RangeNotSatisfiable(size=file.size)
    start, end = part or (0, file.size)
    chunks = await storage().get(file.storage_key, start, end)
    return Content(file, start, end, part is not None, chunks)
