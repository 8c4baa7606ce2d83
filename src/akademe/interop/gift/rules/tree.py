"""The tree that a GIFT file means, before any mapping; `as_json` has the shape that GIFT-grammar-PEG.js publishes."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["Category", "Description", "TF", "MC", "Short", "Numerical", "Matching", "Essay"]


class GiftError(ValueError):
    """What is wrong with a GIFT text, where (line and column from 1), as a plain sentence."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"Line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Rich:
    """A text and its format: moodle, html, plain or markdown."""

    format: str
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"format": self.format, "text": self.text}


@dataclass(frozen=True, slots=True)
class Number:
    """An accepted number: alone, with a range either side, or between two bounds."""

    kind: Literal["simple", "range", "high-low"]
    number: float = 0
    range: float = 0
    low: float = 0
    high: float = 0

    def as_json(self) -> dict[str, Any]:
        if self.kind == "high-low":
            return {"type": self.kind, "numberHigh": self.high, "numberLow": self.low}
        spread = {"range": self.range} if self.kind == "range" else {}
        return {"type": self.kind, "number": self.number, **spread}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered or accepted; `text` is None for "any other number"."""

    is_correct: bool
    weight: float | None
    text: Rich | Number | None
    feedback: Rich | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "isCorrect": self.is_correct,
            "weight": self.weight,
            "text": _json(self.text),
            "feedback": _json(self.feedback),
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of a matching question; an empty subquestion makes the answer a distractor."""

    subquestion: Rich
    subanswer: str

    def as_json(self) -> dict[str, Any]:
        return {"subquestion": self.subquestion.as_json(), "subanswer": self.subanswer}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the braces of a question hold."""

    kind: Kind
    feedback: Rich | None = None
    is_true: bool = False
    true_feedback: Rich | None = None
    false_feedback: Rich | None = None
    choices: list[Choice] | Number | None = None
    pairs: list[Pair] | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A question, a description or a category, the line it begins on, and our own data from its comment, if any."""

    kind: Kind
    line: int
    title: str | None = None
    stem: Rich = field(default_factory=lambda: Rich("moodle", ""))
    embedded: bool = False
    id: str | None = None
    tags: list[str] | None = None
    answers: Answers | None = None
    extra: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        if self.kind == "Category":
            return {"type": self.kind, "title": self.title}
        shared = {
            "id": self.id,
            "tags": self.tags,
            "type": self.kind,
            "title": self.title,
            "stem": self.stem.as_json(),
            "hasEmbeddedAnswers": self.embedded,
        }
        if self.answers is None:
            return shared
        return {**shared, "globalFeedback": _json(self.answers.feedback), **_answers_json(self.answers)}


def _answers_json(answers: Answers) -> dict[str, Any]:
    if answers.kind == "TF":
        return {
            "isTrue": answers.is_true,
            "trueFeedback": _json(answers.true_feedback),
            "falseFeedback": _json(answers.false_feedback),
        }
    if answers.pairs is not None:
        return {"matchPairs": [pair.as_json() for pair in answers.pairs]}
    if isinstance(answers.choices, Number):
        return {"choices": answers.choices.as_json()}
    return {"choices": [choice.as_json() for choice in answers.choices]} if answers.choices is not None else {}


def _json(value: Rich | Number | None) -> dict[str, Any] | None:
    return None if value is None else value.as_json()
