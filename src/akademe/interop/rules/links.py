"""Finding and rewriting where Markdown points to, leaving code alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from akademe.assessment.schemas import QuestionIn

Rewrite = Callable[[str], str]

_CODE = re.compile(
    r"^( {0,3})(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)"
    r"|(?<![`\\])(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE | re.DOTALL,
)
_TARGET = re.compile(
    r"(?P<inline>\]\()(?P<a><[^<>\n]*>|[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)"
    r"|(?P<definition>^ {0,3}\[[^\]\n]+\]:[ \t]*)(?P<b><[^<>\n]*>|\S+)"
    r"|(?P<attribute>\b(?:src|href|poster|captions|transcript)=)(?P<c>\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{}<>]+)"
    r"|(?P<embed>^::(?P<kind>quiz|question)\[[^\]\n]*\]\{id=)(?P<d>[^\s{}\"']+)",
    re.MULTILINE,
)
# One of these is in whatever the pattern finds; most texts of a quiz have none.
_MARKS = ("](", "]:", "=")
KINDS = ("asset", "lesson", "quiz", "question")


def asset_link(source_id: str) -> str:
    """The canonical link to a file."""
    return "asset:" + quote(source_id, safe="/")


def lesson_link(source_id: str, anchor: str = "") -> str:
    """The canonical link to a lesson, or to a heading in it."""
    return "lesson:" + quote(source_id, safe="/") + (f"#{anchor}" if anchor else "")


def split_link(link: str) -> tuple[str, str, str] | None:
    """(asset, lesson, quiz or question; source id; anchor) of a canonical link; None for any other."""
    kind, colon, rest = link.partition(":")
    if not colon or kind not in KINDS:
        return None
    path, _, anchor = rest.partition("#")
    return kind, unquote(path), anchor


def rewrite_links(markdown: str, rewrite: Rewrite) -> str:
    """The text with every address in it passed through `rewrite`: links, images, reference definitions, attributes of
    HTML and of directives. An embedded quiz or question is passed as `quiz:<id>` or `question:<id>`.
    """
    if not any(mark in markdown for mark in _MARKS):
        return markdown
    parts, at = [], 0
    for code in _CODE.finditer(markdown):
        parts += [_TARGET.sub(lambda match: _replace(match, rewrite), markdown[at : code.start()]), code.group()]
        at = code.end()
    parts.append(_TARGET.sub(lambda match: _replace(match, rewrite), markdown[at:]))
    return "".join(parts)


def _replace(match: re.Match[str], rewrite: Rewrite) -> str:
    if match["embed"]:
        new = rewrite(f"{match['kind']}:{match['d']}")
        return match["embed"] + new.removeprefix(f"{match['kind']}:")
    before = match["inline"] or match["definition"] or match["attribute"]
    raw = match["a"] or match["b"] or match["c"]
    marks = raw[0] if raw[0] in "\"'" else ""
    old = raw[1:-1] if raw[0] in "<\"'" else raw
    new = rewrite(old)
    return match.group() if new == old else f"{before}{marks}{new}{marks}"


def rewrite_question(question: QuestionIn, rewrite: Rewrite) -> QuestionIn:
    """The question with the links of its text, options and feedback rewritten; its key is left alone."""
    data = question.model_dump()
    shown = {name: _deep(data[name], rewrite) for name in ("question_text", "options", "feedback")}
    if all(data[name] == value for name, value in shown.items()):
        return question
    return QuestionIn.model_validate(data | shown)


def _deep(value: Any, rewrite: Rewrite) -> Any:
    if isinstance(value, str):
        return rewrite_links(value, rewrite)
    if isinstance(value, dict):
        return {key: _deep(item, rewrite) for key, item in value.items()}
    return [_deep(item, rewrite) for item in value] if isinstance(value, list) else value
