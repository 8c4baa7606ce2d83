"""The questions of an assessment as they are asked: in memory by version, frozen into papers, shown without keys."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment.models import Assessment, Attempt, Question, QuestionVersion
from akademe.assessment.rules.drawing import Candidate, draw, shown_options
from akademe.assessment.rules.grading import Asked
from akademe.assessment.schemas import LearnerQuestion
from akademe.kernel.ctx import Ctx

MAX_KEPT = 512
_ASSESSMENTS: Any = Assessment.__table__
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A question at its current version. `content` is a `QuestionContent`; never change it."""

    id: str
    version: int
    pool: str | None
    content: Content


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a paper: what was shown, and by which content and version it is graded."""

    id: str
    content: Content
    key: Content
    key_version: int

    @property
    def asked(self) -> Asked:
        content = self.key
        return Asked(
            content["question_type"],
            content["options"],
            content["correct_answer"],
            content["points"],
            content["exact"],
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """An assessment at one version with its questions, as values: belongs to no session; never change it."""

    assessment: Assessment
    held: tuple[Held, ...]


_kept: OrderedDict[tuple[UUID, int], Sheet] = OrderedDict()


async def sheet_of(ctx: Ctx, assessment_id: UUID, version: int) -> Sheet:
    """From memory where this version was read before: every change of an assessment or its questions raises it.

    What this unit of work wrote itself is not kept: it may yet be rolled back.
    """
    key = (assessment_id, version)
    found = _kept.get(key)
    if found is not None:
        _kept.move_to_end(key)
        return found
    row = (await ctx.db.execute(select(_ASSESSMENTS).where(_ASSESSMENTS.c.id == assessment_id))).mappings().one()
    found = Sheet(Assessment(**row), await questions_of(ctx, assessment_id))
    if found.assessment.version == version and found.assessment.updated_at != ctx.now:
        _kept[key] = found
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return found


async def questions_of(ctx: Ctx, assessment_id: UUID) -> tuple[Held, ...]:
    """The questions as they are now, in order."""
    wanted = (
        select(Question.id, Question.version, Question.pool, Question.content)
        .where(Question.assessment_id == assessment_id, Question.deleted_at.is_(None))
        .order_by(Question.order_index, Question.id)
    )
    return tuple(Held(str(id_), version, pool, content) for id_, version, pool, content in await ctx.db.execute(wanted))


def draw_paper(assessment: Assessment, held: Sequence[Held], seed: str) -> dict[str, Any]:
    """A `Paper` as stored: the questions drawn and ordered by the seed, each with its version."""
    pools = {pool["name"]: pool["draw"] for pool in assessment.pools}
    candidates = [Candidate(one.id, one.version, one.pool) for one in held]
    drawn = draw(candidates, pools, seed, shuffle=assessment.shuffle_questions)
    asked = [{"q": one.question_id, "v": one.version} for one in drawn]
    return {"version": 1, "asked": asked, "shuffle_options": assessment.shuffle_options}


async def asked_questions(
    ctx: Ctx, held: Sequence[Held], attempts: Iterable[Attempt]
) -> dict[UUID, list[AskedQuestion]]:
    """What each attempt asked, with the content to grade by: the newest key, where it fits what was shown."""
    attempts = list(attempts)
    current = {one.id: one for one in held}
    frozen = await _frozen(ctx, current, attempts)
    return {attempt.id: [_asked(item, current, frozen) for item in attempt.paper["asked"]] for attempt in attempts}


async def _frozen(ctx: Ctx, current: Mapping[str, Held], attempts: Iterable[Attempt]) -> dict[tuple[str, int], Content]:
    """The contents that are no longer current, by question and version."""
    wanted = {
        (item["q"], item["v"])
        for attempt in attempts
        for item in attempt.paper["asked"]
        if item["q"] not in current or current[item["q"]].version != item["v"]
    }
    if not wanted:
        return {}
    ids = {UUID(question_id) for question_id, _ in wanted}
    rows = await ctx.db.execute(
        select(QuestionVersion.question_id, QuestionVersion.version, QuestionVersion.content).where(
            QuestionVersion.question_id.in_(ids)
        )
    )
    return {(str(id_), version): content for id_, version, content in rows if (str(id_), version) in wanted}


def _asked(
    item: Mapping[str, Any], current: Mapping[str, Held], frozen: Mapping[tuple[str, int], Content]
) -> AskedQuestion:
    now = current.get(item["q"])
    if now is not None and now.version == item["v"]:
        return AskedQuestion(item["q"], now.content, now.content, now.version)
    shown = frozen[item["q"], item["v"]]
    if now is not None and same_shape(shown, now.content):
        return AskedQuestion(item["q"], shown, now.content, now.version)
    return AskedQuestion(item["q"], shown, shown, item["v"])


def same_shape(one: Content, other: Content) -> bool:
    """Whether an answer to the one can be graded by the key of the other: same type, same option ids, same blanks."""
    return bool(_shape(one) == _shape(other))


def _shape(content: Content) -> Any:
    kind, key = content["question_type"], content["correct_answer"]
    return kind, _ids(content["options"]), set(key) if kind == "cloze" else None


def _ids(options: Any) -> Any:
    if isinstance(options, dict):
        return {name: _ids(listed) for name, listed in options.items()}
    return {option["id"] for option in options or ()}


def show_attempt(attempt: Attempt, asked: Iterable[AskedQuestion]) -> list[LearnerQuestion]:
    """The questions of an attempt as its learner sees them, whatever has been edited since."""
    return _show(attempt.assessment_id, asked, attempt.seed, shuffle=attempt.paper.get("shuffle_options", False))


def _show(assessment_id: UUID, asked: Iterable[AskedQuestion], seed: str, *, shuffle: bool) -> list[LearnerQuestion]:
    return [
        LearnerQuestion(
            id=one.id,
            assessment_id=str(assessment_id),
            question_text=one.content["question_text"],
            question_type=one.content["question_type"],
            options=shown_options(one.content["question_type"], one.content["options"], seed, one.id, shuffle=shuffle),
            points=one.content["points"] / 100,
            order_index=place,
        )
        for place, one in enumerate(asked, 1)
    ]


def show_without_attempt(assessment: Assessment, held: Sequence[Held], viewer: UUID | None) -> list[LearnerQuestion]:
    """What an untimed quiz without pools shows to somebody who has not begun: always the same to the same person."""
    seed = seed_without_attempt(assessment, viewer)
    paper = draw_paper(assessment, held, seed)
    current = {one.id: one for one in held}
    asked = [_asked(item, current, {}) for item in paper["asked"]]
    return _show(assessment.id, asked, seed, shuffle=assessment.shuffle_options)


def seed_without_attempt(assessment: Assessment, viewer: UUID | None) -> str:
    return f"{assessment.id}:{viewer}"
