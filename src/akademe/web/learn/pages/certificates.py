"""One's certificates, to print and to share."""

from __future__ import annotations

from fastapi import Request, Response

from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.web.ui.render import page

router = PageRouter()


@router.page("/certificates", access="user")
async def list_certificates(request: Request, ctx: AnyCtx) -> Response:
    own = await learning.list_certificates(ctx, Page(100))
    active = (await learning.list_enrolments(ctx, "active", Page(1))).items if not own.items else []
    return page(request, ctx, "learn/certificates.html", certificates=own.items, has_courses=bool(active))
