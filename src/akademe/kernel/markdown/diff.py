"""What changed between two versions of a text, as data: whole lines, and the words inside changed ones."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["equal", "insert", "delete", "replace"]
PartKind = Literal["equal", "insert", "delete"]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MAX_WORDS = 2_000
_EXACT_LINES = 3_000


@dataclass(frozen=True, slots=True)
class Part:
    """A run of words: in both, only in the new line (insert) or only in the old one (delete)."""

    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line. `old_line` and `new_line` count from 1 and are None where the line is not in that version."""

    kind: Kind
    old_line: int | None
    new_line: int | None
    parts: tuple[Part, ...]

    @property
    def old(self) -> str:
        """The line as it was."""
        return "".join(part.text for part in self.parts if part.kind != "insert")

    @property
    def new(self) -> str:
        """The line as it is."""
        return "".join(part.text for part in self.parts if part.kind != "delete")


def diff(old: str, new: str) -> tuple[Change, ...]:
    """All lines in order, unchanged ones included; lines replaced one by one are compared word by word."""
    before, after = old.split("\n"), new.split("\n")
    # The quick heuristic (autojunk) misses matches, but the exact search is quadratic: exact up to the length of a
    # long lesson.
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _EXACT_LINES)
    changes: list[Change] = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            changes += [_whole("equal", before[i + n], i + n, j + n) for n in range(i_end - i)]
        else:
            changes += _changed(before[i:i_end], after[j:j_end], i, j)
    return tuple(changes)


def _whole(kind: PartKind, line: str, old: int | None, new: int | None) -> Change:
    return Change(
        kind,
        None if old is None else old + 1,
        None if new is None else new + 1,
        (Part(kind, line),),
    )


def _changed(old: Sequence[str], new: Sequence[str], i: int, j: int) -> Iterator[Change]:
    both = min(len(old), len(new))
    for n in range(both):
        yield Change("replace", i + n + 1, j + n + 1, tuple(_words(old[n], new[n])))
    for n in range(both, len(old)):
        yield _whole("delete", old[n], i + n, None)
    for n in range(both, len(new)):
        yield _whole("insert", new[n], None, j + n)


def _words(old: str, new: str) -> Iterator[Part]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _MAX_WORDS:
        yield Part("delete", old)
        yield Part("insert", new)
        return
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Part("equal", "".join(before[i:i_end]))
            continue
        if i_end > i:
            yield Part("delete", "".join(before[i:i_end]))
        if j_end > j:
            yield Part("insert", "".join(after[j:j_end]))
