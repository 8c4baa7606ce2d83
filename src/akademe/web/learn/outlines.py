"""The outline at the side of a lesson, quickly: its lines are rendered once for a course and chosen for each reader."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from markupsafe import Markup

from akademe.web.learn.shapes import lesson_href, lessons_in
from akademe.web.ui import templates
from akademe.web.ui.outlines import shown_modules
from akademe.web.ui.view import view

_END, _TALLY = "</li>", "\x01"
_LESSON = ("id", "title", "section", "locked", "duration_minutes", "content_type")
_lesson_of = itemgetter(*_LESSON)


class _Line(NamedTuple):
    """The HTML up to the end of one line while the lesson is open, and once it is done; the same for other lines."""

    open: str
    done: str


def side_outline(outline: dict[str, Any], current: Any) -> Markup:
    """`course.outline` of the outline document, with the lesson `current` marked."""
    modules = tuple((module["title"], tuple(map(_lesson_of, module["lessons"]))) for module in outline["modules"])
    lines = _lines(view().locale, outline["slug"], modules, outline["enrollment_id"] is not None)
    done = (lesson["completed"] for lesson in lessons_in(outline))
    html = _END.join(_chosen(lines, done))
    for module in outline["modules"]:
        lessons = module["lessons"]
        html = html.replace(_TALLY, f"{sum(lesson['completed'] for lesson in lessons)} / {len(lessons)}", 1)
    href = f'href="{lesson_href(outline["slug"], current)}"'
    return Markup(html.replace(href, f'{href} aria-current="page"', 1))  # noqa: S704 rendered by our own macro


def _chosen(lines: tuple[_Line, ...], done: Iterator[bool]) -> Iterator[str]:
    for line in lines:
        yield line.open if line.open == line.done or not next(done) else line.done


@lru_cache(maxsize=256)
def _lines(_locale: str, slug: str, modules: tuple[Any, ...], is_enrolled: bool) -> tuple[_Line, ...]:
    both = (_rendered(slug, modules, is_enrolled, is_done=is_done).split(_END) for is_done in (False, True))
    return tuple(_Line(*pair) for pair in zip(*both, strict=True))


def _rendered(slug: str, modules: tuple[Any, ...], is_enrolled: bool, *, is_done: bool) -> str:
    document = {
        "enrollment_id": is_enrolled or None,
        "modules": [
            {
                "title": title,
                "lessons": [dict(zip(_LESSON, lesson, strict=True), completed=is_done) for lesson in lessons],
            }
            for title, lessons in modules
        ],
    }
    shown = shown_modules(document, lambda lesson_id: lesson_href(slug, lesson_id))
    if is_enrolled:
        shown = [module | {"tally": _TALLY} for module in shown]
    macros: Any = templates.environment().globals["course"]
    return str(macros.outline(shown, level=2))
