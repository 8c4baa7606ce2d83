"""The outline document of learning as the outline macro wants it."""

from collections.abc import Callable, Mapping
from typing import Any

from akademe.web.ui.words import _

Address = Callable[[Any], str]


def shown_modules(outline: Mapping[str, Any], address: Address, current: str = "") -> list[dict[str, Any]]:
    """Modules with their lessons; `address` gives the page of a lesson id, `current` is the id of the open one."""
    return [_module(module, address, current, outline["enrollment_id"] is not None) for module in outline["modules"]]


def _module(module: Mapping[str, Any], address: Address, current: str, is_enrolled: bool) -> dict[str, Any]:
    lessons = [_lesson(lesson, address, current) for lesson in module["lessons"]]
    done = sum(lesson["state"] == "done" for lesson in lessons)
    counted = f"{done} / {len(lessons)}" if is_enrolled else str(len(lessons))
    return {"title": module["title"], "tally": counted, "lessons": lessons}


def _lesson(lesson: Mapping[str, Any], address: Address, current: str) -> dict[str, Any]:
    state = "done" if lesson["completed"] else "locked" if lesson["locked"] else ""
    return {
        "title": lesson["title"],
        "href": None if lesson["locked"] else address(lesson["id"]),
        "state": state,
        "current": str(lesson["id"]) == current,
        "minutes": lesson["duration_minutes"],
        "section": lesson["section"],
        "note": _("Quiz") if lesson["content_type"] == "quiz" else "",
    }
