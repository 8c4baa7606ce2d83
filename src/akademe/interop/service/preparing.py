"""What an import will write, made ready before its first write: then the write is short, and nobody waits long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from akademe.assessment.schemas import AssessmentIn
from akademe.catalog import service as catalog
from akademe.catalog.models import Lesson
from akademe.catalog.schemas import LessonIn
from akademe.catalog.service import rendering
from akademe.interop.rules.tree import CourseTree, LessonTree, QuizTree
from akademe.interop.service import shaping
from akademe.interop.service.finding import Known, Plan
from akademe.interop.service.marks import Fields, fields_of
from akademe.interop.service.shaping import Places
from akademe.interop.service.values import lesson_values

PART = 50
Progress = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ReadyLesson:
    """A lesson as it will be stored: `said` field by field, `text` where it is new or another one than is stored."""

    given: LessonIn
    said: dict[str, Any]
    fields: Fields
    text: catalog.Prepared | None


@dataclass
class Ready:
    """Everything of a tree as the services take it, by source id."""

    plan: Plan
    places: Places
    language: str
    lessons: dict[str, ReadyLesson] = field(default_factory=dict)
    quizzes: dict[str, AssessmentIn] = field(default_factory=dict)

    def text_of(self, lesson: ReadyLesson) -> catalog.Prepared:
        """Made only now where the lesson was changed here while the import was prepared."""
        return lesson.text or catalog.prepare_lesson(lesson.given, self.language)


async def prepare(tree: CourseTree, before: Known, files: Mapping[str, UUID], progress: Progress) -> Ready:
    """Shapes, renders and stems everything, a part after the other in a thread."""
    plan = Plan.of(tree, before)
    language = tree.language or (before.course.language if before.course else "en")
    ready = Ready(plan, Places(files, plan.lessons, plan.quizzes), language)
    await rendering.prepare(ready.places.text(tree.description))
    lessons = list(tree.lessons())
    for start in range(0, len(lessons), PART):
        await asyncio.to_thread(_add_lessons, ready, tree.source, lessons[start : start + PART], before.lessons)
        await progress(start / len(lessons))
    await asyncio.to_thread(_add_loose_quizzes, ready, tree)
    return ready


def _add_lessons(ready: Ready, source: str, lessons: list[LessonTree], there: Mapping[str, Lesson]) -> None:
    for lesson in lessons:
        given = shaping.lesson_in(lesson, ready.places)
        said = given.model_dump(exclude_unset=True)
        row = there.get(lesson.source_id)
        is_stored = row is not None and said == lesson_values(row)
        text = None if is_stored else catalog.prepare_lesson(given, ready.language)
        ready.lessons[lesson.source_id] = ReadyLesson(given, said, fields_of(said), text)
        if lesson.quiz is not None:
            _add_quiz(ready, source, lesson.quiz, ready.plan.lessons[lesson.source_id])


def _add_loose_quizzes(ready: Ready, tree: CourseTree) -> None:
    for quiz in tree.quizzes:
        _add_quiz(ready, tree.source, quiz, None)


def _add_quiz(ready: Ready, source: str, quiz: QuizTree, lesson_id: UUID | None) -> None:
    ready.quizzes[quiz.source_id] = shaping.quiz_in(quiz, ready.places, source, lesson_id)
