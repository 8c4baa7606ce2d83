"""Everything a course says of itself, and who teaches it."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from akademe.catalog import service as catalog
from akademe.catalog.errors import CourseChanged, LastOwner, SlugTaken
from akademe.catalog.models import Course
from akademe.catalog.schemas import CoursePatch, StaffIn
from akademe.files import service as files
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.learning import service as learning
from akademe.learning.schemas import DatesIn, DatesOut
from akademe.web.teach.forms import moment_in, theirs, typed_moment, version_in
from akademe.web.teach.pages.area import area
from akademe.web.teach.pages.courses import role_in
from akademe.web.ui.render import going_back, page, read, redirect, see, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach/{course}/settings")
TEMPLATE = "teach/settings.html"
LINES = ("objectives", "tags", "prerequisites")
MAY_BE_EMPTY = ("description", "category", "video_url", "enrollment_limit")
MOMENTS = ("opens_at", "due_at", "closes_at")


async def _shown(ctx: Ctx, key: str) -> dict[str, Any]:
    course, data = await area(ctx, key, editing=True)
    required = [item.slug for item in await catalog.prerequisites_of(ctx, course.id)]
    dates = next((one for one in await learning.list_dates(ctx, key) if _is_everyones(one, course)), None)
    return data | {
        "staff": await catalog.list_staff(ctx, key),
        "my_role": role_in(ctx.actor, course.id),
        "values": _values(course, required, dates),
        "staff_values": {},
        "staff_error": "",
        "theirs": None,
    }


def _is_everyones(dates: DatesOut, course: Course) -> bool:
    return dates.ref_id == course.id and dates.user_id is None and dates.section_id is None


def _values(course: Course, required: list[str], dates: DatesOut | None) -> dict[str, str]:
    """The settings as the form has them."""
    plain = ("title", "slug", "description", "difficulty_level", "language", "access", "currency", "version")
    found = {name: str(getattr(course, name)) for name in plain}
    found |= {name: str(getattr(course, name) or "") for name in MAY_BE_EMPTY}
    found |= {"objectives": "\n".join(course.objectives), "tags": "\n".join(course.tags)}
    found |= {"duration_hours": f"{course.duration_hours:g}", "price": f"{course.price_minor / 100:g}"}
    found |= {name: typed_moment(getattr(dates, name, None)) for name in MOMENTS}
    found |= {"certificate": "1"} if course.gives_certificate else {}
    return found | {"prerequisites": "\n".join(required)}


@router.page("", access="user")
async def settings(request: Request, ctx: AnyCtx, course: str) -> Response:
    see(request, ctx)
    return page(request, ctx, TEMPLATE, **await _shown(ctx, course), errors={})


@router.page("", access="user", methods=("POST",), upload=True)
async def save(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    see(request, ctx)
    shown = await _shown(ctx, course)
    stored, shown["values"] = shown["values"], values_of(form)
    with showing_form(TEMPLATE, fields={SlugTaken: "slug"}, **shown):
        dates = {name: moment_in(form, name) for name in MOMENTS}
        patch = await _patch(ctx, shown["course"].id, form)
        try:
            saved = await catalog.update_course(ctx, course, patch, version_in(form) or 0)
        except CourseChanged:
            with showing_form(TEMPLATE, **_with_theirs(shown, stored)):
                raise
        if any(typed_moment(dates[name]) != stored[name] for name in MOMENTS):
            await learning.set_dates(ctx, saved.id, DatesIn(**dates))
    return redirect(request, f"/teach/{saved.slug}/settings", flash=_("Saved."))


def _with_theirs(shown: dict[str, Any], stored: dict[str, str]) -> dict[str, Any]:
    """What somebody else saved meanwhile, beside what was typed; saving again then keeps what was typed."""
    typed = shown["values"]
    return shown | {"values": typed | {"version": stored["version"]}, "theirs": theirs(stored, typed, _labels())}


def _labels() -> dict[str, str]:
    return {
        "title": _("Title"),
        "slug": _("Short name in addresses"),
        "description": _("Description"),
        "objectives": _("What one will be able to do"),
        "category": _("Category"),
        "difficulty_level": _("Level"),
        "tags": _("Tags"),
        "duration_hours": _("Hours of work"),
        "language": _("Language"),
        "enrollment_limit": _("Seats"),
        "price": _("Price"),
        "prerequisites": _("Courses to complete first"),
        "video_url": _("Video about the course"),
    }


async def _patch(ctx: Ctx, course_id: UUID, form: FormData) -> CoursePatch:
    sent = values_of(form)
    fields: dict[str, Any] = {name: value for name, value in sent.items() if value and name not in LINES}
    fields |= {
        name: sent[name].strip() or (None if name != "description" else "") for name in MAY_BE_EMPTY if name in sent
    }
    fields |= {name: [line.strip() for line in sent.get(name, "").splitlines() if line.strip()] for name in LINES}
    fields["certificate"] = "certificate" in form
    picture = form.get("picture")
    if isinstance(picture, UploadFile) and picture.filename:
        stored = await files.store_file(ctx, picture.filename, picture.file, owner_kind="course", owner_id=course_id)
        fields["thumbnail_url"] = f"/api/v1/files/{stored.id}/content"
    elif "remove_picture" in form:
        fields["thumbnail_url"] = None
    return read(CoursePatch, fields)


@router.page("/staff", access="user", methods=("POST",))
async def add_staff(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    see(request, ctx)
    shown = await _shown(ctx, course) | {"staff_values": values_of(form)}
    try:
        added = await catalog.add_staff(ctx, course, read(StaffIn, form))
    except (Invalid, LastOwner) as error:
        with showing_form(TEMPLATE, **shown | {"staff_error": error.detail}):
            raise
    name = added.full_name or added.email
    return redirect(request, f"/teach/{course}/settings#staff", flash=_("%(name)s is on the staff.") % {"name": name})


@router.page("/staff/{user_id}/remove", access="user", methods=("POST",))
async def remove_staff(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    held = next((one.role for one in await catalog.list_staff(ctx, course) if one.user_id == user_id), "")
    with going_back(f"/teach/{course}/settings#staff"):
        await catalog.remove_staff(ctx, course, user_id)
    undo = f"/teach/{course}/settings/staff/{user_id}/return?role={held}"
    return redirect(request, f"/teach/{course}/settings#staff", flash=_("Removed from the staff."), undo=undo)


@router.page("/staff/{user_id}/return", access="user", methods=("POST",))
async def return_staff(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    role = request.query_params.get("role", "")
    await catalog.add_staff(ctx, course, read(StaffIn, {"user_id": user_id, "role": role}))
    return redirect(request, f"/teach/{course}/settings#staff", flash=_("Back on the staff."))
