"""GIFT text to tree, in one pass: blocks between blank lines, then each block's title, stem and braces.

The syntax is that of the Moodle documentation; where it is silent, this follows the trees of GIFT-grammar-PEG.js.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from akademe.interop.gift.rules.answers import parse_answers
from akademe.interop.gift.rules.texts import Span, rich, unescape
from akademe.interop.gift.rules.tree import GiftError, Node, Rich

EXTRA = "akademe:"

_ID = re.compile(r"\[id:([^\[\]]+)\]")
_TAG = re.compile(r"\[tag:([^\[\]]+)\]")
_CATEGORY = re.compile(r"\$CATEGORY:[ \t]*([^\n]*)")
_BRACES = re.compile(r"\\[\s\S]|[{}]")
_TITLE_END = re.compile(r"\\[\s\S]|::")


@dataclass(slots=True)
class _Block:
    """The lines between two blank lines, comments taken out: their text, and where each line stands in the file."""

    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)

    def span(self) -> Span:
        starts, offset = [], 0
        for line in self.lines:
            starts.append(offset)
            offset += len(line) + 1
        return Span("\n".join(self.lines), _Places(starts, self.numbers))


@dataclass(frozen=True, slots=True)
class _Places:
    starts: list[int]
    numbers: list[int]

    def __call__(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self.starts, offset) - 1
        return self.numbers[index], offset - self.starts[index] + 1


def parse_gift(text: str) -> list[Node]:
    """The questions, descriptions and categories of a GIFT text, in order. Raises GiftError with line and column."""
    return [node for block in _blocks(text) for node in _nodes(block)]


def _blocks(text: str) -> Iterator[_Block]:
    block = _Block()
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        bare = line.strip()
        if bare.startswith("//"):
            block.comments.append((number, bare[2:].strip()))
        elif bare:
            block.lines.append(line)
            block.numbers.append(number)
        elif block.lines:
            yield block
            block = _Block()
    if block.lines:
        yield block


def _nodes(block: _Block) -> Iterator[Node]:
    category = _CATEGORY.match(block.lines[0].lstrip())
    if category:
        yield Node("Category", block.numbers[0], title=unescape(category[1].strip()))
        block = _Block(block.lines[1:], block.numbers[1:], block.comments)
    if block.lines:
        yield _question(block)


def _question(block: _Block) -> Node:
    whole = block.span()
    title, body = _title(whole)
    opened, closed = _braces(body)
    head = body if opened is None else body.part(0, opened)
    stem = rich(head, "moodle")
    node = Node(
        "Description", block.numbers[0], title=title, stem=stem or Rich("moodle", ""), **_from_comments(block.comments)
    )
    if opened is None or closed is None:
        return node
    answers = parse_answers(body.part(opened + 1, closed), node.stem.format)
    after = rich(body.part(closed + 1), node.stem.format)
    return Node(
        answers.kind,
        node.line,
        title=title,
        stem=Rich(node.stem.format, f"{node.stem.text} _____ {after.text}") if after else node.stem,
        embedded=after is not None,
        id=node.id,
        tags=node.tags,
        answers=answers,
        extra=node.extra,
    )


def _title(block: Span) -> tuple[str | None, Span]:
    """The text between two `::` at the start of a block, and what follows."""
    start = len(block.text) - len(block.text.lstrip())
    if not block.text.startswith("::", start):
        return None, block.part(start)
    for found in _TITLE_END.finditer(block.text, start + 2):
        if found[0] == "::":
            return unescape(block.text[start + 2 : found.start()].strip()), block.part(found.end())
    raise block.error("The title that begins with :: is not closed by another ::.", start)


def _braces(block: Span) -> tuple[int | None, int | None]:
    """Where the answers begin and end, or (None, None) for a description."""
    opened: int | None = None
    closed: int | None = None
    for found in _BRACES.finditer(block.text):
        at = found.start()
        if found[0] == "{":
            if opened is not None:
                raise block.error("A question has one pair of braces. Write \\{ for a brace in a text.", at)
            opened = at
        elif found[0] == "}":
            if opened is None or closed is not None:
                raise block.error("This } closes nothing. Write \\} for a brace in a text.", at)
            closed = at
    if opened is not None and closed is None:
        raise block.error("The answers that begin with { are not closed by } before the next blank line.", opened)
    return opened, closed


def _from_comments(comments: list[tuple[int, str]]) -> dict[str, Any]:
    """`id`, `tags` and `extra` of a question, from the comments of its block."""
    extras = [(line, text) for line, text in comments if text.startswith(EXTRA)]
    said = [text for _, text in comments if not text.startswith(EXTRA)]
    ids = [one for text in said for one in _ID.findall(text)]
    tags = [one for text in said for one in _TAG.findall(text)]
    return {"id": ids[-1] if ids else None, "tags": tags or None, "extra": _extra(*extras[-1]) if extras else None}


def _extra(line: int, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text[len(EXTRA) :])
    except (ValueError, RecursionError) as problem:
        raise GiftError(f"The comment that begins with {EXTRA} is not JSON.", line, 1) from problem
    if not isinstance(data, dict):
        raise GiftError(f"The comment that begins with {EXTRA} is not a JSON object.", line, 1)
    return data
