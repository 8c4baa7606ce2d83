"""Pieces of GIFT text: where they stand in the file, their escapes, and their format."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from akademe.interop.gift.rules.tree import GiftError, Rich

_ESCAPED = re.compile(r"\\([~=#{}:n\\])")
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_KEEPS_LINES = frozenset({"html", "markdown"})


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a block's text that still knows the line and column of each of its characters."""

    text: str
    place: Callable[[int], tuple[int, int]]
    offset: int = 0

    def part(self, start: int, end: int | None = None) -> "Span":
        return Span(self.text[start:end], self.place, self.offset + start)

    def error(self, message: str, at: int = 0) -> GiftError:
        line, column = self.place(self.offset + at)
        return GiftError(message, line, column)


def unescape(text: str) -> str:
    r"""Undo `\~ \= \# \{ \} \: \\` and `\n`; any other backslash stands for itself."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def rich(span: Span, default: str) -> Rich | None:
    """The text of a piece and its format, or None where it is empty; line breaks count in HTML and Markdown alone."""
    text, kind = span.text, default
    marked = _FORMAT.match(text)
    if marked:
        kind, text = marked[1], text[marked.end() :]
    plain = unescape(text.strip())
    if kind not in _KEEPS_LINES:
        plain = " ".join(plain.split())
    return Rich(kind, plain) if plain or marked else None
