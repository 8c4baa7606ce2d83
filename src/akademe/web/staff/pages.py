"""`/manage`: people and organisations."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import Request, Response
from starlette.datastructures import FormData

from akademe.identity import service as identity
from akademe.identity.errors import AlreadyMember, EmailTaken, UsernameTaken
from akademe.identity.models import Role
from akademe.identity.schemas import MemberIn, UserFilter, UserOut, UserPatch
from akademe.kernel.ctx import Ctx
from akademe.kernel.errors import Invalid
from akademe.kernel.http import AnyCtx, PageRouter
from akademe.kernel.pagination import Page
from akademe.orgs import service as orgs
from akademe.orgs.errors import DomainTaken, SlugTaken
from akademe.orgs.schemas import OrganizationIn, OrganizationPatch
from akademe.web.ui.render import going_back, page, read, redirect, showing_form, values_of
from akademe.web.ui.words import _, role_labels

router = PageRouter(prefix="/manage")
PER_PAGE = 50
PERSON_FIELDS = {EmailTaken: "email", UsernameTaken: "username", AlreadyMember: "email"}
ORGANIZATION_FIELDS = {SlugTaken: "slug", DomainTaken: "domain"}


@router.page("", access="admin")
async def home(request: Request, _ctx: AnyCtx) -> Response:
    return redirect(request, "/manage/people")


@router.page("/people", access="admin")
async def people(request: Request, ctx: AnyCtx) -> Response:
    query = request.query_params
    wanted = read(UserFilter, {name: value for name, value in query.items() if value})
    found = await identity.list_users(ctx, wanted, Page(PER_PAGE, query.get("cursor", "")))
    asking = await identity.list_users(ctx, UserFilter(role_request="pending"), Page(1))
    return page(
        request,
        ctx,
        "staff/people.html",
        asking=asking.total,
        organization=await _named_organization(ctx, wanted),
        people=found.items,
        total=found.total,
        next_cursor=found.next_cursor,
        wanted=wanted,
        roles=role_labels(),
    )


async def _named_organization(ctx: Ctx, wanted: UserFilter) -> str:
    """The name of the organisation whose people are listed, where a platform admin asks for one."""
    if wanted.organization_id is None:
        return ""
    return (await orgs.get_organization(ctx, wanted.organization_id)).name


@router.page("/people/new", access="admin")
async def new_person(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "staff/person_new.html", roles=role_labels(), values={}, errors={})


@router.page("/people/new", access="admin", methods=("POST",))
async def add_person(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    shown: dict[str, Any] = {"roles": role_labels(), "values": values_of(form)}
    with showing_form("staff/person_new.html", fields=PERSON_FIELDS, **shown):
        if not form.get("email"):
            raise Invalid.field("email", _("Enter an e-mail address."))
        assert ctx.actor.organization_id
        added = await identity.add_member(ctx, ctx.actor.organization_id, read(MemberIn, form))
    flash = _("%(name)s has an account now.") % {"name": added.full_name or added.email}
    return redirect(request, f"/manage/people/{added.id}", flash=flash)


async def _person(ctx: Ctx, user_id: UUID) -> UserOut:
    return await identity.user_out(ctx, await identity.get_user(ctx, user_id))


@router.page("/people/{user_id}", access="admin")
async def person(request: Request, ctx: AnyCtx, user_id: UUID) -> Response:
    shown = await _person(ctx, user_id)
    return page(request, ctx, "staff/person.html", person=shown, roles=role_labels(), values={}, errors={})


@router.page("/people/{user_id}", access="admin", methods=("POST",))
async def change_person(request: Request, ctx: AnyCtx, user_id: UUID) -> Response:
    form = await request.form()
    known = await _person(ctx, user_id)
    shown: dict[str, Any] = {"person": known, "roles": role_labels(), "values": values_of(form)}
    with showing_form("staff/person.html", fields=PERSON_FIELDS, **shown):
        await identity.update_user(ctx, user_id, read(UserPatch, _changed(form, known)))
    return redirect(request, f"/manage/people/{user_id}", flash=_("Saved."))


def _changed(form: FormData, person: UserOut) -> dict[str, Any]:
    """Only what differs: changing a role needs less right than changing an account."""
    current = person.model_dump(mode="json")
    return _differing(form, current)


def _differing(form: FormData, current: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values_of(form).items() if str(current.get(name) or "") != value}


@router.page("/people/{user_id}/request", access="admin", methods=("POST",))
async def decide(request: Request, ctx: AnyCtx, user_id: UUID) -> Response:
    """Accept a wish to teach, or decline it by the role that is held already."""
    role = str((await request.form()).get("role", ""))
    await identity.update_user(ctx, user_id, read(UserPatch, {"role": role}))
    said = _("Accepted. This person can teach now.") if role == Role.INSTRUCTOR else _("Declined.")
    return redirect(request, f"/manage/people/{user_id}", flash=said)


@router.page("/people/{user_id}/status", access="admin", methods=("POST",))
async def change_status(request: Request, ctx: AnyCtx, user_id: UUID) -> Response:
    status = str((await request.form()).get("status", ""))
    with going_back(f"/manage/people/{user_id}"):
        await identity.update_user(ctx, user_id, read(UserPatch, {"status": status}))
    done = (
        _("The account works again.")
        if status == "active"
        else _("The account is switched off and signed out everywhere.")
    )
    return redirect(request, f"/manage/people/{user_id}", flash=done)


@router.page("/people/{user_id}/delete", access="admin", methods=("POST",))
async def delete_person(request: Request, ctx: AnyCtx, user_id: UUID) -> Response:
    with going_back(f"/manage/people/{user_id}"):
        await identity.delete_user(ctx, user_id)
    return redirect(request, "/manage/people", flash=_("The account is deleted."))


@router.page("/organization", access="admin")
async def organization(request: Request, ctx: AnyCtx) -> Response:
    assert ctx.actor.organization_id
    return await _organization(request, ctx, ctx.actor.organization_id, is_own=True)


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


@router.page("/organizations", access="platform admin")
async def organizations(request: Request, ctx: AnyCtx) -> Response:
    found = await orgs.list_organizations(ctx, Page(PER_PAGE, request.query_params.get("cursor", "")))
    return page(request, ctx, "staff/organizations.html", items=found.items, next_cursor=found.next_cursor)


@router.page("/organizations/new", access="platform admin")
async def new_organization(request: Request, ctx: AnyCtx) -> Response:
    return page(request, ctx, "staff/organization_new.html", values={}, errors={})


@router.page("/organizations/new", access="platform admin", methods=("POST",))
async def create_organization(request: Request, ctx: AnyCtx) -> Response:
    form = await request.form()
    with showing_form("staff/organization_new.html", fields=ORGANIZATION_FIELDS, values=values_of(form)):
        made = await orgs.create_organization(ctx, read(OrganizationIn, form))
    return redirect(request, f"/manage/organizations/{made.id}", flash=_("%(name)s is ready.") % {"name": made.name})


@router.page("/organizations/{organization_id}", access="admin")
async def one_organization(request: Request, ctx: AnyCtx, organization_id: UUID) -> Response:
    return await _organization(request, ctx, organization_id, is_own=False)


async def _organization(request: Request, ctx: Ctx, organization_id: UUID, *, is_own: bool) -> Response:
    shown = orgs.organization_out(ctx, await orgs.get_organization(ctx, organization_id))
    data: dict[str, Any] = {"organization": shown, "zones": _zones(), "is_own": is_own}
    return page(request, ctx, "staff/organization.html", values={}, errors={}, **data)


@router.page("/organizations/{organization_id}", access="admin", methods=("POST",))
async def change_organization(request: Request, ctx: AnyCtx, organization_id: UUID) -> Response:
    form = await request.form()
    shown = orgs.organization_out(ctx, await orgs.get_organization(ctx, organization_id))
    is_own = organization_id == ctx.actor.organization_id
    data: dict[str, Any] = {"organization": shown, "zones": _zones(), "is_own": is_own, "values": values_of(form)}
    with showing_form("staff/organization.html", fields=ORGANIZATION_FIELDS, **data):
        patch = read(OrganizationPatch, _differing(form, shown.model_dump(mode="json")), settings=_settings(form))
        await orgs.update_organization(ctx, organization_id, patch)
    back = "/manage/organization" if is_own else f"/manage/organizations/{organization_id}"
    return redirect(request, back, flash=_("Saved."))


def _settings(form: FormData) -> dict[str, Any]:
    domains = str(form.get("email_domains", "")).replace(",", " ").split()
    chosen = {name: str(form[name]) for name in ("registration", "instructor_requests", "catalogue") if form.get(name)}
    return chosen | {"email_domains": domains, "local_email_domains": "local_email_domains" in form}


@router.page("/organizations/{organization_id}/delete", access="platform admin", methods=("POST",))
async def delete_organization(request: Request, ctx: AnyCtx, organization_id: UUID) -> Response:
    await orgs.delete_organization(ctx, organization_id)
    undo = f"/manage/organizations/{organization_id}/restore"
    return redirect(request, "/manage/organizations", flash=_("The organisation is deleted."), undo=undo)


@router.page("/organizations/{organization_id}/restore", access="platform admin", methods=("POST",))
async def restore_organization(request: Request, ctx: AnyCtx, organization_id: UUID) -> Response:
    found = await orgs.restore_organization(ctx, organization_id)
    said = _("%(name)s is back.") % {"name": found.name}
    return redirect(request, f"/manage/organizations/{organization_id}", flash=said)
