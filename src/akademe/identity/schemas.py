"""People and sign-in as JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from akademe.identity import rules
from akademe.identity.models import Role
from akademe.orgs.schemas import Locale, TimeZone, WebAddress

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=150, pattern=r"^[^\x00-\x1f\x7f]*$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320)]
Password = Annotated[str, StringConstraints(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from: the client's address, and what its browser calls itself."""

    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class UserBrief:
    """What others see of a person beside their work."""

    id: UUID
    full_name: str
    email: str
    avatar_url: str | None


class ProfileFields(BaseModel):
    """What learners say of themselves; only what is sent changes."""

    full_name: Name | None = None
    avatar: WebAddress | None = None
    career_goals: list[Annotated[str, StringConstraints(max_length=200)]] | None = Field(None, max_length=50)
    skill_level: Literal["beginner", "intermediate", "advanced"] | None = None
    preferred_learning_style: Literal["visual", "auditory", "kinesthetic"] | None = None


class PersonFields(BaseModel):
    """The fields of a person that the person and their admins may both set. A username of "" takes it away."""

    username: str | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    full_name: Name | None = None

    @field_validator("username")
    @classmethod
    def _good_username(cls, username: str | None) -> str | None:
        username = username.strip() if username else username
        if username and (problem := rules.username_problem(username)):
            raise ValueError(problem)
        return username


class ProfilePatch(PersonFields):
    """One's own account. A new password needs the current one."""

    avatar_url: WebAddress | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    preferences: dict[str, Any] | None = Field(None, max_length=100)
    profile: ProfileFields | None = None
    current_password: Password | None = None
    new_password: Password | None = None


class RegisterIn(PersonFields):
    """`role` and `requested_role` mean the same: anything but instructor is a student."""

    email: Email
    password: Password
    role: str | None = Field(None, max_length=30)
    requested_role: str | None = Field(None, max_length=30)
    time_zone: TimeZone | None = None

    @property
    def wants_to_teach(self) -> bool:
        return "instructor" in (self.role, self.requested_role)


class UserIn(PersonFields):
    """An account made by staff. Without a password its person is invited to choose one by the reset mail; without
    locale or time zone, those of the organisation.
    """

    email: Email
    password: Password | None = None
    role: Role = Role.STUDENT
    organization_id: UUID | None = None
    is_platform_admin: bool = False
    is_active: bool = True
    locale: Locale | None = None
    time_zone: TimeZone | None = None


class NewAccount(UserIn):
    """As the command line, the demo and imports make one: a `password_hash` is taken as it is."""

    password_hash: str | None = None


class UserPatch(PersonFields):
    email: Email | None = None
    password: Password | None = None
    role: Role | None = None
    status: Literal["active", "inactive"] | None = None
    is_active: bool | None = None
    is_platform_admin: bool | None = None
    avatar_url: WebAddress | None = None

    @property
    def active(self) -> bool | None:
        return self.is_active if self.status is None else self.status == "active"


class MembershipOut(BaseModel):
    """A person's own place in an organisation; the home one is where the account was made."""

    organization_id: UUID
    organization_name: str
    role: str
    is_home: bool


class MemberIn(PersonFields):
    """A person who has an account, by `user_id` or `email`; or, with `email` and a `password`, a new one."""

    user_id: UUID | None = None
    email: Email | None = None
    password: Password | None = None
    role: Role = Role.STUDENT

    @model_validator(mode="after")
    def _names_somebody(self) -> "MemberIn":
        if self.user_id is None and self.email is None:
            raise ValueError("Name a person by user_id or email.")
        return self


class UserFilter(BaseModel):
    q: str = ""
    role: Role | None = None
    status: Literal["active", "inactive"] | None = None
    organization_id: UUID | None = None
    role_request: Literal["pending"] | None = None


class ProfileOut(BaseModel):
    full_name: str
    avatar: str | None
    career_goals: list[str]
    skill_level: str
    preferred_learning_style: str


class UserOut(BaseModel):
    """`role` and `organization_id` are those of the membership in use; `role_request` is pending, or null."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    full_name: str
    role: str
    status: str
    is_active: bool
    is_platform_admin: bool
    organization_id: UUID
    avatar_url: str | None
    locale: str
    time_zone: str
    preferences: dict[str, Any]
    profile: ProfileOut
    role_request: str | None = None
    date_joined: datetime
    last_login: datetime | None
    created_at: datetime
    updated_at: datetime


class LoginIn(BaseModel):
    """`email` or `username`; either may hold the other."""

    email: str | None = Field(None, max_length=320)
    username: str | None = Field(None, max_length=320)
    password: str = Field(max_length=1000)

    @model_validator(mode="after")
    def _names_somebody(self) -> "LoginIn":
        if not self.identifier:
            raise ValueError("Give an e-mail address or a username.")
        return self

    @property
    def identifier(self) -> str:
        return (self.email or self.username or "").strip()


class TokensOut(BaseModel):
    """`expires_in` is the life of the access token in seconds; `role_request` is pending after asking to teach."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name (RFC 6750)
    expires_in: int
    user: UserOut
    role_request: str | None = None


class RefreshIn(BaseModel):
    refresh_token: str = Field(max_length=4000, validation_alias=AliasChoices("refresh_token", "refresh"))


class LogoutIn(BaseModel):
    refresh_token: str | None = Field(None, max_length=4000, validation_alias=AliasChoices("refresh_token", "refresh"))


class ForgotIn(BaseModel):
    email: Email


class ResetIn(BaseModel):
    """`password` and `new_password` mean the same."""

    token: str = Field(max_length=500)
    password: Password = Field(validation_alias=AliasChoices("password", "new_password"))


class SessionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool = False
