"""What names an organisation may have."""

import re
from functools import cache
from zoneinfo import available_timezones

RESERVED_SLUGS = frozenset(
    "admin api www app static assets health metrics docs new login sign-in register account settings staff"
    " support help mail search courses learn teach manage".split()
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def slug_problem(slug: str) -> str:
    """Why this short name cannot be used, as a sentence; empty where it can."""
    if not _SLUG.fullmatch(slug):
        return "Use 1 to 63 small letters, digits and hyphens, with a letter or digit at both ends."
    if slug in RESERVED_SLUGS:
        return "This short name is reserved."
    return ""


def slug_from(name: str) -> str:
    """A short name made of a long one; `organization` where no letter of it can be used."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    if not slug:
        return "organization"
    return f"{slug}-org" if slug in RESERVED_SLUGS | {"default"} else slug


def is_domain(text: str) -> bool:
    """A host name in its ASCII form, as the Host header carries it."""
    return len(text) <= 253 and _DOMAIN.fullmatch(text) is not None


@cache
def time_zones() -> frozenset[str]:
    """The IANA names; reading them opens hundreds of files, so once."""
    return frozenset(available_timezones())
