"""The lesson: reading it, completing it, and the time spent in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from akademe.catalog import service as catalog
from akademe.catalog.rules import as_id
from akademe.files import service as files
from akademe.kernel import usages
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import NotFound
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.markdown.urls import is_outside, player
from akademe.learning import service as learning
from akademe.web.learn import shapes, work
from akademe.web.learn.outlines import side_outline
from akademe.web.learn.shapes import CourseShown, Place, Reader, Standing
from akademe.web.learn.work import QuizShown
from akademe.web.ui import templates
from akademe.web.ui.formats import file_size
from akademe.web.ui.render import framed, page, redirect, see
from akademe.web.ui.templates import CSRF_SLOT
from akademe.web.ui.view import View, showing, view
from akademe.web.ui.words import _

router = PageRouter()
MAX_PING = 3600
_HEADING = re.compile(r'<h2[^>]* id="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)
_MARK = re.compile(r"<a[^>]*class=\"anchor\".*?</a>|<[^>]+>", re.DOTALL)
# The next lesson is fetched while this one is read. A rule for links alone: completing a lesson is a form, and never
# shows a page that was fetched before it.
_SPECULATION = (
    '{"prefetch":[{"source":"document","where":{"selector_matches":"a[rel~=next]"},"eagerness":"immediate"}]}'
)


@dataclass(frozen=True)
class LessonShown:
    """A lesson as its page names it."""

    id: str
    title: str
    href: str
    minutes: int
    is_required: bool
    is_free: bool
    is_shown: bool
    is_done: bool = False
    can_complete: bool = False


@dataclass(frozen=True)
class VideoShown:
    """`embed` for the player of another host, `is_elsewhere` for a file that only a link may lead to."""

    url: str
    embed: bool
    is_elsewhere: bool
    captions: tuple[Caption, ...]
    transcript_url: str | None


class Caption(NamedTuple):
    url: str
    lang: str
    label: str


class FileShown(NamedTuple):
    name: str
    url: str
    detail: str
    icon: str
    picture: bool
    width: int | None
    height: int | None


class Heading(NamedTuple):
    """A part of the text; `text` is HTML that has been escaped already."""

    id: str
    text: str


class Reading(NamedTuple):
    """All that the text of the page depends on, so that it is rendered once for every reader of a kind."""

    c: CourseShown
    me: Reader
    lesson: LessonShown
    place: Place
    html: str
    video: VideoShown | None
    file: FileShown | None
    quizzes: tuple[QuizShown, ...]


@router.page("/lessons/{lesson}", access="public")
async def lesson_by_id(request: Request, ctx: AnyCtx, lesson: str) -> Response:
    """What links inside texts lead to."""
    found = await catalog.study_lesson(ctx, _id(lesson))
    return redirect(request, shapes.lesson_href(found["course"]["slug"], found["id"]))


@router.page("/learn/{course}/{lesson}", access="public")
async def show_lesson(request: Request, ctx: AnyCtx, course: str, lesson: str) -> Response:
    """One lesson to read; for who may not, what opens it."""
    see(request, ctx)
    found = await catalog.study_lesson(ctx, _id(lesson))
    c = CourseShown(**found["course"])
    if course != c.slug:
        return redirect(request, shapes.lesson_href(c.slug, lesson))
    outline = await learning.outline(ctx, c.id)
    me = shapes.standing_in(outline, is_signed_in=ctx.actor.is_signed_in, is_staff=found["is_staff"])
    lines, place = side_outline(outline, found["id"]), shapes.place_of(outline, found["id"])
    if found["locked"]:
        side: dict[str, Any] = {"c": c, "me": me, "outline": lines, "place": place, "free": _free(outline)}
        return page(request, ctx, "learn/locked.html", status=403, lesson=_line(c, found), **side)
    reading = await _reading(ctx, c, me, found, outline, place)
    title = f"{reading.lesson.title} · {c.title}"
    side_ = _side(c, me, view().locale) + lines
    response = framed(request, ctx, "learn/lesson.html", title=title, side=side_, reading=_shown(reading))
    response.headers["speculation-rules"] = '"/speculation-rules"'
    return response


@lru_cache(maxsize=1024)
def _side(c: CourseShown, me: Standing, locale: str) -> Markup:
    """What stands over the outline: the same for everyone who has come as far in the course."""
    with showing(View(Actor(locale=locale))):
        html = templates.render("learn/parts/side.html", c=c, me=me, outline="")
    return Markup(html)  # noqa: S704 rendered by our own template


def _shown(reading: Reading) -> Markup:
    html = _rendered(reading, view().locale).replace(CSRF_SLOT, view().csrf)
    return Markup(html)  # noqa: S704 rendered by our own template; the token is hexadecimal


@lru_cache(maxsize=512)
def _rendered(reading: Reading, locale: str) -> str:
    with showing(View(Actor(locale=locale), csrf=CSRF_SLOT)):
        return templates.render("learn/parts/reading.html", headings=_headings(reading.html), **reading._asdict())


async def speculation_rules(_request: Request) -> Response:
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_SPECULATION, media_type="application/speculationrules+json", headers=headers)


router.add_route("/speculation-rules", speculation_rules, methods=["GET"], include_in_schema=False)


def _id(lesson: str) -> UUID:
    found = as_id(lesson)
    if found is None:
        raise NotFound
    return found


async def _reading(
    ctx: Ctx, c: CourseShown, me: Standing, found: dict[str, Any], outline: dict[str, Any], place: Place
) -> Reading:
    line = shapes.named_lesson(outline, found["id"])
    is_done, can_complete = bool(line and line["completed"]), _can_complete(c, me, found)
    return Reading(
        c=c,
        me=me.reader,
        lesson=replace(_line(c, found), is_done=is_done, can_complete=can_complete),
        place=place,
        html=found["content_html"] or "",
        video=_video(found),
        file=await _file(ctx, found["file_id"]) if found["file_id"] else None,
        quizzes=await _quizzes(ctx, me, found) if found["quiz_id"] and me.is_signed_in else (),
    )


async def _quizzes(ctx: Ctx, me: Standing, found: dict[str, Any]) -> tuple[QuizShown, ...]:
    if me.is_enrolled:
        return tuple(await work.of_lesson(ctx, _id(str(found["id"]))))
    return (await work.quiz_without_seat(ctx, _id(str(found["quiz_id"]))),)


def _line(c: CourseShown, found: dict[str, Any]) -> LessonShown:
    return LessonShown(
        id=str(found["id"]),
        title=found["title"],
        href=shapes.lesson_href(c.slug, found["id"]),
        minutes=found["duration_minutes"],
        is_required=found["is_required"],
        is_free=found["is_free"],
        is_shown=found["is_shown"],
    )


def _can_complete(c: CourseShown, me: Standing, found: dict[str, Any]) -> bool:
    """An open course enrols whoever completes a lesson; a quiz lesson is completed by its quiz."""
    if c.is_archived or not found["is_shown"] or found["content_type"] == "quiz":
        return False
    return me.is_enrolled or (c.is_open and me.can_enrol)


def _free(outline: dict[str, Any]) -> list[dict[str, Any]]:
    """What anyone may read."""
    lessons = [lesson for lesson in shapes.lessons_in(outline) if lesson["is_free"]]
    slug = outline["slug"]
    return [
        {"title": item["title"], "href": shapes.lesson_href(slug, item["id"]), "minutes": item["duration_minutes"]}
        for item in lessons[:5]
    ]


def _headings(html: str) -> tuple[Heading, ...]:
    return tuple(Heading(id_, _MARK.sub("", text).strip()) for id_, text in _HEADING.findall(html))


def _video(found: dict[str, Any]) -> VideoShown | None:
    url = found["video_url"]
    if not url:
        return None
    framed = player(url)
    return VideoShown(
        url=framed or url,
        embed=framed is not None,
        is_elsewhere=framed is None and is_outside(url),
        captions=tuple(Caption(t["url"], t["language"], t["label"] or t["language"]) for t in found["captions"] or ()),
        transcript_url=found["transcript_url"],
    )


async def _file(ctx: Ctx, file_id: Any) -> FileShown:
    file = await files.get_file(ctx, _id(str(file_id)))
    is_picture = file.content_type.startswith("image/")
    return FileShown(
        name=file.name,
        url=f"/api/v1/files/{file.id}/content",
        detail=file_size(file.size),
        icon="image" if is_picture else "file-text",
        picture=is_picture,
        width=file.width,
        height=file.height,
    )


@router.page("/learn/{course}/{lesson}/complete", access="user", methods=("POST",))
async def complete(request: Request, ctx: AnyCtx, course: str, lesson: str) -> Response:
    """Complete it and move on: to the lesson after it, else to one still open, else to the finished course."""
    found = await catalog.study_lesson(ctx, _id(lesson))
    c = CourseShown(**found["course"])
    seconds = _seconds(await request.form())
    progress = await learning.complete_lesson(ctx, course, _id(lesson), time_spent=seconds)
    await usages.spend(ctx, "complete")
    if progress["status"] == "completed":
        return redirect(request, c.href, flash=_("You have completed the course."))
    if found["next_chapter_id"]:
        return redirect(request, shapes.lesson_href(c.slug, found["next_chapter_id"]))
    if progress["next_lesson_id"]:
        text = _("That was the last lesson. This one is still open.")
        return redirect(request, shapes.lesson_href(c.slug, progress["next_lesson_id"]), flash=text, tone="info")
    return redirect(request, c.href, flash=_("That was the last lesson."))


@router.page("/learn/{course}/{lesson}/time", access="user", methods=("POST",))
async def spend_time(request: Request, ctx: AnyCtx, course: str, lesson: str) -> Response:
    """Note the time since the last note; also where to go on the next time."""
    seconds = _seconds(await request.form())
    await learning.record_time(ctx, course, _id(lesson), time_spent=seconds)
    return Response(status_code=204)


def _seconds(form: FormData) -> int:
    """What the page counted, in seconds; nothing where it says something else."""
    value = str(form.get("time_spent", ""))
    return min(int(value), MAX_PING) if value.isdecimal() and len(value) < 8 else 0
