"""The files of a course: what its texts show becomes its own, and who may open them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from akademe.catalog import rules
from akademe.catalog.models import Course, CourseStatus, Lesson, LessonFile
from akademe.catalog.policy import can_edit_course, can_see_course, is_course_staff, lesson_access
from akademe.catalog.service.finding import get_course
from akademe.files import service as files
from akademe.files.models import DRAFT, File
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid

OWNER = "course"


def named(file_id: UUID | None) -> set[UUID]:
    return set() if file_id is None else {file_id}


async def claim(ctx: Ctx, course_id: UUID, *texts: str | None, file_ids: Collection[UUID] = ()) -> None:
    """Take the actor's own uploads that the texts show into the course; others' stay theirs and closed.

    Raises Invalid where one of `file_ids` is neither the course's nor an upload of the actor's.
    """
    wanted = rules.files_in(*texts).union(file_ids)
    if not wanted:
        return
    found = list(await ctx.db.scalars(select(File).where(File.id.in_(wanted), File.deleted_at.is_(None))))
    uploads = {file.id for file in found if file.owner_kind == DRAFT and _is_mine(ctx, file)}
    ours = {file.id for file in found if (file.owner_kind, file.owner_id) == (OWNER, course_id)}
    if not (uploads | ours).issuperset(file_ids):
        raise Invalid.field("file_id", "There is no such file here. Upload it first.")
    await files.adopt(ctx, uploads, OWNER, course_id)


def _is_mine(ctx: Ctx, file: File) -> bool:
    return ctx.actor.is_system or file.uploader_id == ctx.actor.user_id


async def _can_read(ctx: Ctx, course_id: UUID) -> bool:
    """All of them: what a hidden lesson or a draft shows is for the staff."""
    course = await ctx.db.get(Course, course_id)
    return course is not None and can_see_course(ctx.actor, course) and is_course_staff(ctx.actor, course)


async def _can_write(ctx: Ctx, course_id: UUID) -> bool:
    course = await ctx.db.get(Course, course_id)
    is_open = course is not None and course.deleted_at is None and course.status != CourseStatus.ARCHIVED
    return is_open and course is not None and can_edit_course(ctx.actor, course)


async def _can_read_file(ctx: Ctx, file_id: UUID) -> bool:
    """What the course page and lessons show is as open as they are; what no lesson shows (a quiz may) as the course."""
    course = await ctx.db.scalar(select(Course).join(File, File.owner_id == Course.id).where(File.id == file_id))
    if course is None or not can_see_course(ctx.actor, course):
        return False
    if file_id in rules.files_in(course.thumbnail_url, course.video_url, course.description):
        return True
    access = lesson_access(ctx.actor, course)
    showing = (
        select(Lesson.is_free, Lesson.is_shown)
        .join(LessonFile, LessonFile.lesson_id == Lesson.id)
        .where(LessonFile.file_id == file_id, Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    )
    lessons = (await ctx.db.execute(showing)).all()
    if not lessons:
        return access.has_access
    return any(access.reads(is_free=is_free, is_shown=is_shown) for is_free, is_shown in lessons)


async def _find(ctx: Ctx, key: str) -> UUID:
    return (await get_course(ctx, key)).id


files.register_owner(OWNER, _can_read, _can_write, can_read_file=_can_read_file, find=_find)
