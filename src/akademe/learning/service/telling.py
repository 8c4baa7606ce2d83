"""Telling learners what happened to them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from akademe.catalog.models import Course
from akademe.kernel.ctx import Ctx
from akademe.learning import events, notices
from akademe.learning.models import SEATED, Certificate, Enrolment
from akademe.notifications import service as notifications

MOST_NAMED = 5


async def tell_enrolled(ctx: Ctx, event: events.Enrolled) -> None:
    assert event.course_id is not None
    course = await ctx.get(Course, event.course_id)
    await notifications.notify(ctx, notices.ENROLLED, event.user_id, **_names(course))


def _names(course: Course) -> dict[str, str]:
    return {"course_id": str(course.id), "course_title": course.title, "course_slug": course.slug}


async def tell_offer(ctx: Ctx, event: events.SeatOffered) -> None:
    assert event.course_id is not None
    course = await ctx.get(Course, event.course_id)
    until = datetime.fromisoformat(event.expires_at)
    await notifications.notify(ctx, notices.SEAT_OFFERED, event.user_id, **_names(course), expires_at=until)


async def tell_certificate(ctx: Ctx, event: events.CertificateIssued) -> None:
    """In the words of the certificate: the course may have another title by now."""
    issued = await ctx.get(Certificate, event.certificate_id)
    course_id = str(issued.course_id)
    await notifications.notify(
        ctx, notices.CERTIFICATE_EARNED, event.user_id, course_id=course_id, course_title=issued.course_title,
        code=issued.code,
    )  # fmt: skip


def named_changes(titles: Sequence[str]) -> str:
    """A few of the titles, and how many there are besides."""
    more = len(titles) - MOST_NAMED
    return ", ".join(titles[:MOST_NAMED]) + (f" (+{more})" if more > 0 else "")


async def tell_update(ctx: Ctx, args: events.TellUpdate) -> None:
    """Tell one batch of those who hold a seat, so that no transaction is long; the next follows at the mail's pace."""
    course = await ctx.get(Course, args.course_id)
    seated = (Enrolment.course_id == course.id, Enrolment.status.in_(SEATED))
    wanted = select(Enrolment.id, Enrolment.user_id).where(*seated).order_by(Enrolment.id).limit(notifications.BATCH)
    if args.after is not None:
        wanted = wanted.where(Enrolment.id > args.after)
    batch = (await ctx.db.execute(wanted)).all()
    people = [row.user_id for row in batch]
    await notifications.notify_many(ctx, notices.COURSE_UPDATED, people, **_names(course), changes=args.changes)
    if len(batch) == notifications.BATCH:
        after = args.model_copy(update={"after": batch[-1].id})
        ctx.enqueue(after, run_after=ctx.now + notifications.MAIL_PACE * len(batch))
