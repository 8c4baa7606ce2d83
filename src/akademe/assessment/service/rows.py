"""The rows of an attempt on the hot path: each verb is one statement, and the database decides who was first.

The attempts given and taken here are values that belong to no session.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from akademe.assessment.models import Attempt, AttemptScore, AttemptStatus
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import database, new_id

_ATTEMPTS: Any = Attempt.__table__
_SCORES: Any = AttemptScore.__table__
_ADD = {
    True: insert_sqlite(_ATTEMPTS).on_conflict_do_nothing().returning(_ATTEMPTS.c.id),
    False: insert_postgresql(_ATTEMPTS).on_conflict_do_nothing().returning(_ATTEMPTS.c.id),
}
_ADDED = (
    "id", "organization_id", "course_id", "assessment_id", "user_id", "enrolment_id", "number", "status", "seed",
    "paper", "answers", "started_at", "due_at", "score_number", "created_at",
)  # fmt: skip
_ADD_SCORE = _SCORES.insert()
_DEFAULTS = {"is_late": False, "is_auto": False, "penalty": "0", "possible": 0, "waiting": 0}
_IS_OPEN = _ATTEMPTS.c.status == literal_column("'open'")
_CLAIM = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.assessment_id == bindparam("of"), _ATTEMPTS.c.user_id == bindparam("by"), _IS_OPEN)
    .values(status=AttemptStatus.SUBMITTED.value)
    .returning(*_ATTEMPTS.c)
)
_CLAIM_NAMED = _CLAIM.where(_ATTEMPTS.c.id == bindparam("named"))
_END = (
    "status", "answers", "due_at", "submitted_at", "time_spent", "is_late", "is_auto", "penalty", "score_number",
    "earned", "possible", "waiting", "passed",
)  # fmt: skip
_WRITE_END = (
    update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("ended")).values({name: bindparam(name) for name in _END})
)


async def insert(ctx: Ctx, attempt: Attempt) -> bool:
    """False where another request was first: with this number, or with an open attempt."""
    values = {name: getattr(attempt, name) for name in _ADDED}
    return (await ctx.db.execute(_ADD[database().is_sqlite], _DEFAULTS | values)).first() is not None


async def same_number(ctx: Ctx, attempt: Attempt) -> Attempt:
    """The attempt that another request began with the same number."""
    first = select(Attempt).where(
        Attempt.assessment_id == attempt.assessment_id,
        Attempt.user_id == attempt.user_id,
        (Attempt.number == attempt.number) | (Attempt.status == AttemptStatus.OPEN),
    )
    found = await ctx.db.scalar(first.order_by(Attempt.number.desc()).limit(1))
    assert found is not None
    return found


async def claim(ctx: Ctx, assessment_id: UUID, user_id: UUID, attempt_id: UUID | None) -> Attempt | None:
    """Take a person's open attempt (the one named) to submit it, or None where none is open any more."""
    values = {"of": assessment_id, "by": user_id}
    if attempt_id is not None:
        row = (await ctx.db.execute(_CLAIM_NAMED, values | {"named": attempt_id})).mappings().first()
    else:
        row = (await ctx.db.execute(_CLAIM, values)).mappings().first()
    return None if row is None else Attempt(**row)


async def write_end(ctx: Ctx, attempt: Attempt) -> None:
    """How a claimed attempt ended."""
    await ctx.db.execute(_WRITE_END, {name: getattr(attempt, name) for name in _END} | {"ended": attempt.id})


async def add_score(ctx: Ctx, score: AttemptScore) -> None:
    """Append a scoring."""
    score.id = new_id()
    await ctx.db.execute(_ADD_SCORE, {column.key: getattr(score, column.key) for column in _SCORES.c})
