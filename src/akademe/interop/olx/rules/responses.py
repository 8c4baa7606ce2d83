"""One response element of a problem as the options and key of a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from akademe.assessment.rules.options import letter_id
from akademe.interop.olx.rules.answers import NoKey, listed_options, numeric_key, text_key
from akademe.interop.olx.rules.source import Element

SCRIPTED = "it is graded by a program written for the original platform, and such programs are not run"
NO_COUNTERPART: dict[str, str] = {
    "customresponse": SCRIPTED,
    "schematicresponse": "it asks for a drawn circuit and grades it by a program written for the original platform",
    "coderesponse": SCRIPTED,
    "externalresponse": SCRIPTED,
    "javascriptresponse": SCRIPTED,
    "symbolicresponse": "it compares formulas by computer algebra, which has no counterpart here",
    "formularesponse": "it compares formulas by computer algebra, which has no counterpart here",
    "imageresponse": "it asks for a click on a picture, which has no counterpart here",
    "choicetextresponse": "it mixes a choice with a text, which has no counterpart here",
    "jsmeresponse": SCRIPTED,
    "drawmoleculeresponse": SCRIPTED,
}
PARTIAL = {"correct": 100, "true": 100, "partially-correct": 50, "partial": 50}


@dataclass
class Answer:
    """`kind` is the question type; `said` is feedback for whoever answers right or wrong."""

    kind: str
    options: Any = None
    key: Any = None
    exact: bool = False
    said: dict[str, list[str]] = field(default_factory=dict)


def read_response(response: Element, words: Callable[[Element], str]) -> Answer:
    """Raises NoKey with the reason where the response cannot be a question here. `words` makes Markdown of content."""
    tag = str(response.tag)
    reader = _READERS.get(tag)
    if reader is None:
        raise NoKey(NO_COUNTERPART.get(tag, "this kind of response is not known here"))
    return reader(response, words)


def _single(response: Element, words: Callable[[Element], str]) -> Answer:
    options, rights = _choices(response, words)
    if not rights:
        raise NoKey("no option is marked as right")
    for option, choice in zip(options, response.iter("choice"), strict=True):
        share = _share(choice)
        if option["id"] != rights[0] and share:
            option["weight"] = share
    return Answer("mcq", options, rights[0])


def _share(choice: Element) -> int:
    if choice.get("correct", "").lower() == "partial" and choice.get("point_value"):
        return round(100 * float(choice.get("point_value", "0")))
    return PARTIAL.get(choice.get("correct", "").lower(), 0)


def _multiple(response: Element, words: Callable[[Element], str]) -> Answer:
    options, rights = _choices(response, words)
    if not rights:
        raise NoKey("no option is marked as right")
    missed = [words(hint) for hint in response.iter("choicehint") if hint.get("selected", "").lower() == "false"] + [
        words(hint) for hint in response.iter("compoundhint")
    ]
    return Answer("multiple_response", options, rights, said={"incorrect": [text for text in missed if text]})


def _choices(response: Element, words: Callable[[Element], str]) -> tuple[list[dict[str, Any]], list[str]]:
    options, rights = [], []
    for index, choice in enumerate(response.iter("choice")):
        hints = [words(hint) for hint in choice.iter("choicehint") if hint.get("selected", "true").lower() == "true"]
        text = words(choice) or choice.get("name") or f"{index + 1}"
        name = letter_id(index)
        options.append({"id": name, "text": text} | ({"feedback": "\n\n".join(hints)} if any(hints) else {}))
        if choice.get("correct", "").lower() in ("true", "correct"):
            rights.append(name)
    if len(options) < 2:
        raise NoKey("it has fewer than two options")
    return options, rights


def _dropdown(response: Element, words: Callable[[Element], str]) -> Answer:
    given = next(response.iter("optioninput"), None)
    if given is None:
        raise NoKey("it has no options")
    options, right = dropdown_options(given, words)
    return Answer("mcq", options, right)


def dropdown_options(given: Element, words: Callable[[Element], str]) -> tuple[list[dict[str, Any]], str]:
    """(options, id of the right one) of an optioninput in either notation. Raises NoKey."""
    marked = [
        (words(option), words(hint) if (hint := option.find("optionhint")) is not None else "", option)
        for option in given.iter("option")
    ]
    if marked:
        options = [
            {"id": letter_id(index), "text": text or f"{index + 1}"} | ({"feedback": hint} if hint else {})
            for index, (text, hint, _) in enumerate(marked)
        ]
        rights = [
            letter_id(n) for n, (_, _, option) in enumerate(marked) if option.get("correct", "").lower() == "true"
        ]
    else:
        texts, right = listed_options(given)
        options = [{"id": letter_id(index), "text": text} for index, text in enumerate(texts)]
        rights = [letter_id(index) for index, text in enumerate(texts) if text == right]
    if len(options) < 2 or not rights:
        raise NoKey("no option is marked as right")
    return options, rights[0]


def _text(response: Element, words: Callable[[Element], str]) -> Answer:
    key, exact = text_key(response, words)
    return Answer("short_answer", None, key, exact)


def _number(response: Element, words: Callable[[Element], str]) -> Answer:
    hint = response.find("correcthint")
    said = {"correct": [words(hint)]} if hint is not None else {}
    return Answer("numeric", None, numeric_key(response), said=said)


def _annotation(response: Element, words: Callable[[Element], str]) -> Answer:
    listed = [(words(option), option.get("choice", "")) for option in response.iter("option")]
    options: list[dict[str, Any]] = [{"id": letter_id(n), "text": text} for n, (text, _) in enumerate(listed)]
    right = next((letter_id(n) for n, (_, choice) in enumerate(listed) if choice == "correct"), None)
    if right is None or len(options) < 2:
        raise NoKey("no option is marked as right")
    for option, (_, choice) in zip(options, listed, strict=True):
        if option["id"] != right and choice in PARTIAL:
            option["weight"] = PARTIAL[choice]
    return Answer("mcq", options, right)


_READERS: dict[str, Callable[[Element, Callable[[Element], str]], Answer]] = {
    "multiplechoiceresponse": _single,
    "choiceresponse": _multiple,
    "truefalseresponse": _multiple,
    "optionresponse": _dropdown,
    "stringresponse": _text,
    "numericalresponse": _number,
    "annotationresponse": _annotation,
}
RESPONSES = frozenset(_READERS) | frozenset(NO_COUNTERPART)
