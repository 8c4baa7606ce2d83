"""Courses and their staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import ValidationError

from akademe.catalog import errors, service
from akademe.catalog.api.answers import answer
from akademe.catalog.schemas import (
    CourseDetail,
    CourseFilter,
    CourseIn,
    CourseOut,
    CoursePatch,
    ListedLesson,
    ModuleOut,
    OutlineIn,
    StaffIn,
    StaffOut,
)
from akademe.kernel.errors import Invalid
from akademe.kernel.http import AnyCtx, IfMatch, PageArgs, Router, paged
from akademe.kernel.pagination import Page

router = Router(tags=["courses"])
Text = Annotated[str, Query(max_length=500)]


async def read_filter(
    category: Text = "",
    difficulty_level: Annotated[str, Query(description="beginner, intermediate or advanced")] = "",
    tag: Text = "",
    instructor_id: Annotated[str, Query(description="An id")] = "",
    price_min: Annotated[str, Query(description="In the course's currency")] = "",
    price_max: Annotated[str, Query(description="In the course's currency")] = "",
    q: Text = "",
    sort: Annotated[
        str, Query(description="created_at, updated_at, title, price, rating or enrollments; - turns")
    ] = "",
    mine: Annotated[str, Query(description="true: the courses that you teach")] = "",
    status: Annotated[str, Query(description="draft, published or archived")] = "",
) -> CourseFilter:
    """The filters sent. Raises Invalid by the field's name."""
    sent = {name: value for name, value in locals().items() if value}
    try:
        return CourseFilter.model_validate(sent)
    except ValidationError as error:
        wrong = [{"field": str(e["loc"][0]), "message": e["msg"]} for e in error.errors()]
        raise Invalid(errors=wrong) from error


@router.get(
    "/courses",
    access="public",
    limit="100/min",
    cached=True,
    response_model=list[CourseOut],
    summary="Courses, filtered, newest first",
)
async def list_courses(
    ctx: AnyCtx,
    request: Request,
    given: Annotated[CourseFilter, Depends(read_filter)],
    page: Annotated[Page, PageArgs(100)],
) -> Response:
    found = await service.list_courses(ctx, given, page)
    response = answer(found.items)
    paged(request, response, found)
    return response


@router.post(
    "/courses",
    access="instructor",
    status_code=201,
    response_model=CourseDetail,
    errors=(errors.SlugTaken,),
    summary="Create a course",
)
async def create_course(ctx: AnyCtx, given: CourseIn) -> Response:
    course = await service.create_course(ctx, given)
    return answer(await service.read_course(ctx, course.id, fresh=True), status=201, version=course.version)


@router.get(
    "/courses/{course}",
    access="course visible",
    limit="100/min",
    cached=True,
    response_model=CourseDetail,
    summary="One course with its modules and lessons",
)
async def get_course(ctx: AnyCtx, course: str) -> Response:
    document = await service.read_course(ctx, course)
    return answer(document, version=document["version"] if "ai_suggestions" in document else None)


async def _update(ctx: AnyCtx, course: str, patch: CoursePatch, if_match: IfMatch) -> Response:
    changed = await service.update_course(ctx, course, patch, if_match)
    return answer(await service.read_course(ctx, changed.id, fresh=True), version=changed.version)


_UPDATE_ERRORS = (errors.CourseChanged, errors.CourseReadOnly, errors.SlugTaken)


@router.put(
    "/courses/{course}",
    access="course editor",
    response_model=CourseDetail,
    errors=_UPDATE_ERRORS,
    summary="Change the fields sent",
)
async def put_course(ctx: AnyCtx, course: str, patch: CoursePatch, if_match: IfMatch) -> Response:
    return await _update(ctx, course, patch, if_match)


@router.patch(
    "/courses/{course}",
    access="course editor",
    response_model=CourseDetail,
    errors=_UPDATE_ERRORS,
    summary="Change the fields sent",
)
async def patch_course(ctx: AnyCtx, course: str, patch: CoursePatch, if_match: IfMatch) -> Response:
    return await _update(ctx, course, patch, if_match)


@router.delete(
    "/courses/{course}",
    access="course owner",
    status_code=204,
    summary="Delete a course; it can be restored for 30 days",
)
async def delete_course(ctx: AnyCtx, course: str) -> None:
    await service.delete_course(ctx, course)


@router.post(
    "/courses/{course_id}/restore",
    access="course owner",
    response_model=CourseDetail,
    summary="Bring a deleted course back as a draft",
)
async def restore_course(ctx: AnyCtx, course_id: UUID) -> Response:
    course = await service.restore_course(ctx, course_id)
    return answer(await service.read_course(ctx, course.id, fresh=True), version=course.version)


@router.get(
    "/courses/{course}/lessons",
    access="course visible",
    limit="100/min",
    cached=True,
    response_model=list[ListedLesson],
    summary="Every lesson in order",
)
async def list_lessons(ctx: AnyCtx, course: str, content: bool = False) -> Response:
    return answer(await service.read_lessons(ctx, course, content=content))


@router.get(
    "/courses/{course}/chapters",
    access="course visible",
    limit="100/min",
    cached=True,
    response_model=list[ListedLesson],
    summary="Every chapter in order, with its text",
)
async def list_chapters(ctx: AnyCtx, course: str) -> Response:
    return answer(await service.read_chapters(ctx, course))


@router.get(
    "/courses/{course}/modules",
    access="course visible",
    limit="100/min",
    cached=True,
    response_model=list[ModuleOut],
    summary="Every module with its lessons",
)
async def list_modules(ctx: AnyCtx, course: str, content: bool = False) -> Response:
    return answer(await service.read_outline(ctx, course, content=content))


@router.put(
    "/courses/{course}/outline",
    access="course editor",
    response_model=list[ModuleOut],
    errors=(errors.CourseChanged, errors.CourseReadOnly, errors.OutlineMismatch),
    summary="Put every module and lesson in order, all at once",
)
async def set_outline(ctx: AnyCtx, course: str, given: OutlineIn, if_match: IfMatch) -> Response:
    changed = await service.set_outline(ctx, course, given, if_match)
    return answer(await service.read_outline(ctx, changed.id, fresh=True), version=changed.version)


@router.get("/courses/{course}/staff", access="course staff", summary="Who teaches the course")
async def list_staff(ctx: AnyCtx, course: str) -> list[StaffOut]:
    return await service.list_staff(ctx, course)


@router.post(
    "/courses/{course}/staff",
    access="course owner",
    status_code=201,
    errors=(errors.LastOwner,),
    summary="Give somebody a part in teaching the course",
)
async def add_staff(ctx: AnyCtx, course: str, given: StaffIn) -> StaffOut:
    return await service.add_staff(ctx, course, given)


@router.delete(
    "/courses/{course}/staff/{user_id}",
    access="course owner",
    status_code=204,
    errors=(errors.LastOwner,),
    summary="Take somebody's part in teaching the course away",
)
async def remove_staff(ctx: AnyCtx, course: str, user_id: UUID) -> None:
    await service.remove_staff(ctx, course, user_id)
