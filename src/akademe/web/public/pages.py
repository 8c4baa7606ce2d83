"""Pages that need no account: landing, catalogue, course pages, search, checking a certificate."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import segno
from babel import Locale, UnknownLocaleError
from fastapi import Request, Response
from markupsafe import Markup

from akademe.catalog import policy
from akademe.catalog import service as catalog
from akademe.catalog.models import Course
from akademe.catalog.schemas import CourseFilter
from akademe.identity import service as identity
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.learning import service as learning
from akademe.notifications import service as notifications
from akademe.search import service as search
from akademe.web.ui.outlines import shown_modules
from akademe.web.ui.render import is_part, page, read, redirect, showing_form
from akademe.web.ui.words import _

router = PageRouter()

SHOWN = 24
FEATURED = 6
FRIEZE = 9
AS_YOU_TYPE, ON_PAGE = 6, 30


def _no_certificate() -> str:
    return _("There is no certificate with this code. Look at it again.")


def _levels() -> dict[str, str]:
    return {"beginner": _("Beginner"), "intermediate": _("Intermediate"), "advanced": _("Advanced")}


@router.page("/", access="public")
async def landing(request: Request, ctx: AnyCtx) -> Response:
    if ctx.actor.is_signed_in:
        return redirect(request, "/home")
    found = await catalog.list_courses(ctx, CourseFilter(sort="-enrollments"), Page(FEATURED))
    titles = [c["title"] for c in found.items]
    return page(
        request,
        ctx,
        "public/landing.html",
        courses=found.items,
        levels=_levels(),
        free=next((c for c in found.items if c["access"] == "open"), None),
        frieze=(titles + [f"akademe {n}" for n in range(FRIEZE)])[:FRIEZE],
    )


@router.page("/courses", access="public")
async def catalogue(request: Request, ctx: AnyCtx, cursor: str = "") -> Response:
    given = {name: value for name, value in request.query_params.items() if value}
    wanted = read(CourseFilter, given)
    found = await catalog.list_courses(ctx, wanted, Page(SHOWN, cursor))
    query = {name: value for name, value in given.items() if name != "cursor"}
    more = f"/courses?{urlencode({**query, 'cursor': found.next_cursor})}" if found.next_cursor else ""
    categories = [(name, name) for name in await catalog.categories(ctx)]
    return page(
        request,
        ctx,
        "public/catalogue.html",
        courses=found.items,
        more=more,
        wanted=wanted,
        categories=categories,
        levels=_levels(),
    )


@router.page("/courses/{course}", access="course visible")
async def course_page(request: Request, ctx: AnyCtx, course: str) -> Response:
    row = await catalog.get_course(ctx, course)
    return page(request, ctx, "public/course.html", **await _about(ctx, row))


async def _about(ctx: Ctx, row: Course) -> dict[str, Any]:
    outline = await learning.outline(ctx, row.id)
    modules = shown_modules(outline, lambda id_: f"/learn/{row.slug}/{id_}")
    people = await identity.user_briefs(ctx, [row.instructor_id])
    state = outline["status"] if outline["enrollment_id"] else ""
    readable = [lesson["href"] for module in modules for lesson in module["lessons"] if lesson["href"]]
    return {
        "c": row,
        "levels": _levels(),
        "modules": modules,
        "lessons": sum(len(module["lessons"]) for module in modules),
        "prerequisites": await catalog.prerequisites_of(ctx, row.id),
        "teachers": list(people.values()),
        "language": _language(row.language),
        "state": state,
        "offer": await _offer(ctx, row) if state == "waiting" else None,
        "progress": outline["progress_percentage"] or 0,
        "first_lesson": readable[0] if readable else None,
        "is_staff": policy.is_course_staff(ctx.actor, row),
    }


async def _offer(ctx: Ctx, row: Course) -> datetime | None:
    """Until when a seat is kept for the reader, who is on the waiting list."""
    enrolment = await learning.current_enrolment(ctx, ctx.actor.user_id, row.id) if ctx.actor.user_id else None
    return enrolment.offer_expires_at if enrolment and learning.holds_offer(enrolment, ctx.now) else None


def _language(tag: str) -> str:
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag


@router.page("/search", access="public")
async def find(request: Request, ctx: AnyCtx, q: str = "", shown: str = "") -> Response:
    """Results as a page, or as the list under the search field while one types.

    More of them is the longer list: the best of more candidates may come in another order.
    """
    part = is_part(request)
    wanted = min(max(ON_PAGE, int(shown)), search.MOST) if shown.isdecimal() and len(shown) < 5 else ON_PAGE
    total, hits = await search.query(ctx, q[:200], limit=AS_YOU_TYPE if part else wanted)
    courses = await catalog.course_titles(ctx, [hit.course_id for hit in hits if hit.type == "chapter"])
    results = [
        {
            "title": hit.title,
            "href": f"/courses/{hit.slug}" if hit.type == "course" else f"/learn/{hit.slug}/{hit.id}",
            "kind": _("Course") if hit.type == "course" else _lesson_in(courses.get(hit.course_id, "")),
            "snippet": hit.snippet,
        }
        for hit in hits
    ]
    more = urlencode({"q": q[:200], "shown": wanted + ON_PAGE}) if len(hits) < total else ""
    found = {"query": q.strip(), "total": total, "results": results, "more": f"/search?{more}" if more else ""}
    return page(request, ctx, "public/search.html", found=found, is_part=part)


def _lesson_in(course: str) -> str:
    return _("Lesson in %(course)s") % {"course": course}


@router.page("/unsubscribe", access="public")
async def unsubscribe_form(request: Request, ctx: AnyCtx, token: str = "") -> Response:
    """Where the link of an e-mail leads. Raises NotFound for one that is not ours."""
    kind = await notifications.preference_named(ctx, token)
    return page(request, ctx, "public/unsubscribe.html", kind=kind, token=token)


@router.page("/unsubscribe", access="public", methods=("POST",))
async def unsubscribe(request: Request, ctx: AnyCtx) -> Response:
    token = str((await request.form()).get("token", ""))
    await notifications.unsubscribe(ctx, token)
    return redirect(request, f"/unsubscribe?{urlencode({'token': token})}")


@router.page("/verify", access="public")
async def verify(request: Request, ctx: AnyCtx, code: str = "") -> Response:
    """The form; with a code, the certificate or a sentence that there is none."""
    if not code.strip():
        return page(request, ctx, "public/verify.html", values={}, errors={})
    with showing_form("public/verify.html", fields={Invalid: "code"}, values={"code": code}):
        try:
            certificate = await learning.get_certificate(ctx, code)
        except NotFound as error:
            raise Invalid(_no_certificate()) from error
    return redirect(request, f"/certificates/{certificate.code}")


@router.page("/certificates/{code}", access="public")
async def certificate(request: Request, ctx: AnyCtx, code: str) -> Response:
    """Whether it is genuine and valid; to its holder also how to share it."""
    try:
        found = await learning.get_certificate(ctx, code)
    except NotFound:
        errors = {"code": _no_certificate()}
        return page(request, ctx, "public/verify.html", status=404, values={"code": code}, errors=errors)
    drawn = segno.make(found.verify_url, error="m").svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=0)
    return page(
        request,
        ctx,
        "public/certificate.html",
        c=found,
        is_own=found.user_id is not None and found.user_id == ctx.actor.user_id,
        qr=Markup(drawn.replace("#000", "currentColor")),  # noqa: S704 drawn by the library from our own address
        pdf=f"/api/v1/certificates/{found.code}.pdf",
    )
