"""The rows of an attempt on the hot path: each verb is one command, and the database decides who was first.

The attempts given and taken here are values that belong to no session.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select, update

from akademe.assessment.models import Attempt, AttemptScore, AttemptStatus
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Id, Row, UtcDateTime, as_uuid, new_id
from akademe.learning.service.facts import as_time

_ATTEMPTS: Any = Attempt.__table__
_SCORES: Any = AttemptScore.__table__
_IDS = [column.key for column in _ATTEMPTS.c if isinstance(column.type, Id)]
_TIMES = [column.key for column in _ATTEMPTS.c if isinstance(column.type, UtcDateTime)]
_ADDED = (
    "id", "organization_id", "course_id", "assessment_id", "user_id", "enrolment_id", "number", "status", "seed",
    "paper", "answers", "started_at", "due_at", "score_number", "created_at",
)  # fmt: skip
_DEFAULTS = {"is_late": False, "is_auto": False, "penalty": "0", "possible": 0, "waiting": 0}
_END = (
    "status", "answers", "due_at", "submitted_at", "time_spent", "is_late", "is_auto", "penalty", "score_number",
    "earned", "possible", "waiting", "passed",
)  # fmt: skip
_ADD = Command(lambda insert: insert(_ATTEMPTS).on_conflict_do_nothing().returning(_ATTEMPTS.c.id))
_ADD_SCORE = Command(lambda insert: insert(_SCORES))
_CLAIM = Command(lambda _: _claim())
_CLAIM_NAMED = Command(lambda _: _claim().where(_ATTEMPTS.c.id == bindparam("named")))
_WRITE_END = Command(
    lambda _: (
        update(_ATTEMPTS).where(_ATTEMPTS.c.id == bindparam("ended")).values({name: bindparam(name) for name in _END})
    )
)


def _claim() -> Any:
    is_open = _ATTEMPTS.c.status == literal_column("'open'")
    mine = (_ATTEMPTS.c.assessment_id == bindparam("of"), _ATTEMPTS.c.user_id == bindparam("by"), is_open)
    return update(_ATTEMPTS).where(*mine).values(status=AttemptStatus.SUBMITTED.value).returning(*_ATTEMPTS.c)


async def insert(ctx: Ctx, attempt: Attempt) -> bool:
    """False where another request was first: with this number, or with an open attempt."""
    values = {name: getattr(attempt, name) for name in _ADDED}
    return bool(await _ADD.run(ctx, **_DEFAULTS, **values))


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
    if attempt_id is None:
        rows = await _CLAIM.run(ctx, **values)
    else:
        rows = await _CLAIM_NAMED.run(ctx, **values, named=attempt_id)
    return _attempt(rows[0]) if rows else None


def _attempt(row: Row) -> Attempt:
    ids = {name: as_uuid(row[name]) for name in _IDS}
    return Attempt(**row | ids | {name: as_time(row[name]) for name in _TIMES})


async def write_end(ctx: Ctx, attempt: Attempt) -> None:
    """How a claimed attempt ended."""
    await _WRITE_END.run(ctx, **{name: getattr(attempt, name) for name in _END}, ended=attempt.id)


async def add_score(ctx: Ctx, score: AttemptScore) -> None:
    """Append a scoring."""
    score.id = new_id()
    await _ADD_SCORE.run(ctx, **{column.key: getattr(score, column.key) for column in _SCORES.c})
