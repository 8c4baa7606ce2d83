"""Who may read a file, and who may add one: what the domain that owns it says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from akademe.files.models import File
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound

Check = Callable[[Ctx, UUID], Awaitable[bool]]
Find = Callable[[Ctx, str], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class Owner:
    """The rules of one kind of owner. The ids are the owner's, but in `can_read_file`, which is asked by file."""

    can_read: Check
    can_write: Check
    can_read_file: Check | None = None
    find: Find | None = None


owner_checks: dict[str, Owner] = {}


def register_owner(
    kind: str, can_read: Check, can_write: Check, *, can_read_file: Check | None = None, find: Find | None = None
) -> None:
    """Let files belong to `kind`. `can_read(ctx, owner_id)` opens all of an owner's files, `can_write` adds to them.

    `can_read_file(ctx, file_id)` opens single ones beyond that (the pictures of a free lesson). `find(ctx, key)` turns
    what people call an owner (a slug) into its id, or raises NotFound.
    """
    owner_checks[kind] = Owner(can_read, can_write, can_read_file, find)


async def get_file(ctx: Ctx, file_id: UUID) -> File:
    """Raises NotFound for a file that the actor may not read."""
    file = await ctx.get(File, file_id)
    if file.deleted_at is not None or not await can_read_file(ctx, file):
        raise NotFound
    return file


async def can_read_file(ctx: Ctx, file: File) -> bool:
    """Its uploader, the organisation's admins, and whom its owner lets."""
    if is_own(ctx, file):
        return True
    owner = owner_checks.get(file.owner_kind)
    if owner is None or file.owner_id is None:
        return False
    if await owner.can_read(ctx, file.owner_id):
        return True
    return owner.can_read_file is not None and await owner.can_read_file(ctx, file.id)


def is_own(ctx: Ctx, file: File) -> bool:
    uploaded = file.uploader_id is not None and ctx.actor.user_id == file.uploader_id
    return uploaded or ctx.actor.admin_of(file.organization_id)


async def find_owner(ctx: Ctx, kind: str, key: str) -> UUID:
    """The owner's id where the actor may add files to it. Raises Invalid, NotFound, Forbidden."""
    owner = owner_checks.get(kind)
    if owner is None:
        raise Invalid.field("owner_kind", "Files cannot belong to this kind of thing.")
    owner_id = await owner.find(ctx, key) if owner.find else _as_id(key)
    require(await owner.can_write(ctx, owner_id))
    return owner_id


def _as_id(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError as error:
        raise NotFound from error
