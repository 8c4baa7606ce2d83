"""Assessments as JSON: quizzes, assignments and projects."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from akademe.assessment.rules.results import Review
from akademe.assessment.schemas.questions import (
    LearnerQuestion,
    Points,
    QuestionIn,
    QuestionOut,
    Regrade,
    SourceId,
    Text,
)

AssessmentType = Literal["quiz", "assignment", "project"]
MAX_QUESTIONS = 500

Title = Annotated[Text, Field(min_length=1, max_length=255)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 30)]
Count = Annotated[int, Field(ge=1, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Pool(BaseModel):
    """How many of the questions that name this pool each attempt draws."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    draw: int = Field(ge=1, le=MAX_QUESTIONS)


class LatePolicy(BaseModel):
    """What lateness after the due date does: refused, or a percentage off for every day begun, up to a bound."""

    model_config = ConfigDict(extra="forbid")

    accept: bool = True
    percent_per_day: float = Field(default=0, ge=0, le=100)
    max_percent: float = Field(default=100, ge=0, le=100)


class RubricLevel(BaseModel):
    """One level of a criterion and the points it gives."""

    title: Title
    description: Text = Field(default="", max_length=5_000)
    points: Points


class Criterion(BaseModel):
    """One thing that is judged."""

    id: Text = Field(min_length=1, max_length=100)
    title: Title
    description: Text = Field(default="", max_length=5_000)
    levels: list[RubricLevel] = Field(min_length=1, max_length=20)


class Rubric(BaseModel):
    """How work is judged, criterion by criterion."""

    criteria: list[Criterion] = Field(min_length=1, max_length=50)


class _Settings(BaseModel):
    """What can be set when an assessment is created and changed afterwards."""

    lesson_id: str | None = None
    instructions: Text | None = Field(default=None, max_length=50_000)
    opens_at: AwareDatetime | None = None
    due_date: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    time_limit_minutes: Minutes | None = None
    max_attempts: Count | None = None
    late_policy: LatePolicy | None = None
    rubric: Rubric | None = None


class AssessmentIn(_Settings):
    """A new assessment; only `title` is needed. `questions` come inline.

    `max_attempts` left out is unbounded for a quiz and 1 for an assignment or project. `total_points` is for work
    without questions; otherwise the questions' points add up.
    """

    title: Title
    type: AssessmentType = "quiz"
    passing_score: Share = 0.7
    total_points: Points | None = None
    shuffle_questions: bool = False
    shuffle_options: bool = False
    review: Review = "after_submit"
    required: bool = True
    is_premium: bool = False
    pools: list[Pool] = Field(default_factory=list, max_length=50)
    questions: list[QuestionIn] = Field(default_factory=list, max_length=MAX_QUESTIONS)
    source: Text | None = Field(default=None, max_length=50)
    source_id: SourceId | None = None

    @model_validator(mode="after")
    def _attempts_by_type(self) -> "AssessmentIn":
        if "max_attempts" not in self.model_fields_set and self.type != "quiz":
            self.max_attempts = 1
        return self


class AssessmentPatch(_Settings):
    """Fields of an assessment to change; a field that is sent as null is cleared where null means something."""

    title: Title | None = None
    passing_score: Share | None = None
    total_points: Points | None = None
    shuffle_questions: bool | None = None
    shuffle_options: bool | None = None
    review: Review | None = None
    required: bool | None = None
    is_premium: bool | None = None
    pools: list[Pool] | None = Field(default=None, max_length=50)


class AssessmentOut(BaseModel):
    """An assessment as a learner sees it.

    `questions` is None in lists, and empty while a timed or pooled quiz (`attempt_required`) has no open attempt.
    """

    id: str
    course_id: str
    lesson_id: str | None
    title: str
    type: AssessmentType
    instructions: str | None
    opens_at: datetime | None
    due_date: datetime | None
    closes_at: datetime | None
    time_limit_minutes: int | None
    max_attempts: int | None
    total_points: Points
    passing_score: float
    late_policy: LatePolicy | None
    rubric: Rubric | None
    review: Review
    required: bool
    is_premium: bool
    attempt_required: bool
    question_count: int
    questions: list[LearnerQuestion] | None = None
    created_at: datetime
    updated_at: datetime


class StaffAssessmentOut(AssessmentOut):
    """An assessment as staff see it, with the keys. `regraded` is there after a change of the passing score."""

    shuffle_questions: bool
    shuffle_options: bool
    pools: list[Pool]
    source: str | None
    source_id: str | None
    version: int
    regraded: Regrade | None = None
    questions: list[QuestionOut] | None = None  # type: ignore[assignment]  # staff's questions have more fields


class QuizOut(BaseModel):
    """A quiz as course clients know it: the questions as learners see them, never with answers."""

    id: str
    course_id: str
    chapter_id: str | None
    lesson_id: str | None
    title: str
    instructions: str | None
    questions: list[LearnerQuestion] | None
    question_count: int
    passing_score: float
    total_points: Points
    time_limit_minutes: int | None
    max_attempts: int | None
    due_date: datetime | None
    attempt_required: bool
    is_premium: bool
    created_at: datetime
    updated_at: datetime
