"""How an answer that a person typed is compared with a key: folded texts, bounded patterns, exact numbers.

Patterns run on RE2 (automata, no backtracking), so that a grade never depends on how busy the machine is: matching
takes time proportional to the answer. What RE2 leaves out (look-around, back-references) is refused when the key is
written.
"""

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # ships no types

MAX_PATTERN = 500
MAX_TYPED = 10_000
MAX_EXPONENT = 330
MAX_BITS = 1100
MAX_DIGITS = 340

_ACCENTS = re.compile("[\u0300-\u036f]")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)(?:(?:e|[x×*·]10\^)([+-]?\d{1,4}))?", re.IGNORECASE)


def as_typed(value: object) -> str | None:
    """What a person typed, where JSON may have made a number of it; None for anything that was not typed."""
    if isinstance(value, bool) or (isinstance(value, int) and value.bit_length() > MAX_BITS):
        return None
    return str(value) if isinstance(value, (str, int, float)) else None


def squeeze(text: str) -> str:
    """Drop outer space and make every inner run of space one blank."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """The form in which typed answers are equal: no case, no Latin, Greek or Cyrillic accents, single blanks.

    Only the block of combining diacritical marks is dropped: vowel signs of Hindi or Arabic carry meaning and stay.
    """
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold().translate(_QUOTES))
    return unicodedata.normalize("NFC", squeeze(_ACCENTS.sub("", plain)))


def same_text(answer: str, key: str, *, exact: bool) -> bool:
    """Whether a typed answer is the key; `exact` compares every character, outer space apart."""
    return answer.strip() == key.strip() if exact else fold(answer) == fold(key)


def compile_pattern(pattern: str, *, exact: bool = False) -> Any:
    """A compiled RE2 pattern. Raises ValueError with a plain sentence when it is too long or not understood."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"The regular expression is longer than {MAX_PATTERN} characters.")
    return _compile(pattern, exact)


@lru_cache(maxsize=512)
def _compile(pattern: str, exact: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = exact
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as problem:
        reason = problem.args[0] if problem.args else ""
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(
            f"The regular expression is not understood ({said}). Look-around and back-references are not supported."
        ) from problem


def matches_pattern(answer: str, pattern: str, *, exact: bool) -> bool:
    """Whether the whole answer matches; unless `exact`, case is ignored and the answer without accents counts too."""
    compiled = compile_pattern(pattern, exact=exact)
    forms = [answer.strip()] if exact else [squeeze(answer), fold(answer)]
    return any(compiled.fullmatch(form.encode("utf-8", "replace").decode()) is not None for form in forms)


def parse_number(typed: object) -> Fraction | None:
    """The exact value of a number as people write it, or None.

    Takes a decimal comma or point, blanks and the other mark as separators of thousands, a Unicode minus, and exponents
    as `1.5e3` or `1.5x10^3`. One comma alone is a decimal comma; a mark that repeats separates thousands. Exponents
    beyond 330 are not numbers here, so that no answer costs memory.
    """
    said = as_typed(typed)
    if said is None or len(said) > MAX_DIGITS:
        return None
    found = _NUMBER.fullmatch("".join(said.split()).replace("\u2212", "-"))
    if found is None:
        return None
    sign, digits, exponent = found.groups()
    plain = _plain_decimal(digits)
    power = int(exponent or 0)
    if plain is None or abs(power) > MAX_EXPONENT:
        return None
    value = Fraction(plain) * Fraction(10) ** power
    return -value if sign == "-" else value


def _plain_decimal(digits: str) -> str | None:
    """Digits with at most a decimal point; None where the marks make no sense."""
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return digits
    last, others = marks[-1], set(marks[:-1])
    if last in others:
        return digits.replace(last, "") if others == {last} and _in_thousands(digits, last) else None
    whole, _, rest = digits.rpartition(last)
    if others and not _in_thousands(whole, next(iter(others))):
        return None
    return (whole.replace(",", "").replace(".", "") or "0") + "." + (rest or "0")


def _in_thousands(digits: str, mark: str) -> bool:
    first, *groups = digits.split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 and group.isdigit() for group in groups)
