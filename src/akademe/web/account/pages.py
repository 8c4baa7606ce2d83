"""Signing in and out, registering, resetting a password, and what one may change about oneself."""

import asyncio
import re
from typing import Any, NamedTuple
from uuid import UUID

from babel import Locale
from fastapi import Request, Response

from akademe.identity import rules
from akademe.identity import service as identity
from akademe.identity.errors import EmailTaken, UsernameTaken, WrongPassword
from akademe.identity.schemas import ForgotIn, Origin, ProfilePatch, RegisterIn, ResetIn, SessionOut, UserOut
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.http.security import SESSION_COOKIE, client_address
from akademe.orgs.rules import time_zones
from akademe.web.ui.render import going_back, is_part, local_path, page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _, role_labels

router = PageRouter()

LOCALES = (
    "en",
    "en-US",
    "ar",
    "cs",
    "da",
    "de",
    "es",
    "fi",
    "fr",
    "hi",
    "it",
    "ja",
    "nl",
    "pl",
    "pt",
    "sv",
    "tr",
    "zh",
)
SESSION_SECONDS = 30 * 24 * 3600
LONG_PASSWORD = 20
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


class Device(NamedTuple):
    """What a sign-in was made with, as far as its browser says."""

    name: str
    is_phone: bool


def device_of(user_agent: str) -> Device:
    """Such as "Firefox on Linux", from a user agent; its first word where it is no browser."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "Linux" if "Linux" in user_agent else "")
    if browser and system:
        name = _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    else:
        name = browser or re.split(r"[/ ]", user_agent)[0] or _("Unknown program")
    return Device(name, system in ("Android", "iPhone"))


def _origin(request: Request) -> Origin:
    return Origin(client_address(request), request.headers.get("user-agent", ""))


def _signed_in(response: Response, cookie: str) -> Response:
    response.set_cookie(
        SESSION_COOKIE, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="lax", secure=settings().is_secure
    )
    return response


@router.page("/sign-in", access="public")
async def sign_in_form(request: Request, ctx: AnyCtx, next: str = "") -> Response:  # noqa: A002 the word in the address
    if ctx.actor.is_signed_in:
        return redirect(request, local_path(next, "/home"))
    return page(request, ctx, "account/sign_in.html", values={"next": next}, errors={})


@router.page("/sign-in", access="public", methods=("POST",))
async def sign_in(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    identifier, password = str(form.get("identifier", "")).strip(), str(form.get("password", ""))
    with showing_form("account/sign_in.html", values=values_of(form)):
        cookie = await identity.sign_in_web(ctx, identifier, password, _origin(request))
    return _signed_in(redirect(request, local_path(str(form.get("next", "")), "/home")), cookie)


@router.page("/sign-out", access="public", methods=("POST",))
async def sign_out(request: Request, ctx: AnyCtx) -> Response:
    await identity.sign_out(ctx)
    response = redirect(request, "/", flash=_("You are signed out."), tone="info")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.page("/register", access="public")
async def register_form(request: Request, ctx: AnyCtx, next: str = "") -> Response:  # noqa: A002 the word in the address
    if ctx.actor.is_signed_in:
        return redirect(request, local_path(next, "/home"))
    return page(request, ctx, "account/register.html", values={"next": next}, errors={})


@router.page("/register", access="public", methods=("POST",))
async def register(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    fields = {EmailTaken: "email"}
    with showing_form("account/register.html", fields=fields, values=values_of(form)):
        zone = str(form.get("time_zone", ""))  # the browser's own, which need not be one that we know
        given = read(RegisterIn, form, time_zone=zone if zone in time_zones() else None)
        user, asked = await identity.register_user(ctx, given)
        cookie = await identity.open_web_session(ctx, user, _origin(request))
    told = _("Your account is ready. We look at your request to teach soon.") if asked else _("Your account is ready.")
    return _signed_in(redirect(request, local_path(str(form.get("next", "")), "/home"), flash=told), cookie)


@router.page("/password-strength", access="public", methods=("POST",))
async def password_strength(request: Request, ctx: AnyCtx) -> Response:
    """How good the password in the field is, while it is typed."""
    form = await request.form()
    password = next((str(form[name]) for name in ("password", "new_password") if name in form), "")
    reason, _suggestions = await asyncio.to_thread(rules.password_problem, password, ())
    score = (0 if len(password) < rules.MIN_PASSWORD else 1) if reason else 4 if len(password) >= LONG_PASSWORD else 3
    return page(request, ctx, "account/strength.html", score=score, reason=reason, shown=bool(password))


@router.page("/forgot", access="public")
async def forgot_form(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "account/forgot.html", values={}, errors={}, sent=False)


@router.page("/forgot", access="public", methods=("POST",))
async def forgot(request: Request, ctx: AnyCtx) -> Response:
    """Says the same whether there is such an account or not."""
    form = await request.form()
    with showing_form("account/forgot.html", values=values_of(form), sent=False):
        await identity.forget_password(ctx, read(ForgotIn, form).email)
    return page(request, ctx, "account/forgot.html", values=values_of(form), errors={}, sent=True)


@router.page("/reset-password", access="public")
async def reset_form(request: Request, ctx: AnyCtx, token: str = "") -> Response:
    return page(request, ctx, "account/reset.html", values={"token": token}, errors={})


@router.page("/reset-password", access="public", methods=("POST",))
async def reset(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    with showing_form("account/reset.html", values=values_of(form)):
        given = read(ResetIn, form)
        await identity.reset_password(ctx, given.token, given.password)
    return redirect(request, "/sign-in", flash=_("Your password is set. Sign in with it."))


async def _choices(ctx: Ctx) -> dict[str, Any]:
    zones = [(zone, zone.replace("_", " ")) for zone in sorted(time_zones()) if "/" in zone or zone == "UTC"]
    known = [zone for zone in zones if not zone[0].startswith(("Etc/", "SystemV/", "US/", "posix/"))]
    names = [(tag, Locale.parse(tag.replace("-", "_")).get_display_name() or tag) for tag in LOCALES]
    return {
        "zones": known,
        "locales": names,
        "places": await identity.list_memberships(ctx),
        "roles": dict(role_labels()),
    }


@router.page("/account", access="user")
async def profile_form(request: Request, ctx: AnyCtx) -> Response:
    user = await _myself(ctx)
    values = user.model_dump(include={"first_name", "last_name", "username", "time_zone", "locale"})
    values |= {"skill_level": user.profile.skill_level, "career_goals": "\n".join(user.profile.career_goals)}
    return page(request, ctx, "account/profile.html", user=user, values=values, errors={}, **await _choices(ctx))


@router.page("/account", access="user", methods=("POST",))
async def save_profile(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    values = values_of(form)
    goals = [line.strip() for line in values.get("career_goals", "").splitlines() if line.strip()]
    profile = {"career_goals": goals} | ({"skill_level": values["skill_level"]} if values.get("skill_level") else {})
    names = {name: values.get(name, "") for name in ("first_name", "last_name", "username")}
    user = await _myself(ctx)
    with showing_form(
        "account/profile.html", fields={UsernameTaken: "username"}, user=user, values=values, **await _choices(ctx)
    ):
        await identity.update_profile(ctx, read(ProfilePatch, form, **names, profile=profile))
    return redirect(request, "/account", flash=_("Your profile is saved."))


async def _myself(ctx: Ctx) -> UserOut:
    return await identity.user_out(ctx, await identity.get_me(ctx))


@router.page("/account/organizations/{organization_id}/leave", access="user", methods=("POST",))
async def leave(request: Request, ctx: AnyCtx, organization_id: UUID) -> Response:
    with going_back("/account#organizations"):
        await identity.leave_organization(ctx, organization_id)
    return redirect(request, "/account#organizations", flash=_("You have left the organisation."))


@router.page("/account/who", access="user")
async def who(request: Request, ctx: AnyCtx) -> Response:
    """Name and address, for the head of the person's menu when it opens."""
    return page(request, ctx, "account/who.html", user=await _myself(ctx))


@router.page("/account/security", access="user")
async def security(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "account/security.html", errors={}, **await _security(ctx))


async def _security(ctx: Ctx) -> dict[str, Any]:
    return {"user": await _myself(ctx), "sessions": [_shown(one) for one in await identity.list_sessions(ctx)]}


def _shown(session: SessionOut) -> dict[str, Any]:
    return {**session.model_dump(), "device": device_of(session.user_agent)}


@router.page("/account/security", access="user", methods=("POST",))
async def change_password(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    about = await _security(ctx)
    with showing_form("account/security.html", fields={WrongPassword: "current_password"}, **about):
        given = read(ProfilePatch, {name: form.get(name) for name in ("current_password", "new_password")})
        await identity.update_profile(ctx, given)
    return redirect(request, "/account/security", flash=_("Your password is changed."))


@router.page("/account/sessions/{session_id}/end", access="user", methods=("POST",))
async def end_session(request: Request, ctx: AnyCtx, session_id: UUID) -> Response:
    await identity.revoke_session(ctx, session_id)
    if is_part(request):
        return page(request, ctx, "account/security.html", block="sessions", errors={}, **await _security(ctx))
    return redirect(request, "/account/security", flash=_("That sign-in has ended."))
