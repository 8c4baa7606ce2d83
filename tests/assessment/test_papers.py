"""Drawing, windows, results and what may be shown: the pure rules of an attempt."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akademe.assessment.rules import windows
from akademe.assessment.rules.drawing import Candidate, draw, shown_options, shuffled
from akademe.assessment.rules.grading import Graded
from akademe.assessment.rules.results import Total, late_penalty, passed, percentage, points, score, shown, total
from akademe.assessment.rules.windows import Window
from akademe.learning.rules.dates import Dates
from tests.make.assessment import question

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATES = st.none() | st.integers(-5, 5).map(lambda hours: NOON + hours * HOUR)
CANDIDATES = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([None, "p", "q"])), max_size=12, unique_by=lambda one: one[0]
).map(lambda rows: [Candidate(str(number), 1, pool) for number, pool in rows])


@given(CANDIDATES, st.text(max_size=8), st.booleans(), st.integers(0, 5))
def test_a_draw_takes_what_each_pool_says_and_is_the_same_again(
    candidates: list[Candidate], seed: str, shuffle: bool, wanted: int
) -> None:
    paper = draw(candidates, {"p": wanted}, seed, shuffle=shuffle)
    counts, given_counts = Counter(one.pool for one in paper), Counter(one.pool for one in candidates)
    assert counts["p"] == min(wanted, given_counts["p"])
    assert (counts[None], counts["q"]) == (given_counts[None], given_counts["q"])
    assert paper == draw(candidates, {"p": wanted}, seed, shuffle=shuffle)
    assert shuffle or paper == sorted(paper, key=candidates.index)


def test_every_order_comes_up() -> None:
    orders = Counter(tuple(shuffled("abc", str(seed), "x")) for seed in range(600))
    assert len(orders) == 6
    assert min(orders.values()) > 60


def test_a_known_seed_gives_a_known_paper() -> None:
    assert shuffled("abcdef", "seed", "questions") == ["c", "e", "a", "b", "f", "d"]


def test_options_are_shown_without_weights_or_feedback() -> None:
    made = question("mcq", options=[{"id": "a", "text": "A", "weight": 50, "feedback": "Hm"}, "B"], correct_answer="b")
    assert shown_options("mcq", made.options, "s", "q", shuffle=False) == [
        {"id": "a", "text": "A"},
        {"id": "b", "text": "B"},
    ]


@pytest.mark.parametrize("kind", ["ordering", "matching"])
def test_what_would_be_the_answer_as_written_is_always_shuffled(kind: str) -> None:
    made = question(kind)
    orders = {str(shown_options(kind, made.options, str(seed), "q", shuffle=False)) for seed in range(50)}
    assert len(orders) == 6


LAYERS = st.lists(st.builds(Dates, DATES, DATES, DATES, st.none() | st.integers(0, 60), st.none() | st.integers(0, 3)))


@given(above=LAYERS, below=LAYERS)
def test_the_most_particular_date_wins(above: list[Dates], below: list[Dates]) -> None:
    result = windows.window(Window(due_date=NOON, minutes=30, max_attempts=2), above, below)
    said = [one.due_at for one in above if one.due_at]
    extra = [one.extra_minutes for one in [*above, *below] if one.extra_minutes is not None]
    assert result.due_date == (said[0] if said else NOON)
    assert result.minutes == 30 + (extra[0] if extra else 0)


def test_extra_time_and_attempts_change_nothing_where_there_is_no_limit() -> None:
    assert windows.window(Window(), [Dates(extra_minutes=30, extra_attempts=2)]) == Window()


def test_an_attempt_ends_at_its_limit_or_at_the_closing_date() -> None:
    window = Window(closes_at=NOON + HOUR, minutes=45)
    assert windows.deadline(window, NOON) == NOON + timedelta(minutes=45)
    assert windows.deadline(window, NOON + HOUR / 2) == NOON + HOUR
    assert windows.deadline(Window(), NOON) is None


def test_the_network_gets_fifteen_seconds() -> None:
    assert windows.in_time(NOON, NOON + timedelta(seconds=15))
    assert not windows.in_time(NOON, NOON + timedelta(seconds=16))
    assert windows.late_by(Window(due_date=NOON), NOON + timedelta(seconds=10)) == timedelta(0)
    assert windows.late_by(Window(due_date=NOON), NOON + HOUR) == HOUR


def test_windows_and_attempts() -> None:
    window = Window(opens_at=NOON, closes_at=NOON + HOUR, max_attempts=2)
    assert not windows.is_open(window, NOON - timedelta(seconds=1))
    assert windows.is_open(window, NOON)
    assert not windows.is_open(window, NOON + HOUR)
    assert [windows.attempts_left(window, used) for used in (0, 2, 3)] == [2, 0, 0]
    assert windows.attempts_left(Window(), 99) is None


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_the_three_ways_to_say_a_score_agree(possible: int, earned: int) -> None:
    result = Total(min(earned, possible), possible)
    assert abs(score(result.share) * 100 - percentage(result.share)) < 1e-9
    assert points(result.earned) * 100 == pytest.approx(result.earned)


@pytest.mark.parametrize(
    ("earned", "possible", "limit", "passes"), [(70, 100, 0.7, True), (699, 1000, 0.7, False), (0, 0, 1, True)]
)
def test_passing_is_exact(earned: int, possible: int, limit: float, passes: bool) -> None:
    assert passed(Total(earned, possible), limit) is passes


def test_lateness_costs_so_much_for_each_day_begun() -> None:
    assert late_penalty(timedelta(0), 10, 50) == 0
    assert late_penalty(timedelta(seconds=1), 10, 50) == Fraction(1, 10)
    assert late_penalty(timedelta(days=30), 10, 50) == Fraction(1, 2)
    earned = total([(Graded(Fraction(1), 333), 333), (Graded(None, None), 100)], penalty=Fraction(1, 10))
    assert (earned.earned, earned.possible, earned.waiting) == (300, 433, 1)


@pytest.mark.parametrize(
    ("review", "has_passed", "closed", "details"),
    [
        ("never", True, True, False),
        ("score_only", True, True, False),
        ("after_submit", False, False, True),
        ("after_pass", False, True, False),
        ("after_pass", True, False, True),
        ("after_close", True, False, False),
        ("after_close", False, True, True),
    ],
)
def test_what_is_shown_follows_the_review_setting(review: str, has_passed: bool, closed: bool, details: bool) -> None:
    seen = shown(
        review,  # type: ignore[arg-type]  # parametrize gives a str
        has_passed=has_passed,
        may_go_on=True,
        window=Window(closes_at=NOON if closed else NOON + 2 * HOUR),
        now=NOON + HOUR,
    )
    assert seen.score is (review != "never")
    assert seen.details is details
    assert seen.solutions is (details and (has_passed or closed))
