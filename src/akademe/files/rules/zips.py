"""The names in a zip (PKWARE APPNOTE 4.3), read from as much of its directory as somebody cares to read."""

import struct

ZIP_END_BYTES = 22 + 65_535
"""The end record with the longest comment."""
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_ENTRY_BYTES = 46


def zip_directory(tail: bytes) -> int:
    """Where the directory begins, counted from the start of `tail`, the last bytes of the file: often before it."""
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return len(tail)
    return at - int(struct.unpack_from("<I", tail, at + 12)[0])


def zip_names(directory: bytes) -> frozenset[str]:
    """The names of the entries that lie whole in these bytes."""
    names, at = set(), 0
    while directory.startswith(_ENTRY, at) and len(directory) >= at + _ENTRY_BYTES:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        end = at + _ENTRY_BYTES + name
        if end <= len(directory):
            names.add(directory[at + _ENTRY_BYTES : end].decode("utf-8", "replace"))
        at = end + extra + comment
    return frozenset(names)
