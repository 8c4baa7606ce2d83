"""Questions whose right answer is the order in which they were written.

An ordering question without a key, or two columns without pairs, mean "as listed". Letters given in that order would
tell a learner the answer, so the ids are dealt by a hash of the texts: the same file always gives the same ids.
"""

import hashlib
from typing import Any

from akademe.assessment.rules.options import BadQuestion, as_options, letter_id


def listed_order(options: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """(options, key) of an ordering question whose options stand in the right order."""
    listed = _dealt(options, at_least=2)
    return sorted(listed, key=lambda option: _rank(option["id"])), [option["id"] for option in listed]


def listed_matching(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(options, key) of two columns whose rows are the pairs; what is left over on the right is a distractor."""
    left = as_options(options["left"], "options", at_least=1)
    right = _dealt(options["right"], at_least=1)
    if len(right) < len(left):
        raise BadQuestion(
            "correct_answer",
            "Give the pairs, or a right column as long as the left one.",
        )
    pairs = {one["id"]: other["id"] for one, other in zip(left, right, strict=False)}
    return {
        "left": left,
        "right": sorted(right, key=lambda option: _rank(option["id"])),
    }, pairs


def _dealt(options: Any, *, at_least: int) -> list[dict[str, Any]]:
    """Options in the order given; those written as plain texts get letters in an order that says nothing."""
    listed = as_options(options, "options", at_least=at_least)
    if not all(isinstance(option, str) for option in options):
        return listed
    order = sorted(range(len(listed)), key=lambda index: (_digest(listed[index]["text"]), index))
    letters = {index: letter_id(place) for place, index in enumerate(order)}
    return [{**option, "id": letters[index]} for index, option in enumerate(listed)]


def _rank(name: str) -> tuple[int, str]:
    return len(name), name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
