"""`/docs` (Swagger UI) and `/redoc`."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.http.security import content_security_policy, csrf_cookie, csrf_token
from akademe.web.ui.assets import asset_url

router = PageRouter()
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Akademe</title><meta name="csrf-token" content="{csrf}">{style}</head>
<body><main id="api"></main><script src="{library}"></script><script src="{start}"></script></body></html>"""


def _shown(request: Request, library: str, start: str, style: str = "") -> HTMLResponse:
    csrf = csrf_token(csrf_cookie(request))
    return HTMLResponse(_PAGE.format(csrf=csrf, style=style, library=asset_url(library), start=asset_url(start)))


@router.page("/docs", access="public")
async def swagger(request: Request, _: AnyCtx) -> HTMLResponse:
    style = f'<link rel="stylesheet" href="{asset_url("vendor/docs/swagger-ui.css")}">'
    return _shown(request, "vendor/docs/swagger-ui.js", "js/docs-swagger.js", style)


@router.page("/redoc", access="public")
async def redoc(request: Request, _: AnyCtx) -> HTMLResponse:
    response = _shown(request, "vendor/docs/redoc.js", "js/docs-redoc.js")
    # Redoc makes its style elements at run time; this page alone allows that.
    policy = content_security_policy().replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    response.headers["content-security-policy"] = policy + "; worker-src 'self' blob:"
    return response
