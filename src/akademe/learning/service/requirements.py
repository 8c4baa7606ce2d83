"""What a course asks for besides lessons: registered and satisfied by the domains above."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, select

from akademe.kernel.bulk import insert_into, run_many
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Query, Row, as_uuid, new_id
from akademe.learning.models import ACTIVE, Enrolment, Requirement, Satisfaction
from akademe.learning.rules.results import QuizResult
from akademe.learning.service import completion, finishing, results
from akademe.learning.service.recounting import ask_progress_recount

QUIZ = "quiz"
_REQUIREMENT = Query(
    select(Requirement.id.label("requirement_id"), Satisfaction.id.label("satisfaction_id"))
    .outerjoin(
        Satisfaction,
        and_(Satisfaction.requirement_id == Requirement.id, Satisfaction.enrolment_id == bindparam("enrolment_id")),
    )
    .where(Requirement.kind == QUIZ, Requirement.ref_id == bindparam("quiz_id"))
)
_SATISFACTIONS: Any = Satisfaction.__table__
_SATISFY = Command(lambda insert: insert(_SATISFACTIONS).on_conflict_do_nothing().returning(_SATISFACTIONS.c.id))


@dataclass(frozen=True, slots=True)
class CourseItem:
    """An item of a course by its id; whether completing the course asks for it."""

    ref_id: UUID
    lesson_id: UUID | None = None
    is_required: bool = True


async def register_requirements(ctx: Ctx, course_id: UUID, kind: str, items: Sequence[CourseItem]) -> None:
    """Say that the course has such items; again: change them."""
    if not items:
        return
    key = ["kind", "ref_id"]
    insert = insert_into(Requirement)
    anew = {name: insert.excluded[name] for name in ("course_id", "lesson_id", "is_required")}
    rows = [
        {
            "course_id": course_id,
            "kind": kind,
            "ref_id": one.ref_id,
            "lesson_id": one.lesson_id,
            "is_required": one.is_required,
            "created_at": ctx.now,
        }
        for one in items
    ]
    await run_many(ctx, insert.on_conflict_do_update(index_elements=key, set_=anew), rows)
    ask_progress_recount(ctx, course_id)


async def remove_requirement(ctx: Ctx, kind: str, ref_id: UUID) -> None:
    row = await _requirement(ctx, kind, ref_id)
    if row is None:
        return
    await ctx.db.execute(delete(Satisfaction).where(Satisfaction.requirement_id == row.id))
    await ctx.db.execute(delete(Requirement).where(Requirement.id == row.id))
    ask_progress_recount(ctx, row.course_id)


async def _requirement(ctx: Ctx, kind: str, ref_id: UUID) -> Requirement | None:
    wanted = select(Requirement).where(Requirement.kind == kind, Requirement.ref_id == ref_id)
    found: Requirement | None = await ctx.db.scalar(wanted)
    return found


class Enrolled(Protocol):
    """An enrolment, or what another domain read of one."""

    @property
    def id(self) -> UUID: ...


async def record_quiz_result(
    ctx: Ctx,
    enrolment: Enrolled,
    *,
    quiz_id: UUID,
    lesson_id: UUID | None,
    best_score: float,
    passed: bool,
    attempts: int,
    held: Row | None = None,
) -> None:
    """Write a learner's best (0 to 1) of a quiz, in the caller's transaction: the next request sees scores and status.

    A pass satisfies the quiz's requirement for good, completes its lesson where that is of type quiz, and may complete
    the course. `held` is what `hold_results` gave who counted under it.
    """
    result = QuizResult(
        lesson_id=str(lesson_id) if lesson_id else None, score=best_score, attempts=attempts, passed=passed
    )
    held = held or await results.hold_results(ctx, enrolment.id)
    await results.note_result(ctx, enrolment.id, held, quiz_id, result)
    is_new = passed and await _satisfy(ctx, enrolment.id, quiz_id)
    if lesson_id is not None:
        await completion.attend(ctx, enrolment.id, as_uuid(held["user_id"]), lesson_id, passed=passed)
    if is_new and held["status"] in ACTIVE:
        await finishing.finish_if_complete(ctx, enrolment.id)
    if isinstance(enrolment, Enrolment):  # a row of the session, which saw none of this
        await ctx.db.refresh(enrolment)


async def _satisfy(ctx: Ctx, enrolment_id: UUID, quiz_id: UUID) -> bool:
    """Whether it is satisfied only now; most often an earlier attempt did."""
    rows = await _REQUIREMENT.within(ctx, enrolment_id=enrolment_id, quiz_id=quiz_id)
    if not rows or rows[0]["satisfaction_id"] is not None:
        return False
    values = {"enrolment_id": enrolment_id, "requirement_id": as_uuid(rows[0]["requirement_id"])}
    return bool(await _SATISFY.run(ctx, id=new_id(), created_at=ctx.now, satisfied_at=ctx.now, **values))
