"""From the tree of a GIFT file to questions; what has no place in a question is named, never dropped.

| GIFT | here |
|---|---|
| MC with an `=` | mcq; the first answer of the largest weight is the key, the others keep their weights |
| MC with `~%n%` alone | multiple_response with weights; mcq where one answer has 100 and no other counts |
| Short | short_answer; `*` becomes a pattern, weights and feedback stay with each answer |
| Numerical | numeric; `~#feedback` becomes the feedback of a wrong answer |
| Matching | matching; an empty left side is a distractor on the right |
| TF, Essay, Description | true_false, essay, description |
| `####` | the general feedback |
| `$CATEGORY` | the pool of the questions that follow |
| `[id:]`, else `::title::` | the origin id, with source `gift` |
| `[tag:]` | skills |
| `// akademe: {...}` | the fields it names, as they were when this program wrote them |
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from akademe.assessment.rules.options import letter_id
from akademe.assessment.schemas import QuestionIn
from akademe.interop.gift.rules.parsing import parse_gift
from akademe.interop.gift.rules.tree import Choice, Node, Number, Rich

Fields = dict[str, Any]

_PLAIN = re.compile(r"([\\`*_\[\]<>#])")
_WILDCARD = re.compile(r"\*+")
_PATTERN_SIGNS = re.compile(r"([\\.^$*+?()\[\]{}|])")
_TOP = re.compile(r"^(?:\$\w+\$/?|top/?)+")


@dataclass(frozen=True, slots=True)
class GiftQuestion:
    """A question, the line it begins on and its title in the file."""

    question: QuestionIn
    line: int
    title: str | None


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Something that has no place here: what it is, the line, and why."""

    element: str
    line: int
    reason: str


@dataclass(slots=True)
class GiftImport:
    """What a GIFT text gave: questions, categories read as pools, and what could not be mapped."""

    questions: list[GiftQuestion] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)


def read_gift(text: str) -> GiftImport:
    """Parse a GIFT text and map what it holds. Raises GiftError where the syntax is wrong."""
    result = GiftImport()
    pool: str | None = None
    for node in parse_gift(text):
        if node.kind == "Category":
            pool = _TOP.sub("", (node.title or "").strip())[:100] or None
            result.pools += [pool] if pool and pool not in result.pools else []
            continue
        try:
            result.questions.append(GiftQuestion(_question(node, pool), node.line, node.title))
        except ValidationError as problem:
            reason = " ".join(error["msg"] for error in problem.errors())
            result.unmapped.append(Unmapped(node.kind, node.line, reason))
    return result


def _question(node: Node, pool: str | None) -> QuestionIn:
    feedback = node.answers.feedback if node.answers else None
    origin = node.id or node.title
    fields: Fields = {
        "question_text": markdown(node.stem) or node.title or "",
        "pool": pool,
        "skills": node.tags or [],
        "source": "gift" if origin else None,
        "source_id": origin[:500] if origin else None,
        "feedback": {"general": markdown(feedback)} if feedback else {},
    }
    _BY_KIND[node.kind](node, fields)
    return QuestionIn.model_validate(fields | (node.extra or {}))


def markdown(rich: Rich | None) -> str:
    """A text as Markdown: HTML and Moodle's own format may stand in it as they are, plain text is escaped."""
    if rich is None:
        return ""
    return _PLAIN.sub(r"\\\1", rich.text) if rich.format == "plain" else rich.text


def _description(_node: Node, fields: Fields) -> None:
    fields["question_type"] = "description"


def _essay(_node: Node, fields: Fields) -> None:
    fields["question_type"] = "essay"


def _true_false(node: Node, fields: Fields) -> None:
    """Of two feedbacks the first is for a wrong answer, as in Moodle, whatever the published tree calls them."""
    answers = node.answers
    assert answers is not None
    fields |= {"question_type": "true_false", "correct_answer": answers.is_true}
    fields["feedback"] |= _told(incorrect=answers.true_feedback, correct=answers.false_feedback)


def _told(**parts: Rich | None) -> Fields:
    return {name: markdown(part) for name, part in parts.items() if part and part.text}


def _choices(node: Node) -> list[Choice]:
    assert node.answers is not None
    return node.answers.choices if isinstance(node.answers.choices, list) else []


def _multiple_choice(node: Node, fields: Fields) -> None:
    choices = _choices(node)
    options = [_option(choice, letter_id(index)) for index, choice in enumerate(choices)]
    fields["options"] = options
    right = [index for index, choice in enumerate(choices) if choice.is_correct]
    positive = [index for index, choice in enumerate(choices) if (choice.weight or 0) > 0]
    if not right and len(positive) == 1 and choices[positive[0]].weight == 100:
        right = positive
    if not right:
        fields |= {"question_type": "multiple_response", "correct_answer": [options[index]["id"] for index in positive]}
        return
    best = max(right, key=lambda index: 100 if choices[index].weight is None else choices[index].weight or 0)
    for index in right:
        options[index].setdefault("weight", 100)
    if options[best]["weight"] == 100:
        del options[best]["weight"]
    fields |= {"question_type": "mcq", "correct_answer": options[best]["id"]}


def _option(choice: Choice, name: str) -> Fields:
    text = choice.text if isinstance(choice.text, Rich) else None
    option: Fields = {"id": name, "text": markdown(text)}
    if choice.weight is not None:
        option["weight"] = choice.weight
    if choice.feedback and choice.feedback.text:
        option["feedback"] = markdown(choice.feedback)
    return option


def _short(node: Node, fields: Fields) -> None:
    accepted = [_accepted(choice) for choice in _choices(node)]
    fields |= {"question_type": "short_answer", "correct_answer": accepted}


def _accepted(choice: Choice) -> Any:
    """A typed answer is compared as it stands, so its format says nothing."""
    text = choice.text.text if isinstance(choice.text, Rich) else ""
    extras = _weight_and_feedback(choice)
    if "*" in text:
        return {"regex": _wildcards(text), **extras}
    return {"text": text, **extras} if extras else text


def _wildcards(text: str) -> str:
    return ".*".join(_PATTERN_SIGNS.sub(r"\\\1", part) for part in _WILDCARD.split(text))


def _weight_and_feedback(choice: Choice) -> Fields:
    extras: Fields = {}
    if choice.weight is not None and choice.weight != 100:
        extras["weight"] = choice.weight
    if choice.feedback and choice.feedback.text:
        extras["feedback"] = markdown(choice.feedback)
    return extras


def _numerical(node: Node, fields: Fields) -> None:
    fields["question_type"] = "numeric"
    assert node.answers is not None
    if isinstance(node.answers.choices, Number):
        fields["correct_answer"] = _accepted_number(node.answers.choices)
        return
    choices = _choices(node)
    fields["correct_answer"] = [
        {**_accepted_number(choice.text), **_weight_and_feedback(choice)}
        for choice in choices
        if isinstance(choice.text, Number)
    ]
    for choice in choices:
        if choice.text is None:
            fields["feedback"] |= _told(incorrect=choice.feedback)


def _accepted_number(number: Number) -> Fields:
    if number.kind == "high-low":
        return {"min": number.low, "max": number.high}
    return {"value": number.number, "tolerance": number.range}


def _matching(node: Node, fields: Fields) -> None:
    """Row by row, distractors last, without a key: letters in the order of the file would tell the answer."""
    assert node.answers is not None
    pairs = sorted(node.answers.pairs or [], key=lambda pair: not pair.subquestion.text)
    left = [markdown(pair.subquestion) for pair in pairs if pair.subquestion.text]
    options = {"left": left, "right": [pair.subanswer for pair in pairs]}
    fields |= {"question_type": "matching", "options": options}


_BY_KIND: dict[str, Callable[[Node, Fields], None]] = {
    "Description": _description,
    "Essay": _essay,
    "TF": _true_false,
    "MC": _multiple_choice,
    "Short": _short,
    "Numerical": _numerical,
    "Matching": _matching,
}
