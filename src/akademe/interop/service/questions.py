"""The questions of a quiz that is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment, Question
from akademe.assessment.schemas import QuestionIn, QuestionPatch
from akademe.assessment.service.questions import as_input, content_of
from akademe.interop.rules import LossReport
from akademe.kernel.ctx import Ctx

KEPT = "edited here since the last import: kept as it is"
DELETED = "deleted here since the last import: left out"
REMOVED = "no longer in the source: deleted here too"


class QuestionsThere:
    """The questions of a course's quizzes before its import: those living, and what names those deleted by hand had."""

    def __init__(self, living: Mapping[UUID, Sequence[Question]], deleted: Mapping[UUID, set[str]]) -> None:
        self.living, self.deleted = living, deleted

    @classmethod
    async def load(cls, ctx: Ctx, quiz_ids: Sequence[UUID]) -> QuestionsThere:
        if not quiz_ids:
            return cls({}, {})
        return cls(await assessment.questions_of(ctx, quiz_ids), await _deleted_here(ctx, quiz_ids))

    async def bring(self, ctx: Ctx, quiz: Assessment, given: Sequence[QuestionIn], report: LossReport) -> None:
        """Questions that an export of this quiz names by their own ids are changed in place, the others by origin."""
        there = {str(question.id): question for question in self.living[quiz.id]}
        if _are_same(self.living[quiz.id], given):
            return
        own = [question for question in given if question.source_id in there]
        for question in own:
            await _correct(ctx, there[question.source_id or ""], question)
        gone = self.deleted.get(quiz.id, set())
        others = [question for question in given if question.source_id not in there]
        for question in (one for one in others if one.source_id in gone):
            report.lost("question", DELETED, f"{quiz.title}: {question.question_text[:80]}")
        others = [question for question in others if question.source_id not in gone]
        if others or not own:
            await _replace(ctx, quiz, others, there, report)


def _are_same(there: Sequence[Question], given: Sequence[QuestionIn]) -> bool:
    """Whether there is nothing to bring and nothing to say. What was made here may stand behind."""
    behind, sources = there[len(given) :], {question.source for question in given}
    if len(there) < len(given) or any(row.source in sources for row in behind):
        return False
    return all(_is_same(row, question) for row, question in zip(there, given, strict=False))


def _is_same(row: Question, given: QuestionIn) -> bool:
    is_it = str(row.id) == given.source_id or (
        (row.source, row.source_id) == (given.source, given.source_id) and row.edited_at is None
    )
    said = (given.pool, list(given.skills), content_of(given))
    return is_it and said == (row.pool, row.skills, row.content)


async def _correct(ctx: Ctx, row: Question, given: QuestionIn) -> None:
    now = as_input(row)
    if given.model_copy(update={"source": now.source, "source_id": now.source_id}) != now:
        fields = given.model_dump(exclude={"source", "source_id"})
        await assessment.update_question(ctx, row.id, QuestionPatch.model_validate(fields))


async def _replace(
    ctx: Ctx, quiz: Assessment, given: Sequence[QuestionIn], there: Mapping[str, Question], report: LossReport
) -> None:
    result = await assessment.replace_questions_by_source(ctx, quiz.id, given)
    for ids, reason in ((result.kept, KEPT), (result.removed, REMOVED)):
        for id_ in ids:
            text = there[str(id_)].content["question_text"]
            report.lost("question", reason, f"{quiz.title}: {text[:80]}")


async def _deleted_here(ctx: Ctx, quiz_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The names an import may give them. What an import removed was edited by nobody, and may come back."""
    deleted = select(Question.assessment_id, Question.id, Question.source_id).where(
        Question.assessment_id.in_(quiz_ids), Question.deleted_at.is_not(None), Question.edited_at.is_not(None)
    )
    names: dict[UUID, set[str]] = {}
    for quiz_id, id_, source_id in await ctx.db.execute(deleted):
        names.setdefault(quiz_id, set()).update({str(id_), source_id} - {""})
    return names
