"""Runs of text: emphasis, links, images, code, and the few inline tags that Markdown lacks."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from lxml import etree

from akademe.interop.rules.html.text import code_span, escape_text

Element = etree._Element

SCRIPTED = "it works only with a script, and scripts of other systems are not run"
NEVER = {
    "script": "scripts of other systems are not run",
    "style": "lessons keep the style of the school",
    "link": "lessons keep the style of the school",
    "meta": "it says nothing to a reader",
    "title": "it says nothing to a reader",
    "button": SCRIPTED,
    "applet": "plug-ins are not run",
    "input": SCRIPTED,
    "select": SCRIPTED,
    "textarea": SCRIPTED,
    "canvas": SCRIPTED,
    "noscript": "it repeats what a script would have shown",
    "template": SCRIPTED,
}
STRONG, EMPHASIS = frozenset({"strong", "b"}), frozenset({"em", "i", "cite", "dfn", "var"})
KEPT = frozenset({"sub", "sup", "kbd", "del", "s", "ins", "u", "mark", "small", "abbr", "q"})
ICONS = {"check": "✓", "done": "✓", "close": "✗", "clear": "✗"}
ICON_REASON = "an icon that only its own font can draw"


class Inline:
    """Makes Markdown of runs; `own` maps a tag to a function that makes its text."""

    def __init__(
        self,
        link: Callable[[Element, str, str], str | None],
        lose: Callable[[Element, str], None],
        own: dict[str, Callable[[Element], str]],
    ) -> None:
        self.link, self.lose, self.own = link, lose, own

    def text(self, raw: str | None) -> str:
        return escape_text(raw or "")

    def content(self, element: Element) -> str:
        """Everything in the element as one run."""
        run = self.text(element.text)
        for child in element:
            run = self.join(run, child)
        return run

    def join(self, run: str, child: Element) -> str:
        """The run with one more element and the text after it."""
        tail = self.text(child.tail)
        return run + self._element(child, run, tail) + tail if isinstance(child.tag, str) else run + tail

    def dropped(self, element: Element) -> bool:
        """Whether the element is never kept; says so to `lose`."""
        tag = str(element.tag)
        if tag in NEVER:
            self.lose(element, NEVER[tag])
            return True
        return False

    def _element(self, element: Element, before: str, after: str) -> str:
        tag = str(element.tag)
        if tag in self.own:
            return self.own[tag](element)
        if self.dropped(element):
            return ""
        if tag == "br":
            return "\\\n"
        if tag == "img":
            return self._image(element) + (" " if after[:1].isalnum() else "")
        if tag == "a":
            return self._link(element)
        if tag in ("code", "tt", "samp"):
            return code_span("".join(map(str, element.itertext())))
        if _is_icon(element):
            return self._icon(element)
        inner = self.content(element)
        if tag in STRONG or tag in EMPHASIS:
            return _emphasis("**" if tag in STRONG else "*", "strong" if tag in STRONG else "em", inner, before, after)
        return f"<{tag}>{inner}</{tag}>" if tag in KEPT and inner.strip() else inner

    def _image(self, element: Element) -> str:
        target = self.link(element, "src", element.get("src", ""))
        alt = " ".join(escape_text(element.get("alt", "")).split())
        if target is None:
            return alt
        if urlsplit(target).scheme in ("http", "https"):
            return f"[{alt or 'Image'}]({target})"
        return f"![{alt}]({target})"

    def _link(self, element: Element) -> str:
        inner = self.content(element)
        anchor = element.get("id") or element.get("name") or ""
        raw = element.get("href")
        if raw is None:
            return f'<a id="{anchor}"></a>{inner}' if anchor.isascii() and anchor.isidentifier() else inner
        target = self.link(element, "href", raw)
        words = inner.strip(" ").replace("\n\n", " ")
        if target is None or not words:
            return inner
        lead, trail = inner[: len(inner) - len(inner.lstrip(" "))], inner[len(inner.rstrip(" ")) :]
        return f"{lead}[{words}]({target}){trail}"

    def _icon(self, element: Element) -> str:
        name = "".join(map(str, element.itertext())).strip()
        if name in ICONS:
            return ICONS[name]
        self.lose(element, ICON_REASON)
        return ""


def _is_icon(element: Element) -> bool:
    return element.tag in ("span", "i") and element.get("class", "").startswith(("material-symbols", "material-icons"))


_SPACES = " \n\xa0"


def _emphasis(mark: str, tag: str, inner: str, before: str, after: str) -> str:
    """Marks where CommonMark 6.2 surely reads them as emphasis, tags where it might not."""
    words = inner.strip(_SPACES).removesuffix("\\").rstrip(_SPACES)
    if not words:
        return " " if inner else ""
    lead = " " if inner[0] in _SPACES else ""
    trail = " " if inner[-1] in _SPACES else ""
    open_side = not before or before[-1] in f"{_SPACES}([" or lead
    close_side = not after or after[0] in f"{_SPACES}.,;:!?)]" or trail
    plain = "*" not in words and "\n\n" not in words and "_" not in words
    if open_side and close_side and plain:
        return f"{lead}{mark}{words}{mark}{trail}"
    return f"{lead}<{tag}>{words}</{tag}>{trail}" if "\n\n" not in words else inner
