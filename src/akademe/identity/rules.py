"""Pure rules of accounts: addresses, usernames, password strength, back-off."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from email_validator import EmailNotValidError, validate_email

MIN_PASSWORD = 8
MAX_PASSWORD = 256
MIN_SCORE = 2
# zxcvbn's search grows with the square of the length; what follows character 72 can only add strength.
SCORED_CHARACTERS = 72
FREE_FAILURES = 5
FIRST_BLOCK_SECONDS = 30
LONGEST_BLOCK_SECONDS = 15 * 60
_USERNAME = re.compile(r"[\w.-]{2,64}")
# The library refuses special-use names (RFC 6761) whatever its options; below a public name it judges their form.
_STAND_IN = ".example.org"
_LOCAL_DOMAINS = (".local", ".lan", ".internal", ".test", ".invalid", ".home.arpa")


class BadEmail(ValueError):
    """Not an address we can keep; the message is a sentence."""


def normalise_email(text: str, *, local_domains: bool = True) -> str:
    """One spelling per mailbox: NFC, lower case, the domain in Unicode (RFC 5321, 6531; IDNA 2008).

    `local_domains` accepts names that only a school's own network resolves. Raises BadEmail.
    """
    text = text.strip()
    is_local = text.lower().endswith(_LOCAL_DOMAINS)
    if is_local and not local_domains:
        raise BadEmail("This organisation does not accept addresses of local networks.")
    try:
        found = validate_email(text + (_STAND_IN if is_local else ""), check_deliverability=False)
    except EmailNotValidError as error:
        raise BadEmail("This is not an e-mail address.") from error
    normal = found.normalized.lower()
    return normal.removesuffix(_STAND_IN) if is_local else normal


def email_key(text: str) -> str:
    """The normalised address, or what was typed where it is none (so that it matches nobody)."""
    try:
        return normalise_email(text)
    except BadEmail:
        return text.strip().lower()[:320]


def domain_allowed(email: str, domains: Sequence[str]) -> bool:
    domain = email.rpartition("@")[2]
    return not domains or any(domain == allowed.lower().lstrip("@") for allowed in domains)


def username_key(username: str) -> str:
    """How usernames compare: full-width and small letters alike (NFKC, case folded)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def username_problem(username: str) -> str:
    """Why this username cannot be used, as a sentence; empty where it can."""
    if not _USERNAME.fullmatch(username):
        return "Use 2 to 64 letters, digits, dots, hyphens and underscores."
    return ""


def password_problem(password: str, about: Sequence[str]) -> tuple[str, list[str]]:
    """(why the password is too weak, what would help); ("", []) where it is good.

    `about` are the person's own words (name, e-mail), which a guesser tries first. The estimate is zxcvbn's
    (Wheeler, USENIX Security 2016), 0 to 4; at least 2 is asked. Takes up to some 50 ms: not for the event loop.
    """
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters.", ["Three or four unrelated words are easy to remember."]
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters.", []
    from zxcvbn import zxcvbn

    words = [part for text in about for part in (text, *re.split(r"[\s@._-]+", text)) if len(part) > 2]
    found = zxcvbn(password[:SCORED_CHARACTERS], user_inputs=words)
    if found["score"] >= MIN_SCORE:
        return "", []
    reason = found["feedback"]["warning"] or "This password is easy to guess"
    return f"{reason.rstrip('.')}.", list(found["feedback"]["suggestions"])


def block_seconds(failures: int) -> int:
    """How long an account waits after its n-th failure in a row: 0 to the fourth, 30 at the fifth, then doubling."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_BLOCK_SECONDS << doublings, LONGEST_BLOCK_SECONDS)


def split_name(full_name: str) -> tuple[str, str]:
    """(first word, rest): joined again they are the name, which is all that is promised."""
    first, _, rest = " ".join(full_name.split()).partition(" ")
    return first, rest


def grants_of(text: str | None) -> Mapping[str, frozenset[str]]:
    """The grants of an actor from what the one statement aggregates: `scope role`, with commas between."""
    if not text:
        return MappingProxyType({})
    held: dict[str, frozenset[str]] = {}
    for line in text.split(","):
        scope, _, role = line.partition(" ")
        held[scope] = held.get(scope, frozenset()) | {role}
    return held
