"""From answers to a score that stands: marks, a score row, the attempt, the log, the learner's best in learning."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import events
from akademe.assessment.models import (
    Assessment,
    AssessmentType,
    Attempt,
    AttemptScore,
    AttemptStatus,
    GradeLogEntry,
    Mark,
    Marks,
)
from akademe.assessment.rules import results
from akademe.assessment.rules.grading import Graded, grade
from akademe.assessment.service import rows
from akademe.assessment.service.finding import Seat, Tally
from akademe.assessment.service.papers import AskedQuestion
from akademe.kernel.ctx import Ctx
from akademe.learning import service as learning
from akademe.learning.models import Enrolment


def mark_all(
    asked: Sequence[AskedQuestion], answers: Mapping[str, Any], before: Mapping[str, Mark] | None = None
) -> dict[str, Mark]:
    """Marks by question id; what a person has marked `before` stays, within what is possible now."""
    return {one.id: _mark(one, answers.get(one.id), (before or {}).get(one.id)) for one in asked}


def _mark(one: AskedQuestion, answer: Any, before: Mark | None) -> Mark:
    possible = one.key["points"]
    if before is not None and before.by is not None and before.earned is not None:
        earned = min(before.earned, possible)
        return before.model_copy(
            update={"v": one.key_version, "possible": possible, "earned": earned, "is_correct": earned == possible}
        )
    graded = grade(one.asked, answer)
    return Mark(
        v=one.key_version,
        possible=possible,
        earned=graded.earned,
        is_correct=graded.is_correct,
        said=list(graded.feedback),
    )


def total_of(marks: Mapping[str, Mark], penalty: str) -> results.Total:
    pairs = ((Graded(None, mark.earned), mark.possible) for mark in marks.values())
    return results.total(pairs, penalty=Fraction(penalty))


async def record_score(
    ctx: Ctx, assessment: Assessment, attempt: Attempt, marks: dict[str, Mark], reason: str
) -> AttemptScore:
    """Write the next score of a submitted attempt, what it changed into the log, and the best into learning."""
    total = total_of(marks, attempt.penalty)
    old = (attempt.earned, attempt.possible, attempt.passed) if attempt.score_number else None
    attempt.score_number += 1
    attempt.earned, attempt.possible, attempt.waiting = total.earned, total.possible, total.waiting
    attempt.passed = results.passed(total, assessment.passing_score)
    attempt.status = AttemptStatus.SUBMITTED if total.waiting else AttemptStatus.GRADED
    score = AttemptScore(
        attempt_id=attempt.id,
        number=attempt.score_number,
        earned=total.earned,
        possible=total.possible,
        waiting=total.waiting,
        passed=attempt.passed,
        marks=Marks(items=marks).model_dump(mode="json"),
        reason=reason,
        actor_id=ctx.actor.user_id,
        created_at=ctx.now,
    )
    await rows.add_score(ctx, score)
    if old is not None and old[:2] != (total.earned, total.possible):
        ctx.db.add(_log_entry(ctx, attempt, old[:2], reason))
    elif old is not None and old[2] != attempt.passed:
        judged = "passed" if attempt.passed else "not passed"
        ctx.db.add(_log_entry(ctx, attempt, old[:2], f"{reason}: {judged}"))
    _announce(ctx, assessment, attempt, total, is_regrade=old is not None)
    return score


def _log_entry(ctx: Ctx, attempt: Attempt, old: tuple[int | None, int], reason: str) -> GradeLogEntry:
    assert attempt.earned is not None
    return GradeLogEntry(
        organization_id=attempt.organization_id,
        course_id=attempt.course_id,
        assessment_id=attempt.assessment_id,
        attempt_id=attempt.id,
        user_id=attempt.user_id,
        old_earned=old[0],
        old_possible=old[1],
        new_earned=attempt.earned,
        new_possible=attempt.possible,
        actor_id=ctx.actor.user_id,
        reason=reason,
        created_at=ctx.now,
    )


def _announce(ctx: Ctx, assessment: Assessment, attempt: Attempt, total: results.Total, *, is_regrade: bool) -> None:
    if total.waiting:
        return
    ctx.record(
        events.AssessmentGraded(
            organization_id=attempt.organization_id,
            course_id=attempt.course_id,
            assessment_id=attempt.assessment_id,
            attempt_id=attempt.id,
            user_id=attempt.user_id,
            score=results.score(total.share),
            passed=bool(attempt.passed),
            is_shown=assessment.review != "never",
            is_regrade=is_regrade,
        )
    )


async def tell_learning(ctx: Ctx, assessment: Assessment, enrolment: Enrolment | Seat, tally: Tally) -> None:
    """The best of one person's submitted attempts, into learning, in this transaction. The best counts."""
    if assessment.type != AssessmentType.QUIZ or not tally.scored or not enrolment.has_seat:
        return
    await learning.record_quiz_result(
        ctx,
        enrolment,
        quiz_id=assessment.id,
        lesson_id=assessment.lesson_id,
        best_score=results.score(tally.best),
        passed=tally.passed,
        attempts=tally.scored,
        held=tally.held,
    )


async def scores_of(ctx: Ctx, attempts: Sequence[Attempt]) -> dict[UUID, AttemptScore]:
    """The score that counts of each attempt, by attempt id."""
    if not attempts:
        return {}
    wanted = {attempt.id: attempt.score_number for attempt in attempts}
    found = await ctx.db.scalars(select(AttemptScore).where(AttemptScore.attempt_id.in_(wanted)))
    return {row.attempt_id: row for row in found if row.number == wanted[row.attempt_id]}
