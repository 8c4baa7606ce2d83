"""Credit for an answer, by type of question: exact fractions of the points, rounded half up once at the end.

Every function takes whatever JSON a client sent as the answer; what has the wrong form earns nothing, and no error.
Keys and options are in the normal form of `content.normalise`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from akademe.assessment.rules.matching import (
    MAX_TYPED,
    as_typed,
    matches_pattern,
    parse_number,
    same_text,
)
from akademe.assessment.rules.options import find_option, weight_share

NOTHING, ALL = Fraction(0), Fraction(1)
BY_PERSON = frozenset({"essay"})
UNGRADED = frozenset({"description"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is graded. `points` are hundredths of a point."""

    kind: str
    options: Any
    key: Any
    points: int
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """What one answer earned, in hundredths of a point; `credit` and `earned` are None while a person grades it."""

    credit: Fraction | None
    earned: int | None
    feedback: tuple[str, ...] = ()

    @property
    def is_correct(self) -> bool | None:
        """True only for full credit; None while undecided."""
        return None if self.credit is None else self.credit == ALL


def half_up(value: Fraction) -> int:
    """The nearest integer, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def grade(asked: Asked, answer: Any) -> Graded:
    """Grade one answer. An essay is left to a person unless it is empty; a description earns nothing of nothing."""
    if asked.kind in UNGRADED:
        return Graded(ALL, 0)
    if is_blank(answer):
        return Graded(NOTHING, 0)
    if asked.kind in BY_PERSON:
        return Graded(None, None)
    credit, feedback = _BY_KIND[asked.kind](asked, answer)
    credit = min(max(credit, NOTHING), ALL)
    return Graded(credit, half_up(credit * asked.points), tuple(said for said in feedback if said))


def is_blank(answer: Any) -> bool:
    """Whether nothing was answered: null, an empty text or list, or an object with nothing in it."""
    if isinstance(answer, dict):
        return all(part is None or part in ("", [], {}) for part in answer.values())
    return answer is None or answer == [] or (isinstance(answer, str) and not answer.strip())


Credit = tuple[Fraction, list[str]]


def _choice(asked: Asked, answer: Any) -> Credit:
    chosen = find_option(answer, asked.options)
    option = next((one for one in asked.options if one["id"] == chosen), None)
    if option is None:
        return NOTHING, []
    right = ALL if chosen == asked.key else NOTHING
    share = weight_share(option["weight"]) if "weight" in option and not right else right
    return share, [option.get("feedback", "")]


def _choices(asked: Asked, answer: Any) -> Credit:
    """Right minus wrong, over right; options that carry a weight count that much instead."""
    named = answer if isinstance(answer, list) else [answer]
    chosen = {find_option(one, asked.options) for one in named[: 2 * len(asked.options)]}
    each = Fraction(1, len(asked.key))
    credit, feedback = NOTHING, []
    for option in asked.options:
        if option["id"] in chosen:
            right = option["id"] in asked.key
            credit += weight_share(option["weight"]) if "weight" in option else each if right else -each
            feedback.append(option.get("feedback", ""))
    every = chosen == set(asked.key)
    return (ALL if every else credit), feedback


def _true_false(asked: Asked, answer: Any) -> Credit:
    if isinstance(answer, str):
        answer = {"true": True, "false": False}.get(answer.strip().casefold())
    return (ALL if answer is asked.key else NOTHING), []


def _short(asked: Asked, answer: Any) -> Credit:
    """The answer is a text; a list of one text, the form of the key, is that text."""
    return _best_text(asked.key, answer[0] if isinstance(answer, list) and len(answer) == 1 else answer, asked.exact)


def _best_text(accepted: list[Any], answer: Any, exact: bool) -> Credit:
    """The most that any accepted answer gives, with that answer's feedback."""
    typed = as_typed(answer)
    if typed is None or len(typed) > MAX_TYPED:
        return NOTHING, []
    matching = [item for item in accepted if _accepts(item, typed, exact)]
    return _best(matching)


def _accepts(item: Any, typed: str, exact: bool) -> bool:
    if isinstance(item, str):
        return same_text(typed, item, exact=exact)
    if "regex" in item:
        return matches_pattern(typed, item["regex"], exact=exact)
    return same_text(typed, item["text"], exact=exact)


def _best(matching: list[Any]) -> Credit:
    ranked = [(_item_share(item), item) for item in matching]
    if not ranked:
        return NOTHING, []
    share, item = max(ranked, key=lambda pair: pair[0])
    return share, [item.get("feedback", "")] if isinstance(item, dict) else []


def _item_share(item: Any) -> Fraction:
    return weight_share(item["weight"]) if isinstance(item, dict) and "weight" in item else ALL


def _numeric(asked: Asked, answer: Any) -> Credit:
    """The answer is a number; `{value}`, the form of the key, is that number."""
    number = parse_number(answer.get("value") if isinstance(answer, dict) else answer)
    ranges = asked.key if isinstance(asked.key, list) else [asked.key]
    return _best([one for one in ranges if number is not None and _within(number, one)])


def _within(number: Fraction, key: dict[str, Any]) -> bool:
    """Inside the tolerance or the bounds, both ends included, as the decimals were written."""
    if "value" in key:
        return abs(number - _exact(key["value"])) <= _exact(key["tolerance"])
    return _exact(key["min"]) <= number <= _exact(key["max"])


def _exact(value: float) -> Fraction:
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _matching(asked: Asked, answer: Any) -> Credit:
    given = answer if isinstance(answer, dict) else {}
    right = sum(
        1 for left, partner in asked.key.items() if find_option(given.get(left), asked.options["right"]) == partner
    )
    return Fraction(right, len(asked.key)), []


def _ordering(asked: Asked, answer: Any) -> Credit:
    """The share of neighbours in the right order that are neighbours in the answer; naming one twice earns nothing."""
    if not isinstance(answer, list) or len(answer) > len(asked.key):
        return NOTHING, []
    order = [find_option(one, asked.options) for one in answer]
    if None in order or len(set(order)) != len(order):
        return NOTHING, []
    given = set(pairwise(order))
    pairs = list(pairwise(asked.key))
    return Fraction(sum(1 for pair in pairs if pair in given), len(pairs)), []


def _cloze(asked: Asked, answer: Any) -> Credit:
    given = answer if isinstance(answer, dict) else {}
    parts = [_blank(asked, name, key, given.get(name)) for name, key in asked.key.items()]
    credit = sum((share for share, _ in parts), NOTHING) / len(parts)
    return credit, [said for _, feedback in parts for said in feedback]


def _blank(asked: Asked, name: str, key: Any, answer: Any) -> Credit:
    """One blank of a cloze, graded as the question type that its key is: a list to choose from, a number, or texts."""
    if is_blank(answer):
        return NOTHING, []
    listed = (asked.options or {}).get(name)
    if listed is not None:
        return _choice(Asked("mcq", listed, key, 0), answer)
    if isinstance(key, dict):
        return _numeric(Asked("numeric", None, key, 0), answer)
    return _best_text(key, answer, asked.exact)


_BY_KIND: dict[str, Callable[[Asked, Any], Credit]] = {
    "mcq": _choice,
    "multiple_response": _choices,
    "true_false": _true_false,
    "short_answer": _short,
    "numeric": _numeric,
    "matching": _matching,
    "ordering": _ordering,
    "cloze": _cloze,
}
