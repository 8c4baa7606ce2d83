"""Notices: the kinds of message to a person. Declared by the domain that has something to say, delivered by another."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, get_timezone

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:^=])")
notices: dict[str, "Notice"] = {}


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind. Its text is `<domain>/templates/notices/<name>.md`: a title line `# ...`, then Markdown.

    `name` is `<domain>.<name>`; `{field}` in the text and in `link` stands for what the sender gives. `urgent` ones
    are not held back by preferences; those with `is_kept=False` are mailed and leave nothing in the inbox.
    """

    name: str
    label: str
    link: str = ""
    urgent: bool = False
    is_kept: bool = True

    def __post_init__(self) -> None:
        notices[self.name] = self


@dataclass(frozen=True, slots=True)
class Words:
    """A notice for one person: `title` one line, `text` plain, `markdown` with what was filled in taken literally."""

    title: str
    text: str
    markdown: str
    link: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person reads: language (BCP 47) and time zone (IANA)."""

    locale: str = "en"
    time_zone: str = "UTC"


def words(notice: Notice, data: dict[str, Any], manner: Manner) -> Words:
    """Fill the notice in, in the person's language where there is a text in it, with times as the person's clock."""
    title, body = _template(notice.name, manner.locale.split("-")[0])
    values = {key: _shown(value, manner) for key, value in data.items()}
    literal = {key: _SPECIAL.sub(r"\\\1", value) for key, value in values.items()}
    return Words(
        title=" ".join(title.format_map(values).split()),
        text=body.format_map(values),
        markdown=body.format_map(literal),
        link=notice.link.format_map(values),
    )


@lru_cache(maxsize=256)
def _template(name: str, language: str) -> tuple[str, str]:
    domain, _, short = name.partition(".")
    folder = files(f"akademe.{domain}") / "templates" / "notices"
    own = folder / f"{short}.{language}.md"
    title, _, body = (own if own.is_file() else folder / f"{short}.md").read_text("utf-8").partition("\n")
    return title.removeprefix("#").strip(), body.strip()


def _shown(value: Any, manner: Manner) -> str:
    """A value as the person reads it, on one line."""
    if isinstance(value, datetime):
        return _moment(value, manner)
    return " ".join(str(value).split())


def _moment(value: datetime, manner: Manner) -> str:
    try:
        locale = Locale.parse(manner.locale, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    try:
        zone = get_timezone(manner.time_zone)
    except LookupError:
        zone = get_timezone("UTC")
    return format_datetime(value, "long", tzinfo=zone, locale=locale)
