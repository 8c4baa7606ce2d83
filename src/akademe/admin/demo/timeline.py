"""The last sixty days of the demo school in the order in which they happened: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from akademe.admin.demo.people import Learner, Study


class Kind(IntEnum):
    """What happens; of two things at one moment the smaller comes first."""

    JOIN = 0
    ENROL = 1
    STUDY = 2
    LEAVE = 3


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that a learner does. `study` is None only for joining the school."""

    moment: datetime
    kind: Kind
    learner: Learner
    study: Study | None


def timeline(learners: Iterable[Learner], now: datetime) -> list[Happening]:
    """Everything that happened until `now`, earliest first."""
    found = [happening for learner in learners for happening in _life(learner, now)]
    return sorted(found, key=lambda one: (one.moment, one.kind, one.learner.number))


def _life(learner: Learner, now: datetime) -> Iterator[Happening]:
    yield Happening(_at(learner, learner.joined, now) - timedelta(minutes=20), Kind.JOIN, learner, None)
    for study in learner.studies:
        yield Happening(_at(learner, study.starts, now), Kind.ENROL, learner, study)
        for day in study.visits:
            yield Happening(_at(learner, study.starts - day, now), Kind.STUDY, learner, study)
        if study.leaves is not None:
            yield Happening(_at(learner, study.leaves, now), Kind.LEAVE, learner, study)


def _at(learner: Learner, days_ago: int, now: datetime) -> datetime:
    """The hour at which this learner usually comes, on that day; two hours ago where that is still to come."""
    day = (now - timedelta(days=days_ago)).replace(hour=learner.hour, minute=learner.number, second=0, microsecond=0)
    return min(day, now - timedelta(hours=2, minutes=30 - learner.number % 30))
