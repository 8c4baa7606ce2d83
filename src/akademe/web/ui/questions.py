"""What the question widgets need beyond plain templating, and the answers read back from their form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from markupsafe import Markup
from starlette.datastructures import FormData

from akademe.catalog.rules import link
from akademe.kernel import markdown
from akademe.web.ui.words import _

_PARAGRAPH = re.compile(r"<p[^>]*>(.*)</p>\s*", re.DOTALL)
_BLANK = re.compile(r"\{\{\s*(\w{1,20})\s*\}\}")


class Asked(Protocol):
    """The fields of a question as a learner sees it."""

    @property
    def id(self) -> str: ...
    @property
    def question_text(self) -> str: ...
    @property
    def question_type(self) -> str: ...
    @property
    def options(self) -> Any: ...


@lru_cache(maxsize=2048)
def md(text: str) -> Markup:
    """Markdown as safe HTML."""
    return Markup(markdown.render(text, link=link).html)  # noqa: S704 the renderer's output has passed its allow-list


@lru_cache(maxsize=4096)
def md_inline(text: str) -> Markup:
    """The same for one line: without the paragraph around it."""
    html = md(text)
    found = _PARAGRAPH.fullmatch(html)
    return Markup(found[1]) if found and "<p" not in found[1] else html  # noqa: S704 as above


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Markdown as the words alone, for places that take no HTML."""
    return markdown.plain_text(text).strip()


def question_html(question: Asked) -> Markup:
    """The text of a question."""
    return md(question.question_text)


def cloze_parts(question: Asked) -> list[tuple[Markup, str]]:
    """The text of a cloze in pieces, each with the name of the blank after it ("" after the last)."""
    pieces = _BLANK.split(question_html(question))
    return [(Markup(pieces[i]), pieces[i + 1] if i + 1 < len(pieces) else "") for i in range(0, len(pieces), 2)]  # noqa: S704


def in_order(options: Sequence[Any], answer: Sequence[str] | None) -> list[Any]:
    """The lines of an ordering as last answered, else as asked."""
    places = {id_: place for place, id_ in enumerate(answer or ())}
    return sorted(options, key=lambda option: places.get(_id(option), len(places)))


def _id(option: Any) -> str:
    return str(option["id"] if isinstance(option, dict) else option.id)


def solution_words(question: Asked, solution: Any) -> str:
    """A right answer in words, for the types whose widget does not already show it."""
    kind = question.question_type
    if kind == "short_answer":
        return ", ".join(_accepted(solution))
    if kind == "numeric":
        return " / ".join(_number(item) for item in (solution if isinstance(solution, list) else [solution]))
    if kind == "cloze":
        return "; ".join(f"{blank}: {_blank(question.options, blank, key)}" for blank, key in solution.items())
    return str(solution) if kind == "essay" and solution else ""


def _accepted(solution: Any) -> list[str]:
    listed = solution if isinstance(solution, list) else [solution]
    texts = [item.get("text", "") if isinstance(item, dict) else str(item) for item in listed]
    return [text for text in texts if text][:3]


def _number(key: Any) -> str:
    if not isinstance(key, dict):
        return str(key)
    if "min" in key:
        return _("%(low)s to %(high)s") % {"low": key["min"], "high": key["max"]}
    return f"{key['value']} ± {key['tolerance']}" if key.get("tolerance") else str(key["value"])


def _blank(options: Any, blank: str, key: Any) -> str:
    for option in (options or {}).get(blank, ()):
        if option["id"] == key:
            return plain(option["text"])
    return _number(key) if isinstance(key, dict) else ", ".join(_accepted(key))


def answers_from_form(questions: Iterable[Asked], form: FormData) -> dict[str, Any]:
    """What the widgets sent: question id to answer, in the form the assessment services take. Unanswered is None."""
    return {question.id: _answer(question, form) for question in questions if question.question_type != "description"}


def _answer(question: Asked, form: FormData) -> Any:
    name, kind = f"q.{question.id}", question.question_type
    if kind == "multiple_response":
        return [str(value) for value in form.getlist(name)] or None
    if kind in ("matching", "ordering", "cloze"):
        parts = {key.removeprefix(f"{name}."): str(value) for key, value in form.items() if key.startswith(f"{name}.")}
        given = {part: value for part, value in parts.items() if value.strip()}
        return (_places(given) if kind == "ordering" else given) or None
    value = str(form.get(name, "")).strip()
    if kind == "true_false":
        return {"true": True, "false": False}.get(value)
    return value or None


def _places(given: dict[str, str]) -> list[str]:
    """Ids by the place given to each; what is no number goes last, in the order sent."""
    return sorted(given, key=lambda id_: int(given[id_]) if given[id_].isdecimal() else len(given) + 1)
