"""What is stored, field by field, as the In schemas say it: to compare with what a source says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akademe.assessment.models import Assessment
from akademe.catalog.models import Course, Lesson, LessonMedia, Module


def pick(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values[name] for name in values if name in names}


def course_values(course: Course) -> dict[str, Any]:
    """The fields of a course that an import can write, as `CourseIn` says them."""
    same = (
        "title", "description", "category", "tags", "difficulty_level", "duration_hours", "currency", "access",
        "enrollment_limit", "objectives", "thumbnail_url", "video_url", "language",
    )  # fmt: skip
    values = {name: getattr(course, name) for name in same}
    return values | {"price": course.price_minor / 100, "certificate": course.gives_certificate}


def module_values(module: Module) -> dict[str, Any]:
    return {"title": module.title, "description": module.description, "is_active": module.is_active}


def lesson_values(lesson: Lesson) -> dict[str, Any]:
    same = (
        "title", "content_type", "section", "content", "video_url", "file_id", "duration_minutes", "is_free",
        "is_active", "is_required",
    )  # fmt: skip
    media = LessonMedia.model_validate(lesson.media)
    values = {name: getattr(lesson, name) for name in same}
    captions = [track.model_dump() for track in media.captions]
    return values | {"captions": captions, "transcript_url": media.transcript_url}


def quiz_values(quiz: Assessment) -> dict[str, Any]:
    same = (
        "title", "passing_score", "max_attempts", "time_limit_minutes", "shuffle_questions", "shuffle_options",
        "review", "is_premium", "opens_at", "due_date", "closes_at", "late_policy", "instructions", "pools",
    )  # fmt: skip
    values = {name: getattr(quiz, name) for name in same}
    return values | {"required": quiz.is_required, "lesson_id": str(quiz.lesson_id) if quiz.lesson_id else None}
