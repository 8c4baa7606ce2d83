"""Fenced code as spans with classes, never inline style."""

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexer import Lexer

MAX_HIGHLIGHTED = 20_000
"""Longer code is shown plain: some lexers are slow on what they do not expect."""


def highlight(source: str, language: str, block_id: str | None) -> str:
    """`<div class="highlight">` around `<pre><code>`; the language's name as `data-lang` where one was given."""
    language = language.strip().lower()[:40]
    head = f' id="{escape(block_id)}"' if block_id else ""
    if language:
        head += f' data-lang="{escape(language)}"'
    inner = _coloured(source, language) if language and len(source) <= MAX_HIGHLIGHTED else escape(source)
    return f'<div class="highlight"{head}><pre tabindex="0"><code>{inner}</code></pre></div>\n'


@lru_cache(maxsize=512)
def _coloured(source: str, language: str) -> str:
    lexer = _lexer(language)
    if lexer is None:
        return escape(source)
    from pygments import highlight as run

    return run(source, lexer, _formatter())


@lru_cache(maxsize=1)
def _formatter() -> "HtmlFormatter[str]":
    """Made once: it makes a stylesheet, which nobody asks for, and then holds nothing of a text."""
    from pygments.formatters.html import HtmlFormatter

    return HtmlFormatter(nowrap=True)


@lru_cache(maxsize=128)
def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
