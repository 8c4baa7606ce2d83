"""Tokens to safe HTML."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from akademe.kernel.markdown.code import highlight
from akademe.kernel.markdown.directives import close_callout, embed, open_callout
from akademe.kernel.markdown.maths import to_mathml
from akademe.kernel.markdown.model import Link, Rendered
from akademe.kernel.markdown.parser import parse, parser
from akademe.kernel.markdown.sanitise import SLOT_CLOSE, SLOT_OPEN, clean
from akademe.kernel.markdown.text import words


def render(text: str, *, link: Link | None = None) -> Rendered:
    """Markdown as safe HTML; `link` maps every address the author wrote. Raises MarkdownTooLong."""
    parsed = parse(text)
    plain = words(parsed.tokens)
    slots: dict[int, str] = {}
    parsed.env.update(slots=slots, link=link)
    html = _renderer().render(parsed.tokens, parser(raw_html=True).options, parsed.env)
    return Rendered(clean(html, slots, link), parsed.headings, plain, parsed.blocks)


def _slot(env: dict[str, Any], html: str) -> str:
    """Puts a fragment of our own aside and leaves its number in the text, for after the sanitiser."""
    slots: dict[int, str] = env["slots"]
    number = len(slots)
    slots[number] = html
    return f"{SLOT_OPEN}{number}{SLOT_CLOSE}"


class _Renderer(RendererHTML):
    """Rules by token type: the base class finds methods by name."""

    def fence(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        token = tokens[idx]
        language = (token.info.split() or [""])[0]
        if language.lower() == "math":
            return self.math_block(tokens, idx, _options, env)
        return _slot(env, highlight(token.content, language, _id(token)))

    def code_block(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        return _slot(env, highlight(tokens[idx].content, "", _id(tokens[idx])))

    def math_inline(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        return _slot(env, to_mathml(tokens[idx].content, display=False))

    def math_inline_double(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        return _slot(env, to_mathml(tokens[idx].content, display=True))

    def math_block(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        identity = f' id="{escape(name)}"' if (name := _id(tokens[idx])) else ""
        formula = to_mathml(tokens[idx].content, display=True)
        return _slot(env, f'<div class="math"{identity} tabindex="0">{formula}</div>\n')

    def directive(self, tokens: Sequence[Token], idx: int, _options: Any, env: Any) -> str:
        return _slot(env, embed(tokens[idx], env["link"]))

    def callout_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return open_callout(_titles(), tokens[idx])

    def callout_close(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return close_callout(tokens[idx])

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Wide tables scroll inside their own box."""
        return '<div class="table-wrap">' + self.renderToken(tokens, idx, options, env)

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self.renderToken(tokens, idx, options, env) + "</div>\n"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """A quiet link to the heading, out of the tab order, which carries the block's id."""
        block, heading = tokens[idx - 1].meta.get("anchor", (None, None))
        anchor = (
            f'<a class="anchor" id="{block}" href="#{escape(heading)}" aria-hidden="true" tabindex="-1">#</a>'
            if block
            else ""
        )
        return anchor + self.renderToken(tokens, idx, options, env)


def _id(token: Token) -> str | None:
    name = token.attrGet("id")
    return str(name) if name else None


@lru_cache(maxsize=1)
def _renderer() -> _Renderer:
    """One renderer that knows the plugins' rules (footnotes) and, before them, ours."""
    renderer = _Renderer()
    for name, rule in cast(RendererHTML, parser(raw_html=True).renderer).rules.items():
        renderer.rules.setdefault(name, rule)
    return renderer


@lru_cache(maxsize=1)
def _titles() -> MarkdownIt:
    """Titles of callouts: emphasis and code, no raw HTML and no formulas."""
    return MarkdownIt("commonmark", {"html": False})
