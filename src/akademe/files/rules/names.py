"""Names of files: harmless on every system, and carried in a header without breaking it."""

import re
import unicodedata
from urllib.parse import quote

MAX_NAME = 120
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def safe_name(name: str) -> str:
    """A name that can be stored on any system: no folders, no control or direction marks, no device names.

    Keeps the extension when it shortens; `file` where nothing is left.
    """
    name = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cf", "Cs", "Cn", "Co"))
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    stem = stem.strip(". ") or "file"
    if stem.lower() in _RESERVED:
        stem = f"_{stem}"
    end = f"{dot}{extension[:20]}"
    return stem[: MAX_NAME - len(end)] + end


def content_disposition(name: str, *, inline: bool) -> str:
    """The header of RFC 6266, with an ASCII stand-in and the real name by RFC 8187."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", plain).strip() or "file"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
