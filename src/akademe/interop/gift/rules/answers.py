"""What stands between the braces of a GIFT question: which type it is, and its parts."""

import re
from collections.abc import Iterator

from akademe.interop.gift.rules.texts import Span, rich, unescape
from akademe.interop.gift.rules.tree import Answers, Choice, Kind, Number, Pair, Rich

MAX_NUMBER = 300

_MARKS = re.compile(r"\\[\s\S]|####|[=~#]")
_TRUTH = re.compile(r"\s*(TRUE|FALSE|T|F)\s*(?=#|$)", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%\s*([+-]?\d+(?:[.,]\d+)?)\s*%")
_ARROW = re.compile(r"\\[\s\S]|->")
_FLOAT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_ONE = re.compile(rf"({_FLOAT})")
_RANGE = re.compile(rf"({_FLOAT})\s*:\s*({_FLOAT})")
_BOUNDS = re.compile(rf"([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*\.\.\s*({_FLOAT})")


def parse_answers(body: Span, default: str) -> Answers:
    """The answers of one question; `default` is the format of its stem."""
    body, feedback = _global_feedback(body, default)
    bare = body.text.strip()
    if not bare:
        return Answers("Essay", feedback)
    truth = _TRUTH.match(body.text)
    if truth:
        return _true_false(body.part(truth.end()), truth[1].upper().startswith("T"), default, feedback)
    if bare.startswith("#"):
        return Answers("Numerical", feedback, choices=_numbers(body.part(body.text.index("#") + 1), default))
    choices = list(_choices(body, default))
    return _matching(choices, default, feedback) or _offered(choices, default, feedback)


def _global_feedback(body: Span, default: str) -> tuple[Span, Rich | None]:
    for found in _MARKS.finditer(body.text):
        if found[0] == "####":
            return body.part(0, found.start()), rich(body.part(found.end()), default)
    return body, None


def _true_false(rest: Span, is_true: bool, default: str, feedback: Rich | None) -> Answers:
    """Feedback stands as `#first#second`."""
    parts = _split(rest, "#")
    if len(parts) > 3:
        raise rest.error("True or false takes at most two feedbacks.", parts[3].offset - rest.offset)
    said = [rich(part, default) for part in parts[1:]] + [None, None]
    return Answers("TF", feedback, is_true=is_true, true_feedback=said[0], false_feedback=said[1])


def _split(span: Span, marks: str) -> list[Span]:
    """The pieces between unescaped marks; each piece but the first begins after its mark."""
    cuts = [found.start() for found in _MARKS.finditer(span.text) if found[0] in marks]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [span.part(start, end) for start, end in zip(starts, [*cuts, len(span.text)], strict=True)]


def _raw_choices(body: Span) -> Iterator[tuple[bool, Span]]:
    pieces = _split(body, "=~")
    if pieces[0].text.strip():
        raise pieces[0].error(
            "An answer begins with = or ~. Write \\= or \\~ for these signs in a text.", _indent(pieces[0])
        )
    for piece in pieces[1:]:
        yield body.text[piece.offset - body.offset - 1] == "=", piece


def _indent(span: Span) -> int:
    return len(span.text) - len(span.text.lstrip())


def _choices(body: Span, default: str) -> Iterator[tuple[bool, float | None, Span, Rich | None]]:
    """Each answer: whether it is right, its weight, its text as it stands, its feedback."""
    for is_correct, piece in _raw_choices(body):
        weight, text = _weight(piece)
        parts = _split(text, "#")
        if len(parts) > 2:
            raise text.error(
                "An answer has one feedback. Write \\# for this sign in a text.",
                parts[1].offset + len(parts[1].text) - text.offset,
            )
        yield is_correct, weight, parts[0], rich(parts[1], default) if len(parts) == 2 else None


def _weight(piece: Span) -> tuple[float | None, Span]:
    found = _WEIGHT.match(piece.text)
    if not found:
        return None, piece
    return _plain(found[1].replace(",", ".")), piece.part(found.end())


def _plain(digits: str) -> float:
    """An int where the digits have no point or exponent, so that 1822 stays 1822."""
    return int(digits) if digits.lstrip("+-").isdigit() else float(digits)


def _matching(
    choices: list[tuple[bool, float | None, Span, Rich | None]], default: str, feedback: Rich | None
) -> Answers | None:
    """A matching question, where every answer is right and has an arrow."""
    arrows = [_arrow(text.text) if is_correct and weight is None else None for is_correct, weight, text, _ in choices]
    pairs = []
    for arrow, (_, _, text, said) in zip(arrows, choices, strict=True):
        if arrow is None:
            return None
        left = rich(text.part(0, arrow), default) or Rich(default, "")
        right = unescape(text.text[arrow + 2 :].strip()) + (f" # {said.text}" if said else "")
        pairs.append(Pair(left, " ".join(right.split())))
    return Answers("Matching", feedback, pairs=pairs)


def _arrow(text: str) -> int | None:
    return next((found.start() for found in _ARROW.finditer(text) if found[0] == "->"), None)


def _offered(
    choices: list[tuple[bool, float | None, Span, Rich | None]], default: str, feedback: Rich | None
) -> Answers:
    listed = [
        Choice(is_correct, weight, rich(text, default) or Rich(default, ""), said)
        for is_correct, weight, text, said in choices
    ]
    kind: Kind = "Short" if all(choice.is_correct for choice in listed) else "MC"
    return Answers(kind, feedback, choices=listed)


def _numbers(body: Span, default: str) -> list[Choice] | Number:
    """One number, or several as `=%weight%number#feedback`; `~#feedback` is what any other number gets."""
    pieces = _split(body, "=~")
    if len(pieces) > 1:
        return [
            Choice(is_correct, weight, _number(text) if is_correct or text.text.strip() else None, said)
            for is_correct, weight, text, said in _choices(body, default)
        ]
    parts = _split(body, "#")
    number = _number(parts[0])
    if len(parts) == 1:
        return number
    return [Choice(True, None, number, rich(parts[1], default))]


def _number(span: Span) -> Number:
    text = span.text.strip() if len(span.text) < MAX_NUMBER else ""
    if found := _RANGE.fullmatch(text):
        return Number("range", number=_plain(found[1]), range=_plain(found[2]))
    if found := _BOUNDS.fullmatch(text):
        return Number("high-low", low=_plain(found[1]), high=_plain(found[2]))
    if found := _ONE.fullmatch(text):
        return Number("simple", number=_plain(found[1]))
    raise span.error("A numerical answer is a number, number:tolerance, or lowest..highest.", _indent(span))
