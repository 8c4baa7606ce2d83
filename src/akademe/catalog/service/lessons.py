"""Lessons: written, saved as drafts or live, moved, deleted and brought back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from akademe.catalog import errors, events, rules
from akademe.catalog.models import (
    MAX_LESSONS,
    Course,
    CourseStatus,
    Lesson,
    LessonFile,
    LessonMedia,
    LessonVersion,
    Module,
)
from akademe.catalog.policy import can_edit_course, can_read_lesson, in_tenant, is_course_staff, visible_courses
from akademe.catalog.schemas import LessonIn, LessonPatch, ModuleIn
from akademe.catalog.service import indexing, media, modules, rendering
from akademe.catalog.service.announcing import announce
from akademe.catalog.service.finding import edit_course, get_course
from akademe.kernel import cache
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id
from akademe.kernel.errors import Forbidden, Invalid, NotFound

FIRST_MODULE = "Lessons"
_PLAIN = (
    "section",
    "content_type",
    "video_url",
    "file_id",
    "duration_minutes",
    "is_free",
    "is_active",
    "is_required",
)


async def get_lesson(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """The lesson, where the actor may read it. Raises NotFound, Forbidden (LessonLocked for the signed in)."""
    lesson, course = await find_lesson(ctx, lesson_id)
    if not can_read_lesson(ctx.actor, course, lesson):
        raise locked(ctx, course.id)
    return lesson


def locked(ctx: Ctx, course_id: UUID) -> Forbidden:
    return errors.LessonLocked(course_id=str(course_id)) if ctx.actor.is_signed_in else Forbidden()


async def find_lesson(ctx: Ctx, lesson_id: UUID, *, lock: bool = False) -> tuple[Lesson, Course]:
    """The lesson and its course, where the actor knows of it, readable or not. Raises NotFound."""
    if lock:
        await ctx.lock_writes()
    wanted = (
        select(Lesson, Course)
        .join(Course, Course.id == Lesson.course_id)
        .where(Lesson.id == lesson_id, Lesson.deleted_at.is_(None), visible_courses(ctx.actor))
    )
    if lock:
        wanted = wanted.with_for_update(of=(Course, Lesson), key_share=True).execution_options(populate_existing=True)
    found = (await ctx.db.execute(wanted)).first()
    if found is None or not (found[0].is_shown or is_course_staff(ctx.actor, found[1])):
        raise NotFound
    return found[0], found[1]


async def edit_lesson(ctx: Ctx, lesson_id: UUID, *, lock: bool = False) -> tuple[Lesson, Course]:
    """To change it; `lock` holds the course until the commit. Raises NotFound, Forbidden, CourseReadOnly."""
    lesson, course = await find_lesson(ctx, lesson_id, lock=lock)
    require(can_edit_course(ctx.actor, course))
    if course.status == CourseStatus.ARCHIVED:
        raise errors.CourseReadOnly
    return lesson, course


async def lessons_of(ctx: Ctx, course_id: UUID, *, with_hidden: bool = False) -> list[Lesson]:
    """In order; without `with_hidden` what learners see. The caller has checked who asks."""
    mine = select(Lesson).where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
    if not with_hidden:
        mine = mine.where(Lesson.is_shown)
    return list(await ctx.db.scalars(mine.order_by(Lesson.order_index)))


async def create_lesson(
    ctx: Ctx,
    course_key: str | UUID,
    given: LessonIn,
    module_id: UUID | None = None,
    *,
    lesson_id: UUID | None = None,
    source: str = "",
    source_id: str = "",
) -> Lesson:
    """In the module named (else the last, made where there is none), at `order`, else last. Live unless `draft`.

    `lesson_id` is given by an import, whose texts link to lessons before they are there.
    Raises NotFound, Forbidden, CourseReadOnly, CourseFull, Invalid (a module or file of somewhere else).
    """
    await rendering.prepare(given.content)
    course = await edit_course(ctx, course_key, lock=True)
    await _refuse_too_many(ctx, course)
    module = await _module_for(ctx, course, module_id or given.module_id)
    position, order_index = await _place_last(ctx, course, module)
    await media.claim(ctx, course.id, *_addresses(given.model_dump()), file_id=given.file_id)
    lesson = Lesson(
        id=lesson_id or new_id(),
        **{name: getattr(given, name) for name in _PLAIN},
        organization_id=course.organization_id,
        course_id=course.id,
        module_id=module.id,
        title=given.title,
        is_shown=given.is_active and module.is_active and not given.draft,
        media=_media(given.model_dump()),
        position=position,
        order_index=order_index,
        version=1,
        source=source,
        source_id=source_id,
        created_at=ctx.now,
        updated_at=ctx.now,
        edited_at=None if source else ctx.now,
    )
    ctx.db.add(lesson)
    await ctx.db.flush()
    await _save_text(ctx, course, lesson, given.title, given.content, is_draft=given.draft, note=given.note)
    await write_files(ctx, lesson)
    if given.order is not None and given.order < position:
        await place_lesson(ctx, lesson, module.id, given.order)
    await indexing.index_lesson(ctx, course, lesson)
    ctx.after_commit(cache.forget)
    return lesson


async def _refuse_too_many(ctx: Ctx, course: Course) -> None:
    there = select(func.count()).where(Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    if (await ctx.db.scalar(there) or 0) >= MAX_LESSONS:
        raise errors.CourseFull


async def _module_for(ctx: Ctx, course: Course, module_id: UUID | None) -> Module:
    mine = select(Module).where(Module.course_id == course.id, Module.deleted_at.is_(None))
    if module_id is not None:
        found = await ctx.db.scalar(mine.where(Module.id == module_id))
        if found is None:
            raise Invalid.field("module_id", "This module is not in the course.")
        return found
    last = await ctx.db.scalar(mine.order_by(Module.position.desc()).limit(1))
    return last or await modules.add_module(ctx, course, ModuleIn(title=FIRST_MODULE))


async def _place_last(ctx: Ctx, course: Course, module: Module) -> tuple[int, int]:
    """The next place of the module and of the course; what stands behind it moves on by one."""
    mine = (Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    position = await ctx.db.scalar(select(func.max(Lesson.position)).where(*mine, Lesson.module_id == module.id))
    before = (
        select(func.max(Lesson.order_index))
        .join(Module, Module.id == Lesson.module_id)
        .where(*mine, Module.position <= module.position)
    )
    order_index = (await ctx.db.scalar(before) or 0) + 1
    behind = update(Lesson).where(*mine, Lesson.order_index >= order_index)
    await ctx.db.execute(behind.values(order_index=Lesson.order_index + 1))
    return (position or 0) + 1, order_index


def _addresses(values: dict[str, Any]) -> list[str | None]:
    """Every text that may name a file."""
    named = [values.get(name) for name in ("content", "video_url", "transcript_url")]
    return named + [track["url"] for track in values.get("captions", ())]


def _media(values: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    kept = LessonMedia.model_validate(before or {}).model_dump()
    sent = {name: values[name] for name in ("captions", "transcript_url") if name in values}
    return LessonMedia.model_validate(kept | sent).model_dump()


async def update_lesson(
    ctx: Ctx, lesson_id: UUID, patch: LessonPatch, if_version: int | None = None, *, imported: bool = False
) -> Lesson:
    """Change the fields sent. Title and content go live at once, with `draft: true` to the draft beside the live text;
    `draft: false` alone makes a waiting draft live. A title alone leaves a draft's content waiting.

    Raises LessonChanged where `if_version` is not the current version; nothing is written then.
    """
    changes = patch.model_dump(exclude_unset=True)
    lesson, _ = await edit_lesson(ctx, lesson_id)
    for text in (_text_after(lesson, changes)[1], lesson.content):
        await rendering.prepare(text)
    lesson, course = await edit_lesson(ctx, lesson_id, lock=True)
    if if_version is not None and if_version != lesson.version:
        raise errors.LessonChanged(version=lesson.version)
    if not lesson.published_version and not {"content", "draft"} & changes.keys():
        changes["draft"] = True  # a new title makes nothing live that was not
    saves_text, differs = _saves_text(lesson, changes), _differs(lesson, changes)
    if saves_text or differs:
        await media.claim(ctx, course.id, *_addresses(changes), file_id=changes.get("file_id"))
        lesson.edited_at = None if imported else ctx.now
        await _write(ctx, course, lesson, changes, saves_text=saves_text)
        if differs or not (lesson.published_version and changes.get("draft")):
            await indexing.index_lesson(ctx, course, lesson)
        ctx.after_commit(cache.forget)
    return lesson


async def _write(ctx: Ctx, course: Course, lesson: Lesson, changes: dict[str, Any], *, saves_text: bool) -> None:
    (title, content), is_draft = _text_after(lesson, changes), bool(changes.get("draft"))
    waiting = None if {"content", "draft"} & changes.keys() else lesson.draft_content
    counted, seen = _counted(lesson), _seen(lesson)
    lesson.version += 1
    lesson.updated_at = ctx.now
    await _apply(ctx, course, lesson, changes, is_live=lesson.published_version > 0 or (saves_text and not is_draft))
    if saves_text:
        note = changes.get("note", "")
        await _save_text(ctx, course, lesson, title, content, is_draft=is_draft, note=note)
    if waiting is not None:
        lesson.draft_content = waiting
    await write_files(ctx, lesson)
    if counted != _counted(lesson):
        ctx.record(events.OutlineChanged(organization_id=course.organization_id, course_id=course.id))
    if seen != _seen(lesson) and lesson.is_shown and course.is_published:
        lesson.published_at = ctx.now
        announce(ctx, course)


def _counted(lesson: Lesson) -> tuple[bool, bool]:
    """What decides whether it counts for completion."""
    return lesson.is_shown, lesson.is_required


def _seen(lesson: Lesson) -> tuple[bool, str | None, UUID | None]:
    """What learners see of it beside its text."""
    return lesson.is_shown, lesson.video_url, lesson.file_id


def _saves_text(lesson: Lesson, changes: dict[str, Any]) -> bool:
    """Whether the live text, or with `draft` the draft, will be another one."""
    if changes.get("draft"):
        return _text_after(lesson, changes) != _text_after(lesson, {"draft": True})
    if "draft" in changes and (lesson.has_draft or not lesson.published_version):
        return True
    sends_text = not {"title", "content"}.isdisjoint(changes)
    return sends_text and _text_after(lesson, changes) != (lesson.title, lesson.content)


def _differs(lesson: Lesson, changes: dict[str, Any]) -> bool:
    """Whether anything but the text changes."""
    plain = any(getattr(lesson, name) != changes[name] for name in _PLAIN if name in changes)
    order, module_id = changes.get("order"), changes.get("module_id")
    moves = order not in (None, lesson.position) or module_id not in (None, lesson.module_id)
    return plain or moves or _media(changes, lesson.media) != lesson.media


def _text_after(lesson: Lesson, changes: dict[str, Any]) -> tuple[str, str]:
    """What is sent, over the draft where `draft` is sent or nothing is live yet, else over the live text."""
    title, content = lesson.title, lesson.content
    if "draft" in changes or not lesson.published_version:
        title = lesson.draft_title or title
        content = content if lesson.draft_content is None else lesson.draft_content
    return changes.get("title", title), changes.get("content", content)


async def _apply(ctx: Ctx, course: Course, lesson: Lesson, changes: dict[str, Any], *, is_live: bool) -> None:
    """Everything but the text. `is_live`: some text of it is or will be live."""
    for name in _PLAIN:
        if name in changes:
            setattr(lesson, name, changes[name])
    lesson.media = _media(changes, lesson.media)
    module_id = changes.get("module_id") or lesson.module_id
    module = await _module_for(ctx, course, module_id)
    lesson.is_shown = lesson.is_active and module.is_active and is_live
    order = changes.get("order")
    if module_id != lesson.module_id or (order is not None and order != lesson.position):
        await place_lesson(ctx, lesson, module_id, order)


async def place_lesson(ctx: Ctx, lesson: Lesson, module_id: UUID, order: int | None) -> None:
    """Move it to `order` in a module of its course (None: last). The course is locked."""
    await ctx.db.flush()
    columns = select(Lesson.id, Lesson.module_id).where(
        Lesson.course_id == lesson.course_id, Lesson.deleted_at.is_(None), Lesson.id != lesson.id
    )
    place: dict[UUID, list[UUID]] = {module.id: [] for module in await modules.modules_of(ctx, lesson.course_id)}
    for other_id, its_module in await ctx.db.execute(columns.order_by(Lesson.position, Lesson.id)):
        place[its_module].append(other_id)
    place[module_id] = rules.insert_at(place[module_id], lesson.id, order)
    await modules.write_order(ctx, lesson.course_id, list(place.items()))


async def _save_text(
    ctx: Ctx, course: Course, lesson: Lesson, title: str, content: str, *, is_draft: bool, note: str
) -> None:
    """Keep the text as a version, and make it live or the draft."""
    version = LessonVersion(
        lesson_id=lesson.id,
        number=lesson.version,
        title=title,
        content=content,
        author_id=ctx.actor.user_id,
        note=note,
        created_at=ctx.now,
    )
    ctx.db.add(version)
    if is_draft:
        lesson.draft_title, lesson.draft_content = title, content
        lesson.title = lesson.title if lesson.published_version else title
        return
    lesson.title, lesson.content = title, content
    lesson.draft_title = lesson.draft_content = None
    lesson.content_html, lesson.html_renderer = rendering.render(content).html, rendering.RENDERER
    lesson.published_version, lesson.published_at = lesson.version, ctx.now
    fact = events.LessonPublished(
        organization_id=course.organization_id, course_id=course.id, lesson_id=lesson.id, number=lesson.version
    )
    ctx.record(fact)
    if course.is_published and lesson.is_shown:
        announce(ctx, course)


async def write_files(ctx: Ctx, lesson: Lesson) -> None:
    """Note which files the lesson shows, before its first publication those of its draft."""
    tracks = LessonMedia.model_validate(lesson.media)
    urls = [track.url for track in tracks.captions]
    text = lesson.content if lesson.published_version else lesson.draft_content
    shown = rules.files_in(text, lesson.video_url, tracks.transcript_url, *urls)
    if lesson.file_id is not None:
        shown.add(lesson.file_id)
    mine = LessonFile.lesson_id == lesson.id
    known = set(await ctx.db.scalars(select(LessonFile.file_id).where(mine)))
    if known - shown:
        await ctx.db.execute(delete(LessonFile).where(mine, LessonFile.file_id.in_(known - shown)))
    ctx.db.add_all(LessonFile(file_id=file_id, lesson_id=lesson.id) for file_id in sorted(shown - known))


async def delete_lesson(ctx: Ctx, lesson_id: UUID) -> None:
    """Out of the course and of search at once; it can be restored for 30 days."""
    lesson, course = await edit_lesson(ctx, lesson_id, lock=True)
    lesson.deleted_at = ctx.now
    await modules.renumber(ctx, course.id)
    await indexing.forget_lessons(ctx, [lesson.id])
    ctx.record(events.LessonDeleted(organization_id=course.organization_id, course_id=course.id, lesson_id=lesson.id))
    ctx.after_commit(cache.forget)


async def restore_lesson(ctx: Ctx, lesson_id: UUID) -> Lesson:
    """Bring it back to its place (last in the last module, where its own is gone too)."""
    gone = await ctx.get(Lesson, lesson_id)
    await rendering.prepare(gone.content)
    course = await edit_course(ctx, gone.course_id, lock=True)
    lesson = await ctx.get(Lesson, lesson_id, lock=True)
    if lesson.deleted_at is None or lesson.purged_at is not None:
        raise NotFound
    await _refuse_too_many(ctx, course)
    alive = await ctx.db.scalar(select(Module.id).where(Module.id == lesson.module_id, Module.deleted_at.is_(None)))
    module = await _module_for(ctx, course, alive)
    position, order_index = await _place_last(ctx, course, module)
    place = lesson.position if alive else None
    lesson.module_id, lesson.position, lesson.order_index = module.id, position, order_index
    lesson.deleted_at = None
    await place_lesson(ctx, lesson, module.id, place)
    lesson.is_shown = lesson.is_active and module.is_active and lesson.published_version > 0
    await indexing.index_lesson(ctx, course, lesson)
    ctx.record(events.OutlineChanged(organization_id=course.organization_id, course_id=course.id))
    ctx.after_commit(cache.forget)
    return lesson


async def deleted_lessons(ctx: Ctx, course_key: str | UUID) -> Sequence[Lesson]:
    """What editors of the course may restore, newest first."""
    course = await get_course(ctx, course_key)
    require(can_edit_course(ctx.actor, course) and in_tenant(ctx.actor, course))
    gone = select(Lesson).where(
        Lesson.course_id == course.id, Lesson.deleted_at.is_not(None), Lesson.purged_at.is_(None)
    )
    return list(await ctx.db.scalars(gone.order_by(Lesson.deleted_at.desc()).limit(100)))


async def set_lesson_quiz(ctx: Ctx, lesson_id: UUID, quiz_id: UUID | None, *, is_ready: bool = False) -> None:
    """What assessment attached to the lesson, and whether it can be taken; no edit, so no new version."""
    values = {"quiz_id": quiz_id, "quiz_is_ready": is_ready}
    await ctx.db.execute(update(Lesson).where(Lesson.id == lesson_id).values(values))
    ctx.after_commit(cache.forget)
