"""Setting a certificate with typst."""

import io
import json
import re
import unicodedata
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from akademe.learning.certificate.fields import DEFAULT_ACCENT, CertificateFields

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_LONG_WORD = re.compile(r"\S{25}(?=\S)")


def render_certificate(fields: CertificateFields) -> bytes:
    """The certificate as a PDF: one page, A4 landscape."""
    return render_as(fields, "pdf")


def render_as(fields: CertificateFields, kind: Literal["pdf", "png"]) -> bytes:
    """The same page in another form. What people wrote reaches typst as JSON, so it is data and never markup."""
    import typst

    made = typst.Compiler(
        input=(_HERE / "template.typ").read_bytes(),
        root=str(_HERE),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_data(fields), ensure_ascii=False)},
    ).compile(format=kind, ppi=96, timestamp=datetime.combine(fields.issued_on, time(), UTC))
    if not isinstance(made, bytes):
        raise TypeError(f"typst made {type(made).__name__} of a one-page document")
    return made


@lru_cache(maxsize=1)
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")])


def _data(fields: CertificateFields) -> dict[str, Any]:
    words = {key: _printable(value) for key, value in asdict(fields.words).items()}
    return {
        "name": _printable(fields.full_name),
        "course": _printable(fields.course_title),
        "organization": _printable(fields.organization, 90),
        "instructor": _printable(fields.instructor, 60),
        "code": _printable(fields.code),
        "url": _printable(fields.verify_url),
        "issued": _printable(fields.issued_text) or fields.issued_on.isoformat(),
        "date": [fields.issued_on.year, fields.issued_on.month, fields.issued_on.day],
        "language": fields.language if _LANGUAGE.match(fields.language) else "en",
        "accent": fields.accent if _ACCENT.match(fields.accent) else DEFAULT_ACCENT,
        "qr": _qr_code(fields.verify_url),
        "words": words,
    }


def _printable(text: str, longest: int = 300) -> str:
    """One line without control characters; very long words may be broken, so that nothing runs off the page."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs", "Co", "Zl", "Zp"} else sign for sign in text)
    line = unicodedata.normalize("NFC", " ".join(visible.split()))
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    return _LONG_WORD.sub(lambda found: found[0] + "\u200b", line)


def _qr_code(url: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make_qr(url[:1000], error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()
