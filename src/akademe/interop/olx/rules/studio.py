"""Studio's short notation for problems (the `markdown` attribute), for problems that have nothing else.

`>>label||description<<`, `( )` and `(x)` options, `[ ]` and `[x]` options, `= 12 +-1` numbers, `= text` with `or=` and
`not=`, `[[a, (b), c]]` dropdowns, `{{hint}}` beside an option, `||hint||`, `[explanation]` blocks, `---` between parts.
"""

from __future__ import annotations

import re

from lxml import etree

from akademe.interop.olx.rules.source import Element
from akademe.interop.rules.html import fragment

_LABEL = re.compile(r">>(.+?)<<", re.DOTALL)
_EXPLANATION = re.compile(r"\[explanation\](.*?)\[/?explanation\]", re.DOTALL | re.IGNORECASE)
_DROPDOWN = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)
_CHOICE = re.compile(r"^\s*\(([ x@,!]*)\)\s*(.+)$", re.IGNORECASE)
_CHECK = re.compile(r"^\s*\[([ x])\]\s*(.+)$", re.IGNORECASE)
_ANSWER = re.compile(r"^\s*(s|or|not|\|)?=\s*(.+)$")
_DEMAND_HINT = re.compile(r"^\s*\|\|(.+?)\|\|\s*$")
_HINT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOLERANCE = re.compile(r"^(.*?)\s*\+-\s*(.+)$")
_NUMBER = re.compile(r"^[-+]?[\d.]|^[\[(]\s*[-+\d.]")


def from_studio_markdown(problem: Element) -> Element | None:
    """The problem as XML, or None where its `markdown` attribute holds nothing."""
    source = problem.get("markdown") or ""
    if source.strip() in ("", "null"):
        return None
    made = etree.Element("problem")
    for name in ("display_name", "weight"):
        if problem.get(name):
            made.set(name, problem.get(name, ""))
    for part in re.split(r"^---+\s*$", source, flags=re.MULTILINE):
        _part(made, part)
    return made


def _part(problem: Element, source: str) -> None:
    explanations = _EXPLANATION.findall(source)
    source = _EXPLANATION.sub("", source)
    label = _LABEL.search(source)
    dropdown = _DROPDOWN.search(source)
    text = _DROPDOWN.sub("", _LABEL.sub("", source))
    lines = [line for line in text.splitlines() if line.strip()]
    answers = [line for line in lines if _is_answer(line)]
    for line in (line for line in lines if not _is_answer(line)):
        problem.append(_rich("p", line))
    if label is not None:
        words, _, description = label[1].partition("||")
        problem.append(_rich("label", words.strip()))
        if description.strip():
            problem.append(_rich("description", description.strip()))
    response = _dropdown(dropdown[1]) if dropdown is not None else _response(answers)
    if response is not None:
        problem.append(response)
    for hint in (found[1] for line in lines if (found := _DEMAND_HINT.match(line))):
        etree.SubElement(problem, "demandhint").append(_rich("hint", hint.strip()))
    for explanation in explanations:
        problem.append(_rich("solution", explanation.strip()))


def _is_answer(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_CHOICE, _CHECK, _ANSWER, _DEMAND_HINT))


def _response(answers: list[str]) -> Element | None:
    for pattern, tag, group in (
        (_CHOICE, "multiplechoiceresponse", "choicegroup"),
        (_CHECK, "choiceresponse", "checkboxgroup"),
    ):
        found = [match for line in answers if (match := pattern.match(line))]
        if found:
            return _choices(tag, group, [("x" in match[1].lower(), match[2]) for match in found])
    typed = [(match[1] or "", match[2].strip()) for line in answers if (match := _ANSWER.match(line))]
    return _typed(typed) if typed else None


def _choices(tag: str, group: str, options: list[tuple[bool, str]]) -> Element:
    response = etree.Element(tag)
    listed = etree.SubElement(response, group)
    for right, text in options:
        choice = _rich("choice", _HINT.sub("", text).strip())
        choice.set("correct", str(right).lower())
        for hint in _HINT.findall(text):
            _choice_hints(choice, hint)
        listed.append(choice)
    return response


def _choice_hints(choice: Element, hint: str) -> None:
    """`{{hint}}`, or `{{selected: a}, {unselected: b}}` for checkboxes."""
    for part in re.split(r"\}\s*,\s*\{", hint):
        kind, colon, words = part.strip(" {}").partition(":")
        named = colon and kind.strip().lower() in ("s", "selected", "u", "unselected")
        made = _rich("choicehint", (words if named else part).strip(" {}"))
        if named:
            made.set("selected", str(kind.strip().lower().startswith("s")).lower())
        choice.append(made)


def _typed(answers: list[tuple[str, str]]) -> Element:
    first = _HINT.sub("", answers[0][1]).strip()
    if answers[0][0] == "" and _NUMBER.match(first):
        return _number(answers)
    response = etree.Element("stringresponse", answer=first, type="ci regexp" if answers[0][0] == "|" else "ci")
    for kind, text in answers:
        said = _HINT.sub("", text).strip()
        hints = _HINT.findall(text)
        if kind == "not":
            made = etree.SubElement(response, "stringequalhint", answer=said)
            made.text = " ".join(hints)
        elif kind == "or":
            etree.SubElement(response, "additional_answer", answer=said)
    return response


def _number(answers: list[tuple[str, str]]) -> Element:
    response = etree.Element("numericalresponse")
    for index, (_, text) in enumerate(answers):
        said = _HINT.sub("", text).strip()
        tolerance = _TOLERANCE.match(said)
        value = tolerance[1] if tolerance else said
        if index == 0:
            response.set("answer", value)
            if tolerance:
                etree.SubElement(response, "responseparam", type="tolerance", default=tolerance[2])
        else:
            etree.SubElement(response, "additional_answer", answer=value)
    return response


def _dropdown(listed: str) -> Element:
    response = etree.Element("optionresponse")
    given = etree.SubElement(response, "optioninput")
    for text in re.split(r"\n|,(?![^{]*\}\})", listed):
        said = _HINT.sub("", text).strip()
        if said:
            right = said.startswith("(") and said.endswith(")")
            option = _rich("option", said[1:-1] if right else said)
            option.set("correct", str(right))
            for hint in _HINT.findall(text):
                option.append(_rich("optionhint", hint.strip()))
            given.append(option)
    return response


def _rich(tag: str, html: str) -> Element:
    """An element whose content is HTML as Studio allows it."""
    made = fragment(html)
    made.tag = tag
    return made
