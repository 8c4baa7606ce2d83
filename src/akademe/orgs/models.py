"""The table of organisations and the document of their settings."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Json, Record, clock

DEFAULT_SLUG = "default"
DEFAULT_FILE_QUOTA = 20 * 2**30
_LIVING = text("deleted_at IS NULL")


def _email_domain(given: str) -> str:
    domain = given.strip().lower().removeprefix("@")
    if not 3 < len(domain) <= 253 or "." not in domain.strip(".") or not set(domain).isdisjoint("@,;/ "):
        raise ValueError("Give domains such as school.example.org.")
    return domain


class OrgSettings(BaseModel):
    """What an organisation decides for itself, as kept in `organizations.settings`.

    `email_domains` limits self-registration (empty: anyone); `local_email_domains` accepts addresses below `.local`
    and other names that only a school's own network knows. `rate_limits` are those it changed, for who comes by its
    host: bucket to how many per the bucket's period.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    registration: Literal["open", "closed"] = "open"
    instructor_requests: Literal["ask", "allow", "off"] = "ask"
    catalogue: Literal["public", "members"] = "public"
    email_domains: list[Annotated[str, AfterValidator(_email_domain)]] = Field(default_factory=list, max_length=50)
    local_email_domains: bool = True
    rate_limits: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(default_factory=dict, max_length=200)


class Organization(Record):
    """A tenant. `version` counts edits (If-Match); `file_quota_bytes` bounds what its files may fill."""

    __tablename__ = "organizations"
    __table_args__ = (
        Index("uq_organizations_slug", "slug", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("uq_organizations_domain", "domain", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
    )
    __pii__ = ()

    name: Mapped[str]
    slug: Mapped[str]
    logo_url: Mapped[str | None]
    domain: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    subscription_plan: Mapped[str] = mapped_column(default="free")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    locale: Mapped[str] = mapped_column(default="en")
    file_quota_bytes: Mapped[int] = mapped_column(BigInteger, default=DEFAULT_FILE_QUOTA)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=clock, onupdate=clock)
    deleted_at: Mapped[datetime | None]

    @property
    def options(self) -> OrgSettings:
        return OrgSettings.model_validate(self.settings)
