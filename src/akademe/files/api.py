"""Routes of files."""

from typing import Annotated
from uuid import UUID

from fastapi import File as FilePart
from fastapi import Form, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from akademe.files import errors, service
from akademe.files.rules import content_disposition
from akademe.files.rules.kinds import is_shown_inline
from akademe.files.schemas import Content, FileOut
from akademe.kernel.http import AnyCtx, Router
from akademe.kernel.storage import ContentMissing, StorageFull

router = Router(tags=["files"])
# What people upload never runs: no script, no frame, no request; an SVG is not even of our origin.
_SANDBOXED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
# Browsers' own viewers of PDF are plugins of the page and do not work in a sandbox.
_VIEWED = "default-src 'self'; script-src 'none'; style-src 'self' 'unsafe-inline'; object-src 'self'"
# Kept by the person's own browser alone, and asked for anew each time: the answer depends on who asks.
_CACHE = "private, no-cache"


@router.post(
    "/files",
    access="user",
    limit="60/hour/user",
    status_code=201,
    summary="Upload a file",
    upload=True,
    errors=(
        errors.FileTooLarge,
        errors.QuotaExceeded,
        errors.FileTypeRefused,
        errors.FileTypeMismatch,
        StorageFull,
    ),
)
async def upload_file(
    ctx: AnyCtx,
    file: Annotated[UploadFile, FilePart(description="Its name's extension must agree with its content")],
    course: Annotated[str, Form(max_length=200, description="Id or slug of the course it belongs to")] = "",
    owner_kind: Annotated[str, Form(max_length=40)] = "",
    owner_id: Annotated[str, Form(max_length=200)] = "",
) -> FileOut:
    kind, owner = ("course", course) if course else (owner_kind, owner_id)
    stored = await service.upload_file(ctx, file.filename or "", file.file, owner_kind=kind, owner=owner)
    return FileOut.model_validate(stored)


@router.get("/files/{file_id}", access="file access", summary="What is known of a file")
async def get_file(ctx: AnyCtx, file_id: UUID) -> FileOut:
    return FileOut.model_validate(await service.get_file(ctx, file_id))


@router.delete(
    "/files/{file_id}", access="user", status_code=204, summary="Delete a file and give its room back to the quota"
)
async def delete_file(ctx: AnyCtx, file_id: UUID) -> None:
    await service.delete_file(ctx, file_id)


@router.get(
    "/files/{file_id}/content",
    access="file access",
    summary="The content of a file, or a part of it",
    errors=(errors.RangeNotSatisfiable, ContentMissing),
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The part that Range asks for"},
        304: {"description": "The client has it already"},
    },
)
async def get_content(ctx: AnyCtx, request: Request, file_id: UUID, *, download: bool = False) -> Response:
    headers = request.headers
    if (known := headers.get("if-none-match")) is not None:
        file = await service.get_file(ctx, file_id)
        if {"*", file.etag} & {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            return Response(status_code=304, headers={"etag": file.etag, "cache-control": _CACHE})
    content = await service.open_content(ctx, file_id, headers.get("range", ""), headers.get("if-range", ""))
    status, sent = 206 if content.is_part else 200, _headers(content, download)
    if "akademe.is_head" in request.scope:  # its body would be read from storage, to be dropped by the edge
        return Response(status_code=status, headers=sent, media_type=content.file.content_type)
    return StreamingResponse(content.chunks, status, sent, content.file.content_type)


def _headers(content: Content, download: bool) -> dict[str, str]:
    file = content.file
    inline = is_shown_inline(file.content_type) and not download
    headers = {
        "content-length": str(content.end - content.start),
        "content-disposition": content_disposition(file.name, inline=inline),
        "content-security-policy": _VIEWED if file.content_type == "application/pdf" else _SANDBOXED,
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "etag": file.etag,
        "cache-control": _CACHE,
    }
    if content.is_part:
        headers["content-range"] = f"bytes {content.start}-{content.end - 1}/{file.size}"
    return headers
