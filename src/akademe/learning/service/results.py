"""Quiz results in the enrolment's document, written under its row's lock."""

from uuid import UUID

from sqlalchemy import select

from akademe.catalog.models import Lesson
from akademe.kernel.ctx import Ctx
from akademe.learning.models import Enrolment
from akademe.learning.rules.results import QuizResult, QuizResults


async def note_result(ctx: Ctx, enrolment_id: UUID, quiz_id: UUID, result: QuizResult) -> Enrolment:
    """Keep the best of a quiz; gives the locked enrolment."""
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    results = QuizResults.model_validate(enrolment.quiz_results)
    results.quizzes[str(quiz_id)] = result
    enrolment.quiz_results = results.model_dump(mode="json")
    enrolment.average_quiz_score = results.average
    enrolment.weak_areas = await _weak_areas(ctx, results)
    return enrolment


async def _weak_areas(ctx: Ctx, results: QuizResults) -> list[str]:
    """The titles of the lessons whose quiz was tried and is not passed yet, in the course's order."""
    weak = [UUID(one.lesson_id) for one in results.quizzes.values() if one.lesson_id and not one.passed]
    if not weak:
        return []
    return list(await ctx.db.scalars(select(Lesson.title).where(Lesson.id.in_(weak)).order_by(Lesson.order_index)))


async def note_self_reported(ctx: Ctx, enrolment_id: UUID, lesson_id: UUID, score: float) -> None:
    enrolment = await ctx.get(Enrolment, enrolment_id, lock=True)
    results = QuizResults.model_validate(enrolment.quiz_results)
    results.self_reported[str(lesson_id)] = score
    enrolment.quiz_results = results.model_dump(mode="json")
