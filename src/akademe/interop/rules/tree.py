"""A course without a database: what every format is read into and written from.

Links inside texts are canonical: `asset:<source id of a file>` and `lesson:<source id>[#anchor]`, percent-encoded.
Videos, captions, transcripts and pictures of courses are a canonical link to a file, or a web address.
Source ids are unique within their kind and course and stay the same from one version of the source to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from akademe.assessment.schemas import LatePolicy, QuestionIn
from akademe.interop.rules.report import LossReport

_LANGUAGE = re.compile(r"\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)\.vtt$")


@dataclass
class AssetTree:
    """A file: `source_id` is its path in the source, `content` its bytes or where they lie."""

    source_id: str
    content: bytes | Path

    @property
    def name(self) -> str:
        return self.source_id.rsplit("/", 1)[-1]

    def read(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass
class PoolTree:
    """`draw` questions are drawn from those that name this pool."""

    name: str
    draw: int


@dataclass
class QuizTree:
    """A quiz. `passing_score` is 0 to 1."""

    source_id: str
    title: str
    instructions: str = ""
    passing_score: float = 0.7
    max_attempts: int | None = None
    time_limit_minutes: int | None = None
    shuffle_questions: bool = False
    shuffle_options: bool = False
    review: str = "after_submit"
    required: bool = True
    is_premium: bool = False
    opens_at: datetime | None = None
    due_date: datetime | None = None
    closes_at: datetime | None = None
    late_policy: LatePolicy | None = None
    pools: list[PoolTree] = field(default_factory=list)
    questions: list[QuestionIn] = field(default_factory=list)


@dataclass
class CaptionTree:
    """Subtitles of a lesson's video in one language (BCP 47)."""

    file: str
    language: str
    label: str = ""


def caption_language(file: str, default: str | None) -> str:
    """What the name of a caption file says, `talk.fr.vtt`; else the course's language; else English."""
    named = _LANGUAGE.search(file)
    return named[1] if named else default or "en"


@dataclass
class LessonTree:
    """A lesson; `file` is the id of an asset."""

    source_id: str
    title: str
    content: str = ""
    content_type: str = "text"
    section: str | None = None
    duration_minutes: int | None = None
    is_free: bool = False
    required: bool = True
    is_active: bool = True
    video: str | None = None
    captions: list[CaptionTree] = field(default_factory=list)
    transcript: str | None = None
    file: str | None = None
    quiz: QuizTree | None = None


@dataclass
class ModuleTree:
    """A module and its lessons in order."""

    source_id: str
    title: str
    description: str = ""
    lessons: list[LessonTree] = field(default_factory=list)
    is_active: bool = True


@dataclass
class CourseTree:
    """A whole course. `quizzes` are those that no lesson carries."""

    source: str
    source_id: str
    title: str
    slug: str | None = None
    description: str = ""
    category: str | None = None
    tags: list[str] = field(default_factory=list)
    difficulty_level: str | None = None
    language: str | None = None
    duration_hours: float | None = None
    price: Decimal = Decimal(0)
    currency: str = "USD"
    access: str = "enrolled"
    enrollment_limit: int | None = None
    prerequisites: list[str] = field(default_factory=list)
    objectives: list[str] = field(default_factory=list)
    thumbnail: str | None = None
    video: str | None = None
    certificate: bool = True
    modules: list[ModuleTree] = field(default_factory=list)
    quizzes: list[QuizTree] = field(default_factory=list)
    assets: list[AssetTree] = field(default_factory=list)
    report: LossReport = field(default_factory=LossReport, compare=False, repr=False)

    def lessons(self) -> Iterator[LessonTree]:
        """All lessons in order."""
        for module in self.modules:
            yield from module.lessons

    def all_quizzes(self) -> Iterator[QuizTree]:
        """Quizzes in lessons first, in order, then the others."""
        yield from (lesson.quiz for lesson in self.lessons() if lesson.quiz is not None)
        yield from self.quizzes
