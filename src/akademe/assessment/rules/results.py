"""From graded answers to a result: totals, the three ways to say a score, late penalties, and what may be shown when.

Points are hundredths, shares are exact fractions; a float appears only in what is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

from akademe.assessment.rules.grading import Graded, half_up
from akademe.assessment.rules.windows import Window

Review = Literal["never", "score_only", "after_submit", "after_pass", "after_close"]


@dataclass(frozen=True, slots=True)
class Total:
    """What an attempt earned, in hundredths of a point; `waiting` counts the answers a person has yet to grade."""

    earned: int
    possible: int
    waiting: int = 0

    @property
    def share(self) -> Fraction:
        """0 to 1. Where nothing can be earned, everything has been."""
        return Fraction(self.earned, self.possible) if self.possible else Fraction(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a learner may see of a submitted attempt."""

    score: bool
    details: bool
    solutions: bool


def total(results: Iterable[tuple[Graded, int]], *, penalty: Fraction = Fraction(0)) -> Total:
    """Add up (graded, possible points); `penalty` is the share of what was earned that lateness costs."""
    pairs = list(results)
    earned = sum(graded.earned or 0 for graded, _ in pairs)
    return Total(
        earned=half_up(earned * (1 - penalty)),
        possible=sum(points for _, points in pairs),
        waiting=sum(1 for graded, _ in pairs if graded.earned is None),
    )


def passed(result: Total, passing_score: float) -> bool:
    """Whether the share reaches the passing score, compared as decimals: 7 of 10 passes 0.7."""
    return result.share >= Fraction(repr(passing_score))


def late_penalty(late: timedelta, percent_per_day: float, max_percent: float) -> Fraction:
    """The share that lateness costs: so much for every day begun, up to a bound."""
    if late <= timedelta(0):
        return Fraction(0)
    days = -(-late // timedelta(days=1))
    percent = min(days * Fraction(repr(percent_per_day)), Fraction(repr(max_percent)))
    return min(percent / 100, Fraction(1))


def points(hundredths: int) -> int | float:
    """Points as people read them: 150 → 1.5, 200 → 2."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def score(share: Fraction) -> float:
    """A share as shown, with four decimals."""
    return half_up(share * 10_000) / 10_000


def percentage(share: Fraction) -> float:
    """A share as a percentage with two decimals."""
    return half_up(share * 10_000) / 100


def shown(
    review: Review,
    *,
    has_passed: bool,
    may_go_on: bool,
    window: Window,
    now: datetime,
) -> Shown:
    """What the review setting shows once an attempt is submitted.

    `never` shows nothing, `score_only` the score; the others show marks and feedback at once, after passing, or after
    the quiz has closed (or was due). Right answers come with them only when they can help no further attempt: it is
    passed, closed, or the learner `may_go_on` with none, begun or to begin.
    """
    over = window.closes_at or window.due_date
    details = {
        "never": False,
        "score_only": False,
        "after_submit": True,
        "after_pass": has_passed,
        "after_close": over is not None and now >= over,
    }[review]
    is_closed = window.closes_at is not None and now >= window.closes_at
    solutions = details and (has_passed or is_closed or not may_go_on)
    return Shown(score=review != "never", details=details, solutions=solutions)
