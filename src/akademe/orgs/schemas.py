"""Organisations as JSON."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from akademe.orgs import rules
from akademe.orgs.models import OrgSettings


def _known_zone(zone: str) -> str:
    if zone not in rules.time_zones():
        raise ValueError("Give the name of a time zone such as Europe/Berlin.")
    return zone


def _good_address(url: str) -> str | None:
    if url and not url.startswith(("https://", "http://", "/")):
        raise ValueError("Give an address that starts with https:// or with a slash.")
    return url or None


Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_good_address)]
OrgName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class OrganizationPatch(BaseModel):
    """Only the fields sent change. `settings` replaces those of its keys that are named."""

    model_config = ConfigDict(extra="ignore")

    name: OrgName | None = None
    slug: str | None = None
    logo_url: WebAddress | None = None
    domain: str | None = Field(None, description="The host name that shows this organisation; empty for none")
    settings: dict[str, Any] | None = None
    subscription_plan: str | None = Field(None, min_length=1, max_length=50)
    time_zone: TimeZone | None = None
    locale: Locale | None = None
    file_quota_bytes: int | None = Field(None, ge=0, le=2**60)

    @field_validator("slug")
    @classmethod
    def _good_slug(cls, slug: str | None) -> str | None:
        if slug is not None and (problem := rules.slug_problem(slug)):
            raise ValueError(problem)
        return slug

    @field_validator("domain")
    @classmethod
    def _good_domain(cls, domain: str | None) -> str | None:
        domain = (domain or "").strip().lower() or None
        if domain is not None and not rules.is_domain(domain):
            raise ValueError("Give a host name such as school.example.org.")
        return domain


class OrganizationIn(OrganizationPatch):
    name: OrgName


class OrganizationOut(BaseModel):
    """`settings`, `subscription_plan` and `file_quota_bytes` are for its admins; others get null."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    slug: str
    logo_url: str | None
    domain: str | None
    settings: OrgSettings | None
    subscription_plan: str | None
    time_zone: str
    locale: str
    file_quota_bytes: int | None
    created_at: datetime
    updated_at: datetime
