"""`/teach`: the courses one teaches, a new one, and what becomes of a course as a whole."""

from uuid import UUID

from fastapi import Request, Response

from akademe.assessment import service as assessment
from akademe.catalog import service as catalog
from akademe.catalog.errors import SlugTaken
from akademe.catalog.models import CourseStatus
from akademe.catalog.schemas import CourseFilter, CourseIn
from akademe.kernel.auth import Actor, scope
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.web.teach.pages.area import area
from akademe.web.ui.render import page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach")
PER_PAGE = 50


def role_in(actor: Actor, course_id: object) -> str:
    """What one is in a course, in a word for people."""
    labels = {"owner": _("Owner"), "instructor": _("Co-instructor"), "ta": _("Teaching assistant")}
    held = actor.grants.get(scope("course", str(course_id)), frozenset())
    return next((label for role, label in labels.items() if role in held), _("Administrator"))


def status_labels() -> dict[str, str]:
    return {"draft": _("Draft"), "published": _("Published"), "archived": _("Archived")}


@router.page("", access="user")
async def home(request: Request, ctx: AnyCtx) -> Response:
    query = request.query_params
    status = query.get("status", "")
    wanted = read(CourseFilter, {"mine": True, "sort": "-updated_at", **({"status": status} if status else {})})
    found = await catalog.list_courses(ctx, wanted, Page(PER_PAGE, query.get("cursor", "")))
    return page(
        request,
        ctx,
        "teach/home.html",
        courses=[item | {"role": role_in(ctx.actor, item["id"])} for item in found.items],
        next_cursor=found.next_cursor,
        wanted=status,
        labels=status_labels(),
        waiting=await assessment.list_waiting(ctx) if not query.get("cursor") else [],
        deleted=(await catalog.deleted_courses(ctx))[:10] if not query.get("cursor") else [],
    )


@router.page("/new", access="instructor")
async def new(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "teach/new.html", values={}, errors={})


@router.page("/new", access="instructor", methods=("POST",))
async def create(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    with showing_form("teach/new.html", fields={SlugTaken: "slug"}, values=values_of(form)):
        course = await catalog.create_course(ctx, read(CourseIn, form))
    return redirect(
        request, f"/teach/{course.slug}", flash=_("Your course is here. Learners see it once you publish it.")
    )


@router.page("/{course}/status", access="user", methods=("POST",))
async def change_status(request: Request, ctx: AnyCtx, course: str) -> Response:
    status = str((await request.form()).get("status") or request.query_params.get("status", ""))
    changes = {
        CourseStatus.PUBLISHED: (catalog.publish_course, _("The course is published.")),
        CourseStatus.DRAFT: (catalog.unpublish_course, _("The course is a draft again. Only its staff see it.")),
        CourseStatus.ARCHIVED: (
            catalog.archive_course,
            _("The course is archived. Who was enrolled can still read it."),
        ),
    }
    if status not in changes:
        raise NotFound
    before = str((await area(ctx, course))[0].status)
    change, said = changes[CourseStatus(status)]
    changed = await change(ctx, course)
    here = f"/teach/{changed.slug}"
    return redirect(request, here, flash=said, undo=f"{here}/status?status={before}" if before != status else "")


@router.page("/{course}/delete", access="user", methods=("POST",))
async def delete(request: Request, ctx: AnyCtx, course: str) -> Response:
    found, _shown = await area(ctx, course)
    await catalog.delete_course(ctx, course)
    said = _("The course is deleted. You can restore it below for 30 days.")
    return redirect(request, "/teach", flash=said, undo=f"/teach/deleted/{found.id}/restore")


@router.page("/deleted/{course_id}/restore", access="user", methods=("POST",))
async def restore(request: Request, ctx: AnyCtx, course_id: UUID) -> Response:
    course = await catalog.restore_course(ctx, course_id)
    return redirect(request, f"/teach/{course.slug}", flash=_("The course is back, as a draft."))
