"""Text as people compare and sort it, without case and accents, the same on both databases.

SQLite knows the small letters of ASCII alone, and what PostgreSQL sorts by depends on how its server was set up.
"""

import re
import unicodedata
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_MARKS = re.compile("[\u0300-\u036f]")
_SINGLE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}
_DOUBLE = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_LETTERS = str.maketrans(_SINGLE | _DOUBLE)


def fold(text: str) -> str:
    """`Ångström` as `angstrom`, `Øystein` as `oystein`."""
    if text.isascii():
        return text.lower()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return "".join(map(str.lower, plain)).translate(_LETTERS)  # each for itself: a last sigma is one to PostgreSQL too


class folded(GenericFunction[str]):  # noqa: N801  # named as SQL functions are
    """`fold` as SQL."""

    type = String()
    inherit_cache = True


def fold_value(text: Any) -> Any:
    """What SQLite calls: null stays null."""
    return fold(text) if isinstance(text, str) else text


@compiles(folded, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    text = rf"lower(regexp_replace(normalize({text}, NFKD), '[\u0300-\u036f]', '', 'g'))"
    text = f"translate({text}, '{''.join(_SINGLE)}', '{''.join(_SINGLE.values())}')"
    for letter, letters in _DOUBLE.items():
        text = f"replace({text}, '{letter}', '{letters}')"
    return f'({text} COLLATE "C")'
