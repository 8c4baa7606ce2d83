"""A quiz tried by its staff: drawn, answered and graded as for a learner, and nothing of it is kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from akademe.assessment.models import Attempt, AttemptScore, AttemptStatus, Marks
from akademe.assessment.policy import can_grade
from akademe.assessment.rules import results as arithmetic
from akademe.assessment.schemas import LearnerQuestion, QuizResult
from akademe.assessment.service import papers, results, scoring
from akademe.assessment.service.finding import Situation, Tally, read_situation, window_of
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id


async def try_questions(ctx: Ctx, assessment_id: UUID, seed: str) -> list[LearnerQuestion]:
    """What the seed draws, in its order, without keys. Raises NotFound, Forbidden."""
    found, attempt = await _trial(ctx, assessment_id, seed, {})
    asked = (await papers.asked_questions(ctx, found.held, [attempt]))[attempt.id]
    return papers.show_attempt(attempt, asked)


async def grade_trial(ctx: Ctx, assessment_id: UUID, seed: str, answers: Mapping[str, Any]) -> QuizResult:
    """Everything a result may show, whatever the review setting. Raises NotFound, Forbidden."""
    found, attempt = await _trial(ctx, assessment_id, seed, answers)
    asked = (await papers.asked_questions(ctx, found.held, [attempt]))[attempt.id]
    marks = scoring.mark_all(asked, answers)
    total = scoring.total_of(marks, "0")
    score = AttemptScore(
        earned=total.earned,
        possible=total.possible,
        waiting=total.waiting,
        passed=arithmetic.passed(total, found.assessment.passing_score),
        marks=Marks(items=marks).model_dump(mode="json"),
    )
    window = await window_of(ctx, found)
    return results.compose(ctx, found.assessment, window, attempt, score, asked, tally=Tally(), for_staff=True)


async def _trial(ctx: Ctx, assessment_id: UUID, seed: str, answers: Mapping[str, Any]) -> tuple[Situation, Attempt]:
    """An attempt that no session knows."""
    found = await read_situation(ctx, assessment_id)
    require(can_grade(ctx.actor, found.course))
    attempt = Attempt(
        id=new_id(),
        assessment_id=assessment_id,
        course_id=found.course.id,
        user_id=ctx.actor.user_id,
        number=1,
        status=AttemptStatus.GRADED.value,
        seed=seed,
        paper=papers.draw_paper(found.assessment, found.held, seed),
        answers=dict(answers),
        started_at=ctx.now,
        submitted_at=ctx.now,
        time_spent=0,
        is_late=False,
        is_auto=False,
    )
    return found, attempt
