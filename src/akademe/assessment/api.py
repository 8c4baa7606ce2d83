"""Routes of assessments, questions, attempts and quizzes."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from akademe.assessment import errors, service
from akademe.assessment.models import AssessmentType
from akademe.assessment.schemas import (
    AnswersIn,
    AssessmentIn,
    AssessmentOut,
    AssessmentPatch,
    AttemptOut,
    GradeChange,
    GradesIn,
    LearnerQuestion,
    QuestionOut,
    QuestionPatch,
    QuestionsIn,
    QuizOut,
    QuizResult,
    QuizSubmission,
    SavedOut,
    StaffAssessmentOut,
    SubmitIn,
)
from akademe.catalog.errors import CourseReadOnly
from akademe.kernel.http import AnyCtx, IfMatch, PageArgs, Router, edit_etag, paged
from akademe.kernel.pagination import Page
from akademe.learning.errors import Closed, CourseArchived, NotOpenYet

router = Router(tags=["assessments"])
_PAGE = PageArgs(50)
_TAKING = (errors.NoAttemptsLeft, errors.NoQuestions, errors.PremiumRequired, NotOpenYet, Closed, CourseArchived)
_SUBMITTING = (*_TAKING, errors.AttemptRequired)


def _json(body: AttemptOut | QuizResult, status_code: int = 200) -> Response:
    """Serialised once: FastAPI would validate the model again."""
    return Response(body.model_dump_json(), status_code=status_code, media_type="application/json")


@router.get("/courses/{course}/assessments", access="course access", summary="Assessments of a course")
async def list_assessments(
    ctx: AnyCtx, request: Request, response: Response, course: str, page: Annotated[Page, _PAGE]
) -> Sequence[StaffAssessmentOut | AssessmentOut]:
    return paged(request, response, await service.page_assessments(ctx, course, page))


@router.post(
    "/courses/{course}/assessments",
    access="course editor",
    status_code=201,
    summary="Create an assessment with its questions",
    errors=(CourseReadOnly,),
)
async def create_assessment(ctx: AnyCtx, response: Response, course: str, given: AssessmentIn) -> StaffAssessmentOut:
    made = await service.create_assessment(ctx, course, given)
    response.headers["etag"] = edit_etag(made.version)
    return await service.staff_assessment(ctx, made)


@router.get(
    "/assessments/{assessment_id}",
    access="course access",
    summary="One assessment; keys for staff only",
    errors=(errors.PremiumRequired,),
)
async def get_assessment(ctx: AnyCtx, response: Response, assessment_id: UUID) -> StaffAssessmentOut | AssessmentOut:
    found = await service.get_assessment(ctx, assessment_id)
    if isinstance(found, StaffAssessmentOut):
        response.headers["etag"] = edit_etag(found.version)
    return found


@router.put(
    "/assessments/{assessment_id}",
    access="course editor",
    summary="Change an assessment",
    errors=(CourseReadOnly, errors.AssessmentChanged),
)
async def update_assessment(
    ctx: AnyCtx, response: Response, assessment_id: UUID, patch: AssessmentPatch, if_match: IfMatch
) -> StaffAssessmentOut:
    changed, regraded = await service.update_assessment(ctx, assessment_id, patch, if_match)
    response.headers["etag"] = edit_etag(changed.version)
    return await service.staff_assessment(ctx, changed, regraded)


@router.delete(
    "/assessments/{assessment_id}",
    access="course editor",
    status_code=204,
    summary="Delete an assessment",
    errors=(CourseReadOnly,),
)
async def delete_assessment(ctx: AnyCtx, assessment_id: UUID) -> None:
    await service.delete_assessment(ctx, assessment_id)


@router.get(
    "/assessments/{assessment_id}/questions",
    access="course access",
    summary="Questions; keys for staff only",
    errors=(errors.PremiumRequired,),
)
async def list_questions(ctx: AnyCtx, assessment_id: UUID) -> list[QuestionOut] | list[LearnerQuestion]:
    return await service.list_questions(ctx, assessment_id)


@router.post(
    "/assessments/{assessment_id}/questions",
    access="course editor",
    status_code=201,
    summary="Add a question, or several",
    errors=(CourseReadOnly,),
)
async def add_questions(ctx: AnyCtx, assessment_id: UUID, given: QuestionsIn) -> QuestionOut | list[QuestionOut]:
    made = await service.add_questions(ctx, assessment_id, given if isinstance(given, list) else [given])
    return made if isinstance(given, list) else made[0]


@router.patch(
    "/questions/{question_id}",
    access="course editor",
    summary="Change a question; a corrected key regrades",
    errors=(CourseReadOnly, errors.AssessmentChanged),
)
async def update_question(
    ctx: AnyCtx, response: Response, question_id: UUID, patch: QuestionPatch, if_match: IfMatch
) -> QuestionOut:
    changed = await service.update_question(ctx, question_id, patch, if_match)
    response.headers["etag"] = edit_etag(changed.version)
    return changed


@router.delete(
    "/questions/{question_id}",
    access="course editor",
    status_code=204,
    summary="Delete a question",
    errors=(CourseReadOnly,),
)
async def delete_question(ctx: AnyCtx, question_id: UUID) -> None:
    await service.delete_question(ctx, question_id)


@router.post(
    "/assessments/{assessment_id}/attempts",
    access="enrolled",
    status_code=201,
    summary="Begin an attempt, or take up the open one",
    errors=_TAKING,
    responses={200: {"model": AttemptOut, "description": "The attempt that is open already"}},
    response_model=AttemptOut,
    idempotent=True,
)
async def start_attempt(ctx: AnyCtx, assessment_id: UUID) -> Response:
    attempt, created = await service.start_attempt(ctx, assessment_id)
    return _json(attempt, status_code=201 if created else 200)


@router.get(
    "/attempts/{attempt_id}",
    access="self",
    summary="An open attempt, or the result of a submitted one",
    response_model=AttemptOut | QuizResult,
)
async def get_attempt(ctx: AnyCtx, attempt_id: UUID) -> Response:
    return _json(await service.get_attempt(ctx, attempt_id))


@router.patch(
    "/attempts/{attempt_id}",
    access="self only",
    summary="Save answers of an open attempt",
    errors=(errors.AttemptClosed, CourseArchived),
)
async def save_answers(ctx: AnyCtx, attempt_id: UUID, given: AnswersIn) -> SavedOut:
    return await service.save_answers(ctx, attempt_id, given.answers)


@router.patch(
    "/attempts/{attempt_id}/grades",
    access="course staff",
    summary="Grade answers of a submitted attempt by hand",
    errors=(errors.NotYetSubmitted,),
)
async def grade_answers(ctx: AnyCtx, attempt_id: UUID, given: GradesIn) -> QuizResult:
    return await service.grade_answers(ctx, attempt_id, given)


@router.post(
    "/assessments/{assessment_id}/submit",
    access="enrolled",
    limit="10/hour/user",
    bucket="submit",
    summary="Submit an attempt",
    errors=_SUBMITTING,
    response_model=QuizResult,
    idempotent=True,
)
async def submit(ctx: AnyCtx, assessment_id: UUID, given: SubmitIn) -> Response:
    return _json(await service.submit(ctx, assessment_id, given))


@router.get("/assessments/{assessment_id}/results", access="self", summary="Results: your own, or all for staff")
async def list_results(
    ctx: AnyCtx,
    request: Request,
    response: Response,
    assessment_id: UUID,
    page: Annotated[Page, _PAGE],
    user_id: Annotated[UUID | None, Query(description="Of one person")] = None,
) -> Sequence[QuizResult]:
    return paged(request, response, await service.list_results(ctx, assessment_id, page, user_id=user_id))


@router.get(
    "/assessments/{assessment_id}/grade-changes", access="course staff", summary="The log of grades that changed"
)
async def list_grade_changes(
    ctx: AnyCtx, request: Request, response: Response, assessment_id: UUID, page: Annotated[Page, _PAGE]
) -> Sequence[GradeChange]:
    return paged(request, response, await service.list_grade_changes(ctx, assessment_id, page))


@router.get(
    "/quizzes/{quiz_id}",
    access="course access",
    limit="50/min/user",
    summary="One quiz, without answers",
    errors=(errors.PremiumRequired,),
)
async def get_quiz(ctx: AnyCtx, quiz_id: UUID) -> QuizOut:
    return await service.get_quiz(ctx, quiz_id)


@router.post(
    "/quizzes/submit",
    access="enrolled",
    limit="10/hour/user",
    bucket="submit",
    summary="Submit a quiz named in the body",
    errors=_SUBMITTING,
    response_model=QuizResult,
    idempotent=True,
)
async def submit_quiz(ctx: AnyCtx, given: QuizSubmission) -> Response:
    return _json(await service.submit(ctx, given.quiz_id, given, type_=AssessmentType.QUIZ))


@router.get(
    "/quizzes/attempts/{user_id}/{quiz_id}",
    access="self",
    limit="20/min/user",
    summary="Somebody's submitted attempts at a quiz",
)
async def list_quiz_attempts(
    ctx: AnyCtx, request: Request, response: Response, user_id: UUID, quiz_id: UUID, page: Annotated[Page, _PAGE]
) -> Sequence[QuizResult]:
    found = await service.list_results(ctx, quiz_id, page, user_id=user_id, type_=AssessmentType.QUIZ)
    return paged(request, response, found)


@router.get(
    "/quizzes/user/{user_id}/course/{course}",
    access="self",
    limit="50/min/user",
    summary="The quizzes of a course that somebody can take",
)
async def list_quizzes(
    ctx: AnyCtx, request: Request, response: Response, user_id: UUID, course: str, page: Annotated[Page, _PAGE]
) -> Sequence[QuizOut]:
    return paged(request, response, await service.list_quizzes(ctx, user_id, course, page))
