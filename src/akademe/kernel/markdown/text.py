"""The words of a text without its marks: for search, cards and citations."""

import html
import re
from collections.abc import Sequence

import nh3
from markdown_it.token import Token

_SPACES = re.compile(r"\s+")
_LEAVES = frozenset({"fence", "code_block"})
_MATHS = frozenset({"math_inline", "math_inline_double", "math_block"})
_NEWLINE = frozenset({"softbreak", "hardbreak"})


def words(tokens: Sequence[Token]) -> str:
    """The text of block tokens, one line per block inside."""
    lines = (_line(token) for token in tokens)
    return "\n".join(line for line in lines if line)


def _line(token: Token) -> str:
    if token.type == "inline":
        return inline_words(token.children or ())
    if token.type in _MATHS:
        return _spoken(token.content)
    if token.type in _LEAVES:
        return token.content.strip()
    if token.type == "html_block":
        return _strip_tags(token.content)
    return str(token.meta.get("title", "")) if token.type in {"directive", "callout_open"} else ""


def inline_words(tokens: Sequence[Token]) -> str:
    """The text of inline tokens: alt text for images, formulas without TeX's marks, nothing for raw tags."""
    parts = []
    for token in tokens:
        if token.type in _NEWLINE:
            parts.append(" ")
        elif token.type == "image":
            parts.append(inline_words(token.children or ()))
        elif token.type in _MATHS:
            parts.append(_spoken(token.content))
        elif token.type not in {"html_inline", "footnote_ref", "footnote_anchor"}:
            parts.append(token.content)
    return "".join(parts).strip()


_TEX_SPACES = re.compile(r"\\(?:q?quad\b|[,;:! \\])|[~&]")
_TEX_MARKS = re.compile(r"\\(?:(?:text|math)[a-z]*|operatorname|left\b|right\b|[dt]?frac)|[\\{}$]")

_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")


def _spoken(tex: str) -> str:
    r"""A formula as a line of text: `P(\text{rain}) = \frac{1}{4}` as `P(rain) = 1/4`."""
    flat = _TEX_SPACES.sub(" ", _FRACTION.sub(r"\1/\2", tex))
    return _SPACES.sub(" ", _TEX_MARKS.sub("", flat)).strip()


def _strip_tags(raw: str) -> str:
    bare = nh3.clean(raw, tags=set(), clean_content_tags={"script", "style"}) if len(raw) < 50_000 else ""
    return _SPACES.sub(" ", html.unescape(bare)).strip()


def plain_text(text: str) -> str:
    """The words of a Markdown text. Raises MarkdownTooLong."""
    from akademe.kernel.markdown.parser import parse

    return words(parse(text).tokens)


def excerpt(text: str, length: int = 200) -> str:
    """A Markdown text's beginning on one line, cut between words: at most `length` characters, ellipsis included."""
    line = _SPACES.sub(" ", plain_text(text[: length * 20])).strip()
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:.") + "…"
