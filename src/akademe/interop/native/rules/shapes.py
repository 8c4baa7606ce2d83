"""What may stand in the documents of a course folder (the format `akademe-course/1`)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from akademe.assessment.schemas import LatePolicy

FORMAT = "akademe-course/1"
LONGEST_TEXT = 200_000

Title = Annotated[str, Field(min_length=1, max_length=255)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
ContentType = Literal["text", "video", "file", "quiz", "assignment", "live", "scorm", "lti"]
Review = Literal["never", "score_only", "after_submit", "after_pass", "after_close"]


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _list(value: Any) -> Any:
    return [] if value is None else value


def _words(value: Any) -> Any:
    return "" if value is None else value


def _tracks(value: Any) -> Any:
    """One path, or a list of paths and sets of fields."""
    listed = _list(value) if isinstance(value, list | None) else [value]
    return [{"file": track} if isinstance(track, str) else track for track in listed]


Words = Annotated[str, Field(max_length=LONGEST_TEXT), BeforeValidator(_words)]
Names = Annotated[list[str], BeforeValidator(_list)]
Moment = Annotated[datetime, AfterValidator(_in_utc)] | None


class Shape(BaseModel):
    """Unknown fields are named as mistakes; a number where a text belongs is taken as the text it looks like."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class ModuleEntry(Shape):
    """A module in course.yaml; `lessons` are paths in order."""

    id: Name | None = None
    title: Title
    description: Words = ""
    is_active: bool = True
    lessons: Annotated[list[Name], BeforeValidator(_list)] = Field(default_factory=list)


class CourseFile(Shape):
    """course.yaml."""

    format: Literal["akademe-course/1"]
    id: Name
    title: Title
    slug: str | None = Field(default=None, max_length=255)
    description: Words = ""
    category: str | None = Field(default=None, max_length=255)
    tags: Names = Field(default_factory=list)
    difficulty_level: Literal["beginner", "intermediate", "advanced"] | None = None
    language: str | None = Field(default=None, max_length=35)
    duration_hours: float | None = Field(default=None, ge=0, le=100_000)
    price: Decimal = Field(default=Decimal(0), ge=0, le=1_000_000, decimal_places=2)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    access: Literal["open", "enrolled"] = "enrolled"
    enrollment_limit: int | None = Field(default=None, ge=1)
    prerequisites: Names = Field(default_factory=list)
    objectives: Names = Field(default_factory=list)
    thumbnail: str | None = None
    video: str | None = None
    certificate: bool = True
    modules: Annotated[list[ModuleEntry], BeforeValidator(_list)] = Field(default_factory=list)


class CaptionEntry(Shape):
    """A track of subtitles; its language is otherwise that of the file's name, else of the course."""

    file: str
    language: str | None = Field(default=None, max_length=35)
    label: str = Field(default="", max_length=255)


class LessonFront(Shape):
    """The front matter of a lesson; paths count from the folder of course.yaml."""

    id: Name | None = None
    title: Title
    content_type: ContentType = "text"
    section: str | None = Field(default=None, max_length=255)
    duration_minutes: int | None = Field(default=None, ge=0, le=100_000)
    is_free: bool = False
    required: bool = True
    is_active: bool = True
    video: str | None = None
    captions: Annotated[list[CaptionEntry], BeforeValidator(_tracks)] = Field(default_factory=list)
    transcript: str | None = None
    file: str | None = None
    quiz: str | None = None


class PoolEntry(Shape):
    """How many questions are drawn from a pool."""

    name: Name
    draw: int = Field(ge=1, le=500)


class QuestionEntry(Shape):
    """A question of a quiz file; what `options` and `answer` take depends on `type`."""

    id: Name | None = None
    type: str = "mcq"
    text: str
    options: Any = None
    answer: Any = None
    points: float | int = 1
    feedback: Any = None
    pool: str | None = None
    exact: bool = False
    skills: Names = Field(default_factory=list)


class QuizFile(Shape):
    """quizzes/*.yaml."""

    id: Name | None = None
    title: Title
    instructions: Words = ""
    passing_score: float = Field(default=0.7, ge=0, le=1)
    max_attempts: int | None = Field(default=None, ge=1, le=1000)
    time_limit_minutes: int | None = Field(default=None, ge=1, le=43_200)
    shuffle_questions: bool = False
    shuffle_options: bool = False
    review: Review = "after_submit"
    required: bool = True
    is_premium: bool = False
    opens_at: Moment = None
    due_date: Moment = None
    closes_at: Moment = None
    late_policy: LatePolicy | None = None
    pools: Annotated[list[PoolEntry], BeforeValidator(_list)] = Field(default_factory=list)
    questions: Annotated[list[QuestionEntry], BeforeValidator(_list)] = Field(default_factory=list)
