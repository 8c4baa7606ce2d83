"""Everything a course says of itself, and who teaches it."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from akademe.catalog import service as catalog
from akademe.catalog.errors import CourseChanged, SlugTaken
from akademe.catalog.schemas import CoursePatch, StaffIn
from akademe.files import service as files
from akademe.kernel.ctx import Ctx
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.web.teach.pages.area import area
from akademe.web.teach.pages.courses import role_in
from akademe.web.ui.render import page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach/{course}/settings")
LINES = ("objectives", "tags", "prerequisites")
MAY_BE_EMPTY = ("description", "category", "video_url", "enrollment_limit")


async def _shown(ctx: Ctx, key: str) -> dict[str, Any]:
    course, data = await area(ctx, key, editing=True)
    required = await catalog.prerequisites_of(ctx, course.id)
    return data | {
        "staff": await catalog.list_staff(ctx, key),
        "required": [item.slug for item in required],
        "my_role": role_in(ctx.actor, course.id),
        "values": {},
        "errors": {},
        "staff_errors": {},
    }


@router.page("", access="user")
async def settings(request: Request, ctx: AnyCtx, course: str) -> Response:
    return page(request, ctx, "teach/settings.html", **await _shown(ctx, course))


@router.page("", access="user", methods=("POST",), upload=True)
async def save(request: Request, ctx: AnyCtx, course: str) -> Response:
    form = await request.form()
    shown = await _shown(ctx, course) | {"values": values_of(form)}
    del shown["errors"]
    with showing_form("teach/settings.html", fields={SlugTaken: "slug", CourseChanged: ""}, **shown):
        patch = await _patch(ctx, shown["course"].id, form)
        version = str(form.get("version", ""))
        saved = await catalog.update_course(ctx, course, patch, int(version) if version.isdigit() else 0)
    return redirect(request, f"/teach/{saved.slug}/settings", flash=_("Saved."))


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
    shown = await _shown(ctx, course) | {"staff_values": values_of(form)}
    del shown["errors"]
    with showing_form("teach/settings.html", **shown):
        added = await catalog.add_staff(ctx, course, read(StaffIn, form))
    name = added.full_name or added.email
    return redirect(request, f"/teach/{course}/settings#staff", flash=_("%(name)s is on the staff.") % {"name": name})


@router.page("/staff/{user_id}/remove", access="user", methods=("POST",))
async def remove_staff(request: Request, ctx: AnyCtx, course: str, user_id: UUID) -> Response:
    await catalog.remove_staff(ctx, course, user_id)
    return redirect(request, f"/teach/{course}/settings#staff", flash=_("Removed."))
