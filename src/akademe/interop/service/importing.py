"""An import from upload to result: read and check everything, store the files, then write in one short transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select

from akademe.catalog.models import Course
from akademe.catalog.policy import can_create_course
from akademe.identity import service as identity
from akademe.identity.models import Membership, User
from akademe.interop.errors import ImportedMeanwhile, SourceRefused
from akademe.interop.events import ImportCourse
from akademe.interop.rules import ImportRefused
from akademe.interop.rules.rooms import temporary_room
from akademe.interop.rules.tree import CourseTree
from akademe.interop.schemas import ImportResult
from akademe.interop.service import assets as course_assets
from akademe.interop.service import finding, shaping, writing
from akademe.interop.service.preparing import Ready, prepare
from akademe.interop.service.reading import open_course
from akademe.kernel.auth import Actor, require
from akademe.kernel.ctx import Ctx, open_ctx
from akademe.kernel.db import new_id
from akademe.kernel.errors import AppError, Forbidden, NotFound
from akademe.kernel.storage import storage
from akademe.orgs import service as orgs

PREFIX = "imports"
KEPT = timedelta(days=2)
Data = bytes | Path | IO[bytes] | AsyncIterator[bytes]
Progress = Callable[[float], Awaitable[None]]
READ, STORED, PREPARED = 0.2, 0.6, 0.95


async def start_import(ctx: Ctx, name: str, data: Data, format_: str = "auto") -> UUID:
    """Keeps the upload and asks for its import; gives the job's id. Raises Forbidden."""
    actor = ctx.actor
    if actor.user_id is None or actor.organization_id is None or not can_create_course(actor):
        raise Forbidden
    key = f"{PREFIX}/{new_id()}"
    await storage().put(key, data)
    return ctx.enqueue(
        ImportCourse(
            storage_key=key,
            file_name=name,
            format=format_,
            instructor_id=actor.user_id,
            organization_id=actor.organization_id,
        )
    )


async def run_import(args: ImportCourse, progress: Progress) -> ImportResult:
    """What the job does. The upload is gone afterwards, unless the job is to be tried again.

    Raises SourceRefused, and what the services refuse.
    """
    async with open_ctx() as ctx:
        actor = await identity.actor_for(ctx, args.instructor_id, args.organization_id)
    try:
        async with _fetched(args.storage_key) as path:
            result = await import_course(actor, path, args.file_name, args.format, progress)
    except AppError:
        await storage().delete([args.storage_key])
        raise
    await storage().delete([args.storage_key])
    return result


@asynccontextmanager
async def _fetched(key: str) -> AsyncIterator[Path]:
    with temporary_room() as room:
        path = room / "upload"
        with path.open("wb") as file:  # a local write of 256 KiB does not block for long
            async for chunk in await storage().get(key):
                file.write(chunk)
        yield path


async def import_course(actor: Actor, path: Path, name: str, format_: str, progress: Progress) -> ImportResult:
    """Imports a folder, an archive or a GIFT file in the name of `actor`.

    Raises SourceRefused, and what the services refuse.
    """
    opened = open_course(path, name, format_)
    try:
        tree = await asyncio.to_thread(_enter, opened)
    except ImportRefused as refusal:
        raise SourceRefused(refusal) from refusal
    try:
        await progress(READ)
        return await _bring(actor, tree, progress)
    except ImportRefused as refusal:
        raise SourceRefused(refusal) from refusal
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


def _enter(opened: AbstractContextManager[CourseTree]) -> CourseTree:
    tree = opened.__enter__()
    try:
        shaping.check_shapes(tree)
    except BaseException as error:  # as a `with` would: whatever ends it closes the tree
        opened.__exit__(type(error), error, error.__traceback__)
        raise
    return tree


async def _bring(actor: Actor, tree: CourseTree, progress: Progress) -> ImportResult:
    async with open_ctx(actor) as ctx:
        require(can_create_course(ctx.actor))
        before = await finding.known(ctx, tree)
    course_id = before.course.id if before.course else None

    async def stored(share: float) -> None:
        await progress(READ + (STORED - READ) * share)

    async def prepared(share: float) -> None:
        await progress(STORED + (PREPARED - STORED) * share)

    assets = await course_assets.store_assets(actor, tree, course_id, stored)
    try:
        ready = await prepare(tree, before, assets.places, prepared)
        del before  # all the texts of the course
        async with open_ctx(actor) as ctx:
            course = await _write(ctx, tree, ready, course_id)
            await course_assets.adopt(ctx, course.id, tree, assets)
            slug, title, id_ = course.slug, course.title, course.id
    except BaseException:  # a cancelled task too must leave nothing behind
        await course_assets.discard(actor, assets)
        raise
    return ImportResult(course_id=id_, slug=slug, title=title, created=course_id is None, report=tree.report.as_json())


async def _write(ctx: Ctx, tree: CourseTree, ready: Ready, course_id: UUID | None) -> Course:
    """In one transaction. What was read before it is read again as its writer, and has to be the same course."""
    await finding.wait_for_own_imports(ctx)
    before = await finding.known(ctx, tree, lock=True)
    now = before.course.id if before.course else await finding.made_meanwhile(ctx, tree)
    if now != course_id or not ready.plan.holds(before):
        raise ImportedMeanwhile
    return await writing.Writing(ctx, tree, ready, before).write()


async def sweep_leftovers(ctx: Ctx) -> None:
    """Removes uploads and files of imports that were given up, because their process was killed again and again."""
    async for batch in storage().list(PREFIX):
        old = [key for key, written in batch if written < ctx.now - KEPT]
        await storage().delete(old)
    await course_assets.sweep(ctx, ctx.now - KEPT)


async def owner_of_imports(ctx: Ctx, email: str) -> Actor:
    """Who owns what the command line imports: the person named, else the first administrator, else instructor.

    Raises NotFound where there is nobody.
    """
    if email:
        found = await identity.find_by_email(ctx, email)
        if found is None:
            raise NotFound(f"There is nobody with the e-mail address {email}.")
        return await identity.actor_for(ctx, found.id)
    organization = await orgs.default_organization(ctx)
    staff = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization.id, Membership.role.in_(("admin", "instructor")))
        .where(User.deleted_at.is_(None), User.is_active)
        .order_by(Membership.role, Membership.created_at)
    )
    first = await ctx.db.scalar(staff.limit(1))
    if first is None:
        raise NotFound("There is no administrator or instructor yet. Make one first: akademe user create.")
    return await identity.actor_for(ctx, first, organization.id)
