"""Keys of OLX responses in our form: options, accepted texts, numbers.

Follows the Open edX problem types as their documentation and `capa` describe them.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from akademe.interop.olx.rules.source import Element

_RANGE = re.compile(r"^\s*[\[(]\s*([^,]+),\s*([^,]+?)\s*[\])]\s*$")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip


class NoKey(ValueError):
    """Why a response has no key that can be used here."""


def number(expression: str) -> float:
    """A number or plain arithmetic (`2*3`, `10^3`, `pi/2`). Raises NoKey."""
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        value = _evaluate(tree.body)
    except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError, MemoryError):
        raise NoKey(f"its answer is not a number: {expression[:80]}") from None
    if not math.isfinite(value):
        raise NoKey(f"its answer is not a number: {expression[:80]}")
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def _evaluate(node: ast.AST) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Name) and node.id in ("pi", "e"):
        return float(getattr(math, node.id))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.operand))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return math.pow(_evaluate(node.left), _evaluate(node.right))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise ValueError


def numeric_key(response: Element) -> Any:
    """Key of a numericalresponse: {value, tolerance}, {min, max}, or a list of them where several answers count."""
    answers = [response.get("answer", "")] + [child.get("answer", "") for child in response.iter("additional_answer")]
    tolerance = next((p.get("default", "") for p in response.iter("responseparam") if p.get("type") == "tolerance"), "")
    keys = [_one_number(answer, tolerance) for answer in answers if answer.strip()]
    if not keys:
        raise NoKey("it has no answer")
    partial = next(
        (p.get("partial_answers", "") for p in response.iter("responseparam") if p.get("partial_answers")), ""
    )
    keys += [_one_number(answer, tolerance) | {"weight": 50} for answer in partial.split(",") if answer.strip()]
    return keys if len(keys) > 1 else keys[0]


def _one_number(answer: str, tolerance: str) -> dict[str, Any]:
    bounds = _RANGE.match(answer)
    if bounds is not None:
        return {"min": number(bounds[1]), "max": number(bounds[2])}
    value = number(answer)
    if not tolerance.strip():
        # capa allows 0.001 % where nothing is said; for a whole number that would only look odd.
        return {"value": value, "tolerance": 0 if isinstance(value, int) else abs(value) / 100_000}
    if tolerance.strip().endswith("%"):
        return {"value": value, "tolerance": abs(value) * number(tolerance.strip().rstrip("%")) / 100}
    return {"value": value, "tolerance": abs(number(tolerance))}


def text_key(response: Element, words: Callable[[Element], str]) -> tuple[list[Any], bool]:
    """(accepted answers, exact) of a stringresponse. `words` makes the Markdown of a hint."""
    kind = response.get("type", "").lower()
    exact, form = "ci" not in kind.split(), "regex" if "regexp" in kind else "text"
    first = response.get("answer", "")
    answers = [(one, response.find("correcthint")) for one in (first.split("_or_") if "_or_" in first else [first])]
    answers += [(child.get("answer", ""), child.find("correcthint")) for child in response.iter("additional_answer")]
    accepted = [_accepted(form, answer, hint, words) for answer, hint in answers if answer.strip()]
    if not accepted:
        raise NoKey("it has no answer")
    wrong = response.iter("stringequalhint")
    accepted += [_accepted("text", hint.get("answer", ""), hint, words) | {"weight": 0} for hint in wrong]
    return [one["text"] if one.keys() == {"text"} else one for one in accepted], exact


def _accepted(form: str, answer: str, hint: Element | None, words: Callable[[Element], str]) -> dict[str, Any]:
    said = words(hint) if hint is not None else ""
    return {form: answer} | ({"feedback": said} if said else {})


def listed_options(given: Element) -> tuple[list[str], str]:
    """(texts, right text) of an optioninput written as `options="('A','B')" correct="A"`."""
    listed = given.get("options", "").strip().removeprefix("(").removesuffix(")")
    texts = [one or two for one, two in _QUOTED.findall(listed)] or [part.strip() for part in listed.split(",")]
    return [text for text in texts if text], given.get("correct", "")
