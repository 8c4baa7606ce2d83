"""Opens, due, closes and extra time: the most specific word wins, each on its own."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Dates:
    """None means: not said here. `extra_minutes` and `extra_attempts` add to what an assessment allows."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    extra_minutes: int | None = None
    extra_attempts: int | None = None


def resolve(layers: Iterable[Dates]) -> Dates:
    """One set of dates out of layers from the most specific (person) over the section to the course."""
    ordered = list(layers)

    def first(name: str) -> Any:
        return next((said for layer in ordered if (said := getattr(layer, name)) is not None), None)

    return Dates(**{field.name: first(field.name) for field in fields(Dates)})


def is_open(dates: Dates, now: datetime) -> bool:
    """From `opens_at` on and before `closes_at`."""
    return (dates.opens_at is None or dates.opens_at <= now) and (dates.closes_at is None or now < dates.closes_at)
