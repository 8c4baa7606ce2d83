"""Covers: the same title gives the same drawing for ever, and nothing that the policy of the page refuses."""

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from akademe.web.ui.covers import cover_key, cover_svg, draw_cover

KEPT = "1b9a4061dcbf"


def test_a_title_keeps_its_cover() -> None:
    assert cover_key("Plain statistics") == cover_key("  plain   STATISTICS ") == KEPT
    assert cover_svg("Plain statistics") != cover_svg("Plain statistics II")


@given(st.text(max_size=60))
def test_every_title_gives_a_drawing_without_style_or_script(title: str) -> None:
    svg = cover_svg(title)
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert "style" not in svg
    assert "script" not in svg
    assert len(svg) < 25_000


def test_covers_differ() -> None:
    assert len({draw_cover(f"{n:012x}") for n in range(200)}) == 200
