"""Options of a question: their ids, their normal form, and how a key names one."""

from fractions import Fraction
from typing import Any

from akademe.assessment.rules.matching import as_typed, parse_number

MAX_OPTIONS = 200
MAX_OPTION_TEXT = 10_000


class BadQuestion(ValueError):
    """What is wrong with a question: the field's name and a plain sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def letter_id(index: int) -> str:
    """0 → a, 25 → z, 26 → aa: the ids of options given as plain strings."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def weight_of(value: Any, field: str) -> int | float:
    """A weight in percent, from -100 to 100."""
    exact = parse_number(value)
    if exact is None or abs(exact) > 100:
        raise BadQuestion(field, "A weight is a percentage from -100 to 100.")
    return int(exact) if exact.denominator == 1 else float(exact)


def weight_share(weight: float) -> Fraction:
    """A weight in percent as an exact share of the points."""
    return Fraction(repr(weight)) / 100


def as_options(options: Any, field: str, *, at_least: int) -> list[dict[str, Any]]:
    """Options in normal form `{id, text, feedback?, weight?}`; plain strings get the ids a, b, c, ..."""
    if not isinstance(options, list) or not at_least <= len(options) <= MAX_OPTIONS:
        few = "one option" if at_least == 1 else f"{at_least} options"
        raise BadQuestion(field, f"Give at least {few} and at most {MAX_OPTIONS}, as a list.")
    listed = [_option(option, letter_id(index), field) for index, option in enumerate(options)]
    ids = [option["id"] for option in listed]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise BadQuestion(field, f"Two options have the same id: {', '.join(twice)}.")
    return listed


def _option(option: Any, default_id: str, field: str) -> dict[str, Any]:
    given: dict[str, Any] = option if isinstance(option, dict) else {"text": as_typed(option)}
    if not isinstance(given.get("text"), str):
        raise BadQuestion(field, "An option is a text, or an object with id and text.")
    if not given["text"].strip():
        raise BadQuestion(field, "An option has no text.")
    named = as_typed(given.get("id")) or default_id
    if len(named) > 100 or len(given["text"]) > MAX_OPTION_TEXT:
        raise BadQuestion(
            field,
            f"An option's id is over 100 characters, or its text over {MAX_OPTION_TEXT}.",
        )
    normal: dict[str, Any] = {"id": named, "text": given["text"]}
    if given.get("feedback"):
        normal["feedback"] = str(given["feedback"])
    if given.get("weight") is not None:
        normal["weight"] = weight_of(given["weight"], field)
    return normal


def find_option(named: Any, options: list[dict[str, Any]]) -> str | None:
    """The id of the option that is named by its id or else by its exact text, or None."""
    said = as_typed(named)
    if said is None:
        return None
    if any(option["id"] == said for option in options):
        return said
    return next(
        (str(option["id"]) for option in options if option["text"].strip() == said.strip()),
        None,
    )


def option_id(named: Any, options: list[dict[str, Any]], field: str) -> str:
    """As `find_option`; raises BadQuestion where no option answers to the name."""
    found = find_option(named, options)
    if found is None:
        raise BadQuestion(field, f"No option has the id or the text {str(named)[:80]!r}.")
    return found


def option_ids(named: Any, options: list[dict[str, Any]], field: str) -> list[str]:
    """The ids of a list of options, in the order named, each once."""
    if not isinstance(named, list):
        raise BadQuestion(field, "Give a list of option ids.")
    return list(dict.fromkeys(option_id(one, options, field) for one in named))
