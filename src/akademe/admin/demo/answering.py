"""How the invented learners answer: from the key, rightly in a given share of questions."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

ESSAYS = tuple(path.read_text(encoding="utf-8").strip() for path in sorted(Path(__file__).parent.glob("essays/*.md")))


def answer(kind: str, options: Any, key: Any, random: Random, skill: float) -> Any:
    """An answer to a question of this type, right with probability `skill`; None where nothing is asked."""
    if kind in ("description", "essay"):
        return random.choice(ESSAYS) if kind == "essay" else None
    return (_RIGHT if random.random() < skill else _WRONG)[kind](options, key)


def _accepted(key: Any) -> Any:
    """A text that the key of a short answer accepts as it stands."""
    texts = [item["text"] if isinstance(item, dict) else item for item in _listed(key)]
    return next((text for text in texts if isinstance(text, str)), "")


def _listed(key: Any) -> list[Any]:
    plain = key if isinstance(key, list) else [key]
    return [item for item in plain if not (isinstance(item, dict) and "text" not in item)]


def _number(key: Any) -> float:
    one = key[0] if isinstance(key, list) else key
    return float(one["value"] if "value" in one else (one["min"] + one["max"]) / 2)


def _other(options: Any, key: Any) -> Any:
    return next(option["id"] for option in options if option["id"] != key)


def _blank(key: Any) -> Any:
    if isinstance(key, dict):
        return _number(key)
    return key if isinstance(key, str) else _accepted(key)


_RIGHT: dict[str, Callable[[Any, Any], Any]] = {
    "mcq": lambda _options, key: key,
    "multiple_response": lambda _options, key: list(key),
    "true_false": lambda _options, key: key,
    "short_answer": lambda _options, key: _accepted(key),
    "numeric": lambda _options, key: _number(key),
    "matching": lambda _options, key: dict(key),
    "ordering": lambda _options, key: list(key),
    "cloze": lambda _options, key: {name: _blank(one) for name, one in key.items()},
}
_WRONG: dict[str, Callable[[Any, Any], Any]] = {
    "mcq": _other,
    "multiple_response": lambda options, key: [option["id"] for option in options if option["id"] not in key][:1],
    "true_false": lambda _options, key: not key,
    "short_answer": lambda _options, _key: "I am not sure",
    "numeric": lambda _options, key: _number(key) * 2 + 1,
    "matching": lambda _options, key: dict(zip(key, [*list(key.values())[1:], *list(key.values())[:1]], strict=True)),
    "ordering": lambda _options, key: [*key[1:], key[0]],
    "cloze": lambda _options, key: dict.fromkeys(key, "?"),
}
