"""Source text to tokens: CommonMark and the extensions, with ids on headings and top-level blocks."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from akademe.kernel.markdown.directives import directives_plugin
from akademe.kernel.markdown.model import MAX_CHARS, Block, Heading, MarkdownTooLong
from akademe.kernel.markdown.sanitise import is_reasonable, without_slots
from akademe.kernel.markdown.text import inline_words, words
from akademe.kernel.markdown.urls import PREFIX

_H1 = re.compile(r"<(/?)h1\b", re.IGNORECASE)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_ALIGN = re.compile(r"text-align:(left|center|right)")


@dataclass(slots=True)
class Parsed:
    """Tokens ready for rendering, and what was learnt about them."""

    tokens: list[Token]
    env: dict[str, Any]
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]


@lru_cache(maxsize=2)
def parser(*, raw_html: bool) -> MarkdownIt:
    """The configured parser; it keeps no state between texts."""
    md = MarkdownIt("commonmark", {"html": raw_html}).enable(["table", "strikethrough"])
    md.use(footnote_plugin).use(deflist_plugin).use(tasklists_plugin, label=True)
    md.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        double_inline=True,
    )
    md.use(attrs_plugin, after=("image",), allowed=("width", "height"))
    md.use(directives_plugin)
    return md


def parse(text: str) -> Parsed:
    """Raises MarkdownTooLong. Raw HTML that would take a browser for ever is shown as text instead."""
    if len(text) > MAX_CHARS:
        raise MarkdownTooLong(len(text))
    text = without_slots(text)
    env: dict[str, Any] = {}
    tokens = parser(raw_html=True).parse(text, env)
    if not is_reasonable(tokens):
        env = {}
        tokens = parser(raw_html=False).parse(text, env)
    headings = tuple(_mark_headings(tokens))
    tokens = list(_with_figures(tokens, env))
    blocks = tuple(_mark_blocks(tokens, text.split("\n")))
    _finish(tokens)
    return Parsed(tokens, env, headings, blocks)


def _mark_headings(tokens: list[Token]) -> Iterator[Heading]:
    """Shifts all headings down by one where the author used a first-level one: that one belongs to the page."""
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    shift = 1 if 1 in levels else 0
    seen: Counter[str] = Counter()
    for index, token in enumerate(tokens):
        if token.type not in {"heading_open", "heading_close"}:
            continue
        level = min(6, int(token.tag[1]) + shift)
        token.tag = f"h{level}"
        if token.type == "heading_open":
            text = inline_words(tokens[index + 1].children or ())
            slug = _unique(_slug(text), seen)
            token.attrSet("id", PREFIX + slug)
            yield Heading(level, PREFIX + slug, slug, text)


def _slug(text: str) -> str:
    return _NOT_IN_SLUG.sub("", text.lower()).strip().replace(" ", "-")[:80] or "section"


def _unique(slug: str, seen: Counter[str]) -> str:
    seen[slug] += 1
    return slug if seen[slug] == 1 else _unique(f"{slug}-{seen[slug] - 1}", seen)


def _with_figures(tokens: list[Token], env: dict[str, Any]) -> Iterator[Token]:
    """A paragraph that is one image with a title becomes a figure with that title as its caption."""
    for index, token in enumerate(tokens):
        inner = tokens[index + 1].children if token.type == "paragraph_open" else None
        if inner and len(inner) == 1 and inner[0].type == "image" and inner[0].attrGet("title"):
            token.type, token.tag = "figure_open", "figure"
        elif token.type == "paragraph_close" and tokens[index - 2].type == "figure_open":
            image = (tokens[index - 1].children or [])[0]
            yield from _caption(str(image.attrs.pop("title")), token.level, env)
            token.type, token.tag = "figure_close", "figure"
        yield token


def _caption(title: str, level: int, env: dict[str, Any]) -> Iterator[Token]:
    yield Token("figcaption_open", "figcaption", 1, level=level + 1)
    inline = parser(raw_html=False).parseInline(title, env)[0]
    inline.level = level + 2
    yield inline
    yield Token("figcaption_close", "figcaption", -1, level=level + 1, block=True)


def _mark_blocks(tokens: list[Token], lines: list[str]) -> Iterator[Block]:
    """Names each top-level block by a hash of its source, and counts where the same source comes again."""
    seen: Counter[str] = Counter()
    for start, end in _top_level(tokens):
        first = tokens[start]
        if first.type == "html_block" or first.map is None:
            continue
        source = "\n".join(lines[first.map[0] : first.map[1]]).strip()
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        seen[digest] += 1
        name = f"b-{digest}" if seen[digest] == 1 else f"b-{digest}-{seen[digest]}"
        if first.type == "heading_open":
            tokens[start + 1].meta["anchor"] = (name, first.attrGet("id"))
        else:
            first.attrSet("id", name)
        kind = first.type.removesuffix("_open")
        yield Block(name, kind, words(tokens[start : end + 1]), first.map[0], first.map[1])


def _top_level(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    start = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting == 1:
            start = index
        elif token.level == 0:
            yield (start if token.nesting == -1 else index), index


def _finish(tokens: list[Token]) -> None:
    for index, token in enumerate(tokens):
        if token.type == "th_open" and not tokens[index + 1].content.strip():
            token.tag = tokens[index + 2].tag = "td"  # a corner heads nothing, and would be read aloud as if it did
        if token.type in {"td_open", "th_open"} and (found := _ALIGN.search(str(token.attrs.pop("style", "")))):
            token.attrSet("class", f"align-{found[1]}")  # an inline style would be refused by the page's policy
        if token.type in {"html_block", "html_inline"}:
            token.content = _H1.sub(r"<\1h2", token.content)
        _finish(token.children or [])
