"""Delivery, and the messages of the domains below."""

from akademe.identity import notices as identity_notices
from akademe.identity.events import PasswordChanged, PasswordResetRequested, UserRegistered
from akademe.kernel.ctx import Ctx
from akademe.kernel.queue import Work, job, on
from akademe.notifications import events, service


@job(events.DeliverMail, long=True)
async def deliver_mail(work: Work, args: events.DeliverMail) -> None:
    await service.deliver(work, args.notification_id)


@on(UserRegistered)
async def welcome(ctx: Ctx, event: UserRegistered) -> None:
    await service.notify(ctx, identity_notices.WELCOME, event.user_id)


@on(PasswordResetRequested)
async def send_reset(ctx: Ctx, event: PasswordResetRequested) -> None:
    await service.notify(ctx, identity_notices.PASSWORD_RESET, event.user_id)


@on(PasswordChanged)
async def tell_password_changed(ctx: Ctx, event: PasswordChanged) -> None:
    await service.notify(ctx, identity_notices.PASSWORD_CHANGED, event.user_id, changed_at=ctx.now)
