"""What a lesson said before: its saved texts, what changed between two, and going back to one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from akademe.catalog.models import Lesson, LessonVersion
from akademe.catalog.policy import can_edit_course
from akademe.catalog.schemas import DiffLine, DiffOut, DiffPart, LessonPatch, VersionOut
from akademe.catalog.service.lessons import edit_lesson, find_lesson, update_lesson
from akademe.identity import service as identity
from akademe.kernel import markdown
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound

MAX_VERSIONS = 500


async def lesson_versions(ctx: Ctx, lesson_id: UUID, *, with_content: bool = False) -> list[VersionOut]:
    """The last 500, newest first, for editors. Raises NotFound, Forbidden."""
    lesson = await _lesson(ctx, lesson_id)
    mine = select(LessonVersion).where(LessonVersion.lesson_id == lesson.id)
    rows = list(await ctx.db.scalars(mine.order_by(LessonVersion.number.desc()).limit(MAX_VERSIONS)))
    people = await identity.user_briefs(ctx, [row.author_id for row in rows if row.author_id])
    names = {id_: brief.full_name for id_, brief in people.items()}
    return [_out(lesson, row, names, with_content=with_content) for row in rows]


async def _lesson(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """For its editors, in an archived course too: there is nothing to change here."""
    lesson, course = await find_lesson(ctx, lesson_id)
    require(can_edit_course(ctx.actor, course))
    return lesson


def _out(lesson: Lesson, row: LessonVersion, names: dict[UUID, str], *, with_content: bool) -> VersionOut:
    return VersionOut(
        number=row.number,
        title=row.title,
        author_id=row.author_id,
        author_name=names.get(row.author_id) if row.author_id else None,
        note=row.note,
        created_at=row.created_at,
        is_live=row.number == lesson.published_version,
        content=row.content if with_content else None,
    )


async def get_version(ctx: Ctx, lesson_id: UUID, number: int) -> LessonVersion:
    await _lesson(ctx, lesson_id)
    return await _version(ctx, lesson_id, number)


async def _version(ctx: Ctx, lesson_id: UUID, number: int) -> LessonVersion:
    found = await ctx.db.scalar(
        select(LessonVersion).where(LessonVersion.lesson_id == lesson_id, LessonVersion.number == number)
    )
    if found is None:
        raise NotFound
    return found


async def diff_versions(ctx: Ctx, lesson_id: UUID, old: int, new: int) -> DiffOut:
    """What changed from one saved text to another, line by line and word by word."""
    before, after = await get_version(ctx, lesson_id, old), await _version(ctx, lesson_id, new)
    return DiffOut(
        old=old, new=new, title=_lines(before.title, after.title), lines=_lines(before.content, after.content)
    )


def _lines(old: str, new: str) -> list[DiffLine]:
    return [_line(change) for change in markdown.diff(old, new)]


def _line(change: markdown.Change) -> DiffLine:
    parts: Sequence[markdown.Part] = change.parts
    return DiffLine(
        kind=change.kind,
        old_line=change.old_line,
        new_line=change.new_line,
        parts=[DiffPart(kind=part.kind, text=part.text) for part in parts],
    )


async def restore_version(
    ctx: Ctx, lesson_id: UUID, number: int, if_version: int | None = None, *, draft: bool = False
) -> Lesson:
    """Save the text of version `number` as a new version: nothing in between is lost."""
    wanted = await get_version(ctx, lesson_id, number)
    patch = LessonPatch(title=wanted.title, content=wanted.content, draft=draft, note=f"Restored from version {number}")
    return await update_lesson(ctx, lesson_id, patch, if_version)


async def publish_lesson(ctx: Ctx, lesson_id: UUID, if_version: int | None = None) -> Lesson:
    """Make the draft live."""
    return await update_lesson(ctx, lesson_id, LessonPatch(draft=False), if_version)


async def discard_draft(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """Drop the draft; it stays among the versions."""
    lesson, _ = await edit_lesson(ctx, lesson_id, lock=True)
    lesson.draft_title = lesson.draft_content = None
    lesson.version += 1
    lesson.updated_at = ctx.now
    return lesson
