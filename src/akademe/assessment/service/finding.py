"""One assessment with its course and one person's place in it: the read that every verb begins with."""

from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, literal_column, select

from akademe.assessment import errors
from akademe.assessment.models import Assessment, AssessmentType, Attempt
from akademe.assessment.policy import can_edit_assessment, can_grade, can_read_assessment, has_premium
from akademe.assessment.rules.results import Total
from akademe.assessment.rules.windows import Window, window
from akademe.assessment.schemas import LatePolicy
from akademe.assessment.service import papers
from akademe.assessment.service.papers import Held
from akademe.catalog.errors import CourseReadOnly
from akademe.catalog.models import Course, CourseStatus, Lesson
from akademe.catalog.policy import can_see_course
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, Row, as_uuid
from akademe.kernel.errors import NotFound
from akademe.learning import service as learning
from akademe.learning.models import SEATED, DateOverride, Enrolment
from akademe.learning.service import facts
from akademe.learning.service.facts import CourseView

HAS_DATES = exists(select(DateOverride.id).where(DateOverride.course_id == Course.id)).correlate(Course)
_SITUATION = Query(
    select(
        Assessment.version,
        HAS_DATES.label("has_dates"),
        Course.id.label("course_id"),
        Course.organization_id,
        Course.slug,
        Course.status.label("course_status"),
        Course.access,
        Course.deleted_at.label("course_deleted_at"),
        Lesson.is_shown,
        Lesson.deleted_at.label("lesson_deleted_at"),
        Enrolment.id.label("enrolment_id"),
        Enrolment.section_id,
        Enrolment.status,
    )
    .select_from(Assessment)
    .join(Course, Course.id == Assessment.course_id)
    .outerjoin(Lesson, Lesson.id == Assessment.lesson_id)
    .outerjoin(
        Enrolment,
        and_(
            Enrolment.course_id == Assessment.course_id,
            Enrolment.user_id == bindparam("user_id", type_=Enrolment.user_id.type),
            Enrolment.status != literal_column("'dropped'"),
        ),
    )
    .where(Assessment.id == bindparam("assessment_id"), Assessment.deleted_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Seat:
    """What is asked of an enrolment here."""

    id: UUID
    user_id: UUID
    section_id: UUID
    status: str

    @property
    def has_seat(self) -> bool:
        return self.status in SEATED


@dataclass(slots=True)
class Situation:
    """An assessment, its course, and one person's current enrolment there; `is_hidden` while its lesson is.

    `assessment` belongs to no session unless it was read to be changed.
    """

    assessment: Assessment
    course: Course | CourseView
    enrolment: Enrolment | Seat | None
    has_dates: bool
    is_hidden: bool
    held: tuple[Held, ...] = ()


async def load_situation(ctx: Ctx, assessment_id: UUID, user_id: UUID | None) -> Situation:
    """In one statement, no policy applied. Raises NotFound for what is deleted or was never there."""
    rows = await _SITUATION.within(ctx, assessment_id=assessment_id, user_id=user_id)
    if not rows:
        raise NotFound
    row = rows[0]
    seat = None
    if row["enrolment_id"] is not None and user_id is not None:
        ids = as_uuid(row["enrolment_id"]), user_id, as_uuid(row["section_id"])
        seat = Seat(*ids, row["status"])
    is_hidden = row["is_shown"] is False or row["lesson_deleted_at"] is not None
    sheet = await papers.sheet_of(ctx, assessment_id, row["version"])
    return Situation(sheet.assessment, facts.course_view(row), seat, bool(row["has_dates"]), is_hidden, sheet.held)


async def find_situation(ctx: Ctx, assessment_id: UUID, *, type_: AssessmentType | None = None) -> Situation:
    """The actor's. What the actor may not know of does not exist: NotFound."""
    found = await load_situation(ctx, assessment_id, ctx.actor.user_id)
    is_staff = can_grade(ctx.actor, found.course)
    if not can_see_course(ctx.actor, found.course) or (found.is_hidden and not is_staff):
        raise NotFound
    if type_ is not None and found.assessment.type != type_:
        raise NotFound
    return found


async def read_situation(ctx: Ctx, assessment_id: UUID, *, type_: AssessmentType | None = None) -> Situation:
    """To read it. Raises NotFound, Forbidden (PremiumRequired)."""
    found = await find_situation(ctx, assessment_id, type_=type_)
    require(can_read_assessment(ctx.actor, found.course))
    require_premium(ctx, found)
    return found


def require_premium(ctx: Ctx, found: Situation) -> None:
    """Raise PremiumRequired for a premium quiz without the entitlement; staff need none."""
    if found.assessment.is_premium and not can_grade(ctx.actor, found.course) and not has_premium(ctx.actor):
        raise errors.PremiumRequired


async def edit_situation(ctx: Ctx, assessment_id: UUID, if_version: int | None = None) -> Situation:
    """To change it, its row locked. Raises NotFound, Forbidden, CourseReadOnly, AssessmentChanged."""
    found = await find_situation(ctx, assessment_id)
    require(can_edit_assessment(ctx.actor, found.course))
    if found.course.status == CourseStatus.ARCHIVED:
        raise CourseReadOnly
    found.assessment = await ctx.get(Assessment, assessment_id, lock=True)
    if if_version is not None and if_version != found.assessment.version:
        raise errors.AssessmentChanged(version=found.assessment.version)
    return found


async def window_of(ctx: Ctx, found: Situation) -> Window:
    """The dates and limits that hold for the person of the situation; where late work is refused, due is closed."""
    own = found.assessment
    base = Window(own.opens_at, own.due_date, own.closes_at, own.time_limit_minutes, own.max_attempts)
    if found.has_dates and found.enrolment is not None:
        person = {"section_id": found.enrolment.section_id, "user_id": found.enrolment.user_id}
        above = await learning.dates_for(ctx, own.id, *([own.lesson_id] if own.lesson_id else []), **person)
        below = await learning.dates_for(ctx, own.course_id, **person)
        base = window(base, [above], [below])
    return _with_hard_due(base, late_policy(own))


def late_policy(assessment: Assessment) -> LatePolicy:
    return LatePolicy.model_validate(assessment.late_policy or {})


def _with_hard_due(base: Window, policy: LatePolicy) -> Window:
    if policy.accept or base.due_date is None:
        return base
    closes_at = min(base.due_date, base.closes_at) if base.closes_at else base.due_date
    return Window(base.opens_at, base.due_date, closes_at, base.minutes, base.max_attempts)


@dataclass(frozen=True, slots=True)
class Tally:
    """One person's attempts at one assessment, counted; `best` and `passed` of those that have a score.

    `held` is the enrolment whose results nobody else notes meanwhile, where they were counted to be noted.
    """

    used: int = 0
    last_number: int = 0
    has_open: bool = False
    scored: int = 0
    best: Fraction = Fraction(0)
    passed: bool = False
    held: Row | None = None

    def with_one(self, earned: int, possible: int, *, passed: bool) -> "Tally":
        """The same with one more of the attempts counted scored."""
        return replace(
            self,
            scored=self.scored + 1,
            best=max(self.best, Total(earned, possible).share),
            passed=self.passed or passed,
        )


_KINDS = (
    (Attempt.score_number > 0).label("is_scored"),
    (Attempt.status == literal_column("'open'")).label("is_open"),
    Attempt.earned,
    Attempt.possible,
    Attempt.passed,
)
_TALLY = Query(
    select(*_KINDS, func.count().label("n"), func.max(Attempt.number).label("last"))
    .where(Attempt.assessment_id == bindparam("assessment_id"), Attempt.user_id == bindparam("user_id"))
    .group_by(*_KINDS)
)


async def tally_of(ctx: Ctx, assessment_id: UUID, user_id: UUID) -> Tally:
    """In one statement whose answer does not grow with the number of attempts."""
    rows = await _TALLY.within(ctx, assessment_id=assessment_id, user_id=user_id)
    scored = [row for row in rows if row["is_scored"]]
    return Tally(
        used=sum(row["n"] for row in rows),
        last_number=max((row["last"] for row in rows), default=0),
        has_open=any(row["is_open"] for row in rows),
        scored=sum(row["n"] for row in scored),
        best=max((Total(row["earned"], row["possible"]).share for row in scored), default=Fraction(0)),
        passed=any(row["passed"] for row in scored),
    )


async def tally_to_tell(ctx: Ctx, assessment_id: UUID, user_id: UUID, enrolment_id: UUID) -> Tally:
    """The same, for learning to note the best of it: two who count at the same moment would note what is no more."""
    held = await learning.hold_results(ctx, enrolment_id)
    return replace(await tally_of(ctx, assessment_id, user_id), held=held)


async def open_attempt_of(ctx: Ctx, assessment_id: UUID, user_id: UUID) -> Attempt | None:
    """The one that is open, if any."""
    wanted = select(Attempt).where(
        Attempt.assessment_id == assessment_id,
        Attempt.user_id == user_id,
        Attempt.status == literal_column("'open'"),  # literal, so that SQLite finds the partial index by it
    )
    found: Attempt | None = await ctx.db.scalar(wanted)
    return found
