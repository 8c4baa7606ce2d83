"""Routes of imports and exports."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, UploadFile
from fastapi.responses import StreamingResponse

from akademe.files.rules import content_disposition
from akademe.interop import service
from akademe.interop.schemas import Format, ImportStarted
from akademe.kernel.errors import TooLarge
from akademe.kernel.http import AnyCtx, Router
from akademe.kernel.storage import ContentMissing, StorageFull

router = Router(tags=["import and export"])


@router.post(
    "/courses/import",
    access="instructor",
    status_code=202,
    summary="Import a course",
    description="A zip or tar of a course folder or an Open edX course, or a GIFT file. `GET /jobs/{job}` tells how "
    "far it is; its result is the course with a report of everything in the source.",
    upload=True,
    errors=(TooLarge, StorageFull),
)
async def import_course(
    ctx: AnyCtx,
    file: Annotated[UploadFile, File(description="The archive")],
    format_: Annotated[
        Format, Form(alias="format", description="What it is, where it should not be found out")
    ] = "auto",
) -> ImportStarted:
    return ImportStarted(job=await service.start_import(ctx, file.filename or "upload", file.file, format_))


@router.get(
    "/courses/{course}/export",
    access="course editor",
    summary="Export a course",
    description="A zip of the course as a folder that can be kept in git and imported again.",
    errors=(ContentMissing,),
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def export_course(ctx: AnyCtx, course: str) -> StreamingResponse:
    download = await service.export_course(ctx, course)
    headers = {"content-disposition": content_disposition(download.name, inline=False)}
    return StreamingResponse(download.chunks, media_type="application/zip", headers=headers)
