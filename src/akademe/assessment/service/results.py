"""Results as they go out: what the review setting shows to the learner, everything to staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import func, select

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
from akademe.assessment.policy import can_grade, can_see_results_of
from akademe.assessment.rules import results, windows
from akademe.assessment.rules.windows import Window
from akademe.assessment.schemas import GradeChange, QuestionResult, QuizResult
from akademe.assessment.service import papers, scoring
from akademe.assessment.service.finding import Situation, Tally, find_situation, tally_of, window_of
from akademe.catalog import service as catalog
from akademe.catalog.models import Course
from akademe.catalog.policy import has_course_access, staffed_courses
from akademe.identity import service as identity
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.pagination import Key, Page, Paged, paginate

SOLVED = results.Shown(score=True, details=True, solutions=True)
MOST_WAITING = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """An assessment with attempts that a person has yet to grade; `since` is when the first of them was handed in."""

    assessment_id: UUID
    title: str
    course_title: str
    course_slug: str
    count: int
    since: datetime | None


def compose(
    ctx: Ctx,
    assessment: Assessment,
    window: Window,
    attempt: Attempt,
    score: AttemptScore,
    asked: Sequence[papers.AskedQuestion],
    *,
    tally: Tally,
    for_staff: bool = False,
) -> QuizResult:
    """One submitted attempt; what may not be seen is None."""
    left = windows.attempts_left(window, tally.used)
    may_go_on = tally.has_open or left != 0
    seen = SOLVED if for_staff else _shown(ctx, assessment, window, attempt, may_go_on=may_go_on)
    total = results.Total(score.earned, score.possible, score.waiting)
    return QuizResult(
        attempt_id=str(attempt.id),
        id=str(attempt.id),
        assessment_id=str(assessment.id),
        quiz_id=str(assessment.id),
        course_id=str(assessment.course_id),
        user_id=str(attempt.user_id),
        number=attempt.number,
        status=attempt.status,
        answers=attempt.answers,
        score=results.score(total.share) if seen.score else None,
        points_earned=results.points(score.earned) if seen.score else None,
        total_points=results.points(score.possible),
        percentage=results.percentage(total.share) if seen.score else None,
        passed=score.passed if seen.score else None,
        needs_grading=score.waiting > 0,
        late=attempt.is_late,
        auto_submitted=attempt.is_auto,
        attempts_left=None if for_staff else left,
        started_at=attempt.started_at,
        completed_at=attempt.submitted_at,
        time_spent=attempt.time_spent,
        questions=papers.show_attempt(attempt, asked) if seen.details else None,
        results=_lines(attempt, score, asked, seen) if seen.details else None,
    )


def _shown(ctx: Ctx, assessment: Assessment, window: Window, attempt: Attempt, *, may_go_on: bool) -> results.Shown:
    review, has_passed = cast("results.Review", assessment.review), bool(attempt.passed)
    return results.shown(review, has_passed=has_passed, may_go_on=may_go_on, window=window, now=ctx.now)


def _lines(
    attempt: Attempt, score: AttemptScore, asked: Sequence[papers.AskedQuestion], seen: results.Shown
) -> list[QuestionResult]:
    marks = Marks.model_validate(score.marks).items
    return [
        QuestionResult(
            question_id=one.id,
            is_correct=marks[one.id].is_correct,
            points_earned=_points(marks[one.id].earned),
            points=results.points(marks[one.id].possible),
            feedback=_feedback(one, marks[one.id]),
            answer=attempt.answers.get(one.id),
            solution=one.key["correct_answer"] if seen.solutions else None,
        )
        for one in asked
    ]


def _points(hundredths: int | None) -> int | float | None:
    return None if hundredths is None else results.points(hundredths)


def _feedback(one: papers.AskedQuestion, mark: Mark) -> str | None:
    """A person's comment, then what the chosen options say, then the part for right or wrong, then the general part."""
    written = one.key["feedback"]
    verdict = {True: "correct", False: "incorrect"}.get(mark.is_correct) if mark.is_correct is not None else None
    parts = [mark.comment, *mark.said, written.get(verdict) if verdict else None, written.get("general")]
    return "\n\n".join(part for part in parts if part) or None


async def result_of(ctx: Ctx, found: Situation, attempt: Attempt) -> QuizResult:
    """One submitted attempt, for the actor."""
    window = await window_of(ctx, found)
    asked = (await papers.asked_questions(ctx, found.held, [attempt]))[attempt.id]
    score = (await scoring.scores_of(ctx, [attempt]))[attempt.id]
    tally = await tally_of(ctx, attempt.assessment_id, attempt.user_id)
    for_staff = can_grade(ctx.actor, found.course)
    return compose(ctx, found.assessment, window, attempt, score, asked, tally=tally, for_staff=for_staff)


async def count_waiting(ctx: Ctx, course_key: str | UUID) -> dict[UUID, int]:
    """How many attempts wait for a person to grade them, by assessment, for staff. Raises NotFound, Forbidden."""
    course = await catalog.get_course(ctx, course_key)
    require(can_grade(ctx.actor, course))
    waiting = (Attempt.course_id == course.id, Attempt.status == AttemptStatus.SUBMITTED)
    counted = select(Attempt.assessment_id, func.count()).where(*waiting).group_by(Attempt.assessment_id)
    return dict((await ctx.db.execute(counted)).tuples().all())


async def list_waiting(ctx: Ctx) -> list[Waiting]:
    """What waits in the courses where the actor is staff by a row of their own, the longest waiting first."""
    since = func.min(Attempt.submitted_at)
    named = (Assessment.id, Assessment.title, Course.title, Course.slug)
    counted = (
        select(*named, func.count(), since)
        .select_from(Attempt)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(Course, Course.id == Attempt.course_id)
        .where(Attempt.status == AttemptStatus.SUBMITTED, Assessment.deleted_at.is_(None), staffed_courses(ctx.actor))
        .group_by(*named)
        .order_by(since)
        .limit(MOST_WAITING)
    )
    return [Waiting(*row) for row in await ctx.db.execute(counted)]


async def list_results(
    ctx: Ctx,
    assessment_id: UUID,
    page: Page,
    *,
    user_id: UUID | None = None,
    type_: AssessmentType | None = None,
    is_waiting: bool = False,
) -> Paged[QuizResult]:
    """Submitted attempts, the newest first: to staff everybody's (or one person's), to a learner their own.

    `is_waiting` keeps those that a person has yet to grade. Raises NotFound, Forbidden.
    """
    found = await find_situation(ctx, assessment_id, type_=type_)
    is_staff = can_grade(ctx.actor, found.course)
    if not is_staff:
        user_id = user_id or ctx.actor.user_id
        assert user_id is not None
        require(can_see_results_of(ctx.actor, found.course, user_id))
        require(has_course_access(ctx.actor, found.course))
    wanted = select(Attempt).where(Attempt.assessment_id == assessment_id, Attempt.status != "open")
    if user_id is not None:
        wanted = wanted.where(Attempt.user_id == user_id)
    if is_waiting:
        wanted = wanted.where(Attempt.status == AttemptStatus.SUBMITTED)
    rows = await paginate(ctx, wanted, [Key(Attempt.started_at, descending=True), Key(Attempt.id)], page)
    items = await _composed(ctx, found, rows.items, for_staff=is_staff)
    return Paged(items, rows.next_cursor, rows.total)


async def _composed(ctx: Ctx, found: Situation, attempts: list[Attempt], *, for_staff: bool) -> list[QuizResult]:
    window = await window_of(ctx, found)
    asked = await papers.asked_questions(ctx, found.held, attempts)
    scores = await scoring.scores_of(ctx, attempts)
    tally = Tally()
    if attempts and not for_staff:
        tally = await tally_of(ctx, found.assessment.id, attempts[0].user_id)
    people = await identity.user_briefs(ctx, {attempt.user_id for attempt in attempts}) if for_staff else {}
    made = []
    for attempt in attempts:
        one = compose(
            ctx,
            found.assessment,
            window,
            attempt,
            scores[attempt.id],
            asked[attempt.id],
            tally=tally,
            for_staff=for_staff,
        )
        one.user_name = people[attempt.user_id].full_name if attempt.user_id in people else None
        made.append(one)
    return made


async def list_grade_changes(ctx: Ctx, assessment_id: UUID, page: Page) -> Paged[GradeChange]:
    """The log of grades changed, the newest first; for staff. Raises NotFound, Forbidden."""
    found = await find_situation(ctx, assessment_id)
    require(can_grade(ctx.actor, found.course))
    wanted = select(GradeLogEntry).where(GradeLogEntry.assessment_id == assessment_id)
    rows = await paginate(ctx, wanted, [Key(GradeLogEntry.created_at, descending=True), Key(GradeLogEntry.id)], page)
    return Paged([_change(entry) for entry in rows.items], rows.next_cursor, rows.total)


def _change(entry: GradeLogEntry) -> GradeChange:
    return GradeChange(
        id=str(entry.id),
        attempt_id=str(entry.attempt_id),
        user_id=str(entry.user_id),
        old_points=_points(entry.old_earned),
        old_total=_points(entry.old_possible),
        new_points=results.points(entry.new_earned),
        new_total=results.points(entry.new_possible),
        changed_by=str(entry.actor_id) if entry.actor_id else None,
        reason=entry.reason,
        changed_at=entry.created_at,
    )
