"""What is printed on a certificate."""

from dataclasses import dataclass, field
from datetime import date

DEFAULT_ACCENT = "#0b5f66"
"""The project's deep teal, for organisations without a colour of their own."""


@dataclass(frozen=True, slots=True)
class CertificateWords:
    """The fixed texts, in the language of the certificate."""

    title: str = "Certificate of completion"
    before_name: str = "This certifies that"
    before_course: str = "has completed the course"
    issued: str = "Issued"
    code: str = "Certificate"
    taught_by: str = "Taught by"
    verify: str = "Verify at"


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """One certificate as issued. `accent` is `#rrggbb`; `issued_text` the date as people write it, ISO 8601 by
    default.
    """

    full_name: str
    course_title: str
    organization: str
    code: str
    verify_url: str
    issued_on: date
    issued_text: str = ""
    instructor: str = ""
    language: str = "en"
    accent: str = DEFAULT_ACCENT
    words: CertificateWords = field(default_factory=CertificateWords)
