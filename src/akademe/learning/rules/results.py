"""Quiz results as an enrolment keeps them."""

from pydantic import BaseModel, Field


class QuizResult(BaseModel):
    """The best of `attempts` so far, 0 to 1."""

    lesson_id: str | None = None
    score: float = 0.0
    attempts: int = 0
    passed: bool = False


class QuizResults(BaseModel):
    """What `Enrolment.quiz_results` holds.

    `self_reported` maps lessons to scores that a browser sent: kept, never counted.
    """

    version: int = 1
    quizzes: dict[str, QuizResult] = Field(default_factory=dict)
    self_reported: dict[str, float] = Field(default_factory=dict)

    @property
    def average(self) -> float | None:
        """Mean of the best scores, 0 to 1; None before the first attempt."""
        scores = [result.score for result in self.quizzes.values()]
        return round(sum(scores) / len(scores), 4) if scores else None

    @property
    def attempts(self) -> int:
        return sum(result.attempts for result in self.quizzes.values())
