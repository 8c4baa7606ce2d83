"""The tables of assessment. Points are hundredths of a point; scores are exact in them, never float."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Json, Record

_OPEN = text("status = 'open'")
_LIVE = text("deleted_at IS NULL")


class AssessmentType(StrEnum):
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    PROJECT = "project"


class AttemptStatus(StrEnum):
    """`submitted` waits for a person to grade some of it; `graded` is complete."""

    OPEN = "open"
    SUBMITTED = "submitted"
    GRADED = "graded"


class QuestionContent(BaseModel):
    """What `Question.content` and `QuestionVersion.content` hold: options and key in normal form, hundredths."""

    version: int = 1
    question_text: str
    question_type: str
    options: Any = None
    correct_answer: Any = None
    points: int = 100
    feedback: dict[str, str | None] = {}
    exact: bool = False


class Asked(BaseModel):
    """One question of a paper, at the version that was asked."""

    q: UUID
    v: int


class Paper(BaseModel):
    """What `Attempt.paper` holds: the questions asked, in their order. With the seed it says what was seen."""

    version: int = 1
    asked: list[Asked] = []
    shuffle_options: bool = False


class Mark(BaseModel):
    """What one answer earned, in hundredths; None while a person has to grade it. `v`: by which version."""

    v: int
    possible: int
    earned: int | None
    is_correct: bool | None
    said: list[str] = []
    comment: str | None = None
    by: UUID | None = None


class Marks(BaseModel):
    """What `AttemptScore.marks` holds, by question id."""

    version: int = 1
    items: dict[str, Mark] = {}


class Assessment(Record):
    """`version` counts edits of the assessment and of its questions. `total_points` in hundredths."""

    __tablename__ = "assessments"
    __table_args__ = (
        Index("ix_assessments_course_id_created_at", "course_id", "created_at"),
        Index("ix_assessments_source", "course_id", "source", "source_id"),
    )
    __pii__ = ()

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"), index=True)
    title: Mapped[str]
    type: Mapped[str] = mapped_column(default=AssessmentType.QUIZ)
    instructions: Mapped[str | None] = mapped_column(Text)
    opens_at: Mapped[datetime | None]
    due_date: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_limit_minutes: Mapped[int | None]
    max_attempts: Mapped[int | None]
    total_points: Mapped[int] = mapped_column(default=0)
    passing_score: Mapped[float] = mapped_column(default=0.7)
    late_policy: Mapped[dict[str, Any] | None] = mapped_column(Json)
    rubric: Mapped[dict[str, Any] | None] = mapped_column(Json)
    review: Mapped[str] = mapped_column(default="after_submit")
    shuffle_questions: Mapped[bool] = mapped_column(default=False)
    shuffle_options: Mapped[bool] = mapped_column(default=False)
    is_required: Mapped[bool] = mapped_column(default=True)
    is_premium: Mapped[bool] = mapped_column(default=False)
    pools: Mapped[list[Any]] = mapped_column(Json, default=list)
    question_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    edited_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def needs_attempt(self) -> bool:
        """Timed or pooled: its questions are seen in an open attempt alone."""
        return self.time_limit_minutes is not None or bool(self.pools)


class Question(Record):
    """A question as it stands; every content it ever had is a version."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_assessment_id_order_index", "assessment_id", "order_index"),
        Index("ix_questions_source", "assessment_id", "source", "source_id"),
    )
    __pii__ = ()

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id", ondelete="CASCADE"))
    order_index: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    pool: Mapped[str | None]
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    edited_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class QuestionVersion(Record):
    """The content of a question at one of its versions; append-only."""

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "version"),)
    __pii__ = ("author_id",)

    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    author_id: Mapped[UUID | None]


class Attempt(Record):
    """One person's attempt; one open at a time. `earned` and `possible` are those of its current score.

    `seed` decides what was drawn and how it was shuffled; `penalty` is the share that lateness costs, as a fraction.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("assessment_id", "user_id", "number"),
        Index(
            "uq_attempts_open",
            "assessment_id",
            "user_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_attempts_assessment_id_started_at", "assessment_id", "started_at", "id"),
        Index("ix_attempts_course_id_status", "course_id", "status"),
    )
    __pii__ = ("answers",)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolments.id"), index=True)
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default=AttemptStatus.OPEN)
    seed: Mapped[str]
    paper: Mapped[dict[str, Any]] = mapped_column(Json)
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    saved_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    time_spent: Mapped[int | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    is_auto: Mapped[bool] = mapped_column(default=False)
    penalty: Mapped[str] = mapped_column(default="0")
    score_number: Mapped[int] = mapped_column(default=0)
    earned: Mapped[int | None]
    possible: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)
    passed: Mapped[bool | None]

    @property
    def is_open(self) -> bool:
        return self.status == AttemptStatus.OPEN


class AttemptScore(Record):
    """One scoring of an attempt; append-only. The highest number counts."""

    __tablename__ = "attempt_scores"
    __table_args__ = (UniqueConstraint("attempt_id", "number"),)
    __pii__ = ("marks",)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int]
    earned: Mapped[int]
    possible: Mapped[int]
    waiting: Mapped[int]
    passed: Mapped[bool]
    marks: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str]
    actor_id: Mapped[UUID | None]


class GradeLogEntry(Record):
    """A grade that changed: old and new in hundredths of a point, who did it and why. Append-only."""

    __tablename__ = "grade_log"
    __table_args__ = (Index("ix_grade_log_assessment_id_created_at", "assessment_id", "created_at", "id"),)
    __pii__ = ("reason",)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    old_earned: Mapped[int | None]
    old_possible: Mapped[int | None]
    new_earned: Mapped[int]
    new_possible: Mapped[int]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str]
