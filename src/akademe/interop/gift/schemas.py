"""What an import of a GIFT file answers."""

from pydantic import BaseModel

from akademe.assessment.schemas import QuestionOut


class GiftElement(BaseModel):
    """A kind of thing in the file, how often it is there, and what it became or why it did not."""

    element: str
    count: int
    mapped_to: str | None = None
    reason: str | None = None
    lines: list[int]


class GiftReport(BaseModel):
    """`questions` as they are now; `kept` are ids of questions that were edited here since the last import."""

    questions: list[QuestionOut]
    added: int
    updated: int
    unchanged: int
    removed: int
    kept: list[str]
    report: list[GiftElement]
