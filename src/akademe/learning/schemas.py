"""Learning as JSON (CONTRACT.md section 3)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, EmailStr, Field, StringConstraints

Seconds = Annotated[int, Field(ge=0, le=86_400)]
CourseKey = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
StatusFilter = Literal["", "undefined", "waiting", "enrolled", "in_progress", "completed", "dropped", "active"]


class PersonBrief(BaseModel):
    id: UUID
    full_name: str
    email: str | None = None
    avatar_url: str | None = None


class CourseBrief(BaseModel):
    id: UUID
    title: str
    slug: str
    status: str
    thumbnail_url: str | None = None


class EnrolmentOut(BaseModel):
    """`place` on the waiting list and `offer_expires_at` are there while `status` is waiting."""

    id: UUID
    user_id: UUID
    student_id: UUID
    course_id: UUID
    section_id: UUID
    status: str
    is_active: bool
    progress_percentage: float
    total_time_spent: int
    average_quiz_score: float | None
    engagement_score: float
    enrolled_at: datetime
    completed_at: datetime | None
    last_accessed: datetime | None
    last_lesson_id: UUID | None
    place: int | None = None
    offer_expires_at: datetime | None = None
    user: PersonBrief | None = None
    course: CourseBrief | None = None


class EnrolIn(BaseModel):
    course_id: CourseKey


class EnrolOthersIn(BaseModel):
    """Staff name people by id or e-mail."""

    user_ids: list[UUID] = Field(default_factory=list, max_length=100)
    emails: list[EmailStr] = Field(default_factory=list, max_length=100)


class CompleteIn(BaseModel):
    content_id: UUID
    time_spent: Seconds = 0


class TimeIn(BaseModel):
    time_spent: Seconds = 0


class ProgressIn(BaseModel):
    """`quiz_score` (0 to 1) is kept as self-reported and never counts."""

    course_id: CourseKey
    lesson_id: UUID
    time_spent: Seconds = 0
    completed: bool = False
    quiz_score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class QuizResultOut(BaseModel):
    lesson_id: UUID | None
    quiz_id: UUID
    score: float
    attempts: int
    passed: bool


class UserProgress(BaseModel):
    user_id: UUID
    course_id: UUID
    course_title: str
    enrollment_id: UUID
    status: str
    is_active: bool
    completed_chapters: list[UUID]
    completed_lessons: list[UUID]
    quiz_scores: dict[str, float]
    quiz_results: list[QuizResultOut]
    average_quiz_score: float | None
    progress_percentage: float
    time_spent: int
    weak_areas: list[str]
    streak_days: int
    engagement_score: float
    last_lesson_id: UUID | None
    next_lesson_id: UUID | None = None
    last_accessed: datetime | None
    completion_date: datetime | None


class StreakOut(BaseModel):
    user_id: UUID
    streak_days: int
    longest: int


class OutlineLesson(BaseModel):
    id: UUID
    title: str
    section: str
    content_type: str
    duration_minutes: int
    quiz_id: UUID | None
    order_index: int
    is_free: bool
    is_required: bool
    locked: bool
    completed: bool


class OutlineModule(BaseModel):
    id: UUID
    title: str
    lessons: list[OutlineLesson]


class OutlineOut(BaseModel):
    """What a learner's course menu shows. Without an enrolment nothing is completed and `status` is null."""

    course_id: UUID
    title: str
    slug: str
    enrollment_id: UUID | None
    status: str | None
    progress_percentage: float
    last_lesson_id: UUID | None
    next_lesson_id: UUID | None
    modules: list[OutlineModule]


class CertificateOut(BaseModel):
    """`user_id` is null for who is neither the holder nor staff; `is_valid` is false once revoked.

    `issued_on` is the day of the holder's calendar that the document says.
    """

    id: UUID
    code: str
    course_id: UUID
    course_title: str
    user_id: UUID | None
    full_name: str
    issuer: str
    issued_at: datetime
    issued_on: date
    revoked_at: datetime | None
    is_valid: bool
    verify_url: str
    pdf_url: str


class RevokeIn(BaseModel):
    reason: Reason


class DatesIn(BaseModel):
    """Without a section and a person the dates are everyone's; `ref_id` is a lesson or an assessment of the course."""

    ref_id: UUID | None = None
    section_id: UUID | None = None
    user_id: UUID | None = None
    opens_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    extra_minutes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    extra_attempts: Annotated[int, Field(ge=0, le=100)] | None = None


class DatesOut(DatesIn):
    id: UUID
    course_id: UUID
    ref_id: UUID
