"""Dates and numbers as people say them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akademe.kernel.auth import Actor
from akademe.web.ui import formats
from akademe.web.ui.view import View, showing

NOW = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)


def seen_from(locale: str = "en", zone: str = "UTC") -> View:
    return View(Actor(locale=locale, time_zone=zone), now=NOW)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW - timedelta(seconds=20), "just now"),
        (NOW - timedelta(minutes=5), "5 minutes ago"),
        (NOW - timedelta(hours=5), "today 09:00"),
        (NOW + timedelta(days=1, hours=4), "tomorrow 18:00"),
        (NOW - timedelta(days=1), "yesterday 14:00"),
        (NOW + timedelta(days=3), "Sunday 14:00"),
        (NOW - timedelta(days=60), "11 January"),
        (NOW - timedelta(days=400), "5 February 2025"),
    ],
)
def test_a_moment_is_said_as_one_would(moment: datetime, said: str) -> None:
    with showing(seen_from()):
        assert formats.say_when(moment) == said


def test_a_sentence_that_names_a_moment_keeps_the_exact_time_and_escapes_the_rest() -> None:
    with showing(seen_from()):
        line = formats.told("Seen %(when)s by %(who)s", NOW - timedelta(minutes=5), who="<b>")
    assert 'title="12 March 2026' in line
    assert line.endswith(">5 minutes ago</time> by &lt;b&gt;")


def test_days_are_those_of_the_viewers_own_time_zone() -> None:
    late = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    with showing(seen_from(zone="Asia/Tokyo")):
        assert formats.say_when(late) == "tomorrow 08:30"
    with showing(seen_from(zone="not/a/zone")):
        assert formats.say_when(late) == "today 23:30"


def test_the_exact_time_stands_in_the_title() -> None:
    with showing(seen_from()):
        html = formats.when(NOW + timedelta(days=1))
    assert 'datetime="2026-03-13T14:00:00+00:00"' in html
    assert "13 March 2026" in html


def test_numbers_follow_the_language() -> None:
    with showing(seen_from("de")):
        assert formats.format_number(1234.5) == "1.234,5"
        assert formats.percent(0.5).replace("\xa0", " ") == "50 %"
    with showing(seen_from()):
        assert formats.format_number(Decimal("3.00")) == "3"
        assert formats.money(0, "EUR") == "Free"
        assert formats.file_size(1_234_567) == "1.2 MB"
        assert formats.span(5400) == "1 h 30 min"
        assert formats.span(20) == "under a minute"


@settings(deadline=None)  # the first of each language loads its data
@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.sampled_from(["en", "ar", "zh", "xx", "pt-BR"]))
def test_every_moment_can_be_said_in_every_language(moment: datetime, locale: str) -> None:
    with showing(seen_from(locale)):
        assert formats.when(moment.replace(tzinfo=UTC))


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text() | st.booleans() | st.none()))
def test_attributes_never_break_out_of_their_quotes(pairs: dict[str, object]) -> None:
    html = formats.attributes(pairs)
    assert "<" not in html
    assert html.count('"') % 2 == 0
