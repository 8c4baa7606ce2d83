"""Assessments and their questions as they go out: to staff with the keys, to learners without."""

from typing import Any

from akademe.assessment.models import Assessment, Question
from akademe.assessment.rules.results import points
from akademe.assessment.schemas import (
    AssessmentOut,
    LearnerQuestion,
    Pool,
    QuestionOut,
    QuizOut,
    Regrade,
    StaffAssessmentOut,
)


def learner_view(assessment: Assessment, questions: list[LearnerQuestion] | None = None) -> AssessmentOut:
    return AssessmentOut(**_shared(assessment), questions=questions)


def staff_view(assessment: Assessment, questions: list[Question] | None = None) -> StaffAssessmentOut:
    return StaffAssessmentOut(
        **_shared(assessment),
        shuffle_questions=assessment.shuffle_questions,
        shuffle_options=assessment.shuffle_options,
        pools=[Pool.model_validate(pool) for pool in assessment.pools],
        source=assessment.source or None,
        source_id=assessment.source_id or None,
        version=assessment.version,
        questions=None if questions is None else [staff_question(question) for question in questions],
    )


def _shared(assessment: Assessment) -> dict[str, Any]:
    same = (
        "title", "type", "instructions", "opens_at", "due_date", "closes_at", "time_limit_minutes", "max_attempts",
        "passing_score", "late_policy", "rubric", "review", "is_premium", "question_count", "created_at", "updated_at",
    )  # fmt: skip
    return {name: getattr(assessment, name) for name in same} | {
        "id": str(assessment.id),
        "course_id": str(assessment.course_id),
        "lesson_id": str(assessment.lesson_id) if assessment.lesson_id else None,
        "total_points": points(assessment.total_points),
        "required": assessment.is_required,
        "attempt_required": assessment.needs_attempt,
    }


def staff_question(question: Question, regraded: Regrade | None = None) -> QuestionOut:
    content = question.content
    return QuestionOut(
        id=str(question.id),
        assessment_id=str(question.assessment_id),
        question_text=content["question_text"],
        question_type=content["question_type"],
        options=content["options"],
        correct_answer=content["correct_answer"],
        points=points(content["points"]),
        feedback=content["feedback"],
        exact=content["exact"],
        order_index=question.order_index,
        skills=question.skills,
        pool=question.pool,
        version=question.version,
        source=question.source or None,
        source_id=question.source_id or None,
        regraded=regraded,
    )


def quiz_view(assessment: Assessment, questions: list[LearnerQuestion] | None) -> QuizOut:
    """002's Quiz: never with answers, whoever asks."""
    shared = _shared(assessment)
    return QuizOut(
        **{name: shared[name] for name in QuizOut.model_fields if name in shared},
        chapter_id=shared["lesson_id"],
        questions=questions,
    )
