"""When a learner may work on an assessment, and how often: dates, extra time and attempts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from akademe.learning.rules.dates import Dates, resolve

GRACE = timedelta(seconds=15)
"""How long after the deadline an answer may still arrive: the network's share, not the learner's."""


@dataclass(frozen=True, slots=True)
class Window:
    """The dates and limits that hold for one learner. `max_attempts` None is unbounded, `minutes` None untimed."""

    opens_at: datetime | None = None
    due_date: datetime | None = None
    closes_at: datetime | None = None
    minutes: int | None = None
    max_attempts: int | None = None


def window(base: Window, above: Iterable[Dates], below: Iterable[Dates] = ()) -> Window:
    """The window of one learner: what is said for that person or section of the assessment comes `above` its own dates,
    what is said for the course `below`.

    Extra minutes lengthen a time limit, extra attempts a bounded number; where there is no limit they change nothing.
    """
    own = Dates(opens_at=base.opens_at, due_at=base.due_date, closes_at=base.closes_at)
    dates = resolve([*above, own, *below])
    return Window(
        opens_at=dates.opens_at,
        due_date=dates.due_at,
        closes_at=dates.closes_at,
        minutes=None if base.minutes is None else base.minutes + (dates.extra_minutes or 0),
        max_attempts=None if base.max_attempts is None else base.max_attempts + (dates.extra_attempts or 0),
    )


def deadline(window: Window, started_at: datetime) -> datetime | None:
    """When an attempt begun at `started_at` ends by itself: its time limit or the closing date, whichever is first."""
    ends = [window.closes_at] if window.closes_at else []
    if window.minutes is not None:
        ends.append(started_at + timedelta(minutes=window.minutes))
    return min(ends, default=None)


def in_time(due_at: datetime | None, now: datetime) -> bool:
    """Whether what arrives now still counts, the network's grace included."""
    return due_at is None or now <= due_at + GRACE


def is_open(window: Window, now: datetime) -> bool:
    """Whether an attempt may begin now."""
    return (window.opens_at is None or now >= window.opens_at) and (window.closes_at is None or now < window.closes_at)


def attempts_left(window: Window, used: int) -> int | None:
    """How many attempts may still begin; None is unbounded."""
    return None if window.max_attempts is None else max(window.max_attempts - used, 0)


def late_by(window: Window, submitted_at: datetime) -> timedelta:
    """How long after the due date, the network's grace forgiven; zero when in time or without a date."""
    if window.due_date is None or submitted_at <= window.due_date + GRACE:
        return timedelta(0)
    return submitted_at - window.due_date
