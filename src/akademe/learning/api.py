"""Enrolment, progress and certificates over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Path, Query, Request, Response

from akademe.kernel import usages
from akademe.kernel.auth import require
from akademe.kernel.errors import PaymentRequired
from akademe.kernel.http import AnyCtx, PageArgs, Router, paged
from akademe.kernel.pagination import Page
from akademe.learning import errors, schemas, service
from akademe.learning.policy import can_learn_as

router = Router(tags=["learning"])
ENROL_ERRORS = (errors.PrerequisitesMissing, errors.CourseArchived, errors.CourseNotPublished, PaymentRequired)
# An open course enrols whoever starts to work in it, so it refuses as enrolling does.
WORK_ERRORS = (
    errors.CompletedByAttempt, errors.CourseArchived, errors.NotOpenYet, errors.Closed, errors.PrerequisitesMissing,
    PaymentRequired,
)  # fmt: skip
ENROL_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Enrolled before", "model": schemas.EnrolmentOut},
    202: {"description": "The course is full: a place on the waiting list", "model": schemas.EnrolmentOut},
}
Status = Annotated[schemas.StatusFilter, Query(description="`active` means enrolled and in progress")]
Pages = Annotated[Page, PageArgs(50)]


def document(content: Any) -> Response:
    """A document of rows as they came from the database, written once."""
    return Response(orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z), media_type="application/json")


async def _enrol(ctx: AnyCtx, response: Response, course: str) -> schemas.EnrolmentOut:
    enrolment, created = await service.enrol(ctx, course)
    response.status_code = 201 if created else 200
    if enrolment.status == "waiting":
        response.status_code = 202
    return await service.enrolment_out(ctx, enrolment)


_enrol_options: dict[str, Any] = {
    "access": "user",
    "status_code": 201,
    "errors": ENROL_ERRORS,
    "responses": ENROL_ANSWERS,
    "idempotent": True,
}


@router.post("/courses/{course}/enroll", summary="Enrol in a course", **_enrol_options)
async def enrol(ctx: AnyCtx, response: Response, course: str) -> schemas.EnrolmentOut:
    return await _enrol(ctx, response, course)


@router.post("/enrollments/{course}", summary="Enrol in a course", **_enrol_options)
async def enrol_by_path(ctx: AnyCtx, response: Response, course: str) -> schemas.EnrolmentOut:
    return await _enrol(ctx, response, course)


@router.post("/enrollments", summary="Enrol in the course named in the body", **_enrol_options)
async def enrol_by_body(ctx: AnyCtx, response: Response, body: schemas.EnrolIn) -> schemas.EnrolmentOut:
    return await _enrol(ctx, response, body.course_id)


@router.post("/courses/{course}/enrollments", access="course staff", summary="Enrol others", errors=ENROL_ERRORS)
async def enrol_others(ctx: AnyCtx, course: str, body: schemas.EnrolOthersIn) -> list[schemas.EnrolmentOut]:
    return await service.enrol_others(ctx, course, body)


@router.get("/courses/{course}/enrollments", access="course staff", summary="Who is enrolled in a course")
async def list_course_enrolments(
    ctx: AnyCtx, request: Request, response: Response, course: str, page: Pages, status: Status = ""
) -> Sequence[schemas.EnrolmentOut]:
    return paged(request, response, await service.list_course_enrolments(ctx, course, status, page))


@router.get(
    "/courses/{course}/outline",
    access="course visible",
    summary="The outline with what you completed",
    response_model=schemas.OutlineOut,
)
async def get_outline(ctx: AnyCtx, course: str) -> Response:
    return document(await service.outline(ctx, course))


@router.put("/courses/{course}/dates", access="course editor", summary="Set dates for everyone, a section or a person")
async def set_dates(ctx: AnyCtx, course: str, body: schemas.DatesIn) -> schemas.DatesOut:
    return await service.set_dates(ctx, course, body)


@router.get("/courses/{course}/dates", access="course staff", summary="The dates of a course")
async def list_dates(ctx: AnyCtx, course: str) -> list[schemas.DatesOut]:
    return await service.list_dates(ctx, course)


@router.get("/enrollments", access="user", summary="Your enrolments")
async def list_enrolments(
    ctx: AnyCtx, request: Request, response: Response, page: Pages, status: Status = ""
) -> Sequence[schemas.EnrolmentOut]:
    return paged(request, response, await service.list_enrolments(ctx, status, page))


@router.post(
    "/enrollments/{enrollment_id}/accept",
    access="self only",
    summary="Take the seat you are offered",
    errors=(errors.NoSeatOffered, errors.CourseArchived, errors.CourseNotPublished),
)
async def accept_offer(ctx: AnyCtx, enrollment_id: UUID) -> schemas.EnrolmentOut:
    return await service.enrolment_out(ctx, await service.accept_offer(ctx, enrollment_id))


@router.delete(
    "/enrollments/{enrollment_id}",
    access="self",
    status_code=204,
    summary="Leave a course, or remove somebody as its staff",
    errors=(errors.CourseArchived, errors.EnrolmentCompleted),
)
async def drop_enrolment(ctx: AnyCtx, enrollment_id: UUID) -> None:
    await service.drop_enrolment(ctx, enrollment_id)


@router.get(
    "/enrollments/{enrollment_id}/progress",
    access="self",
    summary="Progress in one enrolment",
    response_model=schemas.UserProgress,
)
async def get_enrolment_progress(ctx: AnyCtx, enrollment_id: UUID) -> Response:
    return document(await service.progress_of_enrolment(ctx, enrollment_id))


@router.patch(
    "/enrollments/{enrollment_id}/complete",
    access="self only",
    limit="100/day/user",
    bucket="complete",
    summary="Complete a lesson of an enrolment",
    errors=WORK_ERRORS,
    response_model=schemas.UserProgress,
)
async def complete_content(ctx: AnyCtx, enrollment_id: UUID, body: schemas.CompleteIn) -> Response:
    done = await service.complete_lesson(
        ctx, None, body.content_id, time_spent=body.time_spent, enrolment_id=enrollment_id
    )
    return document(done)


@router.post(
    "/progress/{user_id}/courses/{course}/chapters/{chapter_id}",
    access="self only",
    limit="100/day/user",
    bucket="complete",
    summary="Complete a chapter",
    errors=WORK_ERRORS,
    response_model=schemas.UserProgress,
)
async def complete_chapter(
    ctx: AnyCtx, user_id: UUID, course: str, chapter_id: UUID, body: schemas.TimeIn | None = None
) -> Response:
    require(can_learn_as(ctx.actor, user_id))
    time_spent = body.time_spent if body else 0
    return document(await service.complete_lesson(ctx, course, chapter_id, time_spent=time_spent))


@router.post(
    "/progress/update",
    access="user",
    limit="60/min/user",
    summary="Note time spent in a lesson, and complete it",
    errors=WORK_ERRORS,
    response_model=schemas.UserProgress,
)
async def update_progress(ctx: AnyCtx, body: schemas.ProgressIn) -> Response:
    progress = await service.update_progress(ctx, body)
    if body.completed:
        await usages.spend(ctx, "complete")
    return document(progress)


@router.get(
    "/progress/{user_id}/courses/{course}",
    access="self",
    limit="200/min/user",
    summary="Progress in a course",
    response_model=schemas.UserProgress,
)
async def get_progress(ctx: AnyCtx, user_id: UUID, course: str) -> Response:
    return document(await service.progress_of(ctx, user_id, course))


@router.get(
    "/progress/{user_id}/courses",
    access="self",
    limit="100/min/user",
    summary="Progress in every course",
    response_model=list[schemas.UserProgress],
)
async def list_progress(ctx: AnyCtx, request: Request, user_id: UUID, page: Pages) -> Response:
    found = await service.list_progress(ctx, user_id, page)
    response = document(found.items)
    paged(request, response, found)
    return response


@router.put(
    "/progress/{user_id}/streak/reset",
    access="self only",
    limit="1/day/user",
    bucket="streak-reset",
    summary="Start a new streak",
)
async def reset_streak(ctx: AnyCtx, user_id: UUID) -> schemas.StreakOut:
    return await service.reset_streak(ctx, user_id)


@router.get("/certificates", access="user", summary="Your certificates")
async def list_certificates(
    ctx: AnyCtx, request: Request, response: Response, page: Pages
) -> Sequence[schemas.CertificateOut]:
    return paged(request, response, await service.list_certificates(ctx, page))


Code = Annotated[str, Path(max_length=40)]


@router.get(
    "/certificates/{code}.pdf",
    access="public",
    summary="A certificate as PDF",
    errors=(errors.RevokedCertificate,),
    responses={200: {"content": {"application/pdf": {}}, "description": "The document"}},
    response_class=Response,
)
async def get_certificate_pdf(code: Code) -> Response:
    found, content = await service.certificate_pdf(code)
    headers = {"content-disposition": f'inline; filename="certificate-{found}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/certificates/{code}", access="public", summary="Verify a certificate")
async def get_certificate(ctx: AnyCtx, code: Code) -> schemas.CertificateOut:
    return await service.get_certificate(ctx, code)


@router.post("/certificates/{code}/revoke", access="course editor", summary="Revoke a certificate")
async def revoke_certificate(ctx: AnyCtx, code: Code, body: schemas.RevokeIn) -> schemas.CertificateOut:
    return await service.revoke_certificate(ctx, code, body.reason)
