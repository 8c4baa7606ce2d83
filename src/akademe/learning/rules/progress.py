"""Percentages, time, engagement, and when a course is completed."""

from datetime import datetime

LONGEST_CALL = 3600
GRACE = 3600


def percentage(done: int, total: int) -> float:
    """Share of the required lessons that are completed, 0 to 100 with one decimal; a course without any is at 0."""
    return round(100 * min(done, total) / total, 1) if total > 0 else 0.0


def is_complete(done: int, total: int, unsatisfied: int) -> bool:
    """Every required lesson completed and no required item of another kind open; an empty course is never complete."""
    return unsatisfied == 0 and done >= total > 0


def believable_seconds(enrolled_at: datetime, now: datetime) -> int:
    """How much time a learner can have spent since enrolling: the wall time, and GRACE for what was read before."""
    return int((now - enrolled_at).total_seconds()) + GRACE


def credited_seconds(claimed: int, *, credited_before: int, enrolled_at: datetime, now: datetime) -> int:
    """How much of the time a client claims to believe, in seconds.

    At most an hour per call, and never in sum more than an hour beyond the wall time since enrolling: the hour lets an
    offline client send what was read before, and bounds what an invented figure can add.
    """
    possible = believable_seconds(enrolled_at, now) - credited_before
    return max(0, min(claimed, LONGEST_CALL, possible))


def engagement(*, active_days: int, days_enrolled: int, done: int, total: int, attempts: int) -> float:
    """0 to 100: up to 40 for activity, 40 for lessons, 20 for attempts.

    Activity is full at three active days for each week enrolled, lessons at all of them, attempts at one for every four
    lessons.
    """
    expected_days = max(1.0, days_enrolled * 3 / 7)
    activity = min(1.0, active_days / expected_days)
    lessons = min(1.0, done / total) if total else 0.0
    practice = min(1.0, attempts / max(1.0, total / 4))
    return round(40 * activity + 40 * lessons + 20 * practice, 1)
