"""Certificate codes: short enough to type, too many to guess."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code read from paper is read right."""
LENGTH = 12
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


def new_code() -> str:
    """60 random bits as XXXX-XXXX-XXXX."""
    return formatted("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def formatted(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def normalised(typed: str) -> str:
    """The code somebody meant: case, spaces, dashes and look-alike letters forgiven; "" where it cannot be one."""
    letters = typed.upper().translate(_ALIKE)
    return formatted(letters) if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else ""
