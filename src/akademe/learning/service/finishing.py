"""When a course is completed: checked from rows, written once."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, literal_column, select, update

from akademe.catalog.models import Lesson
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Command, Query, as_uuid
from akademe.learning import events
from akademe.learning.models import ACTIVE, Completion, Enrolment, EnrolmentStatus
from akademe.learning.rules.progress import is_complete
from akademe.learning.service.facts import required_lessons, unsatisfied

_ENROLMENTS: Any = Enrolment.__table__
_ID: Any = bindparam("enrolment_id", type_=_ENROLMENTS.c.id.type)
_DONE = exists(select(Completion.id).where(Completion.enrolment_id == Enrolment.id, Completion.lesson_id == Lesson.id))
_REQUIRED = (Lesson.course_id == Enrolment.course_id, *required_lessons())
_LESSONS = select(func.count()).select_from(Lesson)
_COUNTS = Query(
    select(
        Enrolment.organization_id,
        Enrolment.course_id,
        Enrolment.user_id,
        _LESSONS.where(*_REQUIRED).correlate(Enrolment).scalar_subquery().label("total"),
        _LESSONS.where(*_REQUIRED, _DONE).correlate(Enrolment).scalar_subquery().label("done"),
    ).where(Enrolment.id == _ID)
)
_UNMET = Query(select(func.count().label("n")).select_from(unsatisfied(_ID, bindparam("course_id")).subquery()))
_FINISH = Command(
    lambda _: (
        update(_ENROLMENTS)
        .where(_ENROLMENTS.c.id == _ID, _ENROLMENTS.c.status.in_([literal_column(f"'{one}'") for one in ACTIVE]))
        .values(
            status=EnrolmentStatus.COMPLETED.value, completed_at=bindparam("completed_at"), progress_percentage=100.0
        )
        .returning(_ENROLMENTS.c.id)
    )
)


async def finish_if_complete(ctx: Ctx, enrolment_id: UUID) -> bool:
    """Complete the course where nothing required is open any more. Completed is final.

    The caller holds the enrolment's row, so of two who complete the last two lessons at once the second sees both.
    """
    counts = (await _COUNTS.within(ctx, enrolment_id=enrolment_id))[0]
    course_id = as_uuid(counts["course_id"])
    if not is_complete(counts["done"], counts["total"], 0):
        return False
    if (await _UNMET.within(ctx, enrolment_id=enrolment_id, course_id=course_id))[0]["n"]:
        return False
    if not await _FINISH.run(ctx, enrolment_id=enrolment_id, completed_at=ctx.now):
        return False
    tenant, user_id = as_uuid(counts["organization_id"]), as_uuid(counts["user_id"])
    ctx.record(
        events.CourseCompleted(organization_id=tenant, course_id=course_id, user_id=user_id, enrolment_id=enrolment_id)
    )
    return True
