"""Modules, lessons (also called chapters and contents) and their versions."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from akademe.catalog import errors, service
from akademe.catalog.api.answers import answer
from akademe.catalog.schemas import (
    DiffOut,
    LessonIn,
    LessonOut,
    LessonPatch,
    ListedLesson,
    ModuleIn,
    ModuleOut,
    ModulePatch,
    VersionOut,
)
from akademe.kernel.http import AnyCtx, IfMatch, Router

router = Router(tags=["lessons"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_EDIT_ERRORS = (errors.LessonChanged, errors.CourseReadOnly)


async def _fresh(ctx: AnyCtx, lesson_id: UUID, status: int = 200) -> Response:
    document = await service.read_lesson(ctx, lesson_id, fresh=True)
    return answer(document, status=status, version=document["version"])


async def _fresh_module(ctx: AnyCtx, module_id: UUID, status: int = 200) -> Response:
    document = await service.read_module(ctx, module_id, fresh=True)
    return answer(document, status=status, version=document["version"])


@router.post(
    "/courses/{course}/lessons",
    access="course editor",
    status_code=201,
    response_model=LessonOut,
    errors=(errors.CourseReadOnly, errors.CourseFull),
    summary="Add a lesson",
)
async def create_lesson(ctx: AnyCtx, course: str, given: LessonIn) -> Response:
    lesson = await service.create_lesson(ctx, course, given)
    return await _fresh(ctx, lesson.id, 201)


@router.post(
    "/courses/{course}/modules",
    access="course editor",
    status_code=201,
    response_model=ModuleOut,
    errors=(errors.CourseReadOnly, errors.CourseFull),
    summary="Add a module",
)
async def create_module(ctx: AnyCtx, course: str, given: ModuleIn) -> Response:
    module = await service.create_module(ctx, course, given)
    return await _fresh_module(ctx, module.id, 201)


@router.patch(
    "/modules/{module_id}",
    access="course editor",
    response_model=ModuleOut,
    errors=(errors.ModuleChanged, errors.CourseReadOnly),
    summary="Change the fields sent",
)
async def update_module(ctx: AnyCtx, module_id: UUID, patch: ModulePatch, if_match: IfMatch) -> Response:
    module = await service.update_module(ctx, module_id, patch, if_match)
    return await _fresh_module(ctx, module.id)


@router.delete(
    "/modules/{module_id}",
    access="course editor",
    status_code=204,
    errors=(errors.CourseReadOnly,),
    summary="Delete a module with its lessons",
)
async def delete_module(ctx: AnyCtx, module_id: UUID) -> None:
    await service.delete_module(ctx, module_id)


@router.get(
    "/modules/{module_id}/contents",
    access="course visible",
    limit="100/min",
    cached=True,
    response_model=list[ListedLesson],
    summary="The lessons of a module",
)
async def list_contents(ctx: AnyCtx, module_id: UUID, content: bool = False) -> Response:
    module = await service.read_module(ctx, module_id, content=content)
    return answer(module["lessons"])


@router.post(
    "/modules/{module_id}/contents",
    access="course editor",
    status_code=201,
    response_model=LessonOut,
    errors=(errors.CourseReadOnly, errors.CourseFull),
    summary="Add a lesson to a module",
)
async def create_content(ctx: AnyCtx, module_id: UUID, given: LessonIn) -> Response:
    course_id = await service.course_of_module(ctx, module_id)
    lesson = await service.create_lesson(ctx, course_id, given, module_id)
    return await _fresh(ctx, lesson.id, 201)


@router.get(
    "/chapters/{chapter_id}",
    access="lesson access",
    limit="100/min",
    response_model=LessonOut,
    errors=(errors.LessonLocked,),
    summary="One chapter",
)
async def get_chapter(ctx: AnyCtx, chapter_id: UUID) -> Response:
    return answer(await service.read_chapter(ctx, chapter_id))


@router.get(
    "/chapters/{chapter_id}/next",
    access="lesson access",
    limit="100/min",
    response_model=LessonOut,
    errors=(errors.NoNextLesson, errors.LessonLocked),
    summary="The chapter after",
)
async def next_chapter(ctx: AnyCtx, chapter_id: UUID) -> Response:
    return answer(await service.read_neighbour(ctx, chapter_id, after=True))


@router.get(
    "/chapters/{chapter_id}/previous",
    access="lesson access",
    limit="100/min",
    response_model=LessonOut,
    errors=(errors.NoPreviousLesson, errors.LessonLocked),
    summary="The chapter before",
)
async def previous_chapter(ctx: AnyCtx, chapter_id: UUID) -> Response:
    return answer(await service.read_neighbour(ctx, chapter_id, after=False))


@router.get(
    "/contents/{content_id}",
    access="lesson access",
    limit="100/min",
    response_model=LessonOut,
    errors=(errors.LessonLocked,),
    summary="One lesson; staff get its draft too",
)
async def get_content(ctx: AnyCtx, content_id: UUID) -> Response:
    document = await service.read_lesson(ctx, content_id)
    return answer(document, version=document["version"] if "has_draft" in document else None)


@router.patch(
    "/contents/{content_id}",
    access="course editor",
    response_model=LessonOut,
    errors=_EDIT_ERRORS,
    summary="Change the fields sent; title and content go live unless draft is true",
)
async def update_content(ctx: AnyCtx, content_id: UUID, patch: LessonPatch, if_match: IfMatch) -> Response:
    lesson = await service.update_lesson(ctx, content_id, patch, if_match)
    return await _fresh(ctx, lesson.id)


@router.delete(
    "/contents/{content_id}",
    access="course editor",
    status_code=204,
    errors=(errors.CourseReadOnly,),
    summary="Delete a lesson; it can be restored for 30 days",
)
async def delete_content(ctx: AnyCtx, content_id: UUID) -> None:
    await service.delete_lesson(ctx, content_id)


@router.post(
    "/contents/{content_id}/restore",
    access="course editor",
    response_model=LessonOut,
    errors=(errors.CourseReadOnly, errors.CourseFull),
    summary="Bring a deleted lesson back",
)
async def restore_content(ctx: AnyCtx, content_id: UUID) -> Response:
    lesson = await service.restore_lesson(ctx, content_id)
    return await _fresh(ctx, lesson.id)


@router.get("/contents/{content_id}/versions", access="course editor", summary="The saved texts of a lesson")
async def list_versions(ctx: AnyCtx, content_id: UUID, content: bool = False) -> list[VersionOut]:
    return await service.lesson_versions(ctx, content_id, with_content=content)


@router.get(
    "/contents/{content_id}/versions/{version}/diff",
    access="course editor",
    summary="What changed from this version to another",
)
async def diff_versions(
    ctx: AnyCtx, content_id: UUID, version: Number, to: Annotated[int, Query(ge=1, le=2**31 - 1)]
) -> DiffOut:
    return await service.diff_versions(ctx, content_id, version, to)


@router.post(
    "/contents/{content_id}/versions/{version}/restore",
    access="course editor",
    response_model=LessonOut,
    errors=_EDIT_ERRORS,
    summary="Save the text of a version anew",
)
async def restore_version(ctx: AnyCtx, content_id: UUID, version: Number, if_match: IfMatch) -> Response:
    lesson = await service.restore_version(ctx, content_id, version, if_match)
    return await _fresh(ctx, lesson.id)
