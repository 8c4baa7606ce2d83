"""Taking an assessment: begin, save, submit, and what happens when the time is up.

Two tabs, a double click and a slow network are the normal case: one attempt is open at a time and the database decides
who was first; whoever comes second gets the same attempt or the same result.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from akademe.assessment import errors, events
from akademe.assessment.models import Assessment, AssessmentType, Attempt, AttemptStatus
from akademe.assessment.policy import can_read_assessment, can_see_attempt, can_write_attempt
from akademe.assessment.rules import windows
from akademe.assessment.rules.results import late_penalty
from akademe.assessment.rules.windows import Window
from akademe.assessment.schemas import AttemptOut, LearnerQuestion, QuizResult, SavedOut, SubmitIn, bounded
from akademe.assessment.service import papers, results, rows, scoring
from akademe.assessment.service.finding import (
    Seat,
    Situation,
    Tally,
    find_situation,
    late_policy,
    load_situation,
    open_attempt_of,
    require_premium,
    tally_of,
    tally_to_tell,
    window_of,
)
from akademe.catalog.models import Course, CourseStatus
from akademe.catalog.policy import MEMBERS, course_scope
from akademe.catalog.rules import as_id
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import iso, new_id
from akademe.kernel.errors import Invalid, NotFound
from akademe.learning import errors as learning_errors
from akademe.learning import service as learning
from akademe.learning.models import Enrolment


async def start_attempt(ctx: Ctx, assessment_id: UUID) -> tuple[AttemptOut, bool]:
    """The actor's open attempt, begun now where none is. Gives it and whether it is new.

    Raises NotFound, Forbidden, NotOpenYet, Closed, NoAttemptsLeft, NoQuestions, CourseArchived.
    """
    found = await find_situation(ctx, assessment_id)
    enrolment = await _take_part(ctx, found)
    window = await window_of(ctx, found)
    tally = await tally_of(ctx, assessment_id, enrolment.user_id)
    current = await open_attempt_of(ctx, assessment_id, enrolment.user_id) if tally.has_open else None
    if current is not None and not _is_over(current, window, ctx):
        return await _as_open(ctx, found, current, window), False
    if current is not None:
        await _end(ctx, found, enrolment.user_id, current.id, window)
    attempt, created = await _begin(ctx, found, enrolment, window, tally)
    if not attempt.is_open:
        return await start_attempt(ctx, assessment_id)
    if created:
        ctx.record(events.AssessmentStarted(**_fact(attempt)))
    return await _as_open(ctx, found, attempt, window), created


async def _take_part(ctx: Ctx, found: Situation) -> Enrolment | Seat:
    """The enrolment to work under; an open course enrols. Raises Forbidden, CourseArchived."""
    require_premium(ctx, found)
    if found.enrolment is None or not found.enrolment.has_seat:
        found.enrolment = await learning.ensure_enrolled(ctx, await ctx.get(Course, found.course.id))
    if found.course.status == CourseStatus.ARCHIVED:
        raise learning_errors.CourseArchived
    return found.enrolment


def _is_over(attempt: Attempt, window: Window, ctx: Ctx) -> bool:
    return not windows.in_time(windows.deadline(window, attempt.started_at), ctx.now)


async def _begin(
    ctx: Ctx,
    found: Situation,
    enrolment: Enrolment | Seat,
    window: Window,
    tally: Tally,
    *,
    is_begun: bool = True,
) -> tuple[Attempt, bool]:
    """Insert the next attempt. Where another request was first with this number, its attempt is the one."""
    _may_begin(ctx, found, window, tally)
    own = found.assessment
    seed = secrets.token_hex(8) if is_begun else papers.seed_without_attempt(own, enrolment.user_id)
    attempt = Attempt(
        id=new_id(),
        organization_id=found.course.organization_id,
        course_id=own.course_id,
        assessment_id=own.id,
        user_id=enrolment.user_id,
        enrolment_id=enrolment.id,
        number=tally.last_number + 1,
        status=AttemptStatus.OPEN.value,
        seed=seed,
        paper=papers.draw_paper(own, found.held, seed),
        answers={},
        started_at=ctx.now,
        due_at=windows.deadline(window, ctx.now),
        score_number=0,
        created_at=ctx.now,
    )
    if not await rows.insert(ctx, attempt):
        return await rows.same_number(ctx, attempt), False
    if is_begun and attempt.due_at is not None:
        ctx.enqueue(events.SubmitWhenDue(attempt_id=attempt.id), run_after=attempt.due_at + windows.GRACE)
    return attempt, True


def _may_begin(ctx: Ctx, found: Situation, window: Window, tally: Tally) -> None:
    if not found.held:
        raise errors.NoQuestions
    if not windows.is_open(window, ctx.now):
        if window.opens_at is not None and ctx.now < window.opens_at:
            raise learning_errors.NotOpenYet(opens_at=iso(window.opens_at))
        assert window.closes_at is not None
        raise learning_errors.Closed(closes_at=iso(window.closes_at))
    if windows.attempts_left(window, tally.used) == 0:
        raise errors.NoAttemptsLeft(max_attempts=window.max_attempts)


def _fact(attempt: Attempt) -> dict[str, UUID]:
    return {
        "organization_id": attempt.organization_id,
        "course_id": attempt.course_id,
        "assessment_id": attempt.assessment_id,
        "attempt_id": attempt.id,
        "user_id": attempt.user_id,
    }


async def _as_open(ctx: Ctx, found: Situation, attempt: Attempt, window: Window) -> AttemptOut:
    asked = (await papers.asked_questions(ctx, found.held, [attempt]))[attempt.id]
    return AttemptOut(
        id=str(attempt.id),
        attempt_id=str(attempt.id),
        assessment_id=str(attempt.assessment_id),
        quiz_id=str(attempt.assessment_id),
        course_id=str(attempt.course_id),
        user_id=str(attempt.user_id),
        number=attempt.number,
        status="open",
        started_at=attempt.started_at,
        due_at=windows.deadline(window, attempt.started_at),
        server_time=ctx.now,
        saved_at=attempt.saved_at,
        answers=attempt.answers,
        questions=papers.show_attempt(attempt, asked),
    )


async def visible_questions(ctx: Ctx, found: Situation) -> list[LearnerQuestion]:
    """What a learner sees of the questions now: none of a timed or pooled quiz without an open attempt."""
    window = await window_of(ctx, found)
    if found.assessment.needs_attempt and found.enrolment is not None:
        current = await open_attempt_of(ctx, found.assessment.id, found.enrolment.user_id)
        if current is None or _is_over(current, window, ctx):
            return []
        return (await _as_open(ctx, found, current, window)).questions
    if found.assessment.needs_attempt or (window.opens_at is not None and ctx.now < window.opens_at):
        return []
    return papers.show_without_attempt(found.assessment, found.held, ctx.actor.user_id)


async def get_attempt(ctx: Ctx, attempt_id: UUID) -> AttemptOut | QuizResult:
    """An open attempt with its questions, or the result of a submitted one. Past its time it is submitted now.

    Raises NotFound, Forbidden for who has left the course.
    """
    attempt = await ctx.db.get(Attempt, attempt_id)
    if attempt is None or not can_see_attempt(ctx.actor, attempt):
        raise NotFound
    found = await load_situation(ctx, attempt.assessment_id, attempt.user_id)
    require(can_read_assessment(ctx.actor, found.course))
    window = await window_of(ctx, found)
    if attempt.is_open and _is_over(attempt, window, ctx):
        await _end(ctx, found, attempt.user_id, attempt_id, window)
        await ctx.db.refresh(attempt)
    if attempt.is_open:
        return await _as_open(ctx, found, attempt, window)
    return await results.result_of(ctx, found, attempt)


async def save_answers(ctx: Ctx, attempt_id: UUID, answers: Mapping[str, Any]) -> SavedOut:
    """Merge answers into an open attempt, so that two tabs lose nothing; null takes an answer back.

    Raises NotFound, Forbidden, CourseArchived, AttemptClosed, Invalid for answers that are too long in all.
    """
    attempt, course_status = await _locked(ctx, attempt_id)
    require(can_write_attempt(ctx.actor, attempt))
    require(ctx.actor.has_grant(course_scope(attempt.course_id), *MEMBERS))
    if course_status == CourseStatus.ARCHIVED:
        raise learning_errors.CourseArchived
    if not attempt.is_open:
        raise errors.AttemptClosed
    due_at = attempt.due_at if windows.in_time(attempt.due_at, ctx.now) else await _extended(ctx, attempt)
    attempt.answers = _merged(attempt, answers)
    attempt.saved_at = ctx.now
    return SavedOut(
        attempt_id=str(attempt.id), saved_at=ctx.now, due_at=due_at, server_time=ctx.now, answered=len(attempt.answers)
    )


async def _locked(ctx: Ctx, attempt_id: UUID) -> tuple[Attempt, str]:
    """The attempt, its row locked, and the status of its course. Raises NotFound."""
    await ctx.lock_writes()
    wanted = select(Attempt, Course.status).join(Course, Course.id == Attempt.course_id)
    wanted = wanted.where(Attempt.id == attempt_id).with_for_update(of=Attempt)
    row = (await ctx.db.execute(wanted, execution_options={"populate_existing": True})).one_or_none()
    if row is None or not can_see_attempt(ctx.actor, row[0]):
        raise NotFound
    return row[0], row[1]


async def _extended(ctx: Ctx, attempt: Attempt) -> Any:
    """When an attempt past its time ends after all, because somebody was given more. Raises AttemptClosed."""
    found = await load_situation(ctx, attempt.assessment_id, attempt.user_id)
    attempt.due_at = windows.deadline(await window_of(ctx, found), attempt.started_at)
    if not windows.in_time(attempt.due_at, ctx.now):
        raise errors.AttemptClosed("Your time is up. What you saved in time is submitted for you.")
    return attempt.due_at


def _merged(attempt: Attempt, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to questions that this attempt asks; anything else a client sent is left out. Raises Invalid."""
    asked = {item["q"] for item in attempt.paper["asked"]}
    both = {**attempt.answers, **{name: answer for name, answer in answers.items() if name in asked}}
    try:
        return bounded({name: answer for name, answer in both.items() if answer is not None})
    except ValueError as problem:
        raise Invalid.field("answers", str(problem)) from problem


async def submit(ctx: Ctx, assessment_id: UUID, given: SubmitIn, *, type_: AssessmentType | None = None) -> QuizResult:
    """Submit the attempt named, else the open one, else one that begins and ends here; the same attempt again gives the
    same result.

    Raises NotFound, Forbidden, AttemptRequired, NoAttemptsLeft, NotOpenYet, Closed, NoQuestions, CourseArchived.
    """
    found = await find_situation(ctx, assessment_id, type_=type_)
    enrolment = await _take_part(ctx, found)
    window = await window_of(ctx, found)
    attempt = await rows.claim(ctx, assessment_id, enrolment.user_id, as_id(given.attempt_id or ""))
    if attempt is None and given.attempt_id is not None:
        return await _done(ctx, found, given.attempt_id)
    tally = await tally_to_tell(ctx, assessment_id, enrolment.user_id, enrolment.id)
    if attempt is None:
        if found.assessment.needs_attempt:
            raise errors.AttemptRequired
        attempt, is_new = await _begin(ctx, found, enrolment, window, tally, is_begun=False)
        if not is_new:
            return await _submit_other(ctx, found, attempt, window, given)
        tally = replace(tally, used=tally.used + 1)
    return await _finish(ctx, found, attempt, window, tally, given=given)


async def _done(ctx: Ctx, found: Situation, named: str) -> QuizResult:
    """The result of the attempt named, submitted before. Raises NotFound for an id that is not one's own here."""
    attempt_id = as_id(named)
    attempt = await ctx.db.get(Attempt, attempt_id) if attempt_id is not None else None
    if attempt is None or attempt.assessment_id != found.assessment.id or attempt.user_id != ctx.actor.user_id:
        raise NotFound
    return await results.result_of(ctx, found, attempt)


async def _submit_other(ctx: Ctx, found: Situation, attempt: Attempt, window: Window, given: SubmitIn) -> QuizResult:
    """Another request began the same attempt a moment before: it is submitted once, by whoever has it first."""
    claimed = await rows.claim(ctx, attempt.assessment_id, attempt.user_id, attempt.id)
    if claimed is None:
        return await results.result_of(ctx, found, attempt)
    tally = await tally_to_tell(ctx, attempt.assessment_id, attempt.user_id, attempt.enrolment_id)
    return await _finish(ctx, found, claimed, window, tally, given=given)


async def submit_when_due(ctx: Ctx, attempt_id: UUID) -> None:
    """The job: submit what was saved. Later, where more time was given meanwhile; never twice."""
    attempt = await ctx.db.get(Attempt, attempt_id)
    if attempt is None or not attempt.is_open:
        return
    try:
        found = await load_situation(ctx, attempt.assessment_id, attempt.user_id)
    except NotFound:  # deleted meanwhile
        return
    window = await window_of(ctx, found)
    due_at = windows.deadline(window, attempt.started_at)
    if due_at is not None and windows.in_time(due_at, ctx.now) and ctx.now < due_at + windows.GRACE:
        ctx.enqueue(events.SubmitWhenDue(attempt_id=attempt_id), run_after=due_at + windows.GRACE)
        return
    if due_at is not None:
        await _end(ctx, found, attempt.user_id, attempt_id, window)


async def end_by_new_dates(ctx: Ctx, course_id: UUID, ref_id: UUID) -> None:
    """Each open attempt of what `ref_id` names (course, lesson, assessment) gets a job: it finds its new deadline."""
    wanted = select(Attempt.id).join(Assessment, Assessment.id == Attempt.assessment_id)
    of_ref = or_(Assessment.course_id == ref_id, Assessment.lesson_id == ref_id, Assessment.id == ref_id)
    is_open = Attempt.status == AttemptStatus.OPEN
    for attempt_id in await ctx.db.scalars(wanted.where(Attempt.course_id == course_id, of_ref, is_open)):
        ctx.enqueue(events.SubmitWhenDue(attempt_id=attempt_id))


async def _end(ctx: Ctx, found: Situation, user_id: UUID, attempt_id: UUID, window: Window) -> None:
    """Submit an attempt whose time is up, unless somebody has."""
    attempt = await rows.claim(ctx, found.assessment.id, user_id, attempt_id)
    if attempt is not None:
        tally = await tally_to_tell(ctx, attempt.assessment_id, attempt.user_id, attempt.enrolment_id)
        await _finish(ctx, found, attempt, window, tally)


async def _finish(
    ctx: Ctx,
    found: Situation,
    attempt: Attempt,
    window: Window,
    tally: Tally,
    *,
    given: SubmitIn | None = None,
) -> QuizResult:
    """Close and grade an attempt that the caller claimed. What comes after the deadline no longer counts."""
    _close(ctx, found.assessment, attempt, window, given)
    asked = (await papers.asked_questions(ctx, found.held, [attempt]))[attempt.id]
    marks = scoring.mark_all(asked, attempt.answers)
    ctx.record(events.AssessmentSubmitted(**_fact(attempt), is_auto=attempt.is_auto))
    reason = "time was up" if attempt.is_auto else "submitted"
    score = await scoring.record_score(ctx, found.assessment, attempt, marks, reason)
    await rows.write_end(ctx, attempt)
    if found.enrolment is not None:
        tally = tally.with_one(score.earned, score.possible, passed=score.passed)
        await scoring.tell_learning(ctx, found.assessment, found.enrolment, tally)
    return results.compose(ctx, found.assessment, window, attempt, score, asked, tally=tally)


def _close(ctx: Ctx, assessment: Assessment, attempt: Attempt, window: Window, given: SubmitIn | None) -> None:
    due_at = windows.deadline(window, attempt.started_at)
    attempt.is_auto = given is None or not windows.in_time(due_at, ctx.now)
    if given is not None and not attempt.is_auto:
        attempt.answers = _merged(attempt, given.answers)
    attempt.submitted_at = min(ctx.now, due_at) if due_at is not None else ctx.now
    attempt.due_at = due_at
    elapsed = int((attempt.submitted_at - attempt.started_at).total_seconds())
    claimed = given.time_spent if given is not None else None
    attempt.time_spent = claimed if claimed is not None and elapsed == 0 else min(claimed or elapsed, elapsed)
    late = windows.late_by(window, attempt.submitted_at)
    policy = late_policy(assessment)
    attempt.is_late = bool(late)
    attempt.penalty = str(late_penalty(late, policy.percent_per_day, policy.max_percent))
