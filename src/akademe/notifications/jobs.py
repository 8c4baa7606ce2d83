"""Delivery, and the messages of the domains below."""

from akademe.files import notices as files_notices
from akademe.files.events import QuotaNearlyUsed
from akademe.identity import notices as identity_notices
from akademe.identity import service as identity
from akademe.identity.events import MemberAdded, PasswordChanged, PasswordResetRequested, UserRegistered
from akademe.identity.schemas import UserFilter
from akademe.kernel.ctx import Ctx
from akademe.kernel.pagination import Page
from akademe.kernel.queue import Work, job, on
from akademe.notifications import events, service

# With the queue's growing pauses about a day: a mail server may be away over night.
MAIL_ATTEMPTS = 40


@job(events.DeliverMail, long=True, max_attempts=MAIL_ATTEMPTS)
async def deliver_mail(work: Work, args: events.DeliverMail) -> None:
    await service.deliver(work, args.notification_id)


@on(UserRegistered)
async def welcome(ctx: Ctx, event: UserRegistered) -> None:
    notice = identity_notices.INVITED if event.is_invited else identity_notices.WELCOME
    await service.notify(ctx, notice, event.user_id)


@on(MemberAdded)
async def tell_added(ctx: Ctx, event: MemberAdded) -> None:
    await service.notify(ctx, identity_notices.ADDED, event.user_id, organization=event.organization)


@on(PasswordResetRequested)
async def send_reset(ctx: Ctx, event: PasswordResetRequested) -> None:
    await service.notify(ctx, identity_notices.PASSWORD_RESET, event.user_id)


@on(PasswordChanged)
async def tell_password_changed(ctx: Ctx, event: PasswordChanged) -> None:
    await service.notify(ctx, identity_notices.PASSWORD_CHANGED, event.user_id, changed_at=ctx.now)


@on(QuotaNearlyUsed)
async def warn_of_quota(ctx: Ctx, event: QuotaNearlyUsed) -> None:
    if event.organization_id is not None:
        admins = await identity.list_members(ctx, event.organization_id, UserFilter(role="admin"), Page(100))
        room = {"percent": 100 * event.used_bytes // event.quota_bytes, "quota_mib": event.quota_bytes // 2**20}
        await service.notify_many(ctx, files_notices.QUOTA_NEARLY_USED, [one.id for one in admins.items], **room)
