"""Names inside an archive: which are safe, and how they are compared."""

from __future__ import annotations

import unicodedata

from akademe.interop.rules.refusal import ImportRefused

LONGEST_NAME = 500
DEEPEST = 30


def safe_name(raw: str) -> str:
    """The name as a relative path with `/`, NFC. Raises ImportRefused where it could lead out of the folder.

    Backslashes count as separators: archives made on Windows hold them, and so do attacks on it.
    """
    if any(0xD800 <= ord(char) <= 0xDFFF for char in raw):
        raise ImportRefused("BAD_ENCODING", f"The file name {printable(raw)} is not UTF-8.")
    name = unicodedata.normalize("NFC", raw.replace("\\", "/")).rstrip("/")
    parts = [part for part in name.split("/") if part != "."]
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise ImportRefused("UNSAFE_PATH", f"The archive holds an absolute path: {printable(raw)}.")
    if ".." in parts:
        raise ImportRefused("UNSAFE_PATH", f"The archive holds a path that leaves its folder: {printable(raw)}.")
    if any(unicodedata.category(char) == "Cc" for char in name):
        raise ImportRefused("UNSAFE_PATH", f"The file name {printable(raw)} holds control characters.")
    if "" in parts and name:
        raise ImportRefused("UNSAFE_PATH", f"The archive holds a path with an empty part: {printable(raw)}.")
    if len(name) > LONGEST_NAME or len(parts) > DEEPEST:
        raise ImportRefused("UNSAFE_PATH", f"The path {printable(raw)} is too long.")
    return "/".join(parts)


def same_name_key(name: str) -> str:
    """Equal for names that a case-insensitive file system would take for one file."""
    return unicodedata.normalize("NFKC", name).casefold()


def printable(raw: str) -> str:
    """The name in quotes, shortened, with what cannot be printed written as escapes."""
    shown = raw if len(raw) <= 80 else raw[:77] + "..."
    return '"' + shown.encode("unicode_escape").decode("ascii") + '"' if not shown.isprintable() else f'"{shown}"'
