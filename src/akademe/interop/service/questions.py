"""The questions of a quiz that is there already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment, Question
from akademe.assessment.schemas import QuestionIn, QuestionPatch
from akademe.assessment.service.questions import as_input, staff_questions
from akademe.interop.rules import LossReport
from akademe.kernel.ctx import Ctx

KEPT = "edited here since the last import: kept as it is"
GONE = "deleted here since the last import: left out"
REMOVED = "no longer in the source: deleted here too"


async def write_questions(ctx: Ctx, quiz: Assessment, given: Sequence[QuestionIn], report: LossReport) -> None:
    """Questions that an export of this quiz names by their own ids are changed in place, the others by their origin."""
    there = {str(question.id): question for question in await staff_questions(ctx, quiz.id)}
    own = [question for question in given if question.source_id in there]
    for question in own:
        row = there[question.source_id or ""]
        now = as_input(row)
        if question.model_copy(update={"source": now.source, "source_id": now.source_id}) != now:
            fields = question.model_dump(exclude={"source", "source_id"})
            await assessment.update_question(ctx, row.id, QuestionPatch.model_validate(fields))
    gone = await _deleted_here(ctx, quiz)
    others = [question for question in given if question.source_id not in there]
    for question in (one for one in others if one.source_id in gone):
        report.lost("question", GONE, f"{quiz.title}: {question.question_text[:80]}")
    others = [question for question in others if question.source_id not in gone]
    if not others and own:
        return
    result = await assessment.replace_questions_by_source(ctx, quiz.id, others)
    for ids, reason in ((result.kept, KEPT), (result.removed, REMOVED)):
        for id_ in ids:
            text = there[str(id_)].content["question_text"]
            report.lost("question", reason, f"{quiz.title}: {text[:80]}")


async def _deleted_here(ctx: Ctx, quiz: Assessment) -> set[str]:
    """By the names an import may give them. What an import removed was edited by nobody, and may come back."""
    deleted = select(Question).where(Question.assessment_id == quiz.id, Question.deleted_at.is_not(None))
    rows = list(await ctx.db.scalars(deleted.where(Question.edited_at.is_not(None))))
    return {str(row.id) for row in rows} | {row.source_id for row in rows if row.source_id}
