"""What learning does later: counts, certificates, offers, and telling people."""

from akademe.catalog.events import CourseUpdated, LessonDeleted, LessonPublished, LessonsPublished, OutlineChanged
from akademe.identity.events import MembershipEnded, UserDeleted
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import every, job, on
from akademe.learning import events, service
from akademe.learning.service import telling


@job(events.RecountCourse)
async def recount_course(ctx: Ctx, args: events.RecountCourse) -> None:
    await service.recount_course(ctx, args.course_id)


@job(events.RecountProgress)
async def recount_progress(ctx: Ctx, args: events.RecountProgress) -> None:
    await service.recount_progress(ctx, args.course_id, args.after)


@on(LessonDeleted)
async def recount_without_lesson(ctx: Ctx, event: LessonDeleted) -> None:
    service.ask_progress_recount(ctx, event.course_id)


@on(OutlineChanged)
async def recount_outline(ctx: Ctx, event: OutlineChanged) -> None:
    service.ask_progress_recount(ctx, event.course_id)


@on(LessonPublished)
async def recount_with_lesson(ctx: Ctx, event: LessonPublished) -> None:
    service.ask_progress_recount(ctx, event.course_id)


@on(LessonsPublished)
async def recount_with_lessons(ctx: Ctx, event: LessonsPublished) -> None:
    service.ask_progress_recount(ctx, event.course_id)


@on(events.CourseCompleted)
async def issue_certificate(ctx: Ctx, event: events.CourseCompleted) -> None:
    await service.issue_certificate(ctx, event.enrolment_id)


@job(events.ExpireOffer)
async def expire_offer(ctx: Ctx, args: events.ExpireOffer) -> None:
    await service.expire_offer(ctx, args.enrolment_id)


@on(MembershipEnded)
async def drop_in_organization(ctx: Ctx, event: MembershipEnded) -> None:
    await service.drop_everything(ctx, event.user_id, event.organization_id)


@on(UserDeleted)
async def drop_everywhere(ctx: Ctx, event: UserDeleted) -> None:
    await service.drop_everything(ctx, event.user_id)


@every(minutes=15)
async def offer_free_seats(ctx: Ctx) -> None:
    """A limit that was raised has made room for those who wait."""
    for course in await service.courses_with_waiting(ctx):
        await service.offer_seats(ctx, course)


@on(events.Enrolled)
async def tell_enrolled(ctx: Ctx, event: events.Enrolled) -> None:
    await telling.tell_enrolled(ctx, event)


@on(events.SeatOffered)
async def tell_offer(ctx: Ctx, event: events.SeatOffered) -> None:
    await telling.tell_offer(ctx, event)


@on(events.CertificateIssued)
async def tell_certificate(ctx: Ctx, event: events.CertificateIssued) -> None:
    await telling.tell_certificate(ctx, event)


@on(CourseUpdated)
async def tell_update(ctx: Ctx, event: CourseUpdated) -> None:
    """The first batch at once; each batch asks for the next."""
    changes = telling.named_changes(event.lesson_titles) or event.title
    await telling.tell_update(ctx, events.TellUpdate(course_id=event.course_id, changes=changes))


@job(events.TellUpdate)
async def tell_update_further(ctx: Ctx, args: events.TellUpdate) -> None:
    await telling.tell_update(ctx, args)
