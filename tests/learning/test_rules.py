"""The arithmetic of learning, by property."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from akademe.learning.rules import codes, dates, progress, streaks
from akademe.learning.rules.results import QuizResult, QuizResults

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Apia", "Australia/Lord_Howe"]
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.lists(DAYS, min_size=1, max_size=40))
def test_a_streak_is_the_length_of_the_last_run_of_days(days):
    run = streaks.Run()
    for day in sorted(days):
        run = streaks.after_activity(run, day)
    ordered = sorted(set(days))
    expected = 1
    longest = 1
    for before, after in pairwise(ordered):
        expected = expected + 1 if after - before == timedelta(days=1) else 1
        longest = max(longest, expected)
    assert (run.days, run.longest, run.last_day) == (expected, longest, ordered[-1])
    assert streaks.days_now(run, ordered[-1] + timedelta(days=1)) == expected
    assert streaks.days_now(run, ordered[-1] + timedelta(days=2)) == 0


@given(MOMENTS, ZONES, st.integers(1, 60))
def test_something_every_local_noon_never_breaks_a_streak_through_clock_changes(start, zone, length):
    run = streaks.Run()
    first = streaks.local_day(start, zone)
    seen = set()
    for offset in range(length):
        noon = datetime.combine(first + timedelta(days=offset), datetime.min.time().replace(hour=12), ZoneInfo(zone))
        seen.add(streaks.local_day(noon.astimezone(UTC), zone))
        run = streaks.after_activity(run, streaks.local_day(noon.astimezone(UTC), zone))
    assert run.days == len(seen) == length


@given(MOMENTS, ZONES)
def test_twice_in_a_day_counts_once(moment, zone):
    day = streaks.local_day(moment, zone)
    once = streaks.after_activity(streaks.Run(), day)
    assert streaks.after_activity(once, day) == once
    assert streaks.standing(once, day).is_kept


@given(MOMENTS, ZONES | st.just("Africa/Cairo"), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_day_begins_where_the_calendar_turns(moment, zone, ago):
    """Also where the clock jumps at midnight (Cairo)."""
    same_day = streaks.local_day(moment - ago, zone) == streaks.local_day(moment, zone)
    assert (moment - ago >= streaks.day_start(moment, zone)) == same_day


def test_a_day_of_23_hours_and_one_of_25_are_a_day_each():
    berlin = ["2027-03-27T23:30+01:00", "2027-03-28T23:30+02:00", "2027-03-29T00:10+02:00"]
    run = streaks.Run()
    for moment in berlin:
        run = streaks.after_activity(run, streaks.local_day(datetime.fromisoformat(moment), "Europe/Berlin"))
    assert run.days == 3
    assert streaks.local_day(datetime(2027, 1, 1, tzinfo=UTC), "Nowhere/Land") == date(2027, 1, 1)


def test_moving_west_does_not_break_a_streak():
    run = streaks.after_activity(streaks.Run(), date(2027, 5, 2))
    assert streaks.after_activity(run, date(2027, 5, 1)) == run


@given(st.integers(0, 300), st.integers(0, 300))
def test_percentages_lie_between_0_and_100(done, total):
    share = progress.percentage(done, total)
    assert 0 <= share <= 100
    assert (share == 100) == (total > 0 and done >= total) or round(100 * done / total, 1) == 100


@given(st.lists(st.integers(0, 200_000), max_size=20), st.integers(0, 100_000))
def test_credited_time_never_outruns_the_clock_by_more_than_an_hour(claims, elapsed):
    start = datetime(2027, 1, 1, tzinfo=UTC)
    now = start + timedelta(seconds=elapsed)
    total = 0
    for claim in claims:
        credited = progress.credited_seconds(claim, credited_before=total, enrolled_at=start, now=now)
        assert 0 <= credited <= min(claim, 3600)
        total += credited
    assert total <= elapsed + 3600


@given(*[st.integers(0, 500)] * 2, st.integers(1, 800), st.integers(1, 200), st.integers(0, 100))
def test_engagement_lies_between_0_and_100_and_grows(active, done, enrolled, total, attempts):
    def score(**more):
        values = {"active_days": active, "days_enrolled": enrolled, "done": done, "total": total, "attempts": attempts}
        return progress.engagement(**(values | more))

    assert 0 <= score() <= 100
    for name, value in (("active_days", active), ("done", done), ("attempts", attempts)):
        assert score(**{name: value + 1}) >= score()


def test_an_empty_course_is_never_complete():
    assert not progress.is_complete(0, 0, 0)
    assert progress.is_complete(3, 3, 0)
    assert not progress.is_complete(3, 3, 1)


MAYBE = st.none() | MOMENTS
DATES = st.builds(dates.Dates, MAYBE, MAYBE, MAYBE, st.none() | st.integers(0, 60), st.none() | st.integers(0, 5))


@given(DATES, DATES, DATES)
def test_the_most_specific_word_wins_each_on_its_own(person, section, course):
    found = dates.resolve([person, section, course])
    for name in ("opens_at", "due_at", "closes_at", "extra_minutes", "extra_attempts"):
        said = [getattr(layer, name) for layer in (person, section, course)]
        assert getattr(found, name) == next((value for value in said if value is not None), None)


def test_a_window_is_open_from_its_opening_until_before_its_closing():
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    window = dates.Dates(opens_at=noon, closes_at=noon + timedelta(hours=1))
    assert dates.is_open(window, noon)
    assert not dates.is_open(window, noon - timedelta(seconds=1))
    assert not dates.is_open(window, noon + timedelta(hours=1))


@given(st.text(codes.ALPHABET, min_size=12, max_size=12).map(codes.formatted))
def test_codes_survive_being_read_aloud(code):
    assert codes.normalised(code) == code
    assert codes.normalised(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_nothing(text):
    assert codes.normalised(codes.new_code())
    assert codes.normalised(text) in ("", codes.formatted(codes.normalised(text).replace("-", "")))


def test_the_average_is_of_best_scores():
    results = QuizResults(quizzes={"a": QuizResult(score=0.5, attempts=2), "b": QuizResult(score=1.0, attempts=1)})
    assert (results.average, results.attempts, QuizResults().average) == (0.75, 3, None)
