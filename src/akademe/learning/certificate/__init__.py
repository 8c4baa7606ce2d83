"""The certificate as a document: a pure function from its fields to a PDF.

`render_certificate(fields)` gives the same bytes for the same fields, in well under a second, and reads nothing but its
own template and fonts. Names in Latin, Greek, Cyrillic, Chinese, Japanese, Korean, Arabic, Hebrew, and the scripts of
South and South-East Asia, and emoji, are set with fonts that travel beside it. It is CPU-bound: call it in a thread.

Stands on: typst, segno (both imported when first used).
"""

from akademe.learning.certificate.fields import DEFAULT_ACCENT, CertificateFields, CertificateWords
from akademe.learning.certificate.render import render_certificate

__all__ = ["DEFAULT_ACCENT", "CertificateFields", "CertificateWords", "render_certificate"]
