"""The files of a course tree into storage, before the one transaction that shows them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from akademe.assessment.models import Assessment, Question, QuestionVersion
from akademe.catalog import rules
from akademe.catalog.models import Course, Lesson, LessonFile, LessonVersion
from akademe.files import service as files
from akademe.files.errors import FileTooLarge, FileTypeMismatch, FileTypeRefused
from akademe.files.models import DRAFT, File
from akademe.interop.rules.tree import AssetTree, CourseTree
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import Ctx, open_ctx
from akademe.kernel.errors import Invalid

OWNER = "course"
REPORTED = 20
PICTURES = ("png", "jpg", "jpeg", "gif", "webp")
Progress = Callable[[float], Awaitable[None]]


@dataclass
class Assets:
    """Where each file of the tree is, and which were stored by this import."""

    places: dict[str, UUID] = field(default_factory=dict)
    stored: list[UUID] = field(default_factory=list)


async def store_assets(actor: Actor, tree: CourseTree, course_id: UUID | None, progress: Progress) -> Assets:
    """Stores what the course does not have yet, each in a short transaction; the report names what is refused.

    The files stay drafts until the course is written. Raises what the files service refuses as a whole, such as the
    quota; nothing that was stored is left then.
    """
    assets = Assets()
    there = await _there(actor, tree, course_id)
    step = max(1, len(tree.assets) // REPORTED)
    try:
        for number, asset in enumerate(tree.assets, 1):
            await _store(actor, tree, asset, there, assets)
            if number % step == 0:
                await progress(number / len(tree.assets))
    except BaseException:  # a cancelled task too must leave nothing behind
        await discard(actor, assets)
        raise
    return assets


async def discard(actor: Actor, assets: Assets) -> None:
    """Removes what this import stored."""
    if assets.stored:
        async with open_ctx(actor) as ctx:
            for file_id in assets.stored:
                await files.delete_file(ctx, file_id)


async def sweep(ctx: Ctx, before: datetime) -> None:
    """Removes what imports stored before that moment for a course that never came: their process was killed."""
    left = select(File.id).where(File.owner_kind == DRAFT, File.source != "", File.deleted_at.is_(None))
    for file_id in list(await ctx.db.scalars(left.where(File.created_at < before))):
        await files.delete_file(ctx, file_id)


async def _there(actor: Actor, tree: CourseTree, course_id: UUID | None) -> dict[tuple[str, str], File]:
    """The course's files by the digest of their bytes and their source id, empty for those of other origin."""
    if course_id is None:
        return {}
    async with open_ctx(actor) as ctx:
        rows = await course_files(ctx, course_id)
    return {(row.sha256, row.source_id if row.source == tree.source else ""): row for row in rows}


async def course_files(ctx: Ctx, course_id: UUID) -> list[File]:
    """The living files of a course, oldest first. The caller has checked who asks."""
    mine = select(File).where(File.owner_kind == OWNER, File.owner_id == course_id, File.deleted_at.is_(None))
    return list(await ctx.db.scalars(mine.order_by(File.created_at, File.id)))


async def _store(
    actor: Actor, tree: CourseTree, asset: AssetTree, there: dict[tuple[str, str], File], assets: Assets
) -> None:
    digest = await asyncio.to_thread(_digest, asset)
    known = there.get((digest, asset.source_id)) or there.get((digest, ""))
    if known is not None:
        assets.places[asset.source_id] = known.id
        _name_kind(tree, asset, known)
        return
    try:
        made = await _keep(actor, tree, asset)
    except (FileTypeRefused, FileTypeMismatch, FileTooLarge, Invalid) as refusal:
        tree.report.lost("file", refusal.detail, asset.source_id)
        return
    assets.places[asset.source_id] = made.id
    assets.stored.append(made.id)
    _name_kind(tree, asset, made)


async def _keep(actor: Actor, tree: CourseTree, asset: AssetTree) -> File:
    """Pictures that other programs saved under the name of another kind of picture get the right one."""

    async def store(name: str) -> File:
        async with open_ctx(actor) as ctx:
            return await files.store_file(ctx, name, asset.content, source=tree.source, source_id=asset.source_id)

    try:
        return await store(asset.name)
    except FileTypeMismatch as refusal:
        stem, _, extension = asset.name.rpartition(".")
        kind = next((kind for kind in PICTURES if kind in refusal.data["extensions"]), None)
        if kind is None or extension.lower() not in PICTURES:
            raise
    return await store(f"{stem}.{kind}")


def _name_kind(tree: CourseTree, asset: AssetTree, file: File) -> None:
    kind = file.name.rpartition(".")[2].lower()
    if file.source_id == asset.source_id and kind != asset.name.rpartition(".")[2].lower():
        tree.report.mapped("file", f"a picture of the kind that it is: {kind}", asset.source_id)


def _digest(asset: AssetTree) -> str:
    if isinstance(asset.content, bytes):
        return hashlib.sha256(asset.content).hexdigest()
    with asset.content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def adopt(ctx: Ctx, course_id: UUID, tree: CourseTree, assets: Assets) -> None:
    """Gives the stored files to the course, and lets go of those of this source that they replace."""
    if assets.stored:
        await files.adopt(ctx, assets.stored, OWNER, course_id)
    replaced = [
        file.id
        for file in await course_files(ctx, course_id)
        if file.source == tree.source and file.id not in set(assets.places.values()) and file.source_id in assets.places
    ]
    if replaced:
        for file_id in set(replaced) - await _named_in(ctx, course_id):
            await files.delete_file(ctx, file_id)


async def _named_in(ctx: Ctx, course_id: UUID) -> set[UUID]:
    """The files that something of the course names, also an earlier version: a lesson's can be brought back, and a
    question's is what somebody was asked.
    """
    course = await ctx.get(Course, course_id)
    shown = select(LessonFile.file_id).join(Lesson, Lesson.id == LessonFile.lesson_id)
    texts = select(LessonVersion.content).join(Lesson, Lesson.id == LessonVersion.lesson_id)
    asked = (
        select(QuestionVersion.content)
        .join(Question, Question.id == QuestionVersion.question_id)
        .join(Assessment, Assessment.id == Question.assessment_id)
    )
    named = rules.files_in(
        course.description, course.thumbnail_url, course.video_url,
        *await ctx.db.scalars(texts.where(Lesson.course_id == course_id)),
        *map(str, await ctx.db.scalars(asked.where(Assessment.course_id == course_id))),
    )  # fmt: skip
    return named | set(await ctx.db.scalars(shown.where(Lesson.course_id == course_id)))
