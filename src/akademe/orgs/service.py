"""Organisations: find the one of a host, and create, change and delete them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from pydantic import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from akademe.kernel import cache, usages
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx, system_ctx
from akademe.kernel.db import Database, Query, as_uuid, database, folded, is_unique_violation
from akademe.kernel.errors import Invalid, NotFound, PreconditionFailed
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.orgs import rules
from akademe.orgs.errors import DefaultOrganizationKept, DomainTaken, SlugTaken
from akademe.orgs.events import OrganizationCreated, OrganizationDeleted
from akademe.orgs.models import DEFAULT_SLUG, Organization, OrgSettings
from akademe.orgs.policy import can_edit_organization, can_run_organizations, visible_organizations
from akademe.orgs.schemas import OrganizationIn, OrganizationOut, OrganizationPatch

HOSTS_TTL_SECONDS = 10.0
_PLATFORM_FIELDS = frozenset({"slug", "domain", "subscription_plan", "file_quota_bytes"})
_HOSTS = Query(
    select(
        Organization.id, Organization.domain, Organization.slug, Organization.settings, Organization.deleted_at
    ).where(
        or_(Organization.domain.is_not(None), Organization.slug == DEFAULT_SLUG, Organization.deleted_at.is_not(None))
    )
)


@dataclass(frozen=True, slots=True)
class _Known:
    """Domains and whose they are ("" the default's), which organisations show their catalogue to members alone, and
    which are deleted; and the rate limits that the others changed.
    """

    until: float
    hosts: dict[str, UUID]
    closed: frozenset[UUID]
    limits: dict[UUID, dict[str, int]]
    deleted: frozenset[UUID]


_known_hosts: "WeakKeyDictionary[Database, _Known]" = WeakKeyDictionary()


async def default_organization(ctx: Ctx) -> Organization:
    """The organisation that is always there, made now where nobody made it yet."""
    found = await find_organization(ctx, DEFAULT_SLUG)
    if found is not None:
        return found
    made = Organization(name="Akademe", slug=DEFAULT_SLUG, settings=OrgSettings().model_dump(), created_at=ctx.now)
    organization, _ = await ctx.insert_or_get(made, slug=DEFAULT_SLUG, deleted_at=None)
    ctx.after_commit(forget_hosts)
    return organization


async def organization_for_host(host: str) -> UUID:
    """The id of the organisation whose domain is `host` (lower case, without port), else of the default one.

    Kept for 10 s in this process; a change made here is seen at once.
    """
    hosts = (await _known()).hosts
    return hosts.get(host) or hosts[""]


async def names_organization(host: str) -> bool:
    """True where `host` is some organisation's own domain, so that it decides which membership is in use."""
    return host in (await _known()).hosts


async def shows_catalogue(organization_id: UUID) -> bool:
    """Whether people who are no members see what the organisation publishes."""
    return organization_id not in (await _known()).closed


async def limits_for_host(host: str) -> Mapping[str, int]:
    """The rate limits that an admin of the host's organisation changed."""
    known = await _known()
    return known.limits.get(known.hosts.get(host) or known.hosts[""], {})


async def is_deleted(organization_id: UUID) -> bool:
    """Whether nobody acts there any more."""
    return organization_id in (await _known()).deleted


async def _known() -> _Known:
    kept = _known_hosts.get(database())
    if kept is not None and kept.until > time.monotonic():
        return kept
    every = await _HOSTS.all()
    rows = [row for row in every if row["deleted_at"] is None]
    hosts = {row["domain"]: as_uuid(row["id"]) for row in rows if row["domain"]}
    default = next((row["id"] for row in rows if row["slug"] == DEFAULT_SLUG), None)
    hosts[""] = as_uuid(default) if default is not None else await _make_default()
    closed = frozenset(as_uuid(row["id"]) for row in rows if row["settings"].get("catalogue") == "members")
    changed = {as_uuid(row["id"]): row["settings"].get("rate_limits", {}) for row in rows}
    deleted = frozenset(as_uuid(row["id"]) for row in every if row["deleted_at"] is not None)
    found = _known_hosts[database()] = _Known(time.monotonic() + HOSTS_TTL_SECONDS, hosts, closed, changed, deleted)
    return found


async def _make_default() -> UUID:
    async with system_ctx() as ctx:
        return (await default_organization(ctx)).id


def forget_hosts() -> None:
    _known_hosts.pop(database(), None)


async def find_organization(ctx: Ctx, slug: str) -> Organization | None:
    """By slug, whoever asks (command line, imports)."""
    found: Organization | None = await ctx.db.scalar(select(Organization).filter_by(slug=slug, deleted_at=None))
    return found


async def organization_named(ctx: Ctx, slug: str) -> Organization:
    """As `find_organization`, making the default one where it is missing. Raises NotFound with the name."""
    found = await (default_organization(ctx) if slug == DEFAULT_SLUG else find_organization(ctx, slug))
    if found is None:
        raise NotFound(f"There is no organisation with the short name {slug}.")
    return found


async def get_organization(ctx: Ctx, organization_id: UUID) -> Organization:
    """Raises NotFound where the actor may not see it."""
    statement = select(Organization).where(Organization.id == organization_id, visible_organizations(ctx.actor))
    found = await ctx.db.scalar(statement)
    if found is None:
        raise NotFound
    return found


async def options_of(ctx: Ctx, organization_id: UUID) -> OrgSettings:
    """The settings of an organisation, for services that obey them, whoever acts."""
    return (await ctx.get(Organization, organization_id)).options


async def list_organizations(ctx: Ctx, page: Page) -> Paged[OrganizationOut]:
    statement = select(Organization).where(visible_organizations(ctx.actor))
    found = await paginate(ctx, statement, [Key(folded(Organization.name)), Key(Organization.id)], page, count=True)
    return Paged([organization_out(ctx, row) for row in found.items], found.next_cursor, found.total)


def organization_out(ctx: Ctx, organization: Organization) -> OrganizationOut:
    """As this actor may see it: what concerns its admins alone is null for others."""
    shown = OrganizationOut.model_validate(organization)
    if not can_edit_organization(ctx.actor, organization):
        return shown.model_copy(update={"settings": None, "subscription_plan": None, "file_quota_bytes": None})
    return shown


async def create_organization(ctx: Ctx, given: OrganizationIn) -> Organization:
    """Raises SlugTaken, DomainTaken, Forbidden, Invalid."""
    require(can_run_organizations(ctx.actor))
    values = _values(given) | {"settings": _merged(OrgSettings(), given.settings)}
    values.setdefault("slug", rules.slug_from(given.name))
    organization = Organization(**values, created_at=ctx.now, updated_at=ctx.now)
    await _write(ctx, organization)
    ctx.record(OrganizationCreated(organization_id=organization.id))
    return organization


async def update_organization(
    ctx: Ctx, organization_id: UUID, patch: OrganizationPatch, *, if_version: int | None = None
) -> Organization:
    """Raises NotFound, Forbidden, PreconditionFailed, SlugTaken, DomainTaken, DefaultOrganizationKept, Invalid."""
    await ctx.lock_writes()
    organization = await get_organization(ctx, organization_id)
    require(can_edit_organization(ctx.actor, organization))
    await ctx.db.refresh(organization, with_for_update=True)
    if if_version is not None and if_version != organization.version:
        raise PreconditionFailed
    values = _values(patch)
    require(can_run_organizations(ctx.actor) or not _changed(organization, values) & _PLATFORM_FIELDS)
    if organization.slug == DEFAULT_SLUG and values.get("slug", DEFAULT_SLUG) != DEFAULT_SLUG:
        raise DefaultOrganizationKept
    if patch.settings is not None:
        values["settings"] = _merged(organization.options, patch.settings)
    for name, value in values.items():
        setattr(organization, name, value)
    organization.version += 1
    await _write(ctx, organization)
    return organization


def _values(given: OrganizationPatch) -> dict[str, Any]:
    """What was sent; null only where a column may be empty."""
    sent = given.model_dump(exclude_unset=True, exclude={"settings"})
    return {name: value for name, value in sent.items() if value is not None or name in ("logo_url", "domain")}


def _changed(organization: Organization, values: dict[str, Any]) -> set[str]:
    return {name for name, value in values.items() if getattr(organization, name) != value}


def _merged(current: OrgSettings, sent: dict[str, Any] | None) -> dict[str, Any]:
    try:
        merged = OrgSettings.model_validate(current.model_dump() | (sent or {}))
    except ValidationError as error:
        problems = [
            {"field": ".".join(["settings", *map(str, item["loc"])]), "message": item["msg"]} for item in error.errors()
        ]
        raise Invalid(errors=problems) from error
    if unknown := merged.rate_limits.keys() - usages.BUCKETS:
        names = f"There is no limit named {min(unknown)}. Known ones: {', '.join(sorted(usages.BUCKETS))}."
        raise Invalid.field("settings.rate_limits", names)
    return merged.model_dump()


async def _write(ctx: Ctx, organization: Organization) -> None:
    try:
        async with ctx.db.begin_nested():
            ctx.db.add(organization)
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise (DomainTaken if is_unique_violation(error, "domain") else SlugTaken) from error
    ctx.after_commit(forget_hosts)
    ctx.after_commit(cache.forget)


async def delete_organization(ctx: Ctx, organization_id: UUID) -> None:
    """Soft: its rows stay, nobody reaches them. Raises NotFound, Forbidden, DefaultOrganizationKept."""
    organization = await get_organization(ctx, organization_id)
    require(can_run_organizations(ctx.actor))
    if organization.slug == DEFAULT_SLUG:
        raise DefaultOrganizationKept
    organization.deleted_at = ctx.now
    ctx.record(OrganizationDeleted(organization_id=organization.id))
    ctx.after_commit(forget_hosts)
    ctx.after_commit(cache.forget)


async def restore_organization(ctx: Ctx, organization_id: UUID) -> Organization:
    """Raises NotFound, Forbidden, SlugTaken or DomainTaken where another took its name or host meanwhile."""
    require(can_run_organizations(ctx.actor))
    organization = await ctx.get(Organization, organization_id, lock=True)
    if organization.deleted_at is None:
        raise NotFound
    organization.deleted_at = None
    await _write(ctx, organization)
    return organization
