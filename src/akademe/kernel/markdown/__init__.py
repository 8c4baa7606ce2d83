"""Markdown to safe HTML, and what else may be known about a text without a database: pure, no I/O.

`render` gives HTML that may be shown as it stands under a strict Content-Security-Policy: no script, no inline
style, mathematics as MathML, code as spans with Pygments' short classes. `plain_text` and `excerpt` serve search
and cards,
`diff` serves versions. Everything an author wrote is untrusted: raw HTML goes through an allow-list once, as a
whole, and the
fragments that this package makes itself (formulas, code, players) are put in afterwards, where no author can reach
them.

Stands on: markdown-it-py, nh3, Pygments, latex2mathml.
"""

from akademe.kernel.markdown.diff import Change, Part, diff
from akademe.kernel.markdown.model import (
    MAX_CHARS,
    Block,
    Heading,
    Link,
    MarkdownTooLong,
    Rendered,
)
from akademe.kernel.markdown.render import render
from akademe.kernel.markdown.text import excerpt, plain_text

__all__ = [
    "MAX_CHARS",
    "Block",
    "Change",
    "Heading",
    "Link",
    "MarkdownTooLong",
    "Part",
    "Rendered",
    "diff",
    "excerpt",
    "plain_text",
    "render",
]
