"""Courses, modules and staff as JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from akademe.catalog.models import CourseAccess, CourseStatus, Difficulty
from akademe.catalog.rules import is_free_to_use, is_slug

LONGEST_TEXT = 200_000


def _without_nul(value: Any) -> Any:
    """PostgreSQL stores no NUL."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def _address(value: str) -> str:
    """An address that a browser may be sent to: http, https or a path of our own."""
    is_path = value.startswith("/") and not value.startswith(("//", "/\\"))
    if not (is_path or value.lower().startswith(("https://", "http://"))) or any(ord(c) <= 32 for c in value):
        raise ValueError("Give an address that starts with https:// or http://, or a path on this site.")
    return value


def _slug(value: str) -> str:
    if not is_slug(value):
        raise ValueError("Use small letters, digits and single hyphens, at most 80 characters.")
    if not is_free_to_use(value):
        raise ValueError("This word is needed for an address of the site. Choose another one.")
    return value


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Clean = BeforeValidator(_without_nul)
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), Clean]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255), Clean]
Long = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), Clean]
RequiredAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_address), Clean]
Address = Annotated[RequiredAddress | None, BeforeValidator(lambda value: value or None)]
Slug = Annotated[str, Clean, AfterValidator(_slug)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), Clean]
Objective = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Clean]
Currency = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
# Beyond these a number cannot be a price or a length, and would not fit the column.
Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class CourseIn(BaseModel):
    """What one may say of a course; only `title` is needed to create one."""

    model_config = ConfigDict(extra="ignore", use_enum_values=True)

    title: Title
    slug: Slug = ""
    description: Long = ""
    instructor_id: UUID | None = None
    category: Short | None = None
    tags: Annotated[list[Tag], Field(max_length=50), AfterValidator(_each_once)] = []
    difficulty_level: Difficulty = Difficulty.BEGINNER
    duration_hours: Hours = 0
    price: Price = 0
    currency: Currency = "USD"
    status: CourseStatus = CourseStatus.DRAFT
    is_published: bool = False
    access: CourseAccess = CourseAccess.ENROLLED
    enrollment_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    prerequisites: Annotated[list[Short], Field(max_length=50), AfterValidator(_each_once)] = []
    objectives: Annotated[list[Objective], Field(max_length=100)] = []
    thumbnail_url: Address = Field(default=None, validation_alias=AliasChoices("thumbnail_url", "thumbnail"))
    video_url: Address = None
    language: Language = "en"
    certificate: bool = True


class CoursePatch(CourseIn):
    """Only what is sent is changed."""

    title: Title = ""


class PersonBrief(BaseModel):
    id: UUID
    full_name: str
    avatar_url: str | None


class LessonLine(BaseModel):
    """A lesson in the single course (003's document)."""

    id: UUID
    title: str
    video_url: str | None
    duration: int
    quiz_id: UUID | None
    locked: bool


class ModuleLines(BaseModel):
    id: UUID
    title: str
    lessons: list[LessonLine]


class CourseOut(BaseModel):
    """A course in a list."""

    id: UUID
    title: str
    slug: str
    description: str
    description_html: str
    organization_id: UUID
    instructor_id: UUID
    category: str | None
    tags: list[str]
    difficulty_level: str
    duration_hours: float
    price: float
    currency: str
    status: str
    is_published: bool
    access: str
    enrollment_limit: int | None
    prerequisites: list[UUID]
    objectives: list[str]
    thumbnail_url: str | None
    thumbnail: str | None
    video_url: str | None
    language: str
    certificate: bool
    rating: float | None
    enrollments: int
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    recommendation_score: float | None = Field(default=None, description="For students")
    ai_suggestions: list[Any] | None = Field(default=None, description="For its staff")


class CourseDetail(CourseOut):
    """The single course."""

    instructor: PersonBrief
    modules: list[ModuleLines]


class CourseBrief(BaseModel):
    """The whitelist an AI may see."""

    id: UUID
    title: str
    description: str
    category: str | None
    tags: list[str]
    difficulty_level: str
    objectives: list[str]


SortField = Literal["created_at", "title", "price", "rating", "enrollments", "updated_at"]


class CourseFilter(BaseModel):
    """Filters of `GET /courses`, already parsed. Prices are in currency units, `sort` may start with `-`."""

    model_config = ConfigDict(extra="forbid")

    category: str | None = None
    difficulty_level: Difficulty | None = None
    tag: str | None = None
    instructor_id: UUID | None = None
    price_min: Price | None = None
    price_max: Price | None = None
    q: Annotated[str, StringConstraints(max_length=500)] | None = None
    sort: Annotated[str, StringConstraints(pattern=r"^-?(created_at|title|price|rating|enrollments|updated_at)$")] = (
        "-created_at"
    )
    mine: bool = False
    status: CourseStatus | None = None


class StaffIn(BaseModel):
    """Somebody by id or by e-mail."""

    user_id: UUID | None = None
    email: Short | None = None
    role: Literal["owner", "instructor", "ta"] = "instructor"


class StaffOut(BaseModel):
    user_id: UUID
    full_name: str
    email: str
    avatar_url: str | None
    role: str
