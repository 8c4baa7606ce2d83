"""When a course is completed: checked from rows, written once."""

from uuid import UUID

from sqlalchemy import exists, func, select, update

from akademe.catalog.models import Lesson
from akademe.kernel.ctx import Ctx
from akademe.learning import events
from akademe.learning.models import ACTIVE, Completion, Enrolment, EnrolmentStatus
from akademe.learning.rules.progress import is_complete
from akademe.learning.service.facts import required_lessons, unsatisfied


async def finish_if_complete(ctx: Ctx, enrolment_id: UUID) -> bool:
    """Complete the course where nothing required is open any more. Completed is final.

    The caller holds the enrolment's row, so of two who complete the last two lessons at once the second sees both.
    """
    done = exists(
        select(Completion.id).where(Completion.enrolment_id == Enrolment.id, Completion.lesson_id == Lesson.id)
    )
    required = (Lesson.course_id == Enrolment.course_id, *required_lessons())
    counts = select(
        Enrolment.organization_id,
        Enrolment.course_id,
        Enrolment.user_id,
        select(func.count()).select_from(Lesson).where(*required).correlate(Enrolment).scalar_subquery(),
        select(func.count()).select_from(Lesson).where(*required, done).correlate(Enrolment).scalar_subquery(),
    ).where(Enrolment.id == enrolment_id)
    tenant, course_id, user_id, total, completed = (await ctx.db.execute(counts)).one()
    if not is_complete(completed, total, 0):
        return False
    unmet = await ctx.db.scalar(select(func.count()).select_from(unsatisfied(enrolment_id, course_id).subquery()))
    if not is_complete(completed, total, unmet or 0):
        return False
    finished = (
        update(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.status.in_(ACTIVE))
        .values(status=EnrolmentStatus.COMPLETED, completed_at=ctx.now, progress_percentage=100.0)
        .returning(Enrolment.id)
    )
    if await ctx.db.scalar(finished) is None:
        return False
    ctx.record(
        events.CourseCompleted(organization_id=tenant, course_id=course_id, user_id=user_id, enrolment_id=enrolment_id)
    )
    return True
