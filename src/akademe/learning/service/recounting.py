"""Figures that may be a moment old: the enrolments a course shows, and progress after its outline changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, func, literal_column, select, update

from akademe.catalog import service as catalog
from akademe.catalog.models import Lesson
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, Row, as_uuid
from akademe.learning import events
from akademe.learning.models import ACTIVE, SEATED, Completion, Enrolment
from akademe.learning.rules.progress import is_complete, percentage
from akademe.learning.service import finishing
from akademe.learning.service.facts import required_lessons, unsatisfied

BATCH = 200
# Many changes in a moment are counted once.
COUNT_AFTER = timedelta(seconds=5)
FIRST = UUID(int=0)
_UNFINISHED: Any = literal_column("enrolments.status NOT IN ('completed', 'dropped')")


def _completed(enrolment_id: Any) -> Any:
    """SQL: how many required lessons the enrolment has completed."""
    done = select(func.count()).select_from(Completion).join(Lesson, Lesson.id == Completion.lesson_id)
    return done.where(Completion.enrolment_id == enrolment_id, *required_lessons()).scalar_subquery()


_TOTAL = Query(
    select(func.count().label("total"))
    .select_from(Lesson)
    .where(Lesson.course_id == bindparam("course_id"), *required_lessons())
)
_BATCH = Query(
    select(
        Enrolment.id,
        Enrolment.status,
        Enrolment.completed_count,
        Enrolment.progress_percentage,
        _completed(Enrolment.id).label("done"),
    )
    .where(Enrolment.course_id == bindparam("course_id"), _UNFINISHED, Enrolment.id > bindparam("after"))
    .order_by(Enrolment.id)
    .limit(bindparam("most", type_=Integer()))
)


def ask_recount(ctx: Ctx, course_id: UUID) -> None:
    """Have the public count brought up to date soon: no row that every enrolment would wait for."""
    wanted = events.RecountCourse(course_id=course_id)
    ctx.enqueue(wanted, run_after=ctx.now + COUNT_AFTER, dedupe=f"recount:{course_id}")


def ask_progress_recount(ctx: Ctx, course_id: UUID) -> None:
    """Have what enrolments say of their progress brought up to date soon: what the course asks for has changed."""
    wanted = events.RecountProgress(course_id=course_id)
    ctx.enqueue(wanted, run_after=ctx.now + COUNT_AFTER, dedupe=f"progress:{course_id}")


async def recount_course(ctx: Ctx, course_id: UUID) -> None:
    seated = (Enrolment.course_id == course_id, Enrolment.status.in_(SEATED))
    count = await ctx.db.scalar(select(func.count()).select_from(Enrolment).where(*seated)) or 0
    await catalog.set_course_counts(ctx, course_id, enrollments=count)


async def recount_progress(ctx: Ctx, course_id: UUID, after: UUID | None) -> None:
    """Count one batch of a course's enrolments anew from their completion rows; who has everything now is done.

    Completed is final: those stay as they are. Most often a batch is read and nothing is written.
    """
    total = (await _TOTAL.all(course_id=course_id))[0]["total"]
    batch = await _BATCH.all(course_id=course_id, after=after or FIRST, most=BATCH)
    changed = [row for row in batch if _differs(row, total)]
    if changed:
        await _rewrite(ctx, [as_uuid(row["id"]) for row in changed], total)
    full = [as_uuid(row["id"]) for row in batch if row["status"] in ACTIVE and is_complete(row["done"], total, 0)]
    if full:
        await _finish(ctx, course_id, full)
    if len(batch) == BATCH:
        ctx.enqueue(events.RecountProgress(course_id=course_id, after=as_uuid(batch[-1]["id"])))


def _differs(row: Row, total: int) -> bool:
    share = percentage(row["done"], total)
    return bool(row["completed_count"] != row["done"] or abs(row["progress_percentage"] - share) > 0.1)


async def _rewrite(ctx: Ctx, ids: Sequence[UUID], total: int) -> None:
    """Under the rows' locks, so that a completion at the same moment is counted once."""
    await ctx.lock_writes()
    locked = select(Enrolment.id).where(Enrolment.id.in_(ids), _UNFINISHED).order_by(Enrolment.id).with_for_update()
    mine = list(await ctx.db.scalars(locked))
    counted = select(Enrolment.id, _completed(Enrolment.id)).where(Enrolment.id.in_(mine))
    figures = [
        {"wanted": id_, "count": done, "share": percentage(done, total)} for id_, done in await ctx.db.execute(counted)
    ]
    if figures:
        table: Any = Enrolment.__table__
        anew = update(table).where(table.c.id == bindparam("wanted"))
        values: dict[str, Any] = {"completed_count": bindparam("count"), "progress_percentage": bindparam("share")}
        await ctx.db.execute(anew.values(**values), figures)


async def _finish(ctx: Ctx, course_id: UUID, ids: Sequence[UUID]) -> None:
    """Complete the course for those who lack nothing else either."""
    await ctx.lock_writes()
    wanted = select(Enrolment.id).where(Enrolment.id.in_(ids), ~unsatisfied(Enrolment.id, course_id).exists())
    for enrolment_id in (await ctx.db.scalars(wanted.with_for_update())).all():
        await finishing.finish_if_complete(ctx, enrolment_id)
