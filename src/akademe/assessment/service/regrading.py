"""Grades that change after submission: a corrected key, another passing score, marks given by a person.

Each is a new score row.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import errors, events, notices
from akademe.assessment.models import Assessment, Attempt, AttemptScore, Mark, Marks
from akademe.assessment.policy import can_grade_attempt, can_see_attempt
from akademe.assessment.rules import results as arithmetic
from akademe.assessment.schemas import GradesIn, QuizResult, Regrade, ScoreChange
from akademe.assessment.service import papers, scoring
from akademe.assessment.service.finding import Situation, load_situation, tally_to_tell
from akademe.assessment.service.results import result_of
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.learning.models import Enrolment
from akademe.notifications import service as notifications

BATCH = 100
SECOND_LOOK = timedelta(minutes=1)
_GRADED_BY = ("correct_answer", "points", "exact")


def changes_grades(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether answers to the old content can be graded by the new key and may earn something else."""
    if not papers.same_shape(before, after):
        return False
    return any(before[name] != after[name] for name in _GRADED_BY) or _weights(before) != _weights(after)


def _weights(content: Mapping[str, Any]) -> Any:
    options = content["options"]
    if isinstance(options, dict):
        return None
    return {option["id"]: (option.get("weight"), option["text"].strip()) for option in options or ()}


async def judge_again(ctx: Ctx, found: Situation) -> Regrade:
    """Say of every submitted attempt whether it passes by the present passing score: as `regrade`.

    What was completed by passing stays completed.
    """
    return await regrade(ctx, found, None, f"the passing score is {found.assessment.passing_score * 100:g} % now")


async def regrade(ctx: Ctx, found: Situation, question_id: UUID | None, reason: str) -> Regrade:
    """Grade every submitted attempt that asked the question by its present key: a batch now, the rest by a job.

    Gives the scores that changed; they are in the grade log too. What is being submitted at this moment is graded by
    the key of before and is no submitted attempt yet: a second look, when all of that has ended, finds it.
    """
    again = events.RegradeRest(assessment_id=found.assessment.id, question_id=question_id, reason=reason)
    ctx.enqueue(again, run_after=ctx.now + SECOND_LOOK)
    return await _regrade_batch(ctx, found, question_id, reason, after=None)


async def _regrade_batch(
    ctx: Ctx, found: Situation, question_id: UUID | None, reason: str, *, after: UUID | None
) -> Regrade:
    wanted = select(Attempt).where(Attempt.assessment_id == found.assessment.id, Attempt.status != "open")
    if after is not None:
        wanted = wanted.where(Attempt.id > after)
    rows = list(await ctx.db.scalars(wanted.order_by(Attempt.id).limit(BATCH).with_for_update()))
    concerned = rows if question_id is None else [row for row in rows if _asks(row, question_id)]
    changed = await _regrade_all(ctx, found.assessment, concerned, question_id, reason)
    pending = len(rows) == BATCH
    if pending:
        ctx.enqueue(
            events.RegradeRest(
                question_id=question_id, after=rows[-1].id, reason=reason, assessment_id=found.assessment.id
            )
        )
    return Regrade(attempts=len(concerned), changed=changed, pending=pending)


def _asks(attempt: Attempt, question_id: UUID) -> bool:
    return any(item["q"] == str(question_id) for item in attempt.paper["asked"])


async def regrade_rest(ctx: Ctx, args: events.RegradeRest) -> None:
    """The job: the next batch."""
    try:
        found = await load_situation(ctx, args.assessment_id, None)
    except NotFound:
        return
    await ctx.lock_writes()
    await _regrade_batch(ctx, found, args.question_id, args.reason, after=args.after)


async def _regrade_all(
    ctx: Ctx, assessment: Assessment, attempts: list[Attempt], question_id: UUID | None, reason: str
) -> list[ScoreChange]:
    scores = await scoring.scores_of(ctx, attempts)
    before = {attempt.id: Marks.model_validate(scores[attempt.id].marks).items for attempt in attempts}
    marks = before if question_id is None else await _marked_again(ctx, assessment, attempts, before)
    changes = [
        await _rescore(ctx, assessment, attempt, scores[attempt.id], marks[attempt.id], reason)
        for attempt in attempts
        if marks[attempt.id] != before[attempt.id] or _judged(assessment, attempt, marks[attempt.id]) != attempt.passed
    ]
    moved = [change for change in changes if _moved(change)]
    await tell(ctx, assessment, {UUID(change.user_id) for change in moved})
    return moved


async def _marked_again(
    ctx: Ctx, assessment: Assessment, attempts: list[Attempt], before: Mapping[UUID, dict[str, Mark]]
) -> dict[UUID, dict[str, Mark]]:
    held = await papers.questions_of(ctx, assessment.id)
    asked = await papers.asked_questions(ctx, held, attempts)
    return {one.id: scoring.mark_all(asked[one.id], one.answers, before[one.id]) for one in attempts}


def _judged(assessment: Assessment, attempt: Attempt, marks: dict[str, Mark]) -> bool:
    return arithmetic.passed(scoring.total_of(marks, attempt.penalty), assessment.passing_score)


def _moved(change: ScoreChange) -> bool:
    """Whether anybody would see it: another version of the key may give the same."""
    old = (change.old_score, change.old_points, change.old_passed)
    return old != (change.new_score, change.new_points, change.new_passed)


async def _rescore(
    ctx: Ctx, assessment: Assessment, attempt: Attempt, old: AttemptScore, marks: dict[str, Mark], reason: str
) -> ScoreChange:
    new = await scoring.record_score(ctx, assessment, attempt, marks, reason)
    return ScoreChange(
        attempt_id=str(attempt.id),
        user_id=str(attempt.user_id),
        old_score=arithmetic.score(arithmetic.Total(old.earned, old.possible).share),
        new_score=arithmetic.score(arithmetic.Total(new.earned, new.possible).share),
        old_points=arithmetic.points(old.earned),
        new_points=arithmetic.points(new.earned),
        old_passed=old.passed,
        new_passed=new.passed,
    )


async def tell(ctx: Ctx, assessment: Assessment, people: set[UUID]) -> None:
    """Bring the best scores of these people in learning up to date."""
    await ctx.db.flush()
    for user_id in sorted(people):
        mine = (Attempt.assessment_id == assessment.id, Attempt.user_id == user_id)
        latest = select(Attempt.enrolment_id).where(*mine).order_by(Attempt.number.desc()).limit(1)
        enrolment = await ctx.db.get(Enrolment, await ctx.db.scalar(latest))
        if enrolment is not None:
            tally = await tally_to_tell(ctx, assessment.id, user_id, enrolment.id)
            await scoring.tell_learning(ctx, assessment, enrolment, tally)


async def grade_answers(ctx: Ctx, attempt_id: UUID, given: GradesIn) -> QuizResult:
    """A person grades answers of a submitted attempt: essays, or anything a machine judged wrongly.

    Raises NotFound, Forbidden, NotYetSubmitted, Invalid for unknown questions and for more points than there are.
    """
    attempt = await ctx.get(Attempt, attempt_id, lock=True)
    if not can_see_attempt(ctx.actor, attempt):
        raise NotFound
    require(can_grade_attempt(ctx.actor, attempt))
    if attempt.is_open:
        raise errors.NotYetSubmitted
    found = await load_situation(ctx, attempt.assessment_id, attempt.user_id)
    score = (await scoring.scores_of(ctx, [attempt]))[attempt.id]
    marks = Marks.model_validate(score.marks).items | {}
    for question_id, grade in given.grades.items():
        marks[question_id] = _marked(ctx, question_id, marks.get(question_id), int(grade.points * 100), grade.feedback)
    await scoring.record_score(ctx, found.assessment, attempt, marks, given.reason or "graded by a person")
    await tell(ctx, found.assessment, {attempt.user_id})
    if not attempt.waiting and found.assessment.review != "never":
        ctx.enqueue(events.TellGraded(attempt_id=attempt.id), dedupe=f"graded {attempt.id}")
    return await result_of(ctx, found, attempt)


async def tell_graded(ctx: Ctx, attempt_id: UUID) -> None:
    """The job: the learner hears that the result is there."""
    attempt = await ctx.get(Attempt, attempt_id)
    own = await ctx.get(Assessment, attempt.assessment_id)
    await notifications.notify(
        ctx, notices.GRADED, attempt.user_id, attempt_id=str(attempt.id), assessment_title=own.title
    )


def _marked(ctx: Ctx, question_id: str, mark: Mark | None, earned: int, comment: str | None) -> Mark:
    if mark is None:
        raise Invalid.field(f"grades.{question_id[:50]}", "This attempt does not ask that question.")
    if earned > mark.possible:
        raise Invalid.field(f"grades.{question_id}", f"This question gives at most {mark.possible / 100:g} points.")
    is_correct = earned == mark.possible
    return mark.model_copy(
        update={"earned": earned, "is_correct": is_correct, "comment": comment, "by": ctx.actor.user_id}
    )
