"""Living through the sixty days: each thing somebody does is one unit of work, by that person, at that moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from akademe.admin.demo.answering import answer
from akademe.admin.demo.people import Learner, Study
from akademe.assessment import service as assessment
from akademe.assessment.errors import NoAttemptsLeft
from akademe.assessment.models import Question
from akademe.assessment.schemas import SubmitIn
from akademe.catalog.models import ContentType, Lesson
from akademe.identity import service as identity
from akademe.kernel import db
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import Ctx, open_ctx, system_ctx
from akademe.learning import service as learning


@dataclass(slots=True)
class School:
    """What the builder knows while it builds. `done` counts the lessons that somebody is through with; `actors` are
    kept until what they were granted changes.
    """

    now: datetime
    ids: dict[str, UUID] = field(default_factory=dict)
    lessons: dict[str, list[Lesson]] = field(default_factory=dict)
    done: dict[tuple[int, str], int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(26))

    @asynccontextmanager
    async def acting(self, email: str, moment: datetime) -> AsyncIterator[Ctx]:
        """A unit of work of this person at that moment (never later than now)."""
        with db.at(min(moment, self.now)):
            async with open_ctx(await self.actor(email)) as ctx:
                yield ctx

    async def actor(self, email: str) -> Actor:
        """The person with what was granted until now."""
        if email not in self.actors:
            async with system_ctx() as ctx:
                self.actors[email] = await identity.actor_for(ctx, self.ids[email])
        return self.actors[email]

    async def enrol(self, learner: Learner, study: Study, moment: datetime) -> None:
        """A seat, or a place on the waiting list."""
        async with self.acting(learner.email, moment) as ctx:
            await learning.enrol(ctx, study.course)
        self.actors.pop(learner.email)

    async def leave(self, learner: Learner, study: Study, moment: datetime) -> None:
        """Drop the course."""
        async with self.acting(learner.email, moment) as ctx:
            course = self.lessons[study.course][0].course_id
            enrolment = await learning.active_enrolment(ctx, self.ids[learner.email], course)
            if enrolment is not None:
                await learning.drop_enrolment(ctx, enrolment.id)
        self.actors.pop(learner.email)

    async def visit(self, learner: Learner, study: Study, moment: datetime) -> None:
        """An hour or so of work: the next lessons; a quiz that was failed is tried again instead of going on."""
        lessons, key = self.lessons[study.course], (learner.number, study.course)
        for _ in range(study.pace):
            at = self.done.get(key, 0)
            if at >= min(len(lessons), study.stops_after or len(lessons)):
                return
            moment += timedelta(minutes=(lessons[at].duration_minutes or 10) * self.random.uniform(0.7, 1.3))
            if await self._take(learner, study, lessons[at], moment):
                self.done[key] = at + 1

    async def _take(self, learner: Learner, study: Study, lesson: Lesson, moment: datetime) -> bool:
        """One lesson with its quiz; whether the learner goes on to the next."""
        if lesson.content_type != ContentType.QUIZ:
            seconds = int((lesson.duration_minutes or 10) * 60 * self.random.uniform(0.6, 1.2))
            async with self.acting(learner.email, moment) as ctx:
                await learning.complete_lesson(ctx, study.course, lesson.id, time_spent=seconds)
        if lesson.quiz_id is None:
            return True
        passed = await self._attempt(learner, study, lesson.quiz_id, moment)
        return passed or lesson.content_type != ContentType.QUIZ

    async def _attempt(self, learner: Learner, study: Study, quiz_id: UUID, moment: datetime) -> bool:
        """One attempt, begun and submitted some minutes later; False also where no attempt is left."""
        try:
            async with self.acting(learner.email, moment) as ctx:
                started, _ = await assessment.start_attempt(ctx, quiz_id)
        except NoAttemptsLeft:
            return False
        answers = await self._answers(quiz_id, {shown.id for shown in started.questions}, study.skill)
        async with self.acting(learner.email, moment + timedelta(minutes=self.random.uniform(4, 12))) as ctx:
            given = SubmitIn(attempt_id=started.id, answers=answers)
            return bool((await assessment.submit(ctx, quiz_id, given)).passed)

    async def _answers(self, quiz_id: UUID, asked: set[str], skill: float) -> dict[str, object]:
        async with system_ctx() as ctx:
            rows = list(await ctx.db.scalars(select(Question).where(Question.assessment_id == quiz_id)))
        contents = {str(row.id): row.content for row in sorted(rows, key=lambda row: row.order_index)}
        answers = {
            id_: answer(held["question_type"], held["options"], held["correct_answer"], self.random, skill)
            for id_, held in contents.items()
            if id_ in asked
        }
        return {id_: given for id_, given in answers.items() if given is not None}
