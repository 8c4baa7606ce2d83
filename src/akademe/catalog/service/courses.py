"""Courses: made, changed, published, archived, deleted and brought back."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from akademe.catalog import errors, events, rules
from akademe.catalog.models import (
    Course,
    CoursePrerequisite,
    CourseSettings,
    CourseStatus,
    CourseTag,
)
from akademe.catalog.policy import can_create_course, can_edit_course, can_own_course, in_tenant
from akademe.catalog.schemas import CourseIn, CoursePatch
from akademe.catalog.service import indexing, media, rendering, staff
from akademe.catalog.service.announcing import announce
from akademe.catalog.service.finding import check_version, get_course, touch
from akademe.kernel import cache
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import is_unique_violation
from akademe.kernel.errors import Invalid, NotFound
from akademe.orgs import service as orgs
from akademe.orgs.models import Organization

_ANNOUNCED = frozenset({"title", "description", "objectives"})
_SHOWING = frozenset({"thumbnail_url", "video_url", "description"})
_ASIDE = frozenset(
    {"slug", "instructor_id", "price", "status", "is_published", "prerequisites", "certificate", "description"}
)


async def create_course(ctx: Ctx, given: CourseIn, *, source: str = "", source_id: str = "") -> Course:
    """A new course; its instructor is the owner. `source` and `source_id` say where an import found it."""
    require(can_create_course(ctx.actor))
    await rendering.prepare(given.description)
    organization_id = ctx.actor.organization_id or (await orgs.default_organization(ctx)).id
    instructor_id = await staff.instructor_for(ctx, given.instructor_id, organization_id)
    values = given.model_dump(exclude=set(_ASIDE)) | _derived(given.model_dump())
    course = Course(
        **values,
        organization_id=organization_id,
        instructor_id=instructor_id,
        slug=given.slug or rules.slugify(given.title),
        source=source,
        source_id=source_id,
        created_at=ctx.now,
        updated_at=ctx.now,
        edited_at=None if source else ctx.now,
    )
    await _insert(ctx, course, is_chosen=bool(given.slug))
    await staff.give(ctx, course, instructor_id, "owner")
    await _claim_files(ctx, course)
    await _write_tags(ctx, course)
    await _write_prerequisites(ctx, course, given.prerequisites)
    ctx.record(events.CourseCreated(organization_id=organization_id, course_id=course.id, title=course.title))
    if given.is_published or given.status != CourseStatus.DRAFT:
        set_status(ctx, course, CourseStatus.PUBLISHED if given.is_published else CourseStatus(given.status))
    await indexing.index_course(ctx, course)
    ctx.after_commit(cache.forget)
    return course


def _derived(values: dict[str, Any]) -> dict[str, Any]:
    """Columns made from fields of another name; only of those that are there."""
    made: dict[str, Any] = {}
    if "price" in values:
        made["price_minor"] = round(values["price"] * 100)
    if "certificate" in values:
        made["settings"] = CourseSettings(certificate=values["certificate"]).model_dump()
    if "description" in values:
        made["description"] = values["description"]
        made["description_html"] = rendering.render(values["description"]).html
    return made


async def _insert(ctx: Ctx, course: Course, *, is_chosen: bool) -> None:
    """Insert under the first free slug; the unique index decides who was first. Raises SlugTaken for a chosen one."""
    await ctx.lock_writes()
    base = course.slug
    taken = set() if is_chosen else await _taken(ctx, course.organization_id, base)
    while True:
        course.slug = rules.next_slug(base, taken)
        _, created = await ctx.insert_or_get(course, organization_id=course.organization_id, slug=course.slug)
        if created:
            return
        if is_chosen:
            raise errors.SlugTaken(slug=base)
        taken.add(course.slug)


async def _taken(ctx: Ctx, organization_id: UUID, base: str) -> set[str]:
    stem = base[: rules.MAX_SLUG - 6]
    like = Course.slug.startswith(stem, autoescape=True)
    rows = await ctx.db.scalars(
        select(Course.slug).where(Course.organization_id == organization_id, like, Course.deleted_at.is_(None))
    )
    return set(rows)


async def update_course(
    ctx: Ctx, key: str | UUID, patch: CoursePatch, if_version: int | None = None, *, imported: bool = False
) -> Course:
    """Change the fields sent. Raises CourseChanged where `if_version` is not the current one.

    `imported` leaves no mark of an edit by hand, nor does a new status. An archived course takes a new status alone.
    """
    changes = patch.model_dump(exclude_unset=True)
    await rendering.prepare(changes.get("description", ""))
    course = await get_course(ctx, key, lock=True)
    require(can_edit_course(ctx.actor, course))
    check_version(course, if_version)
    before = course.status
    after = _wanted_status(course, changes)
    if before == after == CourseStatus.ARCHIVED and changes:
        raise errors.CourseReadOnly
    changed = await _apply(ctx, course, changes)
    if changed or before != after:
        touch(ctx, course, by_hand=bool(changed) and not imported)
        set_status(ctx, course, after)
        if course.is_published and before == after and changed & _ANNOUNCED:
            announce(ctx, course)
        moves_lessons = before != after or bool(changed & {"access", "slug"})
        await indexing.index_course(ctx, course, with_lessons=moves_lessons)
        ctx.after_commit(cache.forget)
    return course


def _wanted_status(course: Course, changes: dict[str, Any]) -> CourseStatus:
    """Of `status` and `is_published`, the one that says something else than now; clients send both back."""
    status = changes.get("status", course.status)
    if status == course.status and changes.get("is_published", course.is_published) != course.is_published:
        status = CourseStatus.PUBLISHED if changes["is_published"] else CourseStatus.DRAFT
    return CourseStatus(status)


async def _apply(ctx: Ctx, course: Course, changes: dict[str, Any]) -> set[str]:
    """Write what differs; gives the names of the fields that did."""
    wanted = {name: value for name, value in changes.items() if name not in _ASIDE} | _derived(changes)
    changed = {name for name, value in wanted.items() if getattr(course, name) != value}
    for name in changed:
        setattr(course, name, wanted[name])
    if changed & _SHOWING:
        await _claim_files(ctx, course)
    if "tags" in changed:
        await _write_tags(ctx, course)
    if "prerequisites" in changes and await _write_prerequisites(ctx, course, changes["prerequisites"]):
        changed.add("prerequisites")
    if changes.get("slug", course.slug) != course.slug:
        await _rename(ctx, course, changes["slug"])
        changed.add("slug")
    if changes.get("instructor_id") not in (None, course.instructor_id):
        await staff.hand_over(ctx, course, changes["instructor_id"])
        changed.add("instructor_id")
    return changed


async def _claim_files(ctx: Ctx, course: Course) -> None:
    await media.claim(ctx, course.id, course.thumbnail_url, course.video_url, course.description)


async def _rename(ctx: Ctx, course: Course, slug: str) -> None:
    try:
        async with ctx.db.begin_nested():
            course.slug = slug
            await ctx.db.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise errors.SlugTaken(slug=slug) from error


async def _write_tags(ctx: Ctx, course: Course) -> None:
    await ctx.db.execute(delete(CourseTag).where(CourseTag.course_id == course.id))
    ctx.db.add_all(CourseTag(course_id=course.id, tag=tag) for tag in sorted(rules.folded_tags(course.tags)))


async def _write_prerequisites(ctx: Ctx, course: Course, keys: Sequence[str]) -> bool:
    """Replace them; gives whether they changed. Raises Invalid for an unknown course and for a circle."""
    current = [required.id for required in await prerequisites_of(ctx, course.id)]
    wanted = [await _prerequisite(ctx, course, key, current) for key in keys]
    if wanted == current:
        return False
    await _refuse_circle(ctx, course, wanted)
    await ctx.db.execute(delete(CoursePrerequisite).where(CoursePrerequisite.course_id == course.id))
    for position, required in enumerate(dict.fromkeys(wanted), 1):
        ctx.db.add(CoursePrerequisite(course_id=course.id, requires_id=required, position=position))
    return True


async def _prerequisite(ctx: Ctx, course: Course, key: str, current: Collection[UUID]) -> UUID:
    """One that is there already stays, seen by the actor or not: clients send whole courses back."""
    if (id_ := rules.as_id(key)) is not None and id_ in current:
        return id_
    try:
        required = await get_course(ctx, key)
    except NotFound:
        required = None
    if required is None or required.organization_id != course.organization_id:
        raise Invalid.field("prerequisites", f"There is no course {key[:60]} here.")
    return required.id


async def _refuse_circle(ctx: Ctx, course: Course, wanted: Iterable[UUID]) -> None:
    """Two changes at once could close a circle that neither sees, so one waits for the other."""
    one = select(Organization.id).where(Organization.id == course.organization_id)
    await ctx.db.execute(one.with_for_update(key_share=True))
    edges: dict[UUID, list[UUID]] = {}
    pairs = select(CoursePrerequisite.course_id, CoursePrerequisite.requires_id).join(
        Course, Course.id == CoursePrerequisite.course_id
    )
    for from_id, to_id in await ctx.db.execute(pairs.where(Course.organization_id == course.organization_id)):
        edges.setdefault(from_id, []).append(to_id)
    if rules.finds_cycle(course.id, wanted, lambda id_: edges.get(id_, ())):
        raise Invalid.field("prerequisites", "A course cannot require itself, not even through others.")


async def prerequisites_of(ctx: Ctx, course_id: UUID) -> list[Course]:
    """The courses to complete before, in their order; deleted ones no longer count."""
    required = (
        select(Course)
        .join(CoursePrerequisite, CoursePrerequisite.requires_id == Course.id)
        .where(CoursePrerequisite.course_id == course_id, Course.deleted_at.is_(None))
        .order_by(CoursePrerequisite.position)
    )
    return list(await ctx.db.scalars(required))


def set_status(ctx: Ctx, course: Course, status: CourseStatus) -> None:
    """Change the status and record what that means."""
    if course.status == status:
        return
    course.status = status
    if status == CourseStatus.PUBLISHED:
        course.published_at = course.published_at or ctx.now
        fact: Any = events.CoursePublished(
            organization_id=course.organization_id, course_id=course.id, title=course.title
        )
    elif status == CourseStatus.ARCHIVED:
        fact = events.CourseArchived(organization_id=course.organization_id, course_id=course.id)
    else:
        fact = events.CourseUnpublished(organization_id=course.organization_id, course_id=course.id)
    ctx.record(fact)


async def publish_course(ctx: Ctx, key: str | UUID) -> Course:
    return await update_course(ctx, key, CoursePatch(status=CourseStatus.PUBLISHED))


async def unpublish_course(ctx: Ctx, key: str | UUID) -> Course:
    return await update_course(ctx, key, CoursePatch(status=CourseStatus.DRAFT))


async def archive_course(ctx: Ctx, key: str | UUID) -> Course:
    return await update_course(ctx, key, CoursePatch(status=CourseStatus.ARCHIVED))


async def delete_course(ctx: Ctx, key: str | UUID) -> None:
    """Out of every list and of search at once; it can be restored for 30 days."""
    course = await get_course(ctx, key, lock=True)
    require(can_own_course(ctx.actor, course))
    course.deleted_at = ctx.now
    await indexing.hide_course(ctx, course.id)
    ctx.record(events.CourseDeleted(organization_id=course.organization_id, course_id=course.id))
    ctx.after_commit(cache.forget)


async def restore_course(ctx: Ctx, course_id: UUID) -> Course:
    """Bring a deleted course back, as a draft; its slug gets a number where somebody took it.

    Raises NotFound, also for those who saw it before: a deleted course is there for its owners alone.
    """
    course = await ctx.get(Course, course_id, lock=True)
    is_theirs = in_tenant(ctx.actor, course) and can_own_course(ctx.actor, course)
    if course.deleted_at is None or course.purged_at is not None or not is_theirs:
        raise NotFound
    course.slug = rules.next_slug(course.slug, await _taken(ctx, course.organization_id, course.slug))
    course.deleted_at, course.status = None, CourseStatus.DRAFT
    touch(ctx, course)
    await indexing.index_course(ctx, course, with_lessons=True)
    ctx.after_commit(cache.forget)
    return course


async def deleted_courses(ctx: Ctx) -> list[Course]:
    """What the actor may restore, newest first."""
    rows = await ctx.db.scalars(
        select(Course)
        .where(
            Course.organization_id == ctx.actor.organization_id,
            Course.deleted_at.is_not(None),
            Course.purged_at.is_(None),
        )
        .order_by(Course.deleted_at.desc())
        .limit(100)
    )
    return [course for course in rows if can_own_course(ctx.actor, course)]


async def set_course_counts(
    ctx: Ctx, course_id: UUID, *, enrollments: int | None = None, rating: float | None = None
) -> None:
    """What learning counts and people rate; no edit, so no new version. The public list shows it within a minute."""
    values: dict[str, Any] = {}
    if enrollments is not None:
        values["enrollments"] = enrollments
    if rating is not None:
        values["rating"] = rating
    if values:
        await ctx.db.execute(update(Course).where(Course.id == course_id).values(**values))
