"""What lessons and the course's requirements say of a quiz."""

from collections.abc import Sequence
from uuid import UUID

from akademe.assessment.models import Assessment, AssessmentType
from akademe.catalog import service as catalog
from akademe.kernel.ctx import Ctx
from akademe.learning import service as learning

QUIZ = "quiz"


async def ask_for(ctx: Ctx, assessment: Assessment, *, has_questions: bool, old_lesson_id: UUID | None = None) -> None:
    """Show a quiz in its lesson, and have the course ask for it where it is required and there is something to answer.

    Assignments are asked for once they can be handed in.
    """
    if assessment.type == AssessmentType.QUIZ and old_lesson_id is not None and old_lesson_id != assessment.lesson_id:
        await catalog.set_lesson_quizzes(ctx, [catalog.LessonQuiz(old_lesson_id, None)])
    await ask_for_all(ctx, assessment.course_id, [(assessment, has_questions)])


async def ask_for_all(ctx: Ctx, course_id: UUID, assessments: Sequence[tuple[Assessment, bool]]) -> None:
    """The same of many in a course, each with whether it has questions."""
    quizzes = [(one, is_ready) for one, is_ready in assessments if one.type == AssessmentType.QUIZ]
    shown = [
        catalog.LessonQuiz(one.lesson_id, one.id, is_ready=is_ready)
        for one, is_ready in quizzes
        if one.lesson_id is not None
    ]
    items = [
        learning.CourseItem(one.id, one.lesson_id, is_required=one.is_required and is_ready)
        for one, is_ready in quizzes
    ]
    await catalog.set_lesson_quizzes(ctx, shown)
    await learning.register_requirements(ctx, course_id, QUIZ, items)


async def ask_no_more(ctx: Ctx, assessment: Assessment) -> None:
    """It is deleted."""
    if assessment.lesson_id is not None and assessment.type == AssessmentType.QUIZ:
        await catalog.set_lesson_quizzes(ctx, [catalog.LessonQuiz(assessment.lesson_id, None)])
    await learning.remove_requirement(ctx, QUIZ, assessment.id)
