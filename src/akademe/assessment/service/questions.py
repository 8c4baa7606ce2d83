"""Questions written, corrected, replaced by an import, deleted; each content is a version that stays."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from akademe.assessment import errors
from akademe.assessment.models import Assessment, Question, QuestionContent, QuestionVersion
from akademe.assessment.policy import can_grade
from akademe.assessment.rules.grading import half_up
from akademe.assessment.schemas import MAX_QUESTIONS, LearnerQuestion, QuestionIn, QuestionOut, QuestionPatch
from akademe.assessment.service import regrading, taking
from akademe.assessment.service.asked_for import ask_for
from akademe.assessment.service.finding import Situation, edit_situation, read_situation
from akademe.assessment.service.views import staff_question
from akademe.catalog import service as catalog
from akademe.kernel.auth import require
from akademe.kernel.bulk import insert_all
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id
from akademe.kernel.errors import Invalid, NotFound

_CONTENT = ("question_text", "question_type", "options", "correct_answer", "points", "feedback", "exact")


@dataclass(slots=True)
class Replaced:
    """What an import did to the questions of one source: ids by what happened; `kept` were edited here since."""

    added: list[UUID] = field(default_factory=list)
    updated: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    removed: list[UUID] = field(default_factory=list)


async def staff_questions(ctx: Ctx, assessment_id: UUID) -> list[Question]:
    """The current questions as rows, in order. The caller has checked who asks."""
    return (await questions_of(ctx, [assessment_id]))[assessment_id]


async def questions_of(ctx: Ctx, assessment_ids: Collection[UUID]) -> dict[UUID, list[Question]]:
    """The same of many assessments, in one statement."""
    found: dict[UUID, list[Question]] = {id_: [] for id_ in assessment_ids}
    theirs = select(Question).where(Question.assessment_id.in_(assessment_ids), Question.deleted_at.is_(None))
    for question in await ctx.db.scalars(theirs.order_by(Question.order_index, Question.id)):
        found[question.assessment_id].append(question)
    return found


async def list_questions(ctx: Ctx, assessment_id: UUID) -> list[QuestionOut] | list[LearnerQuestion]:
    """To staff with the keys; to learners as the rules of a timed or pooled quiz allow."""
    found = await read_situation(ctx, assessment_id)
    if can_grade(ctx.actor, found.course):
        return [staff_question(question) for question in await staff_questions(ctx, assessment_id)]
    return await taking.visible_questions(ctx, found)


async def list_staff_questions(ctx: Ctx, assessment_id: UUID) -> list[QuestionOut]:
    """With the keys. Raises NotFound, Forbidden."""
    found = await read_situation(ctx, assessment_id)
    require(can_grade(ctx.actor, found.course))
    return [staff_question(question) for question in await staff_questions(ctx, assessment_id)]


async def add_questions(
    ctx: Ctx, assessment_id: UUID, given: Sequence[QuestionIn], *, imported: bool = False
) -> list[QuestionOut]:
    """At the end. Raises NotFound, Forbidden, CourseReadOnly, Invalid for more than 500."""
    found = await edit_situation(ctx, assessment_id)
    there = await staff_questions(ctx, assessment_id)
    rows = new_questions(ctx, assessment_id, given, after=there, imported=imported)
    await insert_questions(ctx, found.course.id, rows)
    made = [Question(**row) for row in rows]
    await _settle(ctx, found.assessment, [*there, *made], had_any=bool(there), imported=imported)
    return [staff_question(question) for question in made]


def new_questions(
    ctx: Ctx,
    assessment_id: UUID,
    given: Sequence[QuestionIn],
    *,
    after: Sequence[Question] = (),
    imported: bool = False,
) -> list[dict[str, Any]]:
    """The columns of new questions; no policy is applied. Raises Invalid for more than 500."""
    if len(after) + len(given) > MAX_QUESTIONS:
        raise Invalid.field("questions", f"An assessment may have {MAX_QUESTIONS} questions.")
    last = max((question.order_index for question in after), default=0)
    return [_row(ctx, assessment_id, one, last + place, imported=imported) for place, one in enumerate(given, 1)]


async def insert_questions(ctx: Ctx, course_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """New questions of assessments that are there, with their first versions. The session does not know them."""
    await insert_all(ctx, Question, rows)
    await insert_all(ctx, QuestionVersion, [_version(ctx, row["id"], 1, row["content"]) for row in rows])
    await _claim_files(ctx, course_id, [row["content"] for row in rows])


async def _claim_files(ctx: Ctx, course_id: UUID, contents: Iterable[dict[str, Any]]) -> None:
    """The author's own uploads that the questions show become the course's, as open as it."""
    await catalog.claim_files(ctx, course_id, *map(str, contents))


def _row(ctx: Ctx, assessment_id: UUID, given: QuestionIn, place: int, *, imported: bool) -> dict[str, Any]:
    return {
        "id": new_id(),
        "assessment_id": assessment_id,
        "order_index": place,
        "version": 1,
        "content": content_of(given),
        "pool": given.pool,
        "skills": list(given.skills),
        "source": given.source or "",
        "source_id": given.source_id or "",
        "created_at": ctx.now,
        "updated_at": ctx.now,
        "edited_at": None if imported else ctx.now,
    }


def content_of(given: QuestionIn) -> dict[str, Any]:
    """A `QuestionContent` as stored."""
    feedback = given.feedback.model_dump(exclude_none=True)
    content = QuestionContent(
        **{name: getattr(given, name) for name in _CONTENT if name not in ("points", "feedback")},
        points=given.hundredths,
        feedback=feedback,
    )
    return content.model_dump(mode="json")


def _version(ctx: Ctx, question_id: UUID, number: int, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "question_id": question_id,
        "version": number,
        "content": content,
        "author_id": ctx.actor.user_id,
        "created_at": ctx.now,
    }


def touch(ctx: Ctx, assessment: Assessment, questions: Iterable[Question], *, imported: bool = False) -> None:
    """Count an edit, and what the questions add up to."""
    count(assessment, [(question.pool, question.content) for question in questions if question.deleted_at is None])
    assessment.version += 1
    assessment.updated_at = ctx.now
    assessment.edited_at = assessment.edited_at if imported else ctx.now


def count(assessment: Assessment, living: Sequence[tuple[str | None, dict[str, Any]]]) -> None:
    """What questions, each with its pool and content, add up to: of a pool, as many as it draws of their mean."""
    draws = {pool["name"]: pool["draw"] for pool in assessment.pools}
    always = [content for pool, content in living if pool not in draws]
    total = Fraction(sum(content["points"] for content in always))
    asked = sum(1 for content in always if content["question_type"] != "description")
    for name, wanted in draws.items():
        members = [content["points"] for pool, content in living if pool == name]
        drawn = min(wanted, len(members))
        asked += drawn
        total += Fraction(drawn * sum(members), len(members) or 1)
    if living or assessment.question_count:
        assessment.total_points = half_up(total)
    assessment.question_count = asked


async def _settle(
    ctx: Ctx, assessment: Assessment, questions: Sequence[Question], *, had_any: bool, imported: bool = False
) -> None:
    """`touch`; a quiz that got its first question, or lost its last, is from now on asked for, or no more."""
    touch(ctx, assessment, questions, imported=imported)
    has_any = any(question.deleted_at is None for question in questions)
    if has_any != had_any:
        await ctx.db.flush()
        await ask_for(ctx, assessment, has_questions=has_any)


async def update_question(
    ctx: Ctx, question_id: UUID, patch: QuestionPatch, if_version: int | None = None
) -> QuestionOut:
    """A new version, checked as a whole. A corrected key regrades what was submitted; the answer says what changed.

    Raises NotFound, Forbidden, CourseReadOnly, Invalid, AssessmentChanged.
    """
    found, question = await _edit(ctx, question_id)
    if if_version is not None and if_version != question.version:
        raise errors.AssessmentChanged(version=question.version)
    changes = patch.model_dump(exclude_unset=True, exclude={"order_index", "reason"})
    before = question.content
    wanted = _patched(question, changes)
    changed = _apply(ctx, question, wanted)
    if changed:
        await _claim_files(ctx, found.course.id, [question.content])
    there = await staff_questions(ctx, found.assessment.id)
    if patch.order_index is not None:
        _move(there, question, patch.order_index)
    touch(ctx, found.assessment, there)
    question.edited_at = ctx.now
    regraded = None
    if changed and regrading.changes_grades(before, question.content):
        await ctx.db.flush()
        regraded = await regrading.regrade(ctx, found, question.id, patch.reason or "key corrected")
    return staff_question(question, regraded)


async def _edit(ctx: Ctx, question_id: UUID) -> tuple[Situation, Question]:
    assessment_id = await ctx.db.scalar(
        select(Question.assessment_id).where(Question.id == question_id, Question.deleted_at.is_(None))
    )
    if assessment_id is None:
        raise NotFound
    found = await edit_situation(ctx, assessment_id)
    question = await ctx.get(Question, question_id, lock=True)
    if question.deleted_at is not None:
        raise NotFound
    return found, question


def _patched(question: Question, changes: dict[str, Any]) -> QuestionIn:
    """The question as it would be. Options and key are taken as sent where the type changes. Raises Invalid."""
    base = _fields(question)
    if changes.get("question_type", base["question_type"]) != base["question_type"]:
        base |= {"options": None, "correct_answer": None}
    unset = {name for name, value in changes.items() if value is None and name not in _MAY_BE_NULL}
    try:
        return QuestionIn.model_validate(base | {name: changes[name] for name in changes.keys() - unset})
    except ValidationError as problem:
        raise Invalid(
            errors=[
                {"field": ".".join(str(part) for part in error["loc"]), "message": error["msg"]}
                for error in problem.errors()
            ]
        ) from problem


def _fields(question: Question) -> dict[str, Any]:
    content = question.content
    return {name: content[name] for name in _CONTENT} | {
        "points": content["points"] / 100,
        "pool": question.pool,
        "skills": question.skills,
        "source": question.source or None,
        "source_id": question.source_id or None,
    }


def as_input(question: Question) -> QuestionIn:
    """The question as an author would send it, for export."""
    return QuestionIn.model_validate(_fields(question))


_MAY_BE_NULL = frozenset({"options", "correct_answer", "pool"})


def _apply(ctx: Ctx, question: Question, wanted: QuestionIn) -> bool:
    """Write what differs; a new content is a new version. Gives whether the content changed."""
    question.pool, question.skills = wanted.pool, list(wanted.skills)
    question.updated_at = ctx.now
    content = content_of(wanted)
    if content == question.content:
        return False
    question.content = content
    question.version += 1
    ctx.db.add(QuestionVersion(**_version(ctx, question.id, question.version, content)))
    return True


def _move(there: list[Question], question: Question, place: int) -> None:
    order = [one for one in there if one.id != question.id]
    order.insert(place - 1, question)
    for index, one in enumerate(order, 1):
        one.order_index = index


async def delete_question(ctx: Ctx, question_id: UUID) -> None:
    """It is asked no more; attempts that asked it keep it."""
    found, question = await _edit(ctx, question_id)
    question.deleted_at = question.edited_at = ctx.now
    await _settle(ctx, found.assessment, await staff_questions(ctx, found.assessment.id), had_any=True)


async def restore_question(ctx: Ctx, question_id: UUID) -> None:
    """Ask it again, at its place. Raises NotFound, Forbidden, CourseReadOnly, Invalid for more than 500."""
    found = await edit_situation(ctx, (await ctx.get(Question, question_id)).assessment_id)
    question = await ctx.get(Question, question_id, lock=True)
    if question.deleted_at is None:
        raise NotFound
    there = await staff_questions(ctx, found.assessment.id)
    if len(there) >= MAX_QUESTIONS:
        raise Invalid.field("questions", f"An assessment may have {MAX_QUESTIONS} questions.")
    question.deleted_at = None
    _move(there, question, question.order_index)
    await _settle(ctx, found.assessment, [*there, question], had_any=bool(there))


async def order_questions(ctx: Ctx, assessment_id: UUID, ids: Sequence[UUID]) -> None:
    """Put every question at its place in `ids`. Raises NotFound, Forbidden, CourseReadOnly, Invalid where one is
    missing, foreign or named twice.
    """
    found = await edit_situation(ctx, assessment_id)
    there = {question.id: question for question in await staff_questions(ctx, assessment_id)}
    if sorted(ids) != sorted(there):
        raise Invalid.field("order", "This page is out of date. Reload it and try again.")
    for place, id_ in enumerate(ids, 1):
        there[id_].order_index = place
    touch(ctx, found.assessment, there.values())


async def replace_questions_by_source(ctx: Ctx, assessment_id: UUID, given: Sequence[QuestionIn]) -> Replaced:
    """Bring the questions of the sources named in `given` to what an import says, matched by `source_id`.

    Unknown ones are added, changed ones get a new version (and a regrade where the key differs), missing ones are
    deleted. What was edited here since its import is kept and named. Order follows the import.
    """
    found = await edit_situation(ctx, assessment_id)
    there = await staff_questions(ctx, assessment_id)
    known = {(one.source, one.source_id): one for one in there if one.source_id}
    result = Replaced()
    for wanted in given:
        if (question := known.get(_origin(wanted))) is not None:
            await _bring(ctx, found, question, wanted, result)
    _remove_missing(ctx, there, {_origin(one) for one in given}, result)
    new = [one for one in given if _origin(one) not in known]
    living = [question for question in there if question.deleted_at is None]
    rows = new_questions(ctx, assessment_id, new, after=living, imported=True)
    made = [Question(**row) for row in rows]
    result.added += [question.id for question in made]
    fresh = iter(made)
    order = [known.get(_origin(wanted)) or next(fresh) for wanted in given]
    order += [one for one in there if one not in order]
    for place, question in enumerate(order, 1):
        question.order_index = place
    placed = [row | {"order_index": question.order_index} for row, question in zip(rows, made, strict=True)]
    await insert_questions(ctx, found.course.id, placed)
    await _settle(ctx, found.assessment, order, had_any=bool(there), imported=True)
    return result


def _origin(given: QuestionIn) -> tuple[str, str]:
    return given.source or "", given.source_id or ""


async def _bring(ctx: Ctx, found: Situation, question: Question, wanted: QuestionIn, result: Replaced) -> None:
    if question.edited_at is not None:
        result.kept.append(question.id)
        return
    before = question.content
    changed = _apply(ctx, question, wanted)
    (result.updated if changed else result.unchanged).append(question.id)
    if changed and regrading.changes_grades(before, question.content):
        await ctx.db.flush()
        await regrading.regrade(ctx, found, question.id, "imported again with another key")


def _remove_missing(ctx: Ctx, there: Iterable[Question], wanted: set[tuple[str, str]], result: Replaced) -> None:
    sources = {source for source, _ in wanted if source}
    for question in there:
        if question.source not in sources or (question.source, question.source_id) in wanted:
            continue
        if question.edited_at is not None:
            result.kept.append(question.id)
        else:
            question.deleted_at = ctx.now
            result.removed.append(question.id)
