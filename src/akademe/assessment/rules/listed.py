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
    return _by_id(listed), [option["id"] for option in listed]


def listed_matching(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(options, key) of two columns whose rows are the pairs; what is left over on the right is a distractor.

    A text that stands on the right of several rows is one option, the partner of each.
    """
    left = as_options(options["left"], "options", at_least=1)
    rows = options["right"]
    right = _dealt(list(dict.fromkeys(rows)) if _are_texts(rows) else rows, at_least=1)
    ids = {option["text"]: option["id"] for option in right}
    partners = [ids[row] for row in rows] if _are_texts(rows) else [option["id"] for option in right]
    if len(partners) < len(left):
        raise BadQuestion(
            "correct_answer",
            "Give the pairs, or a right column as long as the left one.",
        )
    pairs = {one["id"]: partner for one, partner in zip(left, partners, strict=False)}
    return {"left": left, "right": _by_id(right)}, pairs


def _dealt(options: Any, *, at_least: int) -> list[dict[str, Any]]:
    """Options in the order given; those written as plain texts get letters in an order that says nothing."""
    listed = as_options(options, "options", at_least=at_least)
    if not _are_texts(options):
        return listed
    order = sorted(range(len(listed)), key=lambda index: (_digest(listed[index]["text"]), index))
    letters = {index: letter_id(place) for place, index in enumerate(order)}
    return [{**option, "id": letters[index]} for index, option in enumerate(listed)]


def _are_texts(options: Any) -> bool:
    return isinstance(options, list) and all(isinstance(option, str) for option in options)


def _by_id(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(options, key=lambda option: (len(option["id"]), option["id"]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
