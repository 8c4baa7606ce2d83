"""Attempts as JSON: answers in, results out as far as the review setting allows."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from akademe.assessment.schemas.questions import Json, LearnerQuestion, Points, Text

AttemptStatus = Literal["open", "submitted", "graded"]
MAX_ANSWERS_SIZE = 500_000


def bounded(answers: dict[str, Any]) -> dict[str, Any]:
    """The same answers. Raises ValueError where they are too long in all."""
    if sum(_size(answer) for answer in answers.values()) > MAX_ANSWERS_SIZE:
        raise ValueError("The answers are too long.")
    return answers


def _size(answer: Any) -> int:
    """Roughly how many characters an answer takes, for answers nested at most a few levels."""
    return len(answer) if isinstance(answer, str) else len(str(answer))


def _nothing(value: Any) -> Any:
    return {} if value is None else value


Answers = Annotated[
    dict[str, Json],
    Field(max_length=1000),
    BeforeValidator(_nothing),
    AfterValidator(bounded),
]
Seconds = Annotated[int, Field(ge=0, le=60 * 60 * 24 * 30)]


class AnswersIn(BaseModel):
    """Answers to save in an open attempt, merged into what was saved before; null takes one back."""

    answers: Answers


class SubmitIn(BaseModel):
    """Answers to submit; without `attempt_id` the open attempt is meant, or a new one begins and ends."""

    attempt_id: str | None = None
    answers: Answers = Field(default_factory=dict)
    time_spent: Seconds | None = None


class QuizSubmission(SubmitIn):
    """The same, naming the quiz in the body."""

    quiz_id: UUID


class GradeIn(BaseModel):
    """What a person gives one answer."""

    points: Points
    feedback: Text | None = Field(default=None, max_length=20_000)


class GradesIn(BaseModel):
    """Points given by a person to answers of one attempt: question id to points and feedback."""

    grades: dict[str, GradeIn] = Field(min_length=1, max_length=1000)
    reason: Text | None = Field(default=None, max_length=500)


class AttemptOut(BaseModel):
    """An attempt while it is open: the questions it asks, what has been saved, and when it ends by itself."""

    id: str
    attempt_id: str
    assessment_id: str
    quiz_id: str
    course_id: str
    user_id: str
    number: int
    status: AttemptStatus
    started_at: datetime
    due_at: datetime | None
    server_time: datetime
    saved_at: datetime | None
    answers: dict[str, Any]
    questions: list[LearnerQuestion]


class SavedOut(BaseModel):
    """What autosave answers: when it was saved, and when the attempt ends by the server's clock."""

    attempt_id: str
    saved_at: datetime
    due_at: datetime | None
    server_time: datetime
    answered: int


class QuestionResult(BaseModel):
    """One question of a submitted attempt. `is_correct` and `points_earned` are None while a person has to grade it.

    `solution` is there only when the right answer may be shown.
    """

    question_id: str
    is_correct: bool | None
    points_earned: Points | None
    points: Points
    feedback: str | None
    answer: Any = None
    solution: Any = None


class QuizResult(BaseModel):
    """A submitted attempt. What the review setting hides is None.

    `user_name` is there for staff, `attempts_left` for the learner, whose dates and extra attempts decide it.
    """

    attempt_id: str
    id: str
    assessment_id: str
    quiz_id: str
    course_id: str
    user_id: str
    user_name: str | None = None
    number: int
    status: AttemptStatus
    answers: dict[str, Any]
    score: float | None
    points_earned: Points | None
    total_points: Points
    percentage: float | None
    passed: bool | None
    needs_grading: bool
    late: bool
    auto_submitted: bool
    attempts_left: int | None
    started_at: datetime
    completed_at: datetime | None
    time_spent: int | None
    questions: list[LearnerQuestion] | None = None
    results: list[QuestionResult] | None


class GradeChange(BaseModel):
    """One line of the grade log; points before and after, out of what was possible then."""

    id: str
    attempt_id: str
    user_id: str
    old_points: Points | None
    old_total: Points | None
    new_points: Points
    new_total: Points
    changed_by: str | None
    reason: str
    changed_at: datetime
