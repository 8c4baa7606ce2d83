"""What a rendered text consists of."""

from collections.abc import Callable
from dataclasses import dataclass

MAX_CHARS = 200_000
"""Longest text that is rendered, in characters: about forty times a long lesson."""

Link = Callable[[str], str]
"""Turns an address as the author wrote it into the one to serve; returns it unchanged when it knows nothing about
it."""


class MarkdownTooLong(ValueError):
    """The text has more than MAX_CHARS characters."""

    def __init__(self, length: int) -> None:
        super().__init__(f"A text may have {MAX_CHARS:,} characters; this one has {length:,}. Split it into parts.")
        self.length = length


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as shown: `level` 1 to 6 after shifting, `id` the element's id, `slug` what an author writes after
    `#`.
    """

    level: int
    id: str
    slug: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block: `id` an element id that survives edits elsewhere, `kind` paragraph, heading, fence, table
    and so on,
    `start` and `end` the half-open range of source lines.
    """

    id: str
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML with what was found on the way."""

    html: str
    headings: tuple[Heading, ...]
    plain_text: str
    blocks: tuple[Block, ...]
