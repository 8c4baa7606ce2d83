"""Sections, enrolments, completions, requirements, streaks, certificates, date overrides."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Json, Record

_NOT_DROPPED = text("status <> 'dropped'")
_IS_DEFAULT = text("is_default")


class EnrolmentStatus(StrEnum):
    WAITING = "waiting"
    ENROLLED = "enrolled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DROPPED = "dropped"


ACTIVE = (EnrolmentStatus.ENROLLED, EnrolmentStatus.IN_PROGRESS)
SEATED = (*ACTIVE, EnrolmentStatus.COMPLETED)


class Section(Record):
    """A run or cohort of a course; every course has one default section."""

    __tablename__ = "sections"
    __table_args__ = (
        Index("uq_sections_default", "course_id", unique=True, sqlite_where=_IS_DEFAULT, postgresql_where=_IS_DEFAULT),
    )
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)


class Enrolment(Record):
    """One person in one course; unique while not dropped.

    `completed_count` counts required lessons; `waiting_number` is the ticket drawn in a full course and
    `offer_expires_at` until when the seat offered to its holder is kept. Percentages and engagement are 0 to 100, the
    quiz average 0 to 1, `time_spent` seconds.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        Index(
            "uq_enrolments_current",
            "user_id",
            "course_id",
            unique=True,
            sqlite_where=_NOT_DROPPED,
            postgresql_where=_NOT_DROPPED,
        ),
        Index("ix_enrolments_course_id_status", "course_id", "status"),
        Index("ix_enrolments_course_id_enrolled_at", "course_id", "enrolled_at", "id"),
    )
    __pii__ = ("quiz_results",)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    section_id: Mapped[UUID] = mapped_column(ForeignKey("sections.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    status: Mapped[str] = mapped_column(default=EnrolmentStatus.ENROLLED)
    enrolled_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    waiting_number: Mapped[int | None]
    offer_expires_at: Mapped[datetime | None] = mapped_column(index=True)
    progress_percentage: Mapped[float] = mapped_column(default=0.0)
    completed_count: Mapped[int] = mapped_column(default=0)
    active_days: Mapped[int] = mapped_column(default=0)
    time_spent: Mapped[int] = mapped_column(default=0)
    last_lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"))
    last_accessed: Mapped[datetime | None]
    average_quiz_score: Mapped[float | None]
    engagement_score: Mapped[float] = mapped_column(default=0.0)
    quiz_results: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    weak_areas: Mapped[list[str]] = mapped_column(Json, default=list)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def has_seat(self) -> bool:
        return self.status in SEATED


class Completion(Record):
    """A lesson completed; the row is the truth that progress is counted from. `time_spent` in seconds."""

    __tablename__ = "completions"
    __table_args__ = (UniqueConstraint("enrolment_id", "lesson_id"),)
    __pii__ = ()

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolments.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), index=True)
    completed_at: Mapped[datetime]
    time_spent: Mapped[int] = mapped_column(default=0)


class Requirement(Record):
    """Something besides lessons that a course asks for (`kind` "quiz" and its id), registered by the domain above."""

    __tablename__ = "requirements"
    __table_args__ = (UniqueConstraint("kind", "ref_id"),)
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    kind: Mapped[str]
    ref_id: Mapped[UUID]
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"))
    is_required: Mapped[bool] = mapped_column(default=True)


class Satisfaction(Record):
    """A requirement met by an enrolment; it stays met."""

    __tablename__ = "satisfactions"
    __table_args__ = (UniqueConstraint("enrolment_id", "requirement_id"),)
    __pii__ = ()

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolments.id"))
    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirements.id"), index=True)
    satisfied_at: Mapped[datetime]


class Streak(Record):
    """Days in a row on which a person completed something, in that person's time zone."""

    __tablename__ = "streaks"
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    days: Mapped[int] = mapped_column(default=0)
    longest: Mapped[int] = mapped_column(default=0)
    last_day: Mapped[date | None]


class Certificate(Record):
    """A course completed, frozen as issued: later renames do not change it, nor a move to another time zone."""

    __tablename__ = "certificates"
    __pii__ = ("full_name",)

    code: Mapped[str] = mapped_column(unique=True)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolments.id"), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    full_name: Mapped[str]
    course_title: Mapped[str]
    issuer: Mapped[str]
    locale: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    completed_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    revoked_reason: Mapped[str] = mapped_column(default="")


class DateOverride(Record):
    """Dates of a course, lesson or assessment (`ref_id`) for everyone, one section or one person; null inherits."""

    __tablename__ = "date_overrides"
    __table_args__ = (
        Index(
            "uq_date_overrides_target",
            "ref_id",
            text("coalesce(section_id, user_id, ref_id)"),
            unique=True,
        ),
    )
    __pii__ = ()

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    ref_id: Mapped[UUID]
    section_id: Mapped[UUID | None] = mapped_column(ForeignKey("sections.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    extra_minutes: Mapped[int | None]
    extra_attempts: Mapped[int | None]
