"""Questions and assessments for tests, and a hypothesis strategy that gives every kind of question."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from akademe.assessment import service
from akademe.assessment.models import Assessment
from akademe.assessment.schemas import AssessmentIn, QuestionIn
from akademe.catalog.models import Course
from akademe.identity.models import User
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.learning import service as learning
from tests.make import identity as people

QUESTIONS: dict[str, dict[str, Any]] = {
    "mcq": {"options": ["Mean", "Median", "Mode"], "correct_answer": "b"},
    "multiple_response": {"options": ["2", "4", "5", "7"], "correct_answer": ["a", "c", "d"]},
    "true_false": {"correct_answer": True},
    "short_answer": {"correct_answer": ["Poincaré", {"regex": "poin?care"}]},
    "numeric": {"correct_answer": {"value": 3.14, "tolerance": 0.01}},
    "matching": {
        "options": {"left": ["France", "Peru"], "right": ["Lima", "Paris", "Oslo"]},
        "correct_answer": {"a": "b", "b": "a"},
    },
    "ordering": {"options": ["three", "one", "two"], "correct_answer": ["b", "c", "a"]},
    "cloze": {"correct_answer": {"1": ["red"], "2": {"options": ["cold", "hot"], "answer": "hot"}}},
    "essay": {"correct_answer": "A model answer that only staff see."},
    "description": {},
}
"""One question of each type, as an author writes it."""

RIGHT: dict[str, Any] = {
    "mcq": "b",
    "multiple_response": ["d", "c", "a"],
    "true_false": True,
    "short_answer": "  POINCARE ",
    "numeric": "3,15",
    "matching": {"a": "b", "b": "a"},
    "ordering": ["b", "c", "a"],
    "cloze": {"1": "Red", "2": "b"},
}
"""The right answer to each of them that a machine grades."""


def question(kind: str = "mcq", **fields: Any) -> QuestionIn:
    """One question of a type."""
    text = "The sun is {{1}} and {{2}}." if kind == "cloze" else f"A question of type {kind}"
    return QuestionIn.model_validate({"question_text": text, "question_type": kind, **QUESTIONS[kind], **fields})


async def assessment(course: Course, *kinds: str, **fields: Any) -> Assessment:
    """A quiz of the course (another type by `type`) with a question of each kind named, else one mcq."""
    given = {"title": "A quiz", "questions": [question(kind) for kind in kinds or ("mcq",)]} | fields
    async with system_ctx(course.organization_id) as ctx:
        return await service.create_assessment(ctx, course.id, AssessmentIn.model_validate(given))


async def learner(course: Course) -> User:
    """A new student, enrolled in the course."""
    person = await people.user("student")
    async with open_ctx(await people.actor(person)) as ctx:
        await learning.enrol(ctx, course.id)
    return person


_TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0") | st.sampled_from("\\~=#{}:[]%->*\n\t /"),
    min_size=1,
    max_size=30,
)
_SAID = _TEXT.filter(lambda text: bool(text.strip()))
_WEIGHT = st.none() | st.integers(-100, 100) | st.floats(-100, 100).map(lambda value: round(value, 5))
_SHARE = st.none() | st.integers(0, 100)
_NUMBER = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False)
_NAME = st.text("abcdefxyz-", min_size=1, max_size=4)


def _options(least: int = 2, **extra: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    option = st.fixed_dictionaries({"id": _NAME, "text": _SAID}, optional=extra)
    return st.lists(option, min_size=least, max_size=5, unique_by=lambda one: one["id"])


_ACCEPTED = st.lists(
    _SAID.filter(lambda text: text.strip(" \u00a0") != "")
    | st.fixed_dictionaries({"text": _SAID}, optional={"weight": _SHARE, "feedback": _SAID})
    | st.fixed_dictionaries(
        {"regex": st.sampled_from(["a+b?", ".*", "[0-9]{2,4}", "(yes|no)"])}, optional={"weight": _SHARE}
    ),
    min_size=1,
    max_size=4,
)
_RANGE = st.fixed_dictionaries({"value": _NUMBER, "tolerance": st.floats(0, 100)}) | st.tuples(_NUMBER, _NUMBER).map(
    lambda pair: {"min": min(pair), "max": max(pair)}
)


@st.composite
def _key(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind in ("mcq", "multiple_response", "ordering"):
        weighted = {} if kind == "ordering" else {"weight": _WEIGHT, "feedback": _SAID}
        options = draw(_options(**weighted))
        ids = [option["id"] for option in options]
        if kind == "mcq":
            return {"options": options, "correct_answer": draw(st.sampled_from(ids))}
        if kind == "ordering":
            return {"options": options, "correct_answer": draw(st.permutations(ids))}
        return {"options": options, "correct_answer": draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))}
    if kind == "matching":
        left, right = draw(_options(1)), draw(_options(1))
        partner = st.sampled_from([option["id"] for option in right])
        pairs = {option["id"]: draw(partner) for option in left}
        return {"options": {"left": left, "right": right}, "correct_answer": pairs}
    if kind == "short_answer":
        return {"correct_answer": draw(_ACCEPTED), "exact": True}
    if kind == "numeric":
        return {"correct_answer": draw(_RANGE | st.lists(_RANGE, min_size=1, max_size=3))}
    if kind == "true_false":
        return {"correct_answer": draw(st.booleans())}
    return {"correct_answer": draw(st.none() | _SAID)} if kind == "essay" else {}


@st.composite
def questions(draw: st.DrawFn, *kinds: str) -> QuestionIn:
    """Any question that can be written, of the types named or of all."""
    kind = draw(st.sampled_from(kinds or tuple(QUESTIONS)))
    fields = draw(_key(kind))
    text = draw(_SAID)
    if kind == "cloze":
        options = draw(_options())
        text += " {{1}} and {{2}} {{3}}"
        fields["correct_answer"] = {
            "1": draw(_ACCEPTED),
            "2": draw(_RANGE),
            "3": {"options": options, "answer": draw(st.sampled_from([option["id"] for option in options]))},
        }
        fields["exact"] = True
    return QuestionIn.model_validate(
        {
            "question_text": text,
            "question_type": kind,
            "points": Decimal(draw(st.integers(0, 1000))) / 100,
            "feedback": draw(st.dictionaries(st.sampled_from(["general", "correct", "incorrect"]), _SAID)),
            "pool": draw(st.none() | _SAID),
            "skills": draw(st.lists(_SAID, max_size=3)),
            "source": draw(st.none() | st.sampled_from(["gift", "native"])),
            "source_id": draw(st.none() | _SAID),
            **fields,
        }
    )
