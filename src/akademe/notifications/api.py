"""The inbox over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageArgs, Router, paged
from akademe.kernel.pagination import Page
from akademe.notifications import schemas, service

router = Router(tags=["notifications"])
Flag = Annotated[Literal["", "undefined", "true", "false"], Query(description="true: unread ones, false: read ones")]


@router.get("/notifications", access="user", summary="Your inbox, newest first")
async def list_notifications(
    ctx: AnyCtx,
    request: Request,
    response: Response,
    page: Annotated[Page, PageArgs(50)],
    q: Annotated[str, Query(max_length=200)] = "",
    type: Annotated[str, Query(max_length=100)] = "",  # noqa: A002 - the contract's name
    unread: Flag = "",
) -> Sequence[schemas.NotificationOut]:
    wanted = {"true": True, "false": False}.get(unread)
    known = "" if type == "undefined" else type
    found = await service.list_notifications(ctx, page, q=q.strip(), type_=known, unread=wanted)
    return paged(request, response, found)


@router.get("/notifications/preferences", access="user", summary="What you want to be told, and where")
async def get_preferences(ctx: AnyCtx) -> schemas.PreferencesOut:
    return schemas.PreferencesOut(preferences=await service.list_preferences(ctx))


@router.put("/notifications/preferences", access="user", summary="Choose what you want to be told, and where")
async def put_preferences(ctx: AnyCtx, body: schemas.PreferencesIn) -> schemas.PreferencesOut:
    return schemas.PreferencesOut(preferences=await service.set_preferences(ctx, body.preferences))


@router.post("/notifications/read-all", access="user", summary="Mark everything read")
async def read_all(ctx: AnyCtx) -> schemas.ReadAllOut:
    return schemas.ReadAllOut(changed=await service.mark_all_read(ctx))


@router.post(
    "/notifications/unsubscribe",
    access="public",
    status_code=204,
    summary="One click in an e-mail: no more of these",
    errors=(NotFound,),
)
async def unsubscribe(ctx: AnyCtx, token: Annotated[str, Query(max_length=300)]) -> None:
    await service.unsubscribe(ctx, token)


@router.get(
    "/notifications/unsubscribe",
    access="public",
    status_code=303,
    response_class=RedirectResponse,
    summary="The same link opened in a browser: a page with a button",
)
async def confirm_unsubscribe(token: Annotated[str, Query(max_length=300)]) -> RedirectResponse:
    """Changes nothing: mail programs and their guards open links by themselves."""
    return RedirectResponse(f"/unsubscribe?{urlencode({'token': token})}", 303)


@router.patch("/notifications/{notification_id}", access="self only", summary="Mark a message read or unread")
async def patch_notification(
    ctx: AnyCtx, notification_id: UUID, body: schemas.NotificationPatch
) -> schemas.NotificationOut:
    return await service.mark_read(ctx, notification_id, read=body.read)
