"""Quizzes of the load tests' school: one of five questions per course, and what learners have answered before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment import service as assessment
from akademe.assessment.models import AttemptStatus, Question
from akademe.assessment.schemas import AssessmentIn
from akademe.kernel import db
from akademe.kernel.ctx import system_ctx

QUESTIONS = 5
POINTS = 100


@dataclass(frozen=True)
class Quiz:
    """`answers` are right, by question id."""

    id: UUID
    answers: dict[str, str]


def _given() -> AssessmentIn:
    questions = [
        {
            "question_text": f"Which of these words is number {n}?",
            "question_type": "mcq",
            "options": ["one", "two", "three", "four"],
            "correct_answer": "abcd"[n % 4],
        }
        for n in range(QUESTIONS)
    ]
    return AssessmentIn.model_validate({"title": "What stays", "questions": questions})


async def make(organization_id: UUID, courses: list[UUID]) -> dict[UUID, Quiz]:
    """Through the service, in units of fifty."""
    found: dict[UUID, Quiz] = {}
    for start in range(0, len(courses), 50):
        async with system_ctx(organization_id) as ctx:
            for course in courses[start : start + 50]:
                made = await assessment.create_assessment(ctx, course, _given())
                await ctx.db.flush()
                asked = await ctx.db.execute(
                    select(Question.id, Question.content["correct_answer"].as_string())
                    .where(Question.assessment_id == made.id)
                    .order_by(Question.order_index)
                )
                found[course] = Quiz(made.id, {str(id_): key for id_, key in asked})
    return found


def attempts(
    organization_id: UUID, quizzes: dict[UUID, Quiz], seats: list[tuple[UUID, UUID, UUID]], each: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Graded attempts with their scores as rows: `each` for every seat (enrolment, person, course)."""
    now = db.clock()
    full = POINTS * QUESTIONS
    for enrolment_id, user_id, course_id in seats:
        quiz = quizzes[course_id]
        paper = {"version": 1, "asked": [{"q": id_, "v": 1} for id_ in quiz.answers]}
        mark = {"v": 1, "possible": POINTS, "earned": POINTS, "is_correct": True, "said": [], "comment": None}
        for number in range(1, each + 1):
            id_ = db.new_id()
            score = {"earned": full, "possible": full, "waiting": 0, "passed": True}
            yield (
                {
                    "id": id_,
                    "organization_id": organization_id,
                    "course_id": course_id,
                    "assessment_id": quiz.id,
                    "user_id": user_id,
                    "enrolment_id": enrolment_id,
                    "number": number,
                    "status": AttemptStatus.GRADED.value,
                    "seed": "load",
                    "paper": paper,
                    "answers": quiz.answers,
                    "started_at": now,
                    "submitted_at": now,
                    "time_spent": 60,
                    "score_number": 1,
                    **score,
                },
                {
                    "attempt_id": id_,
                    "number": 1,
                    "marks": {"version": 1, "items": dict.fromkeys(quiz.answers, mark)},
                    "reason": "submitted",
                    **score,
                },
            )
