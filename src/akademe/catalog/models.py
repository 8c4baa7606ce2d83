"""The tables of the catalogue."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Base, Json, Record

MAX_LESSONS, MAX_MODULES = 2_000, 500
_LIVE = text("deleted_at IS NULL")


class CourseStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class CourseAccess(StrEnum):
    """Who reads the lessons that are not free: everyone, or the enrolled."""

    OPEN = "open"
    ENROLLED = "enrolled"


class Difficulty(StrEnum):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class ContentType(StrEnum):
    TEXT = "text"
    VIDEO = "video"
    FILE = "file"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    LIVE = "live"
    SCORM = "scorm"
    LTI = "lti"


class CourseSettings(BaseModel):
    """What `Course.settings` holds."""

    version: int = 1
    certificate: bool = True


class CaptionTrack(BaseModel):
    """A WebVTT file in a language (BCP 47)."""

    language: str = "en"
    label: str = ""
    url: str


class LessonMedia(BaseModel):
    """What `Lesson.media` holds: what goes with the video."""

    version: int = 1
    captions: list[CaptionTrack] = []
    transcript_url: str | None = None


class Course(Record):
    """`version` counts edits of the course itself and of its order; `price_minor` is in hundredths of `currency`.

    `rating`, `enrollments` and `ai_suggestions` are written by higher domains through the service. A purged course is a
    stone: its texts and files are gone, its name stays for the enrolments and certificates that name it.
    """

    __tablename__ = "courses"
    __table_args__ = (
        Index("uq_courses_organization_id_slug", "organization_id", "slug", unique=True, sqlite_where=_LIVE,
              postgresql_where=_LIVE),
        Index("ix_courses_list", "organization_id", "status", "created_at", "id"),
        Index("ix_courses_source", "organization_id", "source", "source_id"),
    )  # fmt: skip
    __pii__ = ()

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    instructor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    difficulty_level: Mapped[str] = mapped_column(default=Difficulty.BEGINNER)
    duration_hours: Mapped[float] = mapped_column(default=0.0)
    price_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="USD")
    status: Mapped[str] = mapped_column(default=CourseStatus.DRAFT)
    access: Mapped[str] = mapped_column(default=CourseAccess.ENROLLED)
    enrollment_limit: Mapped[int | None]
    objectives: Mapped[list[str]] = mapped_column(Json, default=list)
    thumbnail_url: Mapped[str | None] = mapped_column(Text)
    video_url: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(default="en")
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=lambda: CourseSettings().model_dump())
    rating: Mapped[float | None]
    enrollments: Mapped[int] = mapped_column(default=0)
    ai_suggestions: Mapped[list[Any]] = mapped_column(Json, default=list)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(index=True)
    purged_at: Mapped[datetime | None]

    @property
    def is_published(self) -> bool:
        return self.status == CourseStatus.PUBLISHED

    @property
    def gives_certificate(self) -> bool:
        return CourseSettings.model_validate(self.settings).certificate


class CourseTag(Base):
    """A tag of a course, folded, for the filter."""

    __tablename__ = "course_tags"
    __pii__ = ()

    tag: Mapped[str] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True)


class CoursePrerequisite(Base):
    """`course_id` may be taken after `requires_id` is completed."""

    __tablename__ = "course_prerequisites"
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    requires_id: Mapped[UUID] = mapped_column(
        ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=1)


class Module(Record):
    """`version` counts edits of what it says itself; its place and its lessons are the outline's."""

    __tablename__ = "modules"
    __table_args__ = (Index("ix_modules_course_id_position", "course_id", "position"),)
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Lesson(Record):
    """`content` and `content_html` are the live text; `draft_title` and `draft_content` what is not published yet.

    `version` counts edits (`If-Match` names it); `published_version` is the version whose text is live, 0 before the
    first. `is_shown` is what learners see: something is live, and lesson and module are active. `html_renderer` says
    which renderer made `content_html`.
    """

    __tablename__ = "lessons"
    __table_args__ = (
        Index("ix_lessons_course_id_order_index", "course_id", "order_index"),
        Index("ix_lessons_module_id_position", "module_id", "position"),
        Index("ix_lessons_source", "course_id", "source", "source_id"),
    )
    __pii__ = ()

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    module_id: Mapped[UUID] = mapped_column(ForeignKey("modules.id", ondelete="CASCADE"))
    title: Mapped[str]
    section: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str] = mapped_column(default=ContentType.TEXT)
    content: Mapped[str] = mapped_column(Text, default="")
    content_html: Mapped[str] = mapped_column(Text, default="")
    html_renderer: Mapped[int] = mapped_column(default=0)
    draft_title: Mapped[str | None]
    draft_content: Mapped[str | None] = mapped_column(Text)
    video_url: Mapped[str | None] = mapped_column(Text)
    file_id: Mapped[UUID | None] = mapped_column(index=True)
    media: Mapped[dict[str, Any]] = mapped_column(Json, default=lambda: LessonMedia().model_dump())
    duration_minutes: Mapped[int] = mapped_column(default=0)
    quiz_id: Mapped[UUID | None]
    quiz_is_ready: Mapped[bool] = mapped_column(default=False)
    is_free: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    is_shown: Mapped[bool] = mapped_column(default=True)
    is_required: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    order_index: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    published_version: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(default="")
    source_id: Mapped[str] = mapped_column(default="")
    edited_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(index=True)
    purged_at: Mapped[datetime | None]

    @property
    def has_draft(self) -> bool:
        return self.draft_content is not None or self.draft_title is not None


class LessonVersion(Record):
    """The text of a lesson as saved at one of its versions; append-only."""

    __tablename__ = "lesson_versions"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)
    __pii__ = ("author_id",)

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str]
    content: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(default="")


class LessonFile(Base):
    """A file that a lesson shows (its live text, before that its draft): as open as the lesson."""

    __tablename__ = "lesson_files"
    __pii__ = ()

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True, index=True)
