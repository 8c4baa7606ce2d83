"""Hot reads: a course, its outline, one lesson, as JSON documents. One statement each; access is decided here.

Documents are dicts of the driver's values (see `kernel.db.hot`); the fields are those of `schemas`. `fresh` reads by
the session, so that what this unit of work wrote is in the answer.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased

from akademe.catalog import errors, rules
from akademe.catalog.models import Course, CoursePrerequisite, Lesson, LessonMedia, Module
from akademe.catalog.policy import can_see_course, is_course_staff, lesson_access
from akademe.catalog.rules import LessonAccess
from akademe.catalog.service import rendering
from akademe.catalog.service.lessons import locked
from akademe.identity.models import User
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Id, Query, Row, as_uuid
from akademe.kernel.errors import NotFound

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _CourseFacts:
    """What the policy asks of a course."""

    id: UUID
    organization_id: UUID
    status: str
    access: str
    deleted_at: Any = None


async def _all(ctx: Ctx, query: Query, fresh: bool, **values: Any) -> list[Row]:
    if not fresh:
        return await query.all(**values)
    await ctx.db.flush()
    return [dict(row._mapping) for row in await ctx.db.execute(query.statement, values)]


_COURSE = (
    select(*Course.__table__.columns, User.first_name, User.last_name, User.avatar_url)
    .join(User, User.id == Course.instructor_id)
    .where(Course.deleted_at.is_(None))
)
_BY_ID = Query(_COURSE.where(Course.id == bindparam("id", type_=Id())))
_BY_SLUG = Query(
    _COURSE.where(Course.slug == bindparam("slug"), Course.organization_id == bindparam("organization_id", type_=Id()))
)
_PREREQUISITES = Query(
    select(CoursePrerequisite.requires_id)
    .join(Course, Course.id == CoursePrerequisite.requires_id)
    .where(CoursePrerequisite.course_id == bindparam("id", type_=Id()), Course.deleted_at.is_(None))
    .order_by(CoursePrerequisite.position)
)


async def _course(ctx: Ctx, key: str | UUID, fresh: bool = False) -> tuple[Row, _CourseFacts]:
    """The row of the course and what the policy needs of it. Raises NotFound for what the actor may not see."""
    id_ = key if isinstance(key, UUID) else rules.as_id(key)
    rows: list[Row] = []
    if id_ is not None:
        rows = await _all(ctx, _BY_ID, fresh, id=id_)
    elif rules.is_slug(str(key)):
        rows = await _all(ctx, _BY_SLUG, fresh, slug=key, organization_id=ctx.actor.organization_id)
    if not rows:
        raise NotFound
    row = rows[0]
    facts = _CourseFacts(as_uuid(row["id"]), as_uuid(row["organization_id"]), row["status"], row["access"])
    if not can_see_course(ctx.actor, facts):
        raise NotFound
    return row, facts


_FIELDS = (
    "id",
    "title",
    "slug",
    "description",
    "description_html",
    "organization_id",
    "instructor_id",
    "category",
    "tags",
    "difficulty_level",
    "duration_hours",
    "currency",
    "status",
    "access",
    "enrollment_limit",
    "objectives",
    "thumbnail_url",
    "video_url",
    "language",
    "rating",
    "enrollments",
    "version",
    "created_at",
    "updated_at",
    "published_at",
)


def course_fields(row: Row, prerequisites: list[Any], *, is_staff: bool) -> Document:
    """A row of `courses` as CourseOut."""
    document = {name: row[name] for name in _FIELDS}
    document["price"] = row["price_minor"] / 100
    document["is_published"] = row["status"] == "published"
    document["prerequisites"] = prerequisites
    document["thumbnail"] = row["thumbnail_url"]
    document["certificate"] = row["settings"].get("certificate", True)
    if is_staff:
        document["ai_suggestions"] = row["ai_suggestions"]
    return document


async def read_course(ctx: Ctx, key: str | UUID, *, fresh: bool = False) -> Document:
    """The single course (CourseDetail). Raises NotFound."""
    row, facts = await _course(ctx, key, fresh)
    is_staff = is_course_staff(ctx.actor, facts)
    required = [line["requires_id"] for line in await _all(ctx, _PREREQUISITES, fresh, id=facts.id)]
    document = course_fields(row, required, is_staff=is_staff)
    name = f"{row['first_name']} {row['last_name']}".strip()
    document["instructor"] = {"id": row["instructor_id"], "full_name": name, "avatar_url": row["avatar_url"]}
    document["modules"] = [_module_lines(module) for module in await _outline(ctx, facts, fresh=fresh)]
    return document


def _module_lines(module: Document) -> Document:
    lines = [
        {
            "id": lesson["id"],
            "title": lesson["title"],
            "video_url": lesson["video_url"],
            "duration": lesson["duration_minutes"],
            "quiz_id": lesson["quiz_id"],
            "locked": lesson["locked"],
        }
        for lesson in module["lessons"]
    ]
    return {"id": module["id"], "title": module["title"], "lessons": lines}


_BRIEF = (
    Lesson.id,
    Lesson.course_id,
    Lesson.title,
    Lesson.section,
    Lesson.content_type,
    Lesson.video_url,
    Lesson.file_id,
    Lesson.duration_minutes,
    Lesson.quiz_id,
    Lesson.position,
    Lesson.order_index,
    Lesson.is_free,
    Lesson.is_active,
    Lesson.is_shown,
    Lesson.is_required,
    Lesson.version,
    Lesson.created_at,
    Lesson.updated_at,
)
_BRIEF_NAMES = [column.key for column in _BRIEF if column.key not in ("position", "is_shown")]
_HAS_DRAFT = or_(Lesson.draft_content.is_not(None), Lesson.draft_title.is_not(None)).label("has_draft")
_IS_LIVE = (Lesson.published_version > 0).label("is_live")
_TEXTS = (Lesson.content, Lesson.content_html, Lesson.html_renderer, Lesson.media)


def _outline_query(*texts: Any) -> Query:
    """Modules in order, each with its lessons or with nulls where it has none."""
    return Query(
        select(
            Module.id.label("module_id"),
            Module.title.label("module_title"),
            Module.description,
            Module.position.label("module_position"),
            Module.is_active.label("module_is_active"),
            Module.version.label("module_version"),
            Module.created_at.label("module_created_at"),
            Module.updated_at.label("module_updated_at"),
            *_BRIEF,
            _HAS_DRAFT,
            _IS_LIVE,
            *texts,
        )
        .outerjoin(Lesson, (Lesson.module_id == Module.id) & Lesson.deleted_at.is_(None))
        .where(Module.course_id == bindparam("course_id", type_=Id()), Module.deleted_at.is_(None))
        .order_by(Module.position, Lesson.position)
    )


_OUTLINE, _OUTLINE_WITH_TEXTS = _outline_query(), _outline_query(*_TEXTS)


async def read_outline(ctx: Ctx, key: str | UUID, *, content: bool = False, fresh: bool = False) -> list[Document]:
    """The modules of a course with their lessons (ModuleOut), as the actor may see them."""
    _, facts = await _course(ctx, key, fresh)
    return await _outline(ctx, facts, content=content, fresh=fresh)


async def _outline(ctx: Ctx, facts: _CourseFacts, *, content: bool = False, fresh: bool = False) -> list[Document]:
    """Learners see neither hidden modules nor hidden lessons; what they may not read is blanked."""
    access = lesson_access(ctx.actor, facts)
    modules: dict[Any, Document] = {}
    query = _OUTLINE_WITH_TEXTS if content else _OUTLINE
    for row in await _all(ctx, query, fresh, course_id=facts.id):
        if not (row["module_is_active"] or access.is_staff):
            continue
        module = modules.get(row["module_id"])
        if module is None:
            module = modules[row["module_id"]] = _module_fields(row, facts)
        if row["id"] is not None and (row["is_shown"] or access.is_staff):
            module["lessons"].append(_lesson_fields(access, row, content=content))
    return list(modules.values())


def _module_fields(row: Row, facts: _CourseFacts) -> Document:
    return {
        "id": row["module_id"],
        "course_id": facts.id,
        "title": row["module_title"],
        "description": row["description"],
        "order": row["module_position"],
        "is_active": row["module_is_active"],
        "version": row["module_version"],
        "created_at": row["module_created_at"],
        "updated_at": row["module_updated_at"],
        "lessons": [],
    }


def _lesson_fields(access: LessonAccess, row: Row, *, content: bool) -> Document:
    """A row as ListedLesson; with `content` its text too. Blanked where the actor may not read it."""
    can_read = access.reads(is_free=row["is_free"], is_shown=row["is_shown"])
    document = {name: row[name] for name in _BRIEF_NAMES}
    document["module_id"] = row["module_id"]
    document["order"] = row["position"]
    document["locked"] = not can_read
    if access.is_staff:
        document["has_draft"] = row["has_draft"]
        document["is_live"] = row.get("is_live")
    if content:
        document["content"], document["content_html"] = row["content"], _html(row)
    if not can_read:
        for name in ("video_url", "file_id", *(("content", "content_html") if content else ())):
            document[name] = None
    return document


def _html(row: Row) -> str:
    """As stored, or made anew where an older renderer made it."""
    if row["html_renderer"] == rendering.RENDERER:
        return str(row["content_html"])
    return rendering.render(row["content"]).html


async def read_lessons(ctx: Ctx, key: str | UUID, *, content: bool = False) -> list[Document]:
    """Every lesson of a course in order (ListedLesson)."""
    return [lesson for module in await read_outline(ctx, key, content=content) for lesson in module["lessons"]]


async def read_chapters(ctx: Ctx, key: str | UUID) -> list[Document]:
    """Every lesson with its text, as 002 calls them: `order` counts through the course, neighbours are named."""
    chapters = await read_lessons(ctx, key, content=True)
    for index, chapter in enumerate(chapters):
        chapter["order"] = chapter["order_index"]
        chapter["prev_chapter_id"] = chapters[index - 1]["id"] if index else None
        chapter["next_chapter_id"] = chapters[index + 1]["id"] if index + 1 < len(chapters) else None
    return chapters


_MODULE = Query(select(Module.course_id).where(Module.id == bindparam("id", type_=Id()), Module.deleted_at.is_(None)))


async def read_module(ctx: Ctx, module_id: UUID, *, content: bool = False, fresh: bool = False) -> Document:
    """One module with its lessons (ModuleOut). Raises NotFound."""
    course_id = await course_of_module(ctx, module_id, fresh=fresh)
    for module in await read_outline(ctx, course_id, content=content, fresh=fresh):
        if as_uuid(module["id"]) == module_id:
            return module
    raise NotFound


async def course_of_module(ctx: Ctx, module_id: UUID, *, fresh: bool = False) -> UUID:
    """Raises NotFound; whether the actor may see the course is for the caller to ask."""
    rows = await _all(ctx, _MODULE, fresh, id=module_id)
    if not rows:
        raise NotFound
    return as_uuid(rows[0]["course_id"])


def _neighbour(after: bool) -> Any:
    other = aliased(Lesson)
    where = other.order_index > Lesson.order_index if after else other.order_index < Lesson.order_index
    return (
        select(other.id)
        .where(other.course_id == Lesson.course_id, where, other.is_shown, other.deleted_at.is_(None))
        .order_by(other.order_index if after else other.order_index.desc())
        .limit(1)
        .scalar_subquery()
    )


_LESSON = Query(
    select(
        *_BRIEF,
        Lesson.module_id,
        _HAS_DRAFT,
        *_TEXTS,
        Lesson.draft_title,
        Lesson.draft_content,
        Course.organization_id.label("course_organization_id"),
        Course.status.label("course_status"),
        Course.access.label("course_access"),
        Course.title.label("course_title"),
        Course.slug.label("course_slug"),
        Course.language.label("course_language"),
        _neighbour(after=True).label("next_chapter_id"),
        _neighbour(after=False).label("prev_chapter_id"),
    )
    .join(Course, Course.id == Lesson.course_id)
    .where(Lesson.id == bindparam("id", type_=Id()), Lesson.deleted_at.is_(None), Course.deleted_at.is_(None))
)


async def _lesson(ctx: Ctx, lesson_id: UUID, fresh: bool = False) -> tuple[Row, _CourseFacts, LessonAccess]:
    """The row of a lesson that the actor knows of, its course, and what the actor may read there."""
    rows = await _all(ctx, _LESSON, fresh, id=lesson_id)
    if not rows:
        raise NotFound
    row = rows[0]
    facts = _CourseFacts(
        as_uuid(row["course_id"]), as_uuid(row["course_organization_id"]), row["course_status"], row["course_access"]
    )
    access = lesson_access(ctx.actor, facts)
    if not can_see_course(ctx.actor, facts) or not (row["is_shown"] or access.is_staff):
        raise NotFound
    return row, facts, access


async def read_lesson(ctx: Ctx, lesson_id: UUID, *, fresh: bool = False) -> Document:
    """One lesson (LessonOut), staff with its draft. Raises NotFound, Forbidden (LessonLocked)."""
    row, facts, access = await _lesson(ctx, lesson_id, fresh)
    document = _lesson_fields(access, row, content=True)
    if document["locked"]:
        raise locked(ctx, facts.id)
    media = LessonMedia.model_validate(row["media"])
    document["captions"] = [track.model_dump() for track in media.captions]
    document["transcript_url"] = media.transcript_url
    document["next_chapter_id"], document["prev_chapter_id"] = row["next_chapter_id"], row["prev_chapter_id"]
    if access.is_staff:
        document["draft_title"], document["draft_content"] = row["draft_title"], row["draft_content"]
    return document


async def study_lesson(ctx: Ctx, lesson_id: UUID) -> Document:
    """One lesson for a page: with `is_shown`, `is_staff` and its `course`; `locked` without text. Raises NotFound."""
    row, _, access = await _lesson(ctx, lesson_id)
    document = _lesson_fields(access, row, content=True)
    media = LessonMedia() if document["locked"] else LessonMedia.model_validate(row["media"])
    names = ("title", "slug", "status", "access", "language")
    return document | {
        "captions": [track.model_dump() for track in media.captions],
        "transcript_url": media.transcript_url,
        "next_chapter_id": row["next_chapter_id"],
        "is_shown": row["is_shown"],
        "is_staff": access.is_staff,
        "course": {"id": row["course_id"]} | {name: row[f"course_{name}"] for name in names},
    }


async def read_chapter(ctx: Ctx, lesson_id: UUID) -> Document:
    """One lesson as 002 calls it: `order` counts through the course."""
    chapter = await read_lesson(ctx, lesson_id)
    chapter["order"] = chapter["order_index"]
    return chapter


async def read_neighbour(ctx: Ctx, lesson_id: UUID, *, after: bool) -> Document:
    """The chapter after or before one. Raises NoNextLesson, NoPreviousLesson at the ends."""
    row, _, _ = await _lesson(ctx, lesson_id)
    other = row["next_chapter_id" if after else "prev_chapter_id"]
    if other is None:
        raise errors.NoNextLesson if after else errors.NoPreviousLesson
    return await read_chapter(ctx, as_uuid(other))
