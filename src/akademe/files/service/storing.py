"""Taking files in: judged by content, stored first, then charged to the quota and written as a row."""

import asyncio
import codecs
import hashlib
import io
import re
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from akademe.files import rules
from akademe.files.errors import FileTooLarge, FileTypeMismatch, FileTypeRefused, QuotaExceeded
from akademe.files.events import QuotaNearlyUsed
from akademe.files.models import DRAFT, File, FileUsage
from akademe.files.rules.kinds import Sample, better_extensions
from akademe.files.service.access import find_owner, is_own
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Id, Query, new_id
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.storage import storage
from akademe.orgs import service as orgs
from akademe.orgs.models import Organization

Data = bytes | Path | IO[bytes] | AsyncIterator[bytes]
HEAD_BYTES = 64 * 2**10
CHUNK_BYTES = 2**20
NEARLY = 0.9
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_USED = Query(
    select(Organization.file_quota_bytes, FileUsage.used_bytes)
    .outerjoin(FileUsage, FileUsage.organization_id == Organization.id)
    .where(Organization.id == bindparam("organization_id", type_=Id()))
)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file turned out to be."""

    content_type: str
    size: int
    sha256: str
    dimensions: tuple[int, int] | None


async def upload_file(ctx: Ctx, name: str, data: Data, *, owner_kind: str = "", owner: str = "") -> File:
    """A file of the actor's, a draft or added to an owner (a course, by id or slug) that the actor may write to.

    Raises what `store_file` raises, and Invalid, NotFound or Forbidden for the owner.
    """
    if bool(owner_kind) != bool(owner):
        raise Invalid.field("owner_id", "Name both the kind of owner and the owner, or neither.")
    owner_id = await find_owner(ctx, owner_kind, owner) if owner else None
    return await store_file(ctx, name, data, owner_kind=owner_kind or DRAFT, owner_id=owner_id)


async def store_file(
    ctx: Ctx,
    name: str,
    data: Data,
    *,
    owner_kind: str = "course",
    owner_id: UUID | None = None,
    source: str = "",
    source_id: str = "",
) -> File:
    """Keep a file in the organisation in use. Call it before the first write of the unit: it waits on storage.

    The same content under the same name (and source id) is the file that its owner has already, so that uploading twice
    is once. (A draft belongs to whatever will adopt it: two imports at the same time must not share one.)
    Raises FileTypeRefused, FileTypeMismatch, FileTooLarge, QuotaExceeded, Invalid (empty), StorageFull.
    """
    name = rules.safe_name(name)
    async with _as_file(data) as file:
        found = await asyncio.to_thread(inspect, file, name)
        organization_id = ctx.actor.organization_id or (await orgs.default_organization(ctx)).id
        row = File(
            id=new_id(),
            organization_id=organization_id,
            owner_kind=owner_kind if owner_id is not None else DRAFT,
            owner_id=owner_id,
            name=name,
            content_type=found.content_type,
            size=found.size,
            sha256=found.sha256,
            storage_key=f"files/{organization_id}/{new_id()}",
            uploader_id=ctx.actor.user_id,
            source=source,
            source_id=source_id,
            width=found.dimensions[0] if found.dimensions else None,
            height=found.dimensions[1] if found.dimensions else None,
            created_at=ctx.now,
        )
        if owner_id is not None and (known := await _known(ctx, row)) is not None:
            return known
        await _refuse_over_quota(organization_id, found.size)
        file.seek(0)
        await storage().put(row.storage_key, file)
    await _write(ctx, row)
    return row


@asynccontextmanager
async def _as_file(data: Data) -> AsyncIterator[IO[bytes]]:
    """`data` as a file that can be read twice; a stream is spooled to disk, and refused once it is too long."""
    if isinstance(data, bytes):
        yield io.BytesIO(data)
    elif isinstance(data, Path):
        with data.open("rb") as file:
            yield file
    elif isinstance(data, AsyncIterator):
        with tempfile.SpooledTemporaryFile(max_size=CHUNK_BYTES) as spooled:
            async for chunk in data:
                spooled.write(chunk)
                _refuse_too_large(spooled.tell())
            yield spooled
    else:
        yield data


def inspect(file: IO[bytes], name: str) -> Inspected:
    """Read a file once, in pieces: its kind, size, hash, width and height. Blocks: not for the event loop."""
    extension = rules.extension_of(name)
    if extension not in rules.KINDS:
        raise FileTypeRefused(accepted=sorted(rules.KINDS))
    file.seek(0)
    digest, size, head, text = hashlib.sha256(), 0, b"", _TextCheck()
    while chunk := file.read(CHUNK_BYTES):
        size += len(chunk)
        _refuse_too_large(size)
        digest.update(chunk)
        head = head or chunk[:HEAD_BYTES]
        text.feed(chunk)
    if not size:
        raise Invalid.field("file", "This file is empty.")
    sample = Sample(head, text.ends_well(), _names_in(file, head, size))
    kind = rules.kind_of(extension, sample)
    if kind is None:
        raise FileTypeMismatch(extensions=better_extensions(sample))
    return Inspected(kind.content_type, size, digest.hexdigest(), rules.dimensions(kind.content_type, head))


def _refuse_too_large(size: int) -> None:
    if size > settings().max_upload_bytes:
        raise FileTooLarge(limit=settings().max_upload_bytes)


class _TextCheck:
    """Is all of it UTF-8 without control characters? Fed in pieces."""

    def __init__(self) -> None:
        self._decoder: Any = codecs.getincrementaldecoder("utf-8")()
        self._good = True

    def feed(self, chunk: bytes) -> None:
        if not self._good:
            return
        try:
            self._decoder.decode(chunk)
            self._good = _CONTROLS.search(chunk) is None
        except UnicodeDecodeError:
            self._good = False

    def ends_well(self) -> bool:
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return self._good


def _names_in(file: IO[bytes], head: bytes, size: int) -> frozenset[str]:
    """The first names in a zip. Not by zipfile, which takes a directory of any length into memory."""
    if not head.startswith(b"PK"):
        return frozenset()
    file.seek(max(0, size - rules.ZIP_END_BYTES))
    tail = file.read()
    file.seek(max(0, size - len(tail) + rules.zip_directory(tail)))
    return rules.zip_names(file.read(CHUNK_BYTES))


async def _known(ctx: Ctx, row: File) -> File | None:
    columns = ("organization_id", "owner_kind", "owner_id", "source", "source_id", "sha256", "name")
    same = {name: getattr(row, name) for name in columns}
    found: File | None = await ctx.db.scalar(select(File).filter_by(**same, deleted_at=None).limit(1))
    return found


async def _refuse_over_quota(organization_id: UUID, size: int) -> None:
    """Before the bytes are stored; `_charge` decides among uploads at the same moment."""
    row = await _USED.first(organization_id=organization_id)
    if row is not None and (row["used_bytes"] or 0) + size > row["file_quota_bytes"]:
        raise QuotaExceeded(used=row["used_bytes"] or 0, quota=row["file_quota_bytes"], size=size)


async def _write(ctx: Ctx, row: File) -> None:
    """Charge the quota and add the row. Where that fails the unit is lost, and what was stored goes again."""
    try:
        await _charge(ctx, row)
        ctx.db.add(row)
        await ctx.db.flush()
    except BaseException:  # a cancelled task too must leave nothing behind
        await ctx.unit.close()
        await storage().delete([row.storage_key])
        raise


async def _charge(ctx: Ctx, row: File) -> None:
    await ctx.lock_writes()
    organization = await ctx.get(Organization, row.organization_id)
    empty = FileUsage(organization_id=row.organization_id, used_bytes=0, created_at=ctx.now)
    usage, _ = await ctx.insert_or_get(empty, organization_id=row.organization_id)
    await ctx.db.flush()
    quota = organization.file_quota_bytes
    used = await ctx.db.scalar(
        update(FileUsage)
        .where(FileUsage.organization_id == row.organization_id, FileUsage.used_bytes + row.size <= quota)
        .values(used_bytes=FileUsage.used_bytes + row.size)
        .returning(FileUsage.used_bytes)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        raise QuotaExceeded(used=usage.used_bytes, quota=quota, size=row.size)
    if used - row.size < NEARLY * quota <= used:
        ctx.record(QuotaNearlyUsed(organization_id=row.organization_id, used_bytes=used, quota_bytes=quota))


async def adopt(ctx: Ctx, file_ids: Collection[UUID], owner_kind: str, owner_id: UUID) -> None:
    """Give drafts of the actor's to an owner; those it has already stay. Raises NotFound for anybody else's."""
    wanted = set(file_ids)
    if not wanted:
        return
    rows = list(await ctx.db.scalars(select(File).where(File.id.in_(wanted), File.deleted_at.is_(None))))
    for row in rows:
        is_theirs = (row.owner_kind, row.owner_id) == (owner_kind, owner_id)
        if not is_theirs and not (row.owner_kind == DRAFT and is_own(ctx, row)):
            raise NotFound
        row.owner_kind, row.owner_id = owner_kind, owner_id
    if len(rows) < len(wanted):
        raise NotFound
