"""Questions as JSON: what an author sends, what staff see, what a learner sees (no field there tells the answer)."""

from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from akademe.assessment.rules.content import normalise
from akademe.assessment.rules.options import BadQuestion
from akademe.assessment.rules.results import points as plain_points

QuestionType = Literal[
    "mcq",
    "multiple_response",
    "true_false",
    "short_answer",
    "numeric",
    "matching",
    "ordering",
    "cloze",
    "essay",
    "description",
]

MAX_DEPTH = 20


def _storable(value: Any, depth: int = 0) -> Any:
    """A JSON value that every database keeps: no NUL, no halves of surrogate pairs, no NaN, not nested endlessly."""
    if depth > MAX_DEPTH:
        raise ValueError("This is nested too deeply.")
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("JSON has no infinity and no NaN.")
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item, depth + 1) for name, item in value.items()}
    return value


def _plain_text(value: str) -> str:
    return value.replace("\0", "")


def _hundredths(value: Decimal) -> Decimal:
    if value != value.quantize(Decimal("0.01")):
        raise ValueError("Points have at most two decimals.")
    return value


Json = Annotated[Any, AfterValidator(_storable)]
Text = Annotated[str, AfterValidator(_plain_text)]
Points = Annotated[
    Decimal,
    Field(ge=0, le=10_000, allow_inf_nan=False),
    AfterValidator(_hundredths),
    PlainSerializer(lambda value: plain_points(int(value * 100)), return_type=int | float),
]
Skill = Annotated[Text, Field(min_length=1, max_length=200)]
SourceId = Annotated[Text, Field(min_length=1, max_length=500)]


class Feedback(BaseModel):
    """What is said after an answer, as Markdown; a plain string is the general part."""

    model_config = ConfigDict(extra="forbid")

    general: Text | None = Field(default=None, max_length=20_000)
    correct: Text | None = Field(default=None, max_length=20_000)
    incorrect: Text | None = Field(default=None, max_length=20_000)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"general": value} if isinstance(value, str) else value


def _no_feedback(value: Any) -> Any:
    return {} if value is None else value


class QuestionIn(BaseModel):
    """A question as an author or a file gives it; afterwards `options` and `correct_answer` are in normal form.

    `rules.content` says what each type takes. `points` have at most two decimals; a description has none.
    """

    question_text: Text = Field(min_length=1, max_length=50_000)
    question_type: QuestionType = "mcq"
    options: Json = None
    correct_answer: Json = None
    points: Points = Decimal(1)
    feedback: Annotated[Feedback, BeforeValidator(_no_feedback)] = Field(default_factory=Feedback)
    pool: Text | None = Field(default=None, min_length=1, max_length=100)
    exact: bool = False
    skills: list[Skill] = Field(default_factory=list, max_length=50)
    source: Text | None = Field(default=None, max_length=50)
    source_id: SourceId | None = None

    @model_validator(mode="after")
    def _normal(self) -> "QuestionIn":
        try:
            self.options, self.correct_answer = normalise(
                self.question_type,
                self.question_text,
                self.options,
                self.correct_answer,
                exact=self.exact,
            )
        except BadQuestion as problem:
            raise _at_field(
                problem,
                self.options if problem.field == "options" else self.correct_answer,
            ) from problem
        if self.question_type == "description":
            self.points = Decimal(0)
        return self

    @property
    def hundredths(self) -> int:
        """The points as an integer number of hundredths."""
        return int(self.points * 100)


def _at_field(problem: BadQuestion, given: Any) -> ValidationError:
    """The same problem as a validation error that names the field."""
    error = PydanticCustomError("question", "{message}", {"message": problem.message})
    return ValidationError.from_exception_data(
        "QuestionIn", [InitErrorDetails(type=error, loc=(problem.field,), input=given)]
    )


def _by_shape(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """A list is several questions, anything else one: the errors of the other reading would only confuse."""
    return _SEVERAL.validate_python(value) if isinstance(value, list) else QuestionIn.model_validate(value)


_SEVERAL = TypeAdapter(list[QuestionIn])
QuestionsIn = Annotated[QuestionIn | list[QuestionIn], WrapValidator(_by_shape)]


class QuestionPatch(BaseModel):
    """Fields of a question to change. The result is checked as a whole; `reason` goes into the grade log."""

    question_text: Text | None = Field(default=None, min_length=1, max_length=50_000)
    question_type: QuestionType | None = None
    options: Json = None
    correct_answer: Json = None
    points: Points | None = None
    feedback: Feedback | None = None
    pool: Text | None = Field(default=None, min_length=1, max_length=100)
    exact: bool | None = None
    skills: list[Skill] | None = Field(default=None, max_length=50)
    order_index: int | None = Field(default=None, ge=1, le=10_000)
    reason: Text | None = Field(default=None, max_length=500)


class LearnerQuestion(BaseModel):
    """A question as a learner sees it: no field that tells the answer exists here."""

    id: str
    assessment_id: str
    question_text: str
    question_type: QuestionType
    options: Any
    points: Points
    order_index: int


class ScoreChange(BaseModel):
    """One attempt whose score a corrected key changed, or whose passing another passing score; scores are 0 to 1."""

    attempt_id: str
    user_id: str
    old_score: float | None
    new_score: float
    old_points: Points | None
    new_points: Points
    old_passed: bool
    new_passed: bool


class Regrade(BaseModel):
    """What a corrected key or another passing score did to the attempts already submitted; with many, the rest is
    `pending` in a job.
    """

    attempts: int
    changed: list[ScoreChange]
    pending: bool = False


class QuestionOut(LearnerQuestion):
    """A question as staff see it. `regraded` is there after a change that moved scores."""

    correct_answer: Any
    feedback: Feedback
    skills: list[str]
    pool: str | None
    exact: bool
    version: int
    source: str | None = None
    source_id: str | None = None
    regraded: Regrade | None = None
