"""One's certificates, to print and to share."""

from __future__ import annotations

from fastapi import Request, Response

from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.web.ui.render import page, redirect

router = PageRouter()


@router.page("/certificates", access="user")
async def list_certificates(request: Request, ctx: AnyCtx) -> Response:
    own = await learning.list_certificates(ctx, Page(100))
    active = (await learning.list_enrolments(ctx, "active", Page(1))).items if not own.items else []
    return page(request, ctx, "learn/certificates.html", certificates=own.items, has_courses=bool(active))


@router.page("/certificates/{code}", access="public")
async def show_certificate(request: Request, ctx: AnyCtx, code: str) -> Response:
    """To its holder the certificate; to everybody else, who followed the printed address, what verifies it."""
    found = await learning.get_certificate(ctx, code)
    if found.user_id is None or found.user_id != ctx.actor.user_id:
        return redirect(request, f"/verify/{found.code}")
    return page(request, ctx, "learn/certificate.html", one=found)
