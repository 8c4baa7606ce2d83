"""A course brought in from a file, with the report of what came over; and a course as a zip."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from akademe.admin import service as admin
from akademe.files.rules import content_disposition
from akademe.interop import service as interop
from akademe.interop.events import ImportCourse
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.ui.render import page, redirect, showing_form
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach")


@router.page("/import", access="instructor")
async def choose(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "teach/import.html", errors={})


@router.page("/import", access="instructor", methods=("POST",), upload=True)
async def begin(request: Request, ctx: AnyCtx) -> Response:
    with showing_form("teach/import.html"):
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid.field("file", _("Choose a file."))
        job_id = await interop.start_import(ctx, file.filename, file.file)
    return redirect(request, f"/teach/import/{job_id}")


@router.page("/import/{job_id}", access="instructor")
async def progress(request: Request, ctx: AnyCtx, job_id: UUID) -> Response:
    """How far it is, and then what came over. Asked again every second while it runs."""
    job = await admin.get_job(ctx, job_id)
    if job.name != ImportCourse.name:
        raise NotFound
    rows: list[dict[str, Any]] = job.result["report"] if job.result else []
    return page(
        request,
        ctx,
        "teach/import_job.html",
        job=job,
        mapped=_by(rows, "mapped_to"),
        lost=_by(rows, "reason"),
    )


def _by(rows: list[dict[str, Any]], fate: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a report that met this fate, by what it says."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row.get(fate):
            found.setdefault(row[fate], []).append(row)
    return found


@router.page("/{course}/export", access="user")
async def export(_request: Request, ctx: AnyCtx, course: str) -> Response:
    download = await interop.export_course(ctx, course)
    headers = {"content-disposition": content_disposition(download.name, inline=False)}
    return StreamingResponse(download.chunks, media_type="application/zip", headers=headers)
