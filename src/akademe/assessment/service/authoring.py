"""Assessments made, changed and deleted, and what lessons and the course's requirements say of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from akademe.assessment.models import Assessment, AssessmentType, Attempt, AttemptStatus
from akademe.assessment.policy import can_grade, visible_assessments
from akademe.assessment.schemas import (
    AssessmentIn,
    AssessmentOut,
    AssessmentPatch,
    QuestionIn,
    QuizOut,
    Regrade,
    StaffAssessmentOut,
)
from akademe.assessment.service import questions, regrading, taking
from akademe.assessment.service.asked_for import ask_for, ask_for_all, ask_no_more
from akademe.assessment.service.finding import edit_situation, read_situation
from akademe.assessment.service.views import learner_view, quiz_view, staff_view
from akademe.catalog import service as catalog
from akademe.catalog.models import Course, Lesson
from akademe.catalog.policy import has_course_access, is_course_staff
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import new_id
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.pagination import Key, Page, Paged, paginate

MOST = 2000
_PLAIN = (
    "title", "type", "instructions", "opens_at", "due_date", "closes_at", "time_limit_minutes", "max_attempts",
    "passing_score", "review", "shuffle_questions", "shuffle_options", "is_premium",
)  # fmt: skip
_ENDS = frozenset({"time_limit_minutes", "due_date", "closes_at", "late_policy"})
_NEVER_NULL = frozenset(
    {"title", "passing_score", "review", "shuffle_questions", "shuffle_options", "required", "is_premium", "pools"}
)


async def create_assessment(
    ctx: Ctx, course_key: str | UUID, given: AssessmentIn, *, imported: bool = False
) -> Assessment:
    """With its questions; a quiz of a lesson is shown there, and a required one is asked for by the course.

    Raises NotFound, Forbidden, CourseReadOnly, Invalid for a lesson of another course.
    """
    [made] = await create_assessments(ctx, course_key, {new_id(): given}, imported=imported)
    return made


async def create_assessments(
    ctx: Ctx, course_key: str | UUID, given: Mapping[UUID, AssessmentIn], *, imported: bool = False
) -> list[Assessment]:
    """Many by their ids, which an import knows before they are there, because texts link to them. Raises the same."""
    course = await catalog.edit_course(ctx, course_key, lock=True)
    lesson_ids = await _lesson_ids(ctx, course.id, [one.lesson_id for one in given.values()])
    made = [
        _row(ctx, course, id_, one, lesson_id, imported=imported)
        for (id_, one), lesson_id in zip(given.items(), lesson_ids, strict=True)
    ]
    written = [
        (row, questions.new_questions(ctx, row.id, one.questions, imported=imported))
        for row, one in zip(made, given.values(), strict=True)
    ]
    for row, its in written:
        questions.count(row, [(question["pool"], question["content"]) for question in its])
    ctx.db.add_all(made)
    await ctx.db.flush()
    await questions.insert_questions(ctx, course.id, [question for _, its in written for question in its])
    await ask_for_all(ctx, course.id, [(row, bool(its)) for row, its in written])
    return made


def _row(
    ctx: Ctx, course: Course, id_: UUID, given: AssessmentIn, lesson_id: UUID | None, *, imported: bool
) -> Assessment:
    return Assessment(
        id=id_,
        organization_id=course.organization_id,
        course_id=course.id,
        lesson_id=lesson_id,
        **{name: getattr(given, name) for name in _PLAIN},
        **_documents(given.model_dump(mode="json", exclude={"questions"})),
        is_required=given.required,
        total_points=int((given.total_points or 0) * 100),
        question_count=0,
        version=1,
        source=given.source or "",
        source_id=given.source_id or "",
        created_at=ctx.now,
        updated_at=ctx.now,
        edited_at=None if imported else ctx.now,
    )


async def _lesson_ids(ctx: Ctx, course_id: UUID, named: Sequence[str | None]) -> list[UUID | None]:
    try:
        wanted = [None if name is None else UUID(name) for name in named]
    except ValueError:
        raise Invalid.field("lesson_id", "This lesson is not in the course.") from None
    asked = {id_ for id_ in wanted if id_ is not None}
    if asked:
        mine = select(Lesson.id).where(Lesson.id.in_(asked), Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
        if asked - set(await ctx.db.scalars(mine)):
            raise Invalid.field("lesson_id", "This lesson is not in the course.")
    return wanted


def _documents(values: dict[str, Any]) -> dict[str, Any]:
    """The JSON columns among the fields sent."""
    return {name: values[name] for name in ("late_policy", "rubric", "pools") if name in values}


async def update_assessment(
    ctx: Ctx, assessment_id: UUID, patch: AssessmentPatch, if_version: int | None = None, *, imported: bool = False
) -> tuple[Assessment, Regrade | None]:
    """Change the fields sent. Another passing score judges again what was submitted; what that changed is given too.

    Raises NotFound, Forbidden, CourseReadOnly, Invalid, AssessmentChanged.
    """
    found = await edit_situation(ctx, assessment_id, if_version)
    own = found.assessment
    sent = patch.model_dump(exclude_unset=True)
    sent = {name: value for name, value in sent.items() if value is not None or name not in _NEVER_NULL}
    old_lesson_id, old_passing_score = own.lesson_id, own.passing_score
    if "lesson_id" in sent:
        [own.lesson_id] = await _lesson_ids(ctx, found.course.id, [sent["lesson_id"]])
    for name, value in {
        **{name: sent[name] for name in _PLAIN if name in sent},
        **_documents(_json(patch, sent)),
    }.items():
        setattr(own, name, value)
    own.is_required = sent.get("required", own.is_required)
    if sent.get("total_points") is not None and not own.question_count:
        own.total_points = int(sent["total_points"] * 100)
    there = await questions.staff_questions(ctx, own.id)
    questions.touch(ctx, own, there, imported=imported)
    if {"lesson_id", "required"} & sent.keys():
        await ask_for(ctx, own, has_questions=bool(there), old_lesson_id=old_lesson_id)
    if _ENDS & sent.keys():
        await taking.end_by_new_dates(ctx, own.course_id, own.id)
    if own.passing_score == old_passing_score:
        return own, None
    await ctx.db.flush()
    return own, await regrading.judge_again(ctx, found)


def _json(patch: AssessmentPatch, sent: dict[str, Any]) -> dict[str, Any]:
    return patch.model_dump(mode="json", include=set(sent))


async def delete_assessment(ctx: Ctx, assessment_id: UUID) -> None:
    """It is gone for everybody; what was graded stays in the log. Raises NotFound, Forbidden, CourseReadOnly."""
    found = await edit_situation(ctx, assessment_id)
    found.assessment.deleted_at = ctx.now
    await ask_no_more(ctx, found.assessment)


async def restore_assessment(ctx: Ctx, assessment_id: UUID) -> Assessment:
    """Bring it back, to its lesson unless another quiz stands there now; what was passed counts again.

    Raises NotFound, Forbidden, CourseReadOnly.
    """
    own = await ctx.get(Assessment, assessment_id)
    await catalog.edit_course(ctx, own.course_id, lock=True)
    own = await ctx.get(Assessment, assessment_id, lock=True)
    if own.deleted_at is None:
        raise NotFound
    own.deleted_at = None
    if own.lesson_id is not None and (await ctx.get(Lesson, own.lesson_id)).quiz_id is not None:
        own.lesson_id = None
    there = await questions.staff_questions(ctx, own.id)
    questions.touch(ctx, own, there)
    await ctx.db.flush()
    await ask_for(ctx, own, has_questions=bool(there))
    took = select(Attempt.user_id).where(Attempt.assessment_id == own.id, Attempt.status != AttemptStatus.OPEN)
    await regrading.tell(ctx, own, set(await ctx.db.scalars(took)))
    return own


async def list_assessments(ctx: Ctx, course_key: str | UUID) -> Sequence[AssessmentOut]:
    """Those of a course, brief, in the order they were made: all of them, for a page. Raises NotFound, Forbidden."""
    return (await page_assessments(ctx, course_key, Page(MOST))).items


async def page_assessments(ctx: Ctx, course_key: str | UUID, page: Page) -> Paged[AssessmentOut]:
    """The same, a page at a time. Raises NotFound, Forbidden."""
    course = await catalog.get_course(ctx, course_key)
    require(has_course_access(ctx.actor, course))
    is_staff = is_course_staff(ctx.actor, course)
    rows = await _rows(ctx, course, page, is_staff=is_staff)
    views = [staff_view(row) if is_staff else learner_view(row) for row in rows.items]
    return Paged(views, rows.next_cursor, rows.total)


async def _rows(
    ctx: Ctx, course: Course, page: Page, *, is_staff: bool, type_: AssessmentType | None = None
) -> Paged[Assessment]:
    wanted = (
        select(Assessment)
        .join(Course, Course.id == Assessment.course_id)
        .outerjoin(Lesson, Lesson.id == Assessment.lesson_id)
        .where(Assessment.course_id == course.id, visible_assessments(ctx.actor))
    )
    if not is_staff:
        wanted = wanted.where(Assessment.lesson_id.is_(None) | (Lesson.is_shown & Lesson.deleted_at.is_(None)))
    if type_ is not None:
        wanted = wanted.where(Assessment.type == type_)
    return await paginate(ctx, wanted, [Key(Assessment.created_at), Key(Assessment.id)], page)


async def get_assessment(ctx: Ctx, assessment_id: UUID) -> AssessmentOut | StaffAssessmentOut:
    """With its questions: to staff with the keys, to learners without. Raises NotFound, Forbidden."""
    found = await read_situation(ctx, assessment_id)
    if can_grade(ctx.actor, found.course):
        return staff_view(found.assessment, await questions.staff_questions(ctx, assessment_id))
    return learner_view(found.assessment, await taking.visible_questions(ctx, found))


async def staff_assessment(ctx: Ctx, assessment: Assessment, regraded: Regrade | None = None) -> StaffAssessmentOut:
    """As staff see one that they may edit."""
    shown = staff_view(assessment, await questions.staff_questions(ctx, assessment.id))
    return shown.model_copy(update={"regraded": regraded})


async def get_quiz(ctx: Ctx, quiz_id: UUID) -> QuizOut:
    """The learner's view of a quiz, whoever asks. Raises NotFound, Forbidden (PremiumRequired)."""
    found = await read_situation(ctx, quiz_id, type_=AssessmentType.QUIZ)
    return quiz_view(found.assessment, await taking.visible_questions(ctx, found))


async def list_quizzes(ctx: Ctx, user_id: UUID, course_key: str | UUID, page: Page) -> Paged[QuizOut]:
    """The quizzes of a course that a person can take, brief. Raises NotFound, Forbidden."""
    course = await catalog.get_course(ctx, course_key)
    require(user_id == ctx.actor.user_id or is_course_staff(ctx.actor, course))
    require(has_course_access(ctx.actor, course))
    rows = await _rows(ctx, course, page, is_staff=False, type_=AssessmentType.QUIZ)
    return Paged([quiz_view(row, None) for row in rows.items], rows.next_cursor, rows.total)


async def quizzes_of(ctx: Ctx, course_id: UUID) -> list[Assessment]:
    """As rows, in the order they were made. The caller has checked who asks."""
    mine = select(Assessment).where(
        Assessment.course_id == course_id,
        Assessment.type == AssessmentType.QUIZ.value,
        Assessment.deleted_at.is_(None),
    )
    return list(await ctx.db.scalars(mine.order_by(Assessment.created_at, Assessment.id)))


async def export_questions(ctx: Ctx, assessment_id: UUID) -> tuple[str, list[QuestionIn]]:
    """The title, and the questions as an author would send them, for staff. Raises NotFound, Forbidden."""
    found = await read_situation(ctx, assessment_id)
    require(can_grade(ctx.actor, found.course))
    rows = await questions.staff_questions(ctx, assessment_id)
    return found.assessment.title, [questions.as_input(question) for question in rows]
