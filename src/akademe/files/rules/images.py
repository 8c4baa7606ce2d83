"""Width and height in pixels, read from the first bytes of a picture. Never raises: a broken picture has none."""

import re
from collections.abc import Callable

Size = tuple[int, int]
MAX_PIXELS = 65_535
_SVG_TAG = re.compile(rb"<svg\b[^>]*>", re.DOTALL)
_SVG_LENGTH = rb"""\b%s\s*=\s*["']\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)(?:px)?\s*["']"""
_SVG_BOX = re.compile(rb"""\bviewBox\s*=\s*["']\s*(?:[-+0-9.eE]+[\s,]+){2}([0-9.]{1,12})[\s,]+([0-9.]{1,12})""")
# Start of frame markers of JPEG (ITU-T T.81, table B.1): C0 to CF but DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def dimensions(content_type: str, head: bytes) -> Size | None:
    """(width, height) of a picture of this type from its first bytes, or None."""
    reader = _READERS.get(content_type)
    try:
        found = reader(head) if reader else None
    except (IndexError, ValueError):
        return None
    if found is None or not all(0 < side <= MAX_PIXELS for side in found):
        return None
    return found


def _big(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + length], "little")


def _png(head: bytes) -> Size:
    return _big(head, 16, 4), _big(head, 20, 4)


def _gif(head: bytes) -> Size:
    return _little(head, 6, 2), _little(head, 8, 2)


def _jpeg(head: bytes) -> Size:
    at = 2
    while True:
        while head[at] != 0xFF:
            at += 1
        while head[at] == 0xFF:
            at += 1
        if head[at] in _FRAMES:
            return _big(head, at + 6, 2), _big(head, at + 4, 2)
        at += 1 + _big(head, at + 1, 2)


def _webp(head: bytes) -> Size | None:
    """RFC 9649: lossy (VP8), lossless (VP8L) and extended (VP8X) files."""
    form = head[12:16]
    if form == b"VP8 ":
        return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
    if form == b"VP8L":
        bits = _little(head, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":
        return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
    return None


def _avif(head: bytes) -> Size | None:
    """The first `ispe` property (ISO/IEC 23008-12, 6.5.3)."""
    at = head.find(b"ispe")
    return (_big(head, at + 8, 4), _big(head, at + 12, 4)) if at >= 0 else None


def _svg(head: bytes) -> Size | None:
    tag = _SVG_TAG.search(head)
    if tag is None:
        return None
    sides = [re.search(_SVG_LENGTH % side, tag.group()) for side in (b"width", b"height")]
    if sides[0] and sides[1]:
        return round(float(sides[0].group(1))), round(float(sides[1].group(1)))
    box = _SVG_BOX.search(tag.group())
    return (round(float(box.group(1))), round(float(box.group(2)))) if box else None


_READERS: dict[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
    "image/svg+xml": _svg,
}
