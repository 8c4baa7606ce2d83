"""Streaks: days in a row, as the person's own calendar counts them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """`days` in a row that ended on `last_day`; `longest` ever."""

    days: int = 0
    longest: int = 0
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What to show of a run: `is_kept` once something was done today."""

    days: int
    longest: int
    is_kept: bool


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo:
    """The IANA zone of this name; UTC where it is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of an aware moment where the person lives; a day of 23 or 25 hours is one day."""
    return moment.astimezone(zone(time_zone)).date()


def day_start(moment: datetime, time_zone: str) -> datetime:
    """When the calendar day of an aware moment began where the person lives, in UTC."""
    midnight = moment.astimezone(zone(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC)


def after_activity(run: Run, today: date) -> Run:
    """The run after something was completed on `today`.

    Yesterday's run grows, today's stays, an older one starts again at 1. A `last_day` after today (the person moved
    west) stays as it is.
    """
    if run.last_day is not None and run.last_day >= today:
        return run
    days = run.days + 1 if run.last_day == today - ONE_DAY else 1
    return Run(days, max(run.longest, days), today)


def days_now(run: Run, today: date) -> int:
    """What to show: a run lasts while today can still continue it."""
    return run.days if run.last_day is not None and run.last_day >= today - ONE_DAY else 0


def standing(run: Run, today: date) -> Standing:
    days = days_now(run, today)
    return Standing(days, run.longest, is_kept=bool(days) and run.last_day is not None and run.last_day >= today)


def after_reset(run: Run) -> Run:
    """The learner starts anew; the longest run is kept."""
    return Run(0, run.longest, None)
