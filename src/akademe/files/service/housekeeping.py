"""Deleting: the row at once, the bytes a day later; and finding bytes that no row knows, and drafts nobody took."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import String, cast, delete, exists, select, update

from akademe.files.events import FileDeleted
from akademe.files.models import DRAFT, File, FileUsage
from akademe.files.service.access import can_read_file, is_own, owner_checks
from akademe.identity.models import User
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.storage import storage

KEPT = timedelta(days=1)
DRAFTS_KEPT = timedelta(days=30)
PURGED_AT_ONCE = 500


async def delete_file(ctx: Ctx, file_id: UUID) -> None:
    """Take a file away and give its quota back. Raises NotFound, Forbidden."""
    file = await ctx.get(File, file_id, lock=True)
    owner = owner_checks.get(file.owner_kind)
    by_owner = owner is not None and file.owner_id is not None and await owner.can_write(ctx, file.owner_id)
    if file.deleted_at is not None or not (by_owner or await can_read_file(ctx, file)):
        raise NotFound
    require(by_owner or is_own(ctx, file))
    await _delete(ctx, file)


async def delete_owned(ctx: Ctx, owner_kind: str, owner_id: UUID) -> None:
    """Take away all files of an owner that is gone for good; the caller has checked that it may."""
    await ctx.lock_writes()
    owned = select(File).filter_by(owner_kind=owner_kind, owner_id=owner_id, deleted_at=None).with_for_update()
    for file in await ctx.db.scalars(owned):
        await _delete(ctx, file)


async def _delete(ctx: Ctx, file: File) -> None:
    file.deleted_at = ctx.now
    await ctx.db.execute(
        update(FileUsage)
        .where(FileUsage.organization_id == file.organization_id)
        .values(used_bytes=FileUsage.used_bytes - file.size)
        .execution_options(synchronize_session=False)
    )
    ctx.record(FileDeleted(file_id=file.id, organization_id=file.organization_id))


async def purge(ctx: Ctx) -> None:
    """Remove bytes and rows of what was deleted a day ago. The bytes first: a row without bytes is found again."""
    old = select(File.id, File.storage_key).where(File.deleted_at < ctx.now - KEPT).limit(PURGED_AT_ONCE)
    rows = (await ctx.db.execute(old)).all()
    await storage().delete([row.storage_key for row in rows])
    await ctx.db.execute(delete(File).where(File.id.in_([row.id for row in rows])))
    await _delete_abandoned(ctx)


async def _delete_abandoned(ctx: Ctx) -> None:
    """Uploads that nothing shows after 30 days, so that they do not fill the quota for ever."""
    await ctx.lock_writes()
    is_face = exists().where(User.id == File.uploader_id, User.avatar_url.contains(cast(File.id, String)))
    old = (File.owner_kind == DRAFT, File.created_at < ctx.now - DRAFTS_KEPT, File.deleted_at.is_(None), ~is_face)
    for file in await ctx.db.scalars(select(File).where(*old).limit(PURGED_AT_ONCE).with_for_update(of=File)):
        await _delete(ctx, file)


async def sweep_orphans(ctx: Ctx) -> int:
    """Remove bytes older than a day that no row knows (a process died between storing and writing); says how many."""
    count = 0
    async for batch in storage().list("files"):
        keys = [key for key, written in batch if written < ctx.now - KEPT]
        known = set(await ctx.db.scalars(select(File.storage_key).where(File.storage_key.in_(keys)))) if keys else set()
        await storage().delete([key for key in keys if key not in known])
        count += len(set(keys) - known)
    return count
