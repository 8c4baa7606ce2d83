"""The lesson editor: text as draft and live, what goes with it, its versions; and two people at once."""

from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.datastructures import FormData, UploadFile

from akademe.catalog import service as catalog
from akademe.catalog.errors import LessonChanged
from akademe.catalog.models import Course, Lesson
from akademe.catalog.schemas import LessonPatch
from akademe.files import service as files
from akademe.files.models import File
from akademe.kernel import markdown
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.markdown.urls import is_outside, player
from akademe.web.teach.forms import version_in
from akademe.web.teach.pages.area import area
from akademe.web.teach.pages.outline import type_labels
from akademe.web.ui.render import page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _

router = PageRouter(prefix="/teach")
FLAGS = ("is_free", "is_active", "is_required")
TEXTS = ("content", "section")


@router.page("/preview", access="user", methods=("POST",))
async def preview(request: Request, _ctx: AnyCtx) -> Response:
    """Markdown as learners will see it."""
    return HTMLResponse(await catalog.html_of(str((await request.form()).get("text", ""))))


@router.page("/{course}/upload", access="user", methods=("POST",), upload=True)
async def upload(request: Request, ctx: AnyCtx, course: str) -> Response:
    """A picture pasted into a text: kept with the course, answered with its address."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Invalid.field("file", _("Choose a file."))
    found, _shown = await area(ctx, course, editing=True)
    stored = await files.store_file(ctx, file.filename or "picture", file.file, owner_kind="course", owner_id=found.id)
    return JSONResponse({"url": f"/api/v1/files/{stored.id}/content", "id": str(stored.id)}, 201)


async def _shown(ctx: Ctx, key: str, lesson_id: UUID) -> tuple[Lesson, dict[str, Any]]:
    course, data = await area(ctx, key)
    lesson, owner = await catalog.find_lesson(ctx, lesson_id)
    if owner.id != course.id:
        raise NotFound
    file = await files.get_file(ctx, lesson.file_id) if lesson.file_id else None
    around = await _around(ctx, course.id, lesson_id)
    shown = {"lesson": lesson, "types": type_labels(), "file": file, "conflict": None, "preview": None}
    return lesson, data | shown | around


async def _around(ctx: Ctx, course_id: UUID, lesson_id: UUID) -> dict[str, Any]:
    """The lessons before and after it, hidden ones included."""
    lessons = [one for module in await catalog.read_outline(ctx, course_id) for one in module["lessons"]]
    place = next((n for n, one in enumerate(lessons) if str(one["id"]) == str(lesson_id)), 0)
    before, after = lessons[max(place - 1, 0) : place], lessons[place + 1 : place + 2]
    return {"before": before[0] if before else None, "after": after[0] if after else None}


@router.page("/{course}/lessons/{lesson_id}", access="user")
async def lesson(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    _lesson, shown = await _shown(ctx, course, lesson_id)
    return page(request, ctx, "teach/lesson.html", **shown, values={}, errors={})


@router.page("/{course}/lessons/{lesson_id}/preview", access="user")
async def look(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    """The draft, or the live text where there is none, as learners will see it."""
    found, shown = await _shown(ctx, course, lesson_id)
    html = await catalog.html_of(found.content if found.draft_content is None else found.draft_content)
    url = found.video_url or ""
    shown |= {"player": player(url), "is_elsewhere": is_outside(url), "html": html}
    return page(request, ctx, "teach/preview.html", **shown)


@router.page("/{course}/lessons/{lesson_id}", access="user", methods=("POST",), upload=True)
async def save(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    """Save as a draft or publish, as the button said. The version in the form is the one that was opened."""
    form = await request.form()
    found, shown = await _shown(ctx, course, lesson_id)
    shown["values"] = values = values_of(form)
    is_draft = values.get("then") != "publish"
    with showing_form("teach/lesson.html", **shown):
        if values.get("then") == "look":
            await _add_picture(ctx, shown["course"], form, values)
            shown["preview"] = await catalog.html_of(values.get("content", ""))
            return page(request, ctx, "teach/lesson.html", **shown, errors={})
        patch = await _patch(ctx, shown["course"], form, found, is_draft=is_draft)
        try:
            saved = await catalog.update_lesson(ctx, lesson_id, patch, version_in(form) or 0)
        except LessonChanged:
            newest, shown = await _shown(ctx, course, lesson_id)
            shown |= {"values": values | {"version": str(newest.version)}, "conflict": _difference(newest, values)}
            with showing_form("teach/lesson.html", **shown):
                raise
    said = _("Saved as a draft. Learners still see the published text.") if is_draft else _("Published.")
    return redirect(request, f"/teach/{course}/lessons/{saved.id}", flash=said)


async def _patch(ctx: Ctx, course: Course, form: FormData, lesson: Lesson, *, is_draft: bool) -> LessonPatch:
    fields: dict[str, Any] = {name: name in form for name in FLAGS}
    fields |= {name: str(form.get(name, "")).replace("\r\n", "\n") for name in TEXTS}
    fields |= {"video_url": str(form.get("video_url", "")).strip() or None, "draft": is_draft}
    if attached := await _stored(ctx, course, form, "file"):
        fields["file_id"] = attached.id
    elif "remove_file" in form:
        fields["file_id"] = None
    plain = {
        name: value for name, value in values_of(form).items() if name in ("title", "content_type", "note") and value
    }
    return read(LessonPatch, plain | _minutes(form, lesson) | _captions(form, lesson, course.language) | fields)


async def _stored(ctx: Ctx, course: Course, form: FormData, name: str) -> File | None:
    """The file sent in this field, kept with the course."""
    sent = form.get(name)
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    return await files.store_file(ctx, sent.filename, sent.file, owner_kind="course", owner_id=course.id)


async def _add_picture(ctx: Ctx, course: Course, form: FormData, values: dict[str, str]) -> None:
    """A picture sent with the form, at the end of the text: how one is added without script."""
    if picture := await _stored(ctx, course, form, "picture"):
        values["content"] += f"\n\n![{Path(picture.name).stem}](/api/v1/files/{picture.id}/content)\n"


def _captions(form: FormData, lesson: Lesson, language: str) -> dict[str, Any]:
    """The first track, where another address was typed; tracks in other languages stay."""
    tracks = lesson.media.get("captions", [])
    url = str(form.get("captions_url", "")).strip()
    if url == (tracks[0]["url"] if tracks else ""):
        return {}
    first = (tracks[0] if tracks else {"language": language}) | {"url": url}
    return {"captions": [*([first] if url else []), *tracks[1:]]}


def _minutes(form: FormData, lesson: Lesson) -> dict[str, Any]:
    given = str(form.get("duration_minutes", ""))
    return {"duration_minutes": given or 0} if given != str(lesson.duration_minutes) else {}


def _difference(newest: Lesson, mine: dict[str, str]) -> list[markdown.Change]:
    """From the newest saved text to the one in the form."""
    text = newest.content if newest.draft_content is None else newest.draft_content
    return list(markdown.diff(text, mine.get("content", "").replace("\r\n", "\n")))


@router.page("/{course}/lessons/{lesson_id}/delete", access="user", methods=("POST",))
async def delete(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    await catalog.delete_lesson(ctx, lesson_id)
    undo = f"/teach/{course}/lessons/{lesson_id}/restore"
    said = _("The lesson is deleted. You can restore it below for 30 days.")
    return redirect(request, f"/teach/{course}", flash=said, undo=undo)


@router.page("/{course}/lessons/{lesson_id}/restore", access="user", methods=("POST",))
async def restore(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    await catalog.restore_lesson(ctx, lesson_id)
    return redirect(request, f"/teach/{course}", flash=_("The lesson is back."))


@router.page("/{course}/lessons/{lesson_id}/discard", access="user", methods=("POST",))
async def discard(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    await catalog.discard_draft(ctx, lesson_id)
    back = f"/teach/{course}/lessons/{lesson_id}"
    return redirect(request, back, flash=_("The draft is dropped. It stays among the versions."))


@router.page("/{course}/lessons/{lesson_id}/versions", access="user")
async def versions(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID) -> Response:
    """Every saved text, and what two of them differ in."""
    _lesson, shown = await _shown(ctx, course, lesson_id)
    rows = await catalog.lesson_versions(ctx, lesson_id)
    numbers = [row.number for row in rows]
    new = _number(request, "to", numbers[0] if numbers else 1)
    old = _number(request, "from", numbers[1] if len(numbers) > 1 else new)
    before, after = await catalog.get_version(ctx, lesson_id, old), await catalog.get_version(ctx, lesson_id, new)
    changes = list(markdown.diff(before.content, after.content))
    return page(request, ctx, "teach/versions.html", **shown, versions=rows, old=old, new=new, changes=changes)


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, "")
    return int(value) if value.isdigit() else default


@router.page("/{course}/lessons/{lesson_id}/versions/{number}/restore", access="user", methods=("POST",))
async def restore_version(request: Request, ctx: AnyCtx, course: str, lesson_id: UUID, number: int) -> Response:
    await catalog.restore_version(ctx, lesson_id, number, draft=True)
    back = f"/teach/{course}/lessons/{lesson_id}"
    return redirect(request, back, flash=_("Version %(n)s is your draft now.") % {"n": number})
