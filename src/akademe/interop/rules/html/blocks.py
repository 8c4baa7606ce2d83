"""The walk over an HTML tree: blocks here, runs of text in `inline`, tables in `tables`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from lxml import etree
from lxml import html as lxml_html

from akademe.interop.rules.html.callouts import callout, callout_kind
from akademe.interop.rules.html.inline import Inline
from akademe.interop.rules.html.raw import raw_html
from akademe.interop.rules.html.tables import simple_table
from akademe.interop.rules.html.text import escape_text, fenced, guard_line_starts
from akademe.kernel.markdown.urls import player

Element = etree._Element
Blocks = list[str]

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

CONTAINERS = frozenset(
    "html body div section article header footer main aside nav center figure figcaption address form fieldset "
    "problem text annotatable label description legend comment tag_prompt details".split()
)
HEADINGS = {"summary": 4} | {f"h{level}": max(level, 2) for level in range(1, 7)}


def fragment(source: str) -> Element:
    """An HTML fragment as a tree under one `div`; never fails, as a browser would not."""
    clean = _NOT_XML.sub("", source)
    root: Element = lxml_html.fragment_fromstring(clean or " ", create_parent="div")
    return root


class Converter:
    """One conversion.

    `link(element, attribute, value)` gives the address to write, or None for one that leads nowhere; `lose(element,
    reason)` is told of each element that is left out; `own` makes the text of the tags it names, wherever they stand.
    """

    def __init__(
        self,
        link: Callable[[Element, str, str], str | None],
        lose: Callable[[Element, str], None],
        own: dict[str, Callable[[Element], str]] | None = None,
    ) -> None:
        self.link = link
        self.inline = Inline(link, lose, own or {})
        self._block_tags: dict[str, Callable[[Element], Blocks]] = {
            "p": self.children, "ul": self._list, "ol": self._list, "pre": self._code, "blockquote": self._quote,
            "table": self._table, "hr": lambda _: ["---"], "dl": self._raw, "iframe": self._frame,
            "object": self._frame, "embed": self._frame,
        }  # fmt: skip

    def convert(self, root: Element) -> str:
        """Markdown of everything in `root`, without the text after it."""
        return "\n\n".join(block for block in self.children(root) if block.strip())

    def children(self, parent: Element) -> Blocks:
        """The blocks of an element's content; runs of text between block elements become paragraphs."""
        blocks: Blocks = []
        run = self.inline.text(parent.text)
        for child in parent:
            if self._is_block(child):
                blocks += [*self._paragraphs(run), *self._block(child)]
                run = self.inline.text(child.tail)
            else:
                run = self.inline.join(run, child)
        return [*blocks, *self._paragraphs(run)]

    def _is_block(self, element: Element) -> bool:
        if not isinstance(element.tag, str) or element.tag in self.inline.own:
            return False
        if element.tag in CONTAINERS or element.tag in HEADINGS:
            return True
        return element.tag in self._block_tags or any(self._is_block(child) for child in element)

    def _block(self, element: Element) -> Blocks:
        tag = str(element.tag)
        if self.inline.dropped(element):
            return []
        if tag in HEADINGS:
            return self._heading(element)
        kind = callout_kind(element)
        if kind is not None:
            return callout(element, kind, self.children)
        made = self._block_tags.get(tag)
        return made(element) if made else self.children(element)

    def _paragraphs(self, run: str) -> Blocks:
        """A run of text, split where display mathematics stands in it."""
        lines = (part.strip(" \n\xa0") for part in re.split(r"\n{2,}", re.sub(r"\\\n ", "\\\\\n", run)))
        return [part if part.startswith("$$") else guard_line_starts(part) for part in lines if part.strip("\\\n ")]

    def _heading(self, element: Element) -> Blocks:
        words = " ".join(self.inline.content(element).replace("\\\n", " ").split())
        return [f"{'#' * HEADINGS[str(element.tag)]} {words}"] if words else []

    def _list(self, element: Element) -> Blocks:
        ordered = element.tag == "ol"
        items = [self._item(child) for child in element if child.tag == "li"]
        marks = (f"{number}. " if ordered else "- " for number in range(1, len(items) + 1))
        made = [_hang(mark, item) for mark, item in zip(marks, items, strict=True) if item]
        strays = [block for child in element if child.tag != "li" for block in self._stray(child)]
        return ["\n".join(made), *strays] if made else strays

    def _stray(self, child: Element) -> Blocks:
        return self._block(child) if self._is_block(child) else []

    def _item(self, element: Element) -> str:
        """Blocks of an item; a list follows its text without a blank line, so that short lists stay tight."""
        text = ""
        for block in self.children(element):
            tight = re.match(r"(- |1\. )", block) is not None
            text = f"{text}{chr(10) if tight else chr(10) * 2}{block}" if text else block
        return text

    def _code(self, element: Element) -> Blocks:
        return [fenced("".join(_lines(element)))]

    def _quote(self, element: Element) -> Blocks:
        inner = "\n\n".join(self.children(element))
        return ["\n".join(f"> {line}".rstrip() for line in inner.splitlines())] if inner.strip() else []

    def _table(self, element: Element) -> Blocks:
        return simple_table(element, self.inline, self._is_block) or self._raw(element)

    def _raw(self, element: Element) -> Blocks:
        return [raw_html(element, self.link, self.inline)]

    def _frame(self, element: Element) -> Blocks:
        """A video plays where it stands; any other page or document that was shown inside becomes a link to it."""
        attribute = "data" if element.tag == "object" else "src"
        target = self.link(element, attribute, element.get(attribute, ""))
        if target is None:
            return self.children(element)
        title = " ".join(escape_text(element.get("title") or element.get("name") or "").split())
        if player(target):
            return [f'::video[{title or "Video"}]{{src="{target}"}}']
        return [f"[{title or _last_part(target)}]({target})"]


def _last_part(address: str) -> str:
    return escape_text(unquote(address.rstrip("/").rsplit("/", 1)[-1])) or "Embedded page"


def _hang(mark: str, item: str) -> str:
    pad = " " * len(mark)
    lines = item.splitlines()
    return "\n".join([mark + lines[0], *(f"{pad}{line}" if line else "" for line in lines[1:])])


def _lines(element: Element) -> Iterator[str]:
    if element.tag == "br":
        yield "\n"
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _lines(child)
        yield child.tail or ""
