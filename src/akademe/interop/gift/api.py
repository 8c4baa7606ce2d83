"""GIFT files over HTTP."""

from urllib.parse import quote
from uuid import UUID

from fastapi import Response, UploadFile

from akademe.catalog.errors import CourseReadOnly
from akademe.interop.gift import service
from akademe.interop.gift.errors import GiftSyntax
from akademe.interop.gift.schemas import GiftReport
from akademe.kernel.errors import TooLarge
from akademe.kernel.http import AnyCtx, Router

router = Router(tags=["import and export"])
MAX_BYTES = 4 << 20


@router.get(
    "/assessments/{assessment_id}/export.gift",
    access="course staff",
    summary="The questions as a GIFT file",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "A GIFT file"}},
)
async def export_gift(ctx: AnyCtx, assessment_id: UUID) -> Response:
    title, text = await service.export_gift(ctx, assessment_id)
    name = quote(f"{title}.gift", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


@router.post(
    "/assessments/{assessment_id}/import",
    access="course editor",
    summary="Bring a GIFT file into an assessment",
    errors=(GiftSyntax, CourseReadOnly, TooLarge),
)
async def import_gift(ctx: AnyCtx, assessment_id: UUID, file: UploadFile) -> GiftReport:
    data = await file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TooLarge("A GIFT file may have 4 MB.")
    return await service.import_gift(ctx, assessment_id, data)
