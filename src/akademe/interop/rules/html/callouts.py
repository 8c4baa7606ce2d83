"""Boxes that other systems mark by a class, as the callouts and folds of lesson Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

Element = etree._Element

KINDS = {
    "callout": "note", "note": "note", "info": "note", "prompt": "note", "best-practice": "tip", "tip": "tip",
    "warning": "warning", "danger": "warning", "important": "important", "try-it": "example", "example": "example",
    "hint-wrapper": "details",
}  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "summary"})
_COLONS = re.compile(r"^:{3,}", re.MULTILINE)


def callout_kind(element: Element) -> str | None:
    """The callout that a `div`, `section` or `details` stands for, or None."""
    if element.tag == "details":
        return "details"
    if element.tag not in ("div", "section", "aside"):
        return None
    return next((KINDS[name] for name in element.get("class", "").lower().split() if name in KINDS), None)


def callout(element: Element, kind: str, blocks: Callable[[Element], list[str]]) -> list[str]:
    """The box with its first heading as its title; one that holds another gets more colons."""
    inner = [block for block in blocks(element) if block.strip()]
    title = ""
    if inner and re.match(r"#{2,6} ", inner[0]):
        title = re.sub(r"\*\*|^#+ |\\", "", inner.pop(0)).strip(" +")
    if not inner:
        return [f"**{title}**"] if title else []
    body = "\n\n".join(inner)
    colons = ":" * max(3, 1 + max((len(found) for found in _COLONS.findall(body)), default=0))
    return [f"{colons}{kind} {title}".rstrip() + f"\n{body}\n{colons}"]
