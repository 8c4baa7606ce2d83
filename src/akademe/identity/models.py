"""The tables of people, of what they may do and of how they signed in."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from akademe.kernel.db import Json, Record, clock

_LIVING = text("deleted_at IS NULL")
_PENDING = text("status = 'pending'")


class Role(StrEnum):
    """Of a membership."""

    ADMIN = "admin"
    INSTRUCTOR = "instructor"
    TA = "ta"
    STUDENT = "student"


class MembershipStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class RequestStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Profile(BaseModel):
    """What a learner says of themselves, as kept in `users.profile`."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    career_goals: list[str] = Field(default_factory=list, max_length=50)
    skill_level: Literal["beginner", "intermediate", "advanced"] = "beginner"
    preferred_learning_style: Literal["visual", "auditory", "kinesthetic"] = "visual"


class Preferences(BaseModel):
    """How a person wants the program to be, as kept in `users.preferences`; clients may keep keys of their own."""

    model_config = ConfigDict(extra="allow")

    version: Literal[1] = 1


class User(Record):
    """An account. `email` is normalised (see `rules.normalise_email`), `username_key` is how usernames compare.

    `version` counts edits (If-Match). Where the person belongs and as what is in `memberships`.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", "email", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("uq_users_username_key", "username_key", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
    )
    __pii__ = ("email", "username", "username_key", "first_name", "last_name", "avatar_url", "preferences", "profile")

    email: Mapped[str]
    username: Mapped[str | None]
    username_key: Mapped[str | None]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_platform_admin: Mapped[bool] = mapped_column(default=False)
    home_organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    avatar_url: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    preferences: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    profile: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    last_login: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=clock, onupdate=clock)
    deleted_at: Mapped[datetime | None]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def shown_name(self) -> str:
        """For who gave no name, the part of the e-mail before the @."""
        return self.full_name or self.email.partition("@")[0]

    @property
    def status(self) -> str:
        if self.deleted_at is not None:
            return "deleted"
        return "active" if self.is_active else "inactive"


class Membership(Record):
    """A person's place in an organisation; what `User.role` and `organization_id` show."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "organization_id"),
        Index("ix_memberships_organization_id_user_id", "organization_id", "user_id"),
    )
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    role: Mapped[str] = mapped_column(default=Role.STUDENT)
    status: Mapped[str] = mapped_column(default=MembershipStatus.ACTIVE)


class Grant(Record):
    """Who may do what where: a role at a scope such as `course:<id>`, given by `source`, perhaps `until` a moment."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("user_id", "scope", "role", "source"),
        Index("ix_grants_scope_role", "scope", "role"),
    )
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    scope: Mapped[str]
    role: Mapped[str]
    source: Mapped[str]
    until: Mapped[datetime | None]


class AuthSession(Record):
    """A sign-in: what access and refresh tokens, or the web's cookie, stand on. Its refresh tokens are one family."""

    __tablename__ = "auth_sessions"
    __table_args__ = (Index("uq_auth_sessions_cookie_hash", "cookie_hash", unique=True),)
    __pii__ = ("address", "user_agent")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    cookie_hash: Mapped[str | None]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")


class RefreshToken(Record):
    """One token of a session's chain; used tokens stay, so that using one again is noticed."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("uq_refresh_tokens_token_hash", "token_hash", unique=True),)
    __pii__ = ()

    session_id: Mapped[UUID] = mapped_column(ForeignKey("auth_sessions.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasswordReset(Record):
    """A reset that was asked for and mailed: good once, for an hour."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("uq_password_resets_token_hash", "token_hash", unique=True),)
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RoleRequest(Record):
    """Somebody asks for a role in an organisation; at most one is pending."""

    __tablename__ = "role_requests"
    __table_args__ = (
        Index(
            "uq_role_requests_pending",
            "user_id",
            "organization_id",
            unique=True,
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )
    __pii__ = ()

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    role: Mapped[str]
    status: Mapped[str] = mapped_column(default=RequestStatus.PENDING)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class LoginThrottle(Record):
    """Failures counted against a key: an account, an address, an e-mail that asked for resets (hashed)."""

    __tablename__ = "login_throttles"
    __table_args__ = (Index("uq_login_throttles_key", "key", unique=True),)
    __pii__ = ()

    key: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    window_started_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
