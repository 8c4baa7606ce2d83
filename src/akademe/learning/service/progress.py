"""Progress and enrolments, read."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from akademe.catalog import service as catalog
from akademe.catalog.models import Course, Lesson
from akademe.catalog.policy import can_see_course, is_course_staff
from akademe.identity import service as identity
from akademe.identity.models import Membership, User
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Row, as_uuid, fold, folded
from akademe.kernel.errors import Forbidden, NotFound
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.learning.models import ACTIVE, SEATED, Completion, Enrolment, EnrolmentStatus, Streak
from akademe.learning.policy import visible_enrolments
from akademe.learning.schemas import EnrolmentOut
from akademe.learning.service import enrolling, facts, waiting
from akademe.learning.service.documents import as_out, progress_document, summary

_COMPLETED_AT_MOST = 20_000


async def progress_of(ctx: Ctx, user_id: UUID, course_key: str | UUID) -> dict[str, Any]:
    """The UserProgress document of a person in a course, in two statements. Raises NotFound, Forbidden."""
    row = await facts.course_row(ctx, course_key, user_id)
    if row is None or row["course_deleted_at"] is not None:
        raise NotFound
    course = facts.course_view(row)
    if ctx.actor.user_id != user_id:
        if not can_see_course(ctx.actor, course):
            raise NotFound
        require(is_course_staff(ctx.actor, course))
    if row["enrolment_id"] is None:
        raise NotFound("There is no progress here: this person is not enrolled.")
    return await _document(ctx, row)


async def _document(ctx: Ctx, row: Row) -> dict[str, Any]:
    ids = {name: as_uuid(row[name]) for name in ("course_id", "enrolment_id")}
    return progress_document(row, await facts.LESSONS.within(ctx, **ids), ctx.now)


async def progress_of_enrolment(ctx: Ctx, enrolment_id: UUID) -> dict[str, Any]:
    """The UserProgress document of one enrolment, of a dropped one too: its history is kept. Raises NotFound."""
    enrolment = await enrolling.get_enrolment(ctx, enrolment_id)
    row = (await facts.BY_ENROLMENT.within(ctx, enrolment_id=enrolment.id))[0]
    if row["course_deleted_at"] is not None:
        raise NotFound
    return await _document(ctx, row)


async def list_progress(ctx: Ctx, user_id: UUID, page: Page) -> Paged[dict[str, Any]]:
    """UserProgress of every course the person is in, as far as the actor may see it; newest first."""
    await _require_sight(ctx, user_id)
    found = await paginate(
        ctx,
        select(Enrolment, Course, Streak, User.time_zone)
        .join(Course, Course.id == Enrolment.course_id)
        .join(User, User.id == Enrolment.user_id)
        .outerjoin(Streak, Streak.user_id == Enrolment.user_id)
        .where(
            Enrolment.user_id == user_id, Course.deleted_at.is_(None), facts.IS_CURRENT, visible_enrolments(ctx.actor)
        ),
        [Key(Enrolment.enrolled_at, descending=True), Key(Enrolment.id)],
        page,
    )
    done = await _completed(ctx, [row[0].id for row in found.items])
    items = [_summary(*row, done=done.get(row[0].id, []), ctx=ctx) for row in found.items]
    return Paged(items, found.next_cursor, found.total)


def _summary(
    enrolment: Enrolment, course: Course, streak: Streak | None, time_zone: str, *, done: list[UUID], ctx: Ctx
) -> dict[str, Any]:
    run = (streak.days, streak.longest, streak.last_day) if streak else (0, 0, None)
    named = dict(zip(("streak_days", "streak_longest", "streak_last_day"), run, strict=True))
    columns = {column.name: getattr(enrolment, column.name) for column in Enrolment.__table__.columns}
    row = columns | named | {"enrolment_id": enrolment.id, "course_title": course.title, "time_zone": time_zone}
    return summary(row, done, ctx.now)


async def _completed(ctx: Ctx, enrolment_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    wanted = (
        select(Completion.enrolment_id, Completion.lesson_id)
        .join(Lesson, Lesson.id == Completion.lesson_id)
        .where(Completion.enrolment_id.in_(enrolment_ids), Lesson.is_shown, Lesson.deleted_at.is_(None))
        .order_by(Lesson.order_index)
        .limit(_COMPLETED_AT_MOST)
    )
    found: dict[UUID, list[UUID]] = {}
    for enrolment_id, lesson_id in await ctx.db.execute(wanted):
        found.setdefault(enrolment_id, []).append(lesson_id)
    return found


async def _require_sight(ctx: Ctx, user_id: UUID) -> None:
    """Oneself, admins of an organisation the person belongs to, staff of a course the person is in."""
    actor = ctx.actor
    if actor.user_id == user_id or actor.is_platform_admin or actor.is_system:
        return
    member = select(Membership.id).where(
        Membership.user_id == user_id, Membership.organization_id == actor.organization_id
    )
    if actor.is_admin and await ctx.db.scalar(member) is not None:
        return
    seen = select(Enrolment.id).where(Enrolment.user_id == user_id, visible_enrolments(actor)).limit(1)
    if await ctx.db.scalar(seen) is None:
        raise Forbidden


def status_is(status: str) -> ColumnElement[bool] | None:
    """The filter of a list; `active` means enrolled and in progress. None where nothing is filtered."""
    if status in ("", "undefined"):
        return None
    return Enrolment.status.in_(ACTIVE) if status == "active" else Enrolment.status == status


async def list_enrolments(ctx: Ctx, status: str, page: Page) -> Paged[EnrolmentOut]:
    """One's own, newest first, with a brief of each course."""
    wanted = (
        select(Enrolment, Course)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.user_id == ctx.actor.user_id, Course.deleted_at.is_(None))
    )
    filtered = status_is(status)
    wanted = wanted if filtered is None else wanted.where(filtered)
    keys = [Key(Enrolment.enrolled_at, descending=True), Key(Enrolment.id)]
    found = await paginate(ctx, wanted, keys, page, count=True)
    places = await waiting.places(ctx, [enrolment for enrolment, _ in found.items])
    items = [as_out(enrolment, places, course=course) for enrolment, course in found.items]
    return Paged(items, found.next_cursor, found.total)


async def list_course_enrolments(
    ctx: Ctx, course_key: str | UUID, status: str, page: Page, *, q: str = ""
) -> Paged[EnrolmentOut]:
    """Everyone in a course, for its staff, newest first, with a brief of each; `q` is part of a name or e-mail."""
    course = await catalog.get_course(ctx, course_key)
    require(is_course_staff(ctx.actor, course))
    wanted = _named(select(Enrolment).where(Enrolment.course_id == course.id), q)
    filtered = status_is(status)
    wanted = wanted if filtered is None else wanted.where(filtered)
    keys = [Key(Enrolment.enrolled_at, descending=True), Key(Enrolment.id)]
    found = await paginate(ctx, wanted, keys, page, count=True)
    people = await identity.user_briefs(ctx, [item.user_id for item in found.items])
    places = await waiting.places(ctx, found.items)
    items = [as_out(item, places, user=people.get(item.user_id)) for item in found.items]
    return Paged(items, found.next_cursor, found.total)


def _named(wanted: Select[Enrolment], q: str) -> Select[Enrolment]:
    if not q:
        return wanted
    full_name = User.first_name + " " + User.last_name
    found = [folded(column).contains(fold(q), autoescape=True) for column in (full_name, User.email)]
    return wanted.join(User, User.id == Enrolment.user_id).where(or_(*found))


async def enrolment_counts(ctx: Ctx, course_key: str | UUID) -> dict[str, int]:
    """How many are in a course by status, for its staff. Raises NotFound, Forbidden."""
    course = await catalog.get_course(ctx, course_key)
    require(is_course_staff(ctx.actor, course))
    counted = select(Enrolment.status, func.count()).where(Enrolment.course_id == course.id).group_by(Enrolment.status)
    return {status.value: 0 for status in EnrolmentStatus} | dict((await ctx.db.execute(counted)).tuples().all())


async def completion_table(
    ctx: Ctx, course_key: str | UUID, page: Page, *, q: str = ""
) -> Paged[tuple[EnrolmentOut, set[UUID]]]:
    """Everyone with a seat and the lessons they have completed, for the course's staff, by how far they are.

    Raises NotFound, Forbidden.
    """
    course = await catalog.get_course(ctx, course_key)
    require(is_course_staff(ctx.actor, course))
    seated = select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.status.in_(SEATED))
    wanted = _named(seated, q)
    keys = [Key(Enrolment.progress_percentage, descending=True), Key(Enrolment.id)]
    found = await paginate(ctx, wanted, keys, page)
    people = await identity.user_briefs(ctx, [item.user_id for item in found.items])
    done = await _completed(ctx, [item.id for item in found.items])
    rows = [(as_out(item, {}, user=people.get(item.user_id)), set(done.get(item.id, ()))) for item in found.items]
    return Paged(rows, found.next_cursor, found.total)


async def enrolment_out(ctx: Ctx, enrolment: Enrolment) -> EnrolmentOut:
    """An enrolment as JSON."""
    return as_out(enrolment, await waiting.places(ctx, [enrolment]))
