"""The kinds of files that are accepted, each told by its content; the name's extension must agree with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

OPENXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?(?>\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>)*+<svg[\s>/:]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of a file: its first 64 KiB, whether all of it is text in UTF-8, the names in it if it is a zip."""

    head: bytes
    is_text: bool = False
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """`inline`: browsers may show it in place; all others are downloaded."""

    content_type: str
    matches: Callable[[Sample], bool]
    inline: bool = False


def _starts(*beginnings: bytes) -> Callable[[Sample], bool]:
    return lambda sample: sample.head.startswith(beginnings)


def _riff(form: bytes) -> Callable[[Sample], bool]:
    return lambda sample: sample.head[:4] == b"RIFF" and sample.head[8:12] == form


def _box(*brands: bytes) -> Callable[[Sample], bool]:
    """An ISO base media file (ISO/IEC 14496-12) whose major or compatible brands name one of these."""

    def matches(sample: Sample) -> bool:
        size = int.from_bytes(sample.head[:4], "big")
        names = sample.head[8 : max(16, min(size, 256))]
        found = {names[at : at + 4] for at in range(0, len(names) - 3, 4) if at != 4}
        return sample.head[4:8] == b"ftyp" and not found.isdisjoint(brands)

    return matches


def _webm(sample: Sample) -> bool:
    return sample.head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in sample.head[:64]


def _mp3(sample: Sample) -> bool:
    head = sample.head
    frame = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0
    return head.startswith(b"ID3") or frame


def _zip(*needed: str) -> Callable[[Sample], bool]:
    """A zip in which each of `needed` begins some name."""

    def matches(sample: Sample) -> bool:
        is_zip = sample.head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
        return is_zip and all(any(name.startswith(start) for name in sample.names) for start in needed)

    return matches


def _odf(flavour: str) -> Callable[[Sample], bool]:
    """OpenDocument 1.3 part 2, 3.3: the first entry is `mimetype`, stored as it is."""
    return lambda sample: sample.head[30:38] == b"mimetype" and sample.head[38:].startswith(f"{ODF}.{flavour}".encode())


def _text(sample: Sample) -> bool:
    return sample.is_text


def _vtt(sample: Sample) -> bool:
    return sample.is_text and sample.head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT")


def _svg(sample: Sample) -> bool:
    return sample.is_text and _PROLOG.match(sample.head) is not None and b"<!ENTITY" not in sample.head


def _pdf(sample: Sample) -> bool:
    return b"%PDF-" in sample.head[:1024]


_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"msdh", b"MSNV")
_OLE = _starts(bytes.fromhex("d0cf11e0a1b11ae1"))
_JPEG = Kind("image/jpeg", _starts(b"\xff\xd8\xff"), inline=True)
_OGG = _starts(b"OggS")
_PLAIN = "text/plain; charset=utf-8"
KINDS: dict[str, Kind] = {
    "png": Kind("image/png", _starts(b"\x89PNG\r\n\x1a\n"), inline=True),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "gif": Kind("image/gif", _starts(b"GIF87a", b"GIF89a"), inline=True),
    "webp": Kind("image/webp", _riff(b"WEBP"), inline=True),
    "avif": Kind("image/avif", _box(b"avif", b"avis"), inline=True),
    "svg": Kind("image/svg+xml", _svg, inline=True),
    "pdf": Kind("application/pdf", _pdf, inline=True),
    "docx": Kind(f"{OPENXML}.wordprocessingml.document", _zip("[Content_Types].xml", "word/")),
    "xlsx": Kind(f"{OPENXML}.spreadsheetml.sheet", _zip("[Content_Types].xml", "xl/")),
    "pptx": Kind(f"{OPENXML}.presentationml.presentation", _zip("[Content_Types].xml", "ppt/")),
    "odt": Kind(f"{ODF}.text", _odf("text")),
    "ods": Kind(f"{ODF}.spreadsheet", _odf("spreadsheet")),
    "odp": Kind(f"{ODF}.presentation", _odf("presentation")),
    "doc": Kind("application/msword", _OLE),
    "xls": Kind("application/vnd.ms-excel", _OLE),
    "ppt": Kind("application/vnd.ms-powerpoint", _OLE),
    "rtf": Kind("application/rtf", _starts(b"{\\rtf")),
    "txt": Kind(_PLAIN, _text, inline=True),
    "md": Kind("text/markdown; charset=utf-8", _text),
    "markdown": Kind("text/markdown; charset=utf-8", _text),
    "csv": Kind("text/csv; charset=utf-8", _text),
    "vtt": Kind("text/vtt; charset=utf-8", _vtt, inline=True),
    "mp3": Kind("audio/mpeg", _mp3, inline=True),
    "m4a": Kind("audio/mp4", _box(b"M4A ", *_BRANDS), inline=True),
    "ogg": Kind("audio/ogg", _OGG, inline=True),
    "oga": Kind("audio/ogg", _OGG, inline=True),
    "opus": Kind("audio/ogg", _OGG, inline=True),
    "wav": Kind("audio/wav", _riff(b"WAVE"), inline=True),
    "flac": Kind("audio/flac", _starts(b"fLaC"), inline=True),
    "mp4": Kind("video/mp4", _box(*_BRANDS), inline=True),
    "m4v": Kind("video/mp4", _box(*_BRANDS), inline=True),
    "webm": Kind("video/webm", _webm, inline=True),
    "zip": Kind("application/zip", _zip()),
}
_INLINE = frozenset(kind.content_type for kind in KINDS.values() if kind.inline)


def extension_of(name: str) -> str:
    """What follows the last dot, in small letters; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(extension: str, sample: Sample) -> Kind | None:
    """The kind of this content under this extension; None where they disagree or the kind is not accepted."""
    kind = KINDS.get(extension)
    return kind if kind is not None and kind.matches(sample) else None


def better_extensions(sample: Sample) -> list[str]:
    """Under which extensions this content would be taken, for the sentence of a refusal."""
    return [extension for extension, kind in KINDS.items() if kind.matches(sample)]


def is_shown_inline(content_type: str) -> bool:
    return content_type in _INLINE
