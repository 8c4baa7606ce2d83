"""Progress as JSON-ready documents (CONTRACT.md section 3), made from the rows of the two reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from akademe.catalog.models import Course
from akademe.identity.schemas import UserBrief
from akademe.kernel.db import Row
from akademe.learning.models import ACTIVE, Enrolment, EnrolmentStatus
from akademe.learning.rules.progress import percentage
from akademe.learning.rules.streaks import days_now, local_day
from akademe.learning.schemas import CourseBrief, EnrolmentOut, PersonBrief
from akademe.learning.service.facts import is_required, run_of


def share_of(row: Row, lessons: Sequence[Row]) -> float:
    """The percentage as of now: counted from rows, 100 for good once the course is completed."""
    if row["status"] == EnrolmentStatus.COMPLETED:
        return 100.0
    required = [lesson for lesson in lessons if is_required(lesson)]
    return percentage(sum(lesson["completed_at"] is not None for lesson in required), len(required))


def next_lesson(row: Row, lessons: Sequence[Row]) -> Any:
    """Where to go on: the first open lesson after the one last worked in, else the first open one."""
    last = str(row["last_lesson_id"])
    after = next((index for index, lesson in enumerate(lessons) if str(lesson["id"]) == last), -1)
    ordered = [*lessons[max(after, 0) :], *lessons[: max(after, 0)]]
    return next((lesson["id"] for lesson in ordered if lesson["completed_at"] is None), None)


def progress_document(row: Row, lessons: Sequence[Row], now: datetime) -> dict[str, Any]:
    """UserProgress; `row` is a course with an enrolment, `lessons` the course's, in order."""
    done = [lesson["id"] for lesson in lessons if lesson["completed_at"] is not None]
    return summary(row, done, now) | {
        "progress_percentage": share_of(row, lessons),
        "next_lesson_id": next_lesson(row, lessons),
    }


def summary(row: Row, done: Sequence[Any], now: datetime) -> dict[str, Any]:
    """UserProgress without the look at every lesson: the percentage is the one kept with the enrolment."""
    quizzes: dict[str, Any] = (row["quiz_results"] or {}).get("quizzes", {})
    today = local_day(now, row["time_zone"] or "UTC")
    return {
        "user_id": row["user_id"],
        "course_id": row["course_id"],
        "course_title": row["course_title"],
        "enrollment_id": row["enrolment_id"],
        "status": row["status"],
        "is_active": row["status"] in ACTIVE,
        "completed_chapters": done,
        "completed_lessons": done,
        "quiz_scores": {quiz_id: result["score"] for quiz_id, result in quizzes.items()},
        "quiz_results": [_result(quiz_id, result) for quiz_id, result in quizzes.items()],
        "average_quiz_score": row["average_quiz_score"],
        "progress_percentage": round(row["progress_percentage"] or 0.0, 1),
        "time_spent": row["time_spent"],
        "weak_areas": row["weak_areas"],
        "streak_days": days_now(run_of(row), today),
        "engagement_score": row["engagement_score"],
        "last_lesson_id": row["last_lesson_id"],
        "last_accessed": row["last_accessed"],
        "completion_date": row["completed_at"],
    }


def _result(quiz_id: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        "lesson_id": result["lesson_id"],
        "quiz_id": quiz_id,
        "score": result["score"],
        "attempts": result["attempts"],
        "passed": result["passed"],
    }


def as_out(
    enrolment: Enrolment, places: Mapping[UUID, int], *, user: UserBrief | None = None, course: Course | None = None
) -> EnrolmentOut:
    """An enrolment as JSON; `places` on the waiting list by enrolment."""
    return EnrolmentOut(
        id=enrolment.id,
        user_id=enrolment.user_id,
        student_id=enrolment.user_id,
        course_id=enrolment.course_id,
        section_id=enrolment.section_id,
        status=enrolment.status,
        is_active=enrolment.is_active,
        progress_percentage=round(enrolment.progress_percentage, 1),
        total_time_spent=enrolment.time_spent,
        average_quiz_score=enrolment.average_quiz_score,
        engagement_score=enrolment.engagement_score,
        enrolled_at=enrolment.enrolled_at,
        completed_at=enrolment.completed_at,
        last_accessed=enrolment.last_accessed,
        last_lesson_id=enrolment.last_lesson_id,
        place=places.get(enrolment.id),
        offer_expires_at=enrolment.offer_expires_at,
        user=PersonBrief.model_validate(user, from_attributes=True) if user else None,
        course=CourseBrief.model_validate(course, from_attributes=True) if course else None,
    )
