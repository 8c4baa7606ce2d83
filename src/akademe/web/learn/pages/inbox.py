"""The inbox: messages with filters, read and unread, and what to be told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.notices import notices
from akademe.kernel.pagination import Page
from akademe.notifications import service as notifications
from akademe.notifications.schemas import NotificationOut, PreferenceIn
from akademe.web.learn.pages.quizzes import known_id
from akademe.web.ui.questions import plain
from akademe.web.ui.render import is_part, local_path, page, redirect
from akademe.web.ui.words import _

router = PageRouter()
SHOWN = 25
LONGEST = 200


@router.page("/inbox", access="user")
async def inbox(request: Request, ctx: AnyCtx) -> Response:
    asked = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in ("show", "type", "q")}
    unread = True if asked["show"] == "unread" else None
    wanted = Page(SHOWN, request.query_params.get("cursor", ""))
    found = await notifications.list_notifications(ctx, wanted, q=asked["q"], type_=asked["type"], unread=unread)
    assert ctx.actor.user_id is not None
    return page(
        request,
        ctx,
        "learn/inbox.html",
        show=asked["show"],
        type=asked["type"],
        q=asked["q"],
        items=[_shown(item) for item in found.items],
        kinds=sorted(((n.name, n.label) for n in notices.values() if n.is_kept), key=lambda pair: pair[1]),
        unread=await notifications.unread_count(ctx.actor.user_id),
        next_url=_url(asked | {"cursor": found.next_cursor}) if found.next_cursor else "",
        part=is_part(request),
        back=_url(asked),
    )


def _url(query: dict[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"/inbox?{urlencode(kept)}" if kept else "/inbox"


def _shown(item: NotificationOut) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "text": plain(item.body),
        "at": item.created_at,
        "is_read": item.read,
        "has_link": bool(item.link),
    }


@router.page("/inbox/count", access="user")
async def count(ctx: AnyCtx) -> Response:
    """The number on the badge."""
    assert ctx.actor.user_id is not None
    return JSONResponse({"unread": await notifications.unread_count(ctx.actor.user_id)})


@router.page("/inbox/{message}/open", access="user", methods=("POST",))
async def open_message(request: Request, ctx: AnyCtx, message: str) -> Response:
    """Read it, and go where it leads."""
    found = await notifications.mark_read(ctx, known_id(message), read=True)
    return redirect(request, local_path(found.link, "/inbox"))


@router.page("/inbox/{message}/read", access="user", methods=("POST",))
async def read(request: Request, ctx: AnyCtx, message: str) -> Response:
    await notifications.mark_read(ctx, known_id(message), read=True)
    return await _back(request)


@router.page("/inbox/{message}/unread", access="user", methods=("POST",))
async def unread(request: Request, ctx: AnyCtx, message: str) -> Response:
    await notifications.mark_read(ctx, known_id(message), read=False)
    return await _back(request)


@router.page("/inbox/read-all", access="user", methods=("POST",))
async def read_all(request: Request, ctx: AnyCtx) -> Response:
    await notifications.mark_all_read(ctx)
    return redirect(request, "/inbox", flash=_("Everything is marked as read."))


async def _back(request: Request) -> Response:
    """To the list as it was filtered."""
    where = local_path(str((await request.form()).get("back", "")), "/inbox")
    return redirect(request, where if where.startswith("/inbox") else "/inbox")


@router.page("/inbox/preferences", access="user")
async def preferences(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "learn/preferences.html", kinds=await notifications.list_preferences(ctx))


@router.page("/inbox/preferences", access="user", methods=("POST",))
async def save_preferences(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    inbox_, email = set(form.getlist("inbox")), set(form.getlist("email"))
    known = await notifications.list_preferences(ctx)
    chosen = [PreferenceIn(type=one.type, inbox=one.type in inbox_, email=one.type in email) for one in known]
    await notifications.set_preferences(ctx, chosen)
    return redirect(request, "/inbox/preferences", flash=_("Saved."))
