"""What lessons and the course's requirements say of a quiz."""

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
    if assessment.type != AssessmentType.QUIZ:
        return
    if old_lesson_id is not None and old_lesson_id != assessment.lesson_id:
        await catalog.set_lesson_quiz(ctx, old_lesson_id, None)
    if assessment.lesson_id is not None:
        await catalog.set_lesson_quiz(ctx, assessment.lesson_id, assessment.id, is_ready=has_questions)
    await learning.register_requirement(
        ctx,
        assessment.course_id,
        QUIZ,
        assessment.id,
        lesson_id=assessment.lesson_id,
        is_required=assessment.is_required and has_questions,
    )


async def ask_no_more(ctx: Ctx, assessment: Assessment) -> None:
    """It is deleted."""
    if assessment.lesson_id is not None and assessment.type == AssessmentType.QUIZ:
        await catalog.set_lesson_quiz(ctx, assessment.lesson_id, None)
    await learning.remove_requirement(ctx, QUIZ, assessment.id)
