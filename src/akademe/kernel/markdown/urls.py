"""Which addresses an author may link to or show."""

import re
from urllib.parse import parse_qs, urlsplit

from akademe.kernel.markdown.model import Link

PREFIX = "u-"
"""Before every id that comes from an author, so that none meets an id of the page around the text."""

PUBLIC_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
INTERNAL_SCHEMES = frozenset({"lesson", "quiz", "question", "asset", "course"})
"""Addresses inside the course, which `link` turns into paths; what it leaves alone is dropped."""

_MAX_DATA = 32_768
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(?=:)")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]+")
_OUTSIDE = re.compile(r"(?i:https?:)|[/\\]{2}")
_YOUTUBE = re.compile(r"[\w-]{11}\Z", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}\Z", re.ASCII)
_VIMEO = re.compile(r"\d{4,12}\Z", re.ASCII)


def is_outside(url: str) -> bool:
    """Whether the address leaves this site."""
    return bool(_OUTSIDE.match(url))


def resolve(url: str, link: Link | None, *, image: bool = False) -> str | None:
    """The address to serve for what the author wrote, or None where it must not be served."""
    clean = _INVISIBLE.sub("", url)
    if image and clean.startswith("data:"):
        return clean if len(clean) <= _MAX_DATA and _DATA_IMAGE.match(clean) else None
    final = link(clean) if link is not None and not clean.startswith("#") else clean
    scheme = _SCHEME.match(_INVISIBLE.sub("", final))
    if scheme is not None and scheme[0].lower() not in PUBLIC_SCHEMES:
        return None
    return final if scheme is not None or is_outside(final) else _with_prefixed_fragment(final)


def _with_prefixed_fragment(url: str) -> str:
    path, mark, fragment = url.partition("#")
    if not fragment or fragment.startswith((PREFIX, "b-")):
        return url
    return f"{path}{mark}{PREFIX}{fragment}"


def player(url: str) -> str | None:
    """The privacy-friendly player of an allowed video host for a page address there, else None.

    `start` and `end` in seconds are kept where the host is YouTube.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    tail = parts.path.strip("/").split("/")[-1]
    if host in {"youtube.com", "youtube-nocookie.com", "youtu.be"}:
        asked = parse_qs(parts.query)
        name = asked.get("v", [tail])[0]
        span = "&".join(f"{key}={asked[key][0]}" for key in ("start", "end") if _SECONDS.match(asked.get(key, [""])[0]))
        embedded = f"https://www.youtube-nocookie.com/embed/{name}" + (f"?{span}" if span else "")
        return embedded if _YOUTUBE.match(name) else None
    if host in {"vimeo.com", "player.vimeo.com"} and _VIMEO.match(tail):
        return f"https://player.vimeo.com/video/{tail}?dnt=1"
    return None
