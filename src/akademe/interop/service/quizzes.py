"""The quizzes of a course tree: new ones at once, those that are there where the source says something else."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from akademe.assessment import service as assessment
from akademe.assessment.models import Assessment
from akademe.assessment.schemas import AssessmentIn, AssessmentPatch
from akademe.catalog.models import Course
from akademe.interop.models import Kind
from akademe.interop.rules import LossReport
from akademe.interop.rules.tree import QuizTree
from akademe.interop.service.finding import Known
from akademe.interop.service.marks import fields_of
from akademe.interop.service.preparing import Ready
from akademe.interop.service.questions import DELETED, KEPT, QuestionsThere
from akademe.interop.service.values import pick, quiz_values
from akademe.kernel.ctx import Ctx


class BringingQuizzes:
    """Of one import."""

    def __init__(self, ctx: Ctx, course: Course, ready: Ready, before: Known, report: LossReport) -> None:
        self.ctx, self.course, self.ready, self.before, self.report = ctx, course, ready, before, report
        self.marks = before.marks

    async def bring(self, quizzes: Sequence[QuizTree]) -> None:
        """In this order."""
        new: dict[UUID, AssessmentIn] = {}
        there = await QuestionsThere.load(self.ctx, [row.id for row in self.before.quizzes.values()])
        for quiz in quizzes:
            row = self.before.quizzes.get(quiz.source_id)
            given = self._without_past_date(self.ready.quizzes[quiz.source_id], row)
            if row is not None:
                await self._update(quiz.source_id, row, given, there)
            elif self.marks.row_id(Kind.QUIZ, quiz.source_id) is not None:
                self.report.lost("quiz", DELETED, quiz.title)
            else:
                new[self.ready.plan.quizzes[quiz.source_id]] = given
            await self.ctx.breathe()
        if new:
            for row in await assessment.create_assessments(self.ctx, self.course.id, new, imported=True):
                self._remember(row.source_id, row)

    def _without_past_date(self, given: AssessmentIn, row: Assessment | None) -> AssessmentIn:
        """Another system's course comes with the dates of a run that is over: everybody would be late."""
        if given.source == "native" or given.due_date is None or given.due_date > self.ctx.now:
            return given
        self.report.lost("due date", "it had passed before the import", given.title)
        return given.model_copy(update={"due_date": row.due_date if row else None})

    async def _update(self, source_id: str, row: Assessment, given: AssessmentIn, there: QuestionsThere) -> None:
        if self.marks.edited(Kind.QUIZ, source_id, quiz_values(row)):
            self.report.lost("quiz", KEPT, row.title)
            return
        settings = given.model_dump(exclude={"questions", "source", "source_id", "type"}, exclude_unset=True)
        if settings != pick(quiz_values(row), set(settings)):
            patch = AssessmentPatch.model_validate(settings)
            row, _ = await assessment.update_assessment(self.ctx, row.id, patch, imported=True)
        await there.bring(self.ctx, row, given.questions, self.report)
        self._remember(source_id, row)

    def _remember(self, source_id: str, row: Assessment) -> None:
        self.marks.put(self.course.id, Kind.QUIZ, source_id, row.id, fields_of(quiz_values(row)))
