"""Quiz results in the enrolment's document, written under its row's lock."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from akademe.catalog.models import Lesson
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Query, Row
from akademe.learning.models import Enrolment, Requirement
from akademe.learning.rules.results import QuizResult, QuizResults

_ENROLMENTS: Any = Enrolment.__table__
_MINE = _ENROLMENTS.c.id == bindparam("enrolment_id")
# A command, though it reads: on SQLite the writer's turn is the lock.
_LOCK = Command(
    lambda _: (
        select(*(_ENROLMENTS.c[name] for name in ("user_id", "course_id", "status", "quiz_results")))
        .where(_MINE)
        .with_for_update()
    )
)
_KEPT = ("quiz_results", "average_quiz_score", "weak_areas")
_KEEP = Command(lambda _: update(_ENROLMENTS).where(_MINE).values({name: bindparam(name) for name in _KEPT}))
_QUIZZED = Query(
    select(Lesson.id, Lesson.title)
    .join(Requirement, Requirement.lesson_id == Lesson.id)
    .where(Requirement.course_id == bindparam("course_id"))
    .order_by(Lesson.order_index)
)


async def hold_results(ctx: Ctx, enrolment_id: UUID) -> Row:
    """Nobody else notes a result of this enrolment until the unit ends: to call before one counts what to note.

    Gives the enrolment's person, course, status and results.
    """
    return (await _LOCK.run(ctx, enrolment_id=enrolment_id))[0]


async def note_result(ctx: Ctx, enrolment_id: UUID, held: Row, quiz_id: UUID, result: QuizResult) -> None:
    """Keep the best of a quiz in the results `held`."""
    results = QuizResults.model_validate(held["quiz_results"])
    results.quizzes[str(quiz_id)] = result
    await _KEEP.run(
        ctx,
        enrolment_id=enrolment_id,
        quiz_results=results.model_dump(mode="json"),
        average_quiz_score=results.average,
        weak_areas=await _weak_areas(ctx, held["course_id"], results),
    )


async def _weak_areas(ctx: Ctx, course_id: Any, results: QuizResults) -> list[str]:
    """The titles of the lessons whose quiz was tried and is not passed yet, in the course's order."""
    weak = {one.lesson_id for one in results.quizzes.values() if not one.passed} - {None}
    lessons = await _QUIZZED.within(ctx, course_id=course_id) if weak else []
    return [lesson["title"] for lesson in lessons if str(lesson["id"]) in weak]


async def note_self_reported(ctx: Ctx, enrolment_id: UUID, lesson_id: UUID, score: float) -> None:
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    results = QuizResults.model_validate(enrolment.quiz_results)
    results.self_reported[str(lesson_id)] = score
    enrolment.quiz_results = results.model_dump(mode="json")
