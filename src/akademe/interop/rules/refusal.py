"""The one exception of reading what others made: a code, a sentence, and every fault found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a source: the file, the line (from 1; 0 where a line means nothing), what is wrong."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.message}" if where else self.message


class ImportRefused(ValueError):
    """A source that cannot be taken. `code` is UPPER_SNAKE, `sentence` is for the person, `faults` names each cause."""

    def __init__(self, code: str, sentence: str, faults: Sequence[Fault] = ()) -> None:
        self.code, self.sentence, self.faults = code, sentence, tuple(faults)
        super().__init__(sentence)
