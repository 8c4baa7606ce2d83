"""Names, ranges and pictures, as properties."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from akademe.files import rules
from akademe.files.rules.kinds import KINDS, Sample


@given(st.text(max_size=300))
def test_a_safe_name_is_safe_and_stays(name):
    safe = rules.safe_name(name)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set('/\\<>:"|?*\0\r\n')
    assert not safe.startswith(".")
    assert rules.safe_name(safe) == safe
    header = rules.content_disposition(safe, inline=True)
    assert header.isascii()
    assert header.isprintable()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../x.pdf", "x.pdf"),
        ("C:\\a\\b.txt", "b.txt"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("a" * 300 + ".png", "a" * 116 + ".png"),
    ],
)
def test_safe_names(name, safe):
    assert rules.safe_name(name) == safe


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_what_slicing_says(size, first, last):
    data = bytes(range(size))
    found = rules.byte_range(f"bytes={first}-{last}", size)
    if last < first:
        assert found is None
    elif first >= size:
        assert found == rules.UNSATISFIABLE
    else:
        start, end = found
        assert data[start:end] == data[first : last + 1]
    suffix = rules.byte_range(f"bytes=-{last}", size)
    assert suffix == (rules.UNSATISFIABLE if not last or not size else (max(0, size - last), size))


@given(st.text(max_size=40))
def test_no_range_header_is_an_error(header):
    rules.byte_range(header, 100)
    rules.byte_range(f"bytes={header}", 100)


@given(st.binary(max_size=200), st.sampled_from(sorted(KINDS)))
def test_no_content_breaks_the_judge(head, extension):
    kind = KINDS[extension]
    for start in (b"", b"\xff\xd8", b"RIFF____WEBPVP8 ", b"RIFF____WEBPVP8X", b"GIF89a", b"ispe", b"<svg "):
        kind.matches(Sample(start + head, is_text=True))
        rules.dimensions(kind.content_type, start + head)


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("size", [(1, 1), (640, 479), (4000, 3)])
def test_dimensions_of_real_pictures(form, size):
    memory = io.BytesIO()
    Image.new("RGB", size).save(memory, form)
    extension = form.lower()
    kind = rules.kind_of(extension, Sample(memory.getvalue()))
    assert kind is not None
    assert rules.dimensions(kind.content_type, memory.getvalue()) == size


def test_lossless_and_alpha_webp():
    for options, mode in (({"lossless": True}, "RGB"), ({}, "RGBA")):
        memory = io.BytesIO()
        Image.new(mode, (33, 21)).save(memory, "WEBP", **options)
        assert rules.dimensions("image/webp", memory.getvalue()) == (33, 21)


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        (b'<svg width="30" height="20.4px">', (30, 20)),
        (b"<svg viewBox='0 0 300 150'>", (300, 150)),
        (b'<svg width="100%" viewBox="0,0,7,8">', (7, 8)),
        (b"<svg>", None),
        (b'<svg width="0" height="0">', None),
    ],
)
def test_dimensions_of_drawings(svg, size):
    assert rules.dimensions("image/svg+xml", svg) == size


def test_a_prolog_of_comments_costs_no_time():
    sample = Sample(b"<!---->" * 9000 + b"<html>", is_text=True)
    assert not KINDS["svg"].matches(sample)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=30), unique=True)
)
def test_the_names_in_a_zip_are_those_that_were_put_in(names):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.comment = b"PK\x01\x02 a comment"
        for name in names:
            archive.writestr(name, "content")
    data = memory.getvalue()
    assert rules.zip_names(data[rules.zip_directory(data) :]) == set(names)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_a_zip(before, after):
    for data in (before, b"PK\x05\x06" + before, b"PK\x01\x02" + before, before + b"PK\x05\x06" + after):
        rules.zip_names(data[max(0, rules.zip_directory(data)) :])
        rules.zip_names(data)


def test_a_directory_is_read_as_far_as_it_is_given():
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", 2, 0, 0) + bytes(12) + b"ab"
    assert rules.zip_names((entry * 10)[:-1]) == {"ab"}
    assert rules.zip_names(entry[:-1]) == set()
