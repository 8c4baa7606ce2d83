"""Questions to GIFT text that other programs can read and that this one reads back without loss.

Each question is written as the nearest thing that GIFT has. Then it is read back, and what came out differently goes
into a comment before it, `// akademe: {"field": value, ...}`, which the reader applies on top.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from akademe.assessment.schemas import QuestionIn
from akademe.interop.gift.rules.mapping import read_gift
from akademe.interop.gift.rules.tree import GiftError

_SIGNS = str.maketrans(
    {"\\": "\\\\", "~": "\\~", "=": "\\=", "#": "\\#", "{": "\\{", "}": "\\}", ":": "\\:", "\n": "\\n"}
)
_NEAREST = "[markdown]A question that GIFT cannot hold."


def write_gift(questions: Iterable[QuestionIn], *, title: str | None = None) -> str:
    """A GIFT file with these questions, `title` in its first comment."""
    head = [f"// title: {' '.join(title.split())}\n"] if title else []
    return "\n".join([*head, *(_block(question) for question in questions)])


def _block(question: QuestionIn) -> str:
    body = f"{_tags(question)}{_WRITERS[question.question_type](question)}"
    found = _read_back(body)
    if found is None:
        body, found = _NEAREST, QuestionIn(question_text="-", question_type="description")
    read, wanted = found.model_dump(mode="json"), question.model_dump(mode="json")
    differing = {name: value for name, value in wanted.items() if read[name] != value}
    block = f"{_comment(differing)}{body}\n"
    return block if _read_back(block) == question else f"{_comment(wanted)}{body}\n"


def _comment(fields: dict[str, Any]) -> str:
    return f"// akademe: {json.dumps(fields, sort_keys=True)}\n" if fields else ""


def _read_back(body: str) -> QuestionIn | None:
    """What the reader makes of a block by itself, or None where it is not exactly one question."""
    try:
        result = read_gift(body)
    except GiftError:
        return None
    return result.questions[0].question if len(result.questions) == 1 else None


def _text(text: str) -> str:
    return text.translate(_SIGNS)


def _part(text: str) -> str:
    """A text where a format or a weight could be read into its beginning."""
    marked = text.lstrip().startswith(("[", "%"))
    return f"[markdown]{_text(text)}" if marked else _text(text)


def _tags(question: QuestionIn) -> str:
    """Skills as tags, on a line of their own."""
    return f"// {' '.join(f'[tag:{_one_line(skill)}]' for skill in question.skills)}\n" if question.skills else ""


def _one_line(text: str) -> str:
    return " ".join(text.translate({ord(sign): " " for sign in "[]"}).split())


def _stem(question: QuestionIn) -> str:
    title = f"::{_text(question.source_id)}::" if question.source == "gift" and question.source_id else ""
    return f"{title}[markdown]{_text(question.question_text)}"


def _general(question: QuestionIn) -> str:
    return f"\n####{_part(question.feedback.general)}" if question.feedback.general else ""


def _description(question: QuestionIn) -> str:
    return _stem(question)


def _essay(question: QuestionIn) -> str:
    return f"{_stem(question)} {{{_general(question)}}}"


def _true_false(question: QuestionIn) -> str:
    """Of two feedbacks the first is for a wrong answer."""
    truth = "TRUE" if question.correct_answer else "FALSE"
    wrong, right = question.feedback.incorrect, question.feedback.correct
    said = f"#{_part(wrong or ' ')}" if wrong or right else ""
    said += f"#{_part(right)}" if right else ""
    return f"{_stem(question)} {{{truth}{said}{_general(question)}}}"


def _lines(question: QuestionIn, lines: Iterable[str], mark: str = "") -> str:
    return (
        f"{_stem(question)} {{{mark}\n" + "".join(f"  {line}\n" for line in lines) + f"{_general(question).lstrip()}}}"
    )


def _with_extras(text: str, item: dict[str, Any], sign: str = "=") -> str:
    weight = f"%{_percent(item['weight'])}%" if "weight" in item else ""
    feedback = f" #{_part(item['feedback'])}" if item.get("feedback") else ""
    return f"{sign}{weight}{text}{feedback}"


def _percent(weight: float) -> str:
    return f"{weight:.10f}".rstrip("0").rstrip(".")


def _choice(question: QuestionIn) -> str:
    right = question.correct_answer
    return _lines(
        question,
        (
            _with_extras(_part(option["text"]), option, "=" if option["id"] == right else "~")
            for option in question.options
        ),
    )


def _choices(question: QuestionIn) -> str:
    """Where no option has a weight, GIFT's own: the right ones share 100, the wrong ones cost as much."""
    right = question.correct_answer
    share = round(100 / len(right), 5)
    return _lines(
        question,
        (
            _with_extras(_part(option["text"]), {"weight": share if option["id"] in right else -share, **option}, "~")
            for option in question.options
        ),
    )


def _short(question: QuestionIn) -> str:
    items = [item if isinstance(item, dict) else {"text": item} for item in question.correct_answer]
    return _lines(
        question, (_with_extras(_part(item.get("text") or item["regex"].replace(".*", "*")), item) for item in items)
    )


def _numeric(question: QuestionIn) -> str:
    key = question.correct_answer
    if isinstance(key, dict) and not {"weight", "feedback"} & key.keys():
        return f"{_stem(question)} {{#{_number(key)}{_general(question)}}}"
    items = key if isinstance(key, list) else [key]
    return _lines(question, (_with_extras(_number(item), item) for item in items), "#")


def _number(item: dict[str, Any]) -> str:
    if "min" in item:
        return f"{_decimal(item['min'])}..{_decimal(item['max'])}"
    return f"{_decimal(item['value'])}:{_decimal(item['tolerance'])}"


def _decimal(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value)


def _matching(question: QuestionIn) -> str:
    left = {option["id"]: option["text"] for option in question.options["left"]}
    right = {option["id"]: option["text"] for option in question.options["right"]}
    key: dict[str, str] = question.correct_answer
    unused = [text for name, text in right.items() if name not in key.values()]
    rows = [f"={_part(left[one])} -> {_text(right[other])}" for one, other in key.items()]
    return _lines(question, [*rows, *(f"= -> {_text(text)}" for text in unused)])


def _ordering(question: QuestionIn) -> str:
    """Other programs read it as matching each item to its place."""
    texts = {option["id"]: option["text"] for option in question.options}
    rows = (f"={_part(texts[name])} -> {place}" for place, name in enumerate(question.correct_answer, 1))
    return _lines(question, rows)


_WRITERS: dict[str, Callable[[QuestionIn], str]] = {
    "mcq": _choice,
    "multiple_response": _choices,
    "true_false": _true_false,
    "short_answer": _short,
    "numeric": _numeric,
    "matching": _matching,
    "ordering": _ordering,
    "cloze": _essay,
    "essay": _essay,
    "description": _description,
}
