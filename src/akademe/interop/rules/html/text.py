"""Plain text as Markdown that says the same: special characters escaped, mathematics kept."""

from __future__ import annotations

import re

_MATH = re.compile(
    r"\\\((?P<a>.{1,4000}?)\\\)|\\\[(?P<b>.{1,4000}?)\\\]"
    r"|\[mathjaxinline\](?P<c>.{1,4000}?)\[/mathjaxinline\]|\[mathjax\](?P<d>.{1,4000}?)\[/mathjax\]",
    re.DOTALL,
)
_SPECIAL = re.compile(r"([\\`*_\[\]<>$~])")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_LINE_START = re.compile(r"^(\s*)([#+=:-]|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE)
_SPACE = re.compile(r"[ \t\n\r\f]+")


def escape_text(raw: str) -> str:
    """One run of text: white space collapsed as HTML does, LaTeX and MathJax marks as `$x$`, the rest escaped."""
    parts, at = [], 0
    for math in _MATH.finditer(raw):
        parts += [_plain(raw[at : math.start()]), _formula(math)]
        at = math.end()
    return "".join([*parts, _plain(raw[at:])])


def _plain(text: str) -> str:
    return _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", text)))


def _formula(math: re.Match[str]) -> str:
    inline, display = math["a"] or math["c"], math["b"] or math["d"]
    source = _SPACE.sub(" ", inline or display).strip()
    return f"${source}$" if inline else f"\n\n$$\n{source}\n$$\n\n"


def guard_line_starts(paragraph: str) -> str:
    """What would start a heading, a list, a rule or a directive at the head of a paragraph's line is escaped."""
    return _LINE_START.sub(_guarded, paragraph)


def _guarded(match: re.Match[str]) -> str:
    space, mark = match[1], match[2]
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"


def code_span(text: str) -> str:
    """CommonMark 6.1: a run of backticks longer than any inside."""
    text = _SPACE.sub(" ", text).strip()
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(text: str) -> str:
    """CommonMark 4.5: a fence longer than any run of backticks inside."""
    ticks = "`" * max(3, max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}\n{text.strip(chr(10))}\n{ticks}"
