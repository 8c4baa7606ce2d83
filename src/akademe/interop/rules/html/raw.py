"""What Markdown cannot say, as clean HTML: no styles, classes, handlers or blank lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from lxml import etree

from akademe.interop.rules.html.inline import Inline

Element = etree._Element

KEPT_ATTRIBUTES = frozenset(
    {"href", "src", "alt", "title", "colspan", "rowspan", "scope", "lang", "dir", "start", "open"}
)
VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_SPACE = re.compile(r"\s+")


def raw_html(element: Element, link: Callable[[Element, str, str], str | None], inline: Inline) -> str:
    """One HTML block. It holds no blank line, for CommonMark 4.6 ends the block at the first one."""
    return re.sub(r"\s*\n\s*", "\n", _element(element, link, inline)).strip()


def _element(element: Element, link: Callable[[Element, str, str], str | None], inline: Inline) -> str:
    if not isinstance(element.tag, str):
        return ""
    if element.tag in inline.own:
        return inline.own[str(element.tag)](element)
    if inline.dropped(element):
        return ""
    attributes = "".join(_attribute(element, name, link) for name in element.attrib if name in KEPT_ATTRIBUTES)
    if element.tag in VOID:
        return f"<{element.tag}{attributes}>"
    keep_lines = element.tag == "pre"
    inner = _text(element.text, keep_lines)
    for child in element:
        inner += _element(child, link, inline) + _text(child.tail, keep_lines)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _attribute(element: Element, name: str, link: Callable[[Element, str, str], str | None]) -> str:
    value: str | None = element.get(name, "")
    if name in ("href", "src"):
        value = link(element, name, value or "")
    return "" if value is None else f' {name}="{escape(value)}"'


def _text(text: str | None, keep_lines: bool) -> str:
    shown = escape(text or "", quote=False)
    if keep_lines:
        return re.sub(r"\n(?=\s*\n)", "<br>", shown)
    return _SPACE.sub(" ", shown)
