"""What every page needs to be there: static files, covers, the icons of the site, the theme, the style page."""

import re
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from akademe.kernel.config import settings
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.ui import samples
from akademe.web.ui.assets import asset_url, assets
from akademe.web.ui.covers import KEY_LENGTH, draw_cover
from akademe.web.ui.render import THEME_COOKIE, is_part, local_path, page, redirect

router = PageRouter()

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
YEAR = 31_536_000
_KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}")
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0b5a5c"'
    ' d="M10.6 2.6h2.8L22 21.4h-3.5L12 6.9 5.5 21.4H2z"/><circle fill="#0b5a5c" cx="12" cy="17.6" r="2.9"/></svg>'
)
ROBOTS = """\
User-agent: *
Disallow: /api/
Disallow: /account
Disallow: /home
Disallow: /inbox
Disallow: /learn/
Disallow: /manage
Disallow: /teach
Disallow: /attempts/
Disallow: /quizzes/
Disallow: /search
"""


async def static(request: Request) -> Response:
    """A file by its hashed name. Anything else is not there, so that nothing stale is ever kept."""
    asset = assets.find(request.path_params["path"])
    if asset is None:
        raise NotFound
    headers = {"cache-control": FOR_EVER, "vary": "Accept-Encoding", "access-control-allow-origin": "*"}
    body = asset.body
    if asset.small is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = asset.small, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


async def cover(request: Request) -> Response:
    """The drawing of a key; the key is all it takes."""
    key = request.path_params["key"]
    if not _KEY.fullmatch(key):
        raise NotFound
    return Response(draw_cover(key), media_type="image/svg+xml", headers={"cache-control": FOR_EVER})


async def favicon(_request: Request) -> Response:
    return Response(MARK, media_type="image/svg+xml", headers={"cache-control": FOR_A_DAY})


async def robots(_request: Request) -> Response:
    return PlainTextResponse(ROBOTS, headers={"cache-control": FOR_A_DAY})


async def manifest(_request: Request) -> Response:
    icons = [
        {
            "src": asset_url(f"icons/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    body = {
        "name": "Akademe", "short_name": "Akademe", "start_url": "/home", "scope": "/", "display": "standalone",
        "background_color": "#fbf9f6", "theme_color": "#fbf9f6", "icons": icons,
    }  # fmt: skip
    return JSONResponse(body, media_type="application/manifest+json", headers={"cache-control": FOR_A_DAY})


for _path, _endpoint in {
    "/static/{path:path}": static,
    "/covers/{key}.svg": cover,
    "/favicon.svg": favicon,
    "/favicon.ico": favicon,
    "/robots.txt": robots,
    "/manifest.webmanifest": manifest,
}.items():
    router.add_route(_path, _endpoint, methods=["GET", "HEAD"], include_in_schema=False)


@router.page("/theme", access="public", methods=("POST",))
async def choose_theme(request: Request) -> Response:
    """Keep the choice of light, dark or the system's in a cookie."""
    form = await request.form()
    theme = str(form.get("theme", ""))
    back = local_path(str(form.get("next", "")) or urlsplit(request.headers.get("referer", "")).path)
    response = Response(status_code=204) if is_part(request) else redirect(request, back)
    if theme in ("light", "dark"):
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="lax", secure=settings().is_secure)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@router.page("/ui", access="instructor")
async def style(request: Request, ctx: AnyCtx) -> HTMLResponse:
    return page(request, ctx, "ui/style.html", **samples.everything(ctx.now))
