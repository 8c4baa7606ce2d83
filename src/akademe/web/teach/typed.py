"""Questions as an author types them: one option, pair or gap per line; and back from what is stored.

What a line cannot say (the id of an option, its weight, its own feedback) is carried over from the line's former self:
the option with the same text, else the one in the same place. So a corrected key still fits what was answered before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from akademe.kernel.errors import Invalid
from akademe.web.ui.words import _

Option = dict[str, Any]
Typed = tuple[Any, Any]
RANGE = re.compile(r"^(\S+?)\s*\.\.\s*(\S+)$")
TOLERANCE = re.compile(r"^(\S+?)\s*(?:±|\+-|\+/-|:)\s*(\S+)$")
EQUALS, BAR = re.compile(r"(?<!\\)="), re.compile(r"(?<!\\)\|")
GAP = re.compile(r"^\s*(\w{1,20})\s*:\s*(.*)$", re.DOTALL)


def lines_of(text: str) -> list[str]:
    """The lines that say something; one that begins with two spaces goes on with the line above."""
    found: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("  ") and found:
            found[-1] += "\n" + line[2:].rstrip()
        elif line.strip():
            found.append(line.strip())
    return found


def _line(text: str) -> str:
    return text.strip().replace("\n", "\n  ")


def _carried(texts: Sequence[str], before: Sequence[Option]) -> list[Option]:
    """Options with these texts, each with the id and extras of its former self; new ones get ids not used before."""
    left = dict(enumerate(before))
    same: dict[int, Option] = {}
    for place, text in enumerate(texts):
        found = next((index for index, option in left.items() if option["text"].strip() == text), None)
        if found is not None:
            same[place] = left.pop(found)
    for place in range(len(texts)):
        if place not in same and place in left:
            same[place] = left.pop(place)
    used = {str(option["id"]) for option in before}
    fresh = (name for name in _names() if name not in used)
    return [
        {**same[place], "text": text} if place in same else {"id": next(fresh), "text": text}
        for place, text in enumerate(texts)
    ]


def _names() -> Any:
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from letters
    number = 1
    while True:
        yield f"o{number}"
        number += 1


def _starred(lines: Sequence[str]) -> tuple[list[str], list[bool]]:
    right = [line.startswith("*") for line in lines]
    texts = [line[1:].strip() if star else _unstarred(line) for line, star in zip(lines, right, strict=True)]
    return texts, right


def _unstarred(line: str) -> str:
    return line[1:] if line.startswith(("\\*", "\\\\")) else line


def _with_star(text: str, is_right: bool) -> str:
    escaped = "\\" + text if text.startswith(("*", "\\*", "\\\\")) and not is_right else text
    return _line(f"* {text}" if is_right else escaped)


def _choice(typed: str, before: Any, key: Any) -> Typed:
    texts, right = _starred(lines_of(typed))
    options = _carried(texts, before or [])
    ids = [option["id"] for option, star in zip(options, right, strict=True) if star]
    if set(ids) != set(key if isinstance(key, list) else [key]):
        options = [{name: value for name, value in option.items() if name != "weight"} for option in options]
    return options, ids


def _mcq(typed: str, before: Any, key: Any) -> Typed:
    options, ids = _choice(typed, before, key)
    if len(ids) != 1:
        raise Invalid.field("typed", _("Put a * before the one right option."))
    return options, ids[0]


def _responses(typed: str, before: Any, key: Any) -> Typed:
    options, ids = _choice(typed, before, key)
    if not ids:
        raise Invalid.field("typed", _("Put a * before each right option."))
    return options, ids


def _said_choice(options: Any, key: Any) -> str:
    right = set(key if isinstance(key, list) else [key])
    return "\n".join(_with_star(option["text"], option["id"] in right) for option in options)


def _accepted(typed: Sequence[str], before: Any) -> list[Any]:
    """Accepted texts; one between slashes is a pattern."""
    known = {_said_accepted(item): item for item in (before if isinstance(before, list) else [])}
    return [known.get(line) or ({"regex": line[1:-1]} if _is_pattern(line) else line) for line in typed]


def _is_pattern(line: str) -> bool:
    return len(line) > 2 and line.startswith("/") and line.endswith("/")


def _said_accepted(item: Any) -> str:
    if isinstance(item, dict):
        return f"/{item['regex']}/" if "regex" in item else _line(str(item["text"]))
    return _line(str(item))


def _short(typed: str, _before: Any, key: Any) -> Typed:
    return None, _accepted(lines_of(typed), key)


def _number(line: str) -> dict[str, Any]:
    if found := RANGE.match(line):
        return {"min": found[1], "max": found[2]}
    if found := TOLERANCE.match(line):
        return {"value": found[1], "tolerance": found[2]}
    return {"value": line}


def _said_number(key: Mapping[str, Any]) -> str:
    if "min" in key:
        return f"{key['min']} .. {key['max']}"
    return f"{key['value']} ± {key['tolerance']}" if key.get("tolerance") else f"{key['value']}"


def _numeric(typed: str, _before: Any, key: Any) -> Typed:
    listed = key if isinstance(key, list) else [key] if key else []
    known = {_said_number(item): item for item in listed}
    return None, [known.get(line) or _number(line) for line in lines_of(typed)]


def _said_numeric(_options: Any, key: Any) -> str:
    return "\n".join(_said_number(item) for item in (key if isinstance(key, list) else [key]))


def _matching(typed: str, before: Any, _key: Any) -> Typed:
    pairs = [EQUALS.split(line, maxsplit=1) for line in lines_of(typed)]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise Invalid.field("typed", _("Write each pair as left = right."))
    sides = [(left.strip().replace("\\=", "="), right.strip()) for left, right in pairs]
    if any(not right for _left, right in sides):
        raise Invalid.field("typed", _("Each line needs something on the right of the =."))
    if not before:
        rows = sorted(sides, key=lambda side: not side[0])
        return {"left": [one for one, _right in rows if one], "right": [right for _left, right in rows]}, None
    left = _carried([one for one, _right in sides if one], before["left"])
    rights = list(dict.fromkeys(right for _left, right in sides))
    right = _carried(rights, sorted(before["right"], key=lambda option: _place(rights, option["text"])))
    by_text = {option["text"]: option["id"] for option in right}
    partners = [other for one, other in sides if one]
    key = {option["id"]: by_text[other] for option, other in zip(left, partners, strict=True)}
    return {"left": left, "right": sorted(right, key=lambda option: option["id"])}, key


def _place(texts: Sequence[str], text: str) -> int:
    return texts.index(text) if text in texts else len(texts)


def _said_matching(options: Any, key: Any) -> str:
    right = {option["id"]: option["text"] for option in options["right"]}
    lines = [f"{option['text'].replace('=', chr(92) + '=')} = {right[key[option['id']]]}" for option in options["left"]]
    lines += [f"= {text}" for id_, text in right.items() if id_ not in key.values()]
    return "\n".join(_line(line) for line in lines)


def _ordering(typed: str, before: Any, key: Any) -> Typed:
    texts = lines_of(typed)
    if not before:
        return texts, None
    ordered = sorted(before, key=lambda option: key.index(option["id"]))
    options = _carried(texts, ordered)
    return sorted(options, key=lambda option: str(option["id"])), [option["id"] for option in options]


def _said_ordering(options: Any, key: Any) -> str:
    texts = {option["id"]: option["text"] for option in options}
    return "\n".join(_line(texts[id_]) for id_ in key)


def _cloze(typed: str, before: Any, key: Any) -> Typed:
    options: dict[str, Any] = {}
    right: dict[str, Any] = {}
    for line in lines_of(typed):
        found = GAP.match(line)
        if found is None:
            raise Invalid.field("typed", _("Write the answer of each gap as 1: answer."))
        name, parts = found[1], [part.strip().replace("\\|", "|") for part in BAR.split(found[2]) if part.strip()]
        old = (before or {}).get(name)
        if any(part.startswith("*") for part in parts):
            texts, stars = _starred(parts)
            if sum(stars) != 1:
                raise Invalid.field("typed", _("Gap %(name)s: put a * before the one right choice.") % {"name": name})
            options[name] = _carried(texts, old or [])
            right[name] = options[name][stars.index(True)]["id"]
        elif len(parts) == 1 and (RANGE.match(parts[0]) or TOLERANCE.match(parts[0])) and parts[0][0] in "-0123456789":
            right[name] = _number(parts[0])
        else:
            right[name] = _accepted(parts, None if old else (key or {}).get(name))
    return options or None, right


def _said_cloze(options: Any, key: Any) -> str:
    return "\n".join(f"{name}: {_said_gap((options or {}).get(name), right)}" for name, right in key.items())


def _said_gap(options: Any, right: Any) -> str:
    if options:
        parts = [f"* {one['text']}" if one["id"] == right else one["text"] for one in options]
    elif isinstance(right, dict):
        parts = [_said_number(right) if "min" in right else f"{right['value']} ± {right.get('tolerance') or 0}"]
    else:
        parts = [_said_accepted(item) for item in right]
    return " | ".join(_line(part).replace("|", "\\|") for part in parts)


def _truth(typed: str, _before: Any, _key: Any) -> Typed:
    if typed not in ("true", "false"):
        raise Invalid.field("typed", _("Say whether it is true or false."))
    return None, typed == "true"


_READ: dict[str, Callable[[str, Any, Any], Typed]] = {
    "mcq": _mcq,
    "multiple_response": _responses,
    "true_false": _truth,
    "short_answer": _short,
    "numeric": _numeric,
    "matching": _matching,
    "ordering": _ordering,
    "cloze": _cloze,
    "essay": lambda typed, _before, _key: (None, typed.strip() or None),
    "description": lambda _typed, _before, _key: (None, None),
}
_SAID: dict[str, Callable[[Any, Any], str]] = {
    "mcq": _said_choice,
    "multiple_response": _said_choice,
    "true_false": lambda _options, key: "true" if key else "false",
    "short_answer": lambda _options, key: "\n".join(_said_accepted(item) for item in key),
    "numeric": _said_numeric,
    "matching": _said_matching,
    "ordering": _said_ordering,
    "cloze": _said_cloze,
    "essay": lambda _options, key: key or "",
    "description": lambda _options, _key: "",
}


def read_typed(kind: str, typed: str, options: Any = None, key: Any = None) -> Typed:
    """(options, key) of what was typed; `options` and `key` as they were before. Raises Invalid at `typed`."""
    return _READ[kind](typed, options, key)


def say_typed(kind: str, options: Any, key: Any) -> str:
    """What an author would type for these options and this key."""
    return _SAID[kind](options, key)
