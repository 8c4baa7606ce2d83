"""What a question is made of, by type, and the normal form in which it is kept.

A question's `options` and `correct_answer` arrive in the many forms that people and files write; `normalise` turns them
into the one form that is stored, graded and exported, or says in a plain sentence what is wrong with which field.

| type | options | key |
|---|---|---|
| mcq, multiple_response, ordering | `[{id, text, feedback?, weight?}]` | id; ids; ids in order |
| matching | `{left: [{id, text}], right: [{id, text}]}` | `{left id: right id}` |
| cloze | None, or `{blank: [{id, text}]}` where one chooses | `{blank: option id, accepted texts or number}` |
| short_answer | None | `["text", {text or regex, weight?, feedback?}]` |
| numeric | None | `{value, tolerance}`, `{min, max}`, or a list of them with `weight` and `feedback` |
| true_false; essay; description | None | true or false; None or a model answer; None |

A weight is a percentage from -100 to 100, as in GIFT and Moodle.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from akademe.assessment.rules.listed import listed_matching, listed_order
from akademe.assessment.rules.matching import (
    as_typed,
    compile_pattern,
    fold,
    parse_number,
)
from akademe.assessment.rules.options import (
    BadQuestion,
    as_options,
    option_id,
    option_ids,
    weight_of,
)

Normal = tuple[Any, Any]

PLACEHOLDER = re.compile(r"\{\{\s*(\w{1,20})\s*\}\}")
MAX_ACCEPTED = 100


def placeholders(text: str) -> list[str]:
    """The names of the blanks of a cloze text, in order of first appearance."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def normalise(kind: str, text: str, options: Any, key: Any, *, exact: bool = False) -> Normal:
    """(options, key) in normal form. Raises BadQuestion naming the field and saying what to change."""
    if kind == "cloze":
        return _cloze(text, options, key, exact)
    return _BY_KIND[kind](options, key, exact)


def _choice(options: Any, key: Any, _exact: bool) -> Normal:
    listed = as_options(options, "options", at_least=2)
    if key is None:
        raise BadQuestion("correct_answer", "Say which option is right: its id, or its exact text.")
    return listed, option_id(key, listed, "correct_answer")


def _choices(options: Any, key: Any, _exact: bool) -> Normal:
    listed = as_options(options, "options", at_least=1)
    if key is None:
        key = [option["id"] for option in listed if option.get("weight", 0) > 0]
    wanted = option_ids(key, listed, "correct_answer")
    if not wanted:
        raise BadQuestion("correct_answer", "Name at least one right option.")
    return listed, [option["id"] for option in listed if option["id"] in wanted]


def _true_false(options: Any, key: Any, _exact: bool) -> Normal:
    _no_options(options)
    if isinstance(key, str) and key.strip().casefold() in ("true", "false"):
        key = key.strip().casefold() == "true"
    if not isinstance(key, bool):
        raise BadQuestion("correct_answer", "The answer is true or false.")
    return None, key


def _short(options: Any, key: Any, exact: bool) -> Normal:
    _no_options(options)
    return None, accepted_texts(key, "correct_answer", exact)


def accepted_texts(key: Any, field: str, exact: bool) -> list[Any]:
    """The accepted answers in normal form: a plain string, or an object with `regex`, `weight` or `feedback`."""
    items = key if isinstance(key, list) else [key]
    if key is None or not items:
        raise BadQuestion(field, "Give at least one accepted answer.")
    if len(items) > MAX_ACCEPTED:
        raise BadQuestion(field, f"There are more than {MAX_ACCEPTED} accepted answers.")
    return [_accepted(item, field, exact) for item in items]


def _accepted(item: Any, field: str, exact: bool) -> Any:
    fields: dict[str, Any] = item if isinstance(item, dict) else {"text": as_typed(item)}
    if ("text" in fields) == ("regex" in fields):
        raise BadQuestion(
            field,
            "An accepted answer is a text, or an object with either text or regex.",
        )
    kind = "text" if "text" in fields else "regex"
    said = as_typed(fields[kind])
    if said is None or not (fold(said) if kind == "text" and not exact else said.strip()):
        raise BadQuestion(field, "An accepted answer is empty.")
    if kind == "regex":
        _check_pattern(said, field, exact)
    extras = _extras(fields, field)
    return said if kind == "text" and not extras else {kind: said, **extras}


def _check_pattern(pattern: str, field: str, exact: bool) -> None:
    try:
        compile_pattern(pattern, exact=exact)
    except ValueError as problem:
        raise BadQuestion(field, str(problem)) from problem


def _extras(fields: dict[str, Any], field: str) -> dict[str, Any]:
    """`weight` and `feedback` of one accepted answer, where they say something."""
    extras: dict[str, Any] = {}
    if fields.get("weight") is not None:
        extras["weight"] = weight_of(fields["weight"], field)
    if fields.get("feedback"):
        extras["feedback"] = str(fields["feedback"])
    return extras


def _numeric(options: Any, key: Any, _exact: bool) -> Normal:
    _no_options(options)
    if not isinstance(key, list):
        return None, number_key(key, "correct_answer")
    if not 1 <= len(key) <= MAX_ACCEPTED:
        raise BadQuestion("correct_answer", f"Give 1 to {MAX_ACCEPTED} accepted numbers.")
    ranges = [number_key(item, "correct_answer") for item in key]
    alone = len(ranges) == 1 and not {"weight", "feedback"} & ranges[0].keys()
    return None, ranges[0] if alone else ranges


def number_key(item: Any, field: str) -> dict[str, Any]:
    """One accepted number: `{value, tolerance}` or `{min, max}`, each a JSON number."""
    if not isinstance(item, dict):
        item = {"value": item}
    extras = _extras(item, field)
    if "value" in item:
        tolerance = _number(item.get("tolerance") or 0, field)
        if tolerance < 0:
            raise BadQuestion(field, "The tolerance is below 0.")
        return {
            "value": _number(item["value"], field),
            "tolerance": tolerance,
            **extras,
        }
    low, high = _number(item.get("min"), field), _number(item.get("max"), field)
    if low > high:
        raise BadQuestion(field, "The smallest accepted number is above the largest.")
    return {"min": low, "max": high, **extras}


def _number(value: Any, field: str) -> int | float:
    exact = parse_number(value)
    if exact is None:
        raise BadQuestion(field, "Give numbers as {value, tolerance} or {min, max}.")
    return int(exact) if exact.denominator == 1 and abs(exact) < 2**53 else float(exact)


def _matching(options: Any, key: Any, _exact: bool) -> Normal:
    if not isinstance(options, dict) or "left" not in options or "right" not in options:
        raise BadQuestion("options", "Give the two columns as {left: [...], right: [...]}.")
    if key is None:
        return listed_matching(options)
    left = as_options(options["left"], "options", at_least=1)
    right = as_options(options["right"], "options", at_least=1)
    if not isinstance(key, dict):
        raise BadQuestion("correct_answer", "Give the pairs as {left id: right id}.")
    pairs = {
        option_id(one, left, "correct_answer"): option_id(other, right, "correct_answer") for one, other in key.items()
    }
    missing = [option["text"] for option in left if option["id"] not in pairs]
    if missing:
        raise BadQuestion("correct_answer", f"No partner is given for: {', '.join(missing)}.")
    return {"left": left, "right": right}, pairs


def _ordering(options: Any, key: Any, _exact: bool) -> Normal:
    if key is None:
        return listed_order(options)
    listed = as_options(options, "options", at_least=2)
    order = option_ids(key, listed, "correct_answer")
    if len(order) != len(listed) or len(key) != len(listed):
        raise BadQuestion("correct_answer", "Name every option once, in the right order.")
    return listed, order


def _cloze(text: str, options: Any, key: Any, exact: bool) -> Normal:
    blanks = placeholders(text)
    if not blanks:
        raise BadQuestion("question_text", "A cloze text marks its blanks with {{1}}, {{2}}, ...")
    keys = {str(name): value for name, value in key.items()} if isinstance(key, dict) else {}
    _same_names(blanks, keys)
    lists = {str(name): value for name, value in (options or {}).items()} if isinstance(options, dict | None) else None
    if lists is None or not lists.keys() <= keys.keys():
        raise BadQuestion(
            "options",
            "The options of a cloze are {blank: [options]} for blanks of its text, or none.",
        )
    parts = {blank: _blank(keys[blank], lists.get(blank), exact) for blank in blanks}
    chosen = {blank: listed for blank, (listed, _) in parts.items() if listed is not None}
    return chosen or None, {blank: right for blank, (_, right) in parts.items()}


def _same_names(blanks: Iterable[str], keys: dict[str, Any]) -> None:
    without = [blank for blank in blanks if blank not in keys]
    if without:
        raise BadQuestion(
            "correct_answer",
            f"No answer is given for the blanks: {', '.join(without)}.",
        )
    unused = [name for name in keys if name not in set(blanks)]
    if unused:
        raise BadQuestion("correct_answer", f"The text has no blanks called: {', '.join(unused)}.")


def _blank(key: Any, options: Any, exact: bool) -> tuple[list[dict[str, Any]] | None, Any]:
    if isinstance(key, dict) and "options" in key:
        options, key = key["options"], key.get("answer")
    if options is not None:
        listed = as_options(options, "options", at_least=2)
        return listed, option_id(key, listed, "correct_answer")
    if isinstance(key, dict) and ("value" in key or "min" in key):
        return None, number_key(key, "correct_answer")
    return None, accepted_texts(key, "correct_answer", exact)


def _essay(options: Any, key: Any, _exact: bool) -> Normal:
    _no_options(options)
    if key is not None and not isinstance(key, str):
        raise BadQuestion("correct_answer", "The model answer of an essay is a text, or left out.")
    return None, key or None


def _description(options: Any, key: Any, _exact: bool) -> Normal:
    _no_options(options)
    if key is not None:
        raise BadQuestion("correct_answer", "A description asks nothing, so it has no answer.")
    return None, None


def _no_options(options: Any) -> None:
    if options:
        raise BadQuestion("options", "This type of question has no options.")


_BY_KIND: dict[str, Callable[[Any, Any, bool], Normal]] = {
    "mcq": _choice,
    "multiple_response": _choices,
    "true_false": _true_false,
    "short_answer": _short,
    "numeric": _numeric,
    "matching": _matching,
    "ordering": _ordering,
    "essay": _essay,
    "description": _description,
}
