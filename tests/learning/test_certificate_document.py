"""The certificate's PDF: every script, any name, the same bytes, quickly."""

import io
import time
import unicodedata
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from akademe.learning.certificate import CertificateFields, CertificateWords, render_certificate
from akademe.learning.certificate.render import render_as

FIELDS = CertificateFields(
    full_name="Demo Learner 07",
    course_title="Thinking in data",
    organization="Demo School",
    code="AK-0000-0007",
    verify_url="https://school.example.org/certificates/AK-0000-0007",
    issued_on=date(2026, 11, 20),
    instructor="Demo Instructor 01",
)


def text_of(pdf: bytes) -> str:
    """The text of a one-page document, without spaces."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    return unicodedata.normalize("NFKC", pages[0].extract_text()).replace(" ", "").replace("\n", "")


def picture(name: str) -> Image.Image:
    """The band of the page that the name is on, in grey."""
    page = Image.open(io.BytesIO(render_as(replace(FIELDS, full_name=name), "png"))).convert("L")
    return page.crop((100, 230, 1000, 480))


@pytest.mark.parametrize(
    "name",
    ["Demo Læřnér Ωμέγα Пример", "演示学员王喆堃", "示範學員龍", "デモがくしゅうしゃ", "데모학습자"],
)
def test_names_are_in_the_text(name: str) -> None:
    found = text_of(render_certificate(replace(FIELDS, full_name=name)))
    assert unicodedata.normalize("NFKC", name).replace(" ", "") in found
    assert "AK-0000-0007" in found
    assert "Thinkingindata" in found


def test_arabic_is_in_the_text_and_joined() -> None:
    found = text_of(render_certificate(replace(FIELDS, full_name="متعلم تجريبي")))
    assert {"متعلم", "تجريبي"} <= {found[i : i + n] for n in (5, 6) for i in range(len(found))}


@pytest.mark.parametrize(
    "name",
    [
        "डेमो शिक्षार्थी",
        "متعلم تجريبي",
        "演示学员",
        "לומד הדגמה",
        "ผู้เรียนตัวอย่าง",
        "ডেমো শিক্ষার্থী",
        "மாதிரி கற்பவர்",
        "დემო",
        "Ցուցադրական",
        "🎓🌍🦉",
    ],
)
def test_no_script_is_shown_as_boxes(name: str) -> None:
    """A missing glyph looks like every other missing glyph: private-use signs, which no font has, are the reference."""
    import typst

    fonts = render_as.__globals__["_fonts"]()
    page = "#set page(width: auto, height: auto, margin: 4pt)\n#set text(font: {}, size: 30pt)\n{}"
    families = "(" + ", ".join(f'"{family}"' for family in fonts.families()) + ")"

    def drawn(text: str) -> bytes:
        source = page.format(families, text).encode()
        made = typst.Compiler(source, font_paths=fonts, ignore_system_fonts=True).compile(format="png", ppi=72)
        assert isinstance(made, bytes)
        return made

    box = drawn("\U0010fffd")
    assert all(drawn(sign) != box for sign in set(name) if unicodedata.category(sign) in {"Lo", "So"})


def test_hindi_is_shaped() -> None:
    shaped, apart = picture("क्षत्रिय"), picture("क् ष त् र ि य")
    assert shaped.getbbox() is not None
    assert shaped.tobytes() != apart.tobytes()


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        "$ sum_(i=1)^n $",
        "*bold* _it_ `raw` @ref <label>",
        '"]} #panic("x")',
        "\\u{0} // comment",
        "= Heading",
    ],
)
def test_markup_in_a_name_is_data(name: str) -> None:
    found = text_of(render_certificate(replace(FIELDS, full_name=name, course_title=name, organization=name)))
    assert found.count(name.replace(" ", "")) >= 2
    assert "root:" not in found


@pytest.mark.parametrize("name", ["X" * 300, "Demo Learner " * 40, "演" * 300, "W" * 30, "", "   "])
def test_long_and_empty_names_stay_on_one_page(name: str) -> None:
    text_of(render_certificate(replace(FIELDS, full_name=name, course_title=name, organization=name, instructor=name)))


def test_the_same_fields_give_the_same_bytes() -> None:
    assert render_certificate(FIELDS) == render_certificate(FIELDS)
    assert render_certificate(FIELDS) != render_certificate(replace(FIELDS, code="AK-0000-0008"))


def test_it_is_quick() -> None:
    render_certificate(FIELDS)
    start = time.process_time()
    render_certificate(replace(FIELDS, full_name="演示学员 Demo"))
    assert time.process_time() - start < 1


def test_the_page_is_laid_out_alike_in_every_language() -> None:
    def foot(language: str) -> bytes:
        page = Image.open(io.BytesIO(render_as(replace(FIELDS, language=language), "png")))
        return page.crop((100, 600, 1030, 730)).tobytes()

    assert foot("ar") == foot("he") == foot("en")


def test_words_and_accent_are_the_organisations() -> None:
    words = CertificateWords(title="Teilnahmebestätigung", before_name="Hiermit wird bestätigt, dass")
    ours = replace(FIELDS, words=words, accent="#7a1f3d", language="de")
    assert "Hiermitwirdbestätigt" in text_of(render_certificate(ours))
    assert render_certificate(replace(FIELDS, accent='"); #panic("')) == render_certificate(FIELDS)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_makes_a_page(name: str, course: str) -> None:
    assert render_certificate(replace(FIELDS, full_name=name, course_title=course)).startswith(b"%PDF-")
