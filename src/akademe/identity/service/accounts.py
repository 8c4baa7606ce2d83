"""Accounts: made by their people or by staff, found, described."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from akademe.identity import rules
from akademe.identity.errors import EmailDomainRefused, EmailTaken, RegistrationClosed, UsernameTaken
from akademe.identity.events import RoleRequested, UserRegistered
from akademe.identity.models import (
    Membership,
    MembershipStatus,
    Preferences,
    Profile,
    RequestStatus,
    Role,
    RoleRequest,
    User,
)
from akademe.identity.policy import can_see_user
from akademe.identity.schemas import NewAccount, PersonFields, RegisterIn, UserBrief, UserIn, UserOut
from akademe.identity.service import hashing
from akademe.kernel.auth import require
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import is_unique_violation
from akademe.kernel.errors import Invalid, NotFound
from akademe.orgs import service as orgs
from akademe.orgs.models import Organization, OrgSettings

SHOWN = (
    "id email username first_name last_name is_active is_platform_admin avatar_url locale time_zone preferences profile"
    " last_login created_at updated_at".split()
)


async def register_user(ctx: Ctx, given: RegisterIn) -> tuple[User, str | None]:
    """An account in the organisation of the host, made by its person; gives it and the state of a role request.

    Raises RegistrationClosed, EmailDomainRefused, WeakPassword, EmailTaken, UsernameTaken, Invalid.
    """
    chosen = ctx.actor.organization_id or await orgs.organization_for_host("")
    organization = await ctx.get(Organization, chosen)
    options = organization.options
    email = normal_email(given.email, options)
    if options.registration == "closed":
        raise RegistrationClosed
    if not rules.domain_allowed(email, options.email_domains):
        raise EmailDomainRefused
    await ctx.release()
    await hashing.check_strength(given.password, about_of(given, email))
    password_hash = await hashing.hash_password(given.password)
    at_once = given.wants_to_teach and options.instructor_requests == "allow"
    user = await _insert_user(ctx, given, email, password_hash, organization)
    _join(ctx, user.id, organization.id, Role.INSTRUCTOR if at_once else Role.STUDENT)
    asked = None
    if given.wants_to_teach and options.instructor_requests == "ask":
        asked = _request_role(ctx, user, Role.INSTRUCTOR)
    ctx.record(UserRegistered(user_id=user.id, organization_id=organization.id))
    return user, asked


async def create_user(ctx: Ctx, given: UserIn) -> User:
    """An account made by staff, the command line or the demo, in `organization_id` or the organisation in use.

    Without a password the person is invited to choose one by the reset mail. Raises Forbidden, NotFound (an
    organisation the actor does not administer), WeakPassword, EmailTaken, UsernameTaken, Invalid.
    """
    organization = await _organization_of(ctx, given.organization_id)
    require(ctx.actor.admin_of(organization.id))
    require(not given.is_platform_admin or ctx.actor.is_platform_admin or ctx.actor.is_system)
    email = normal_email(given.email, organization.options)
    password_hash = given.password_hash if isinstance(given, NewAccount) else None
    if given.password is not None:
        await hashing.check_strength(given.password, about_of(given, email))
        password_hash = await hashing.hash_password(given.password)
    user = await _insert_user(ctx, given, email, password_hash, organization)
    _join(ctx, user.id, organization.id, given.role)
    is_invited = password_hash is None
    ctx.record(UserRegistered(user_id=user.id, organization_id=organization.id, is_invited=is_invited))
    return user


async def _organization_of(ctx: Ctx, organization_id: UUID | None) -> Organization:
    """The one named, else the actor's, else the default one. Hidden (404) from who does not administer it."""
    if organization_id is not None and not ctx.actor.admin_of(organization_id):
        raise NotFound
    chosen = organization_id or ctx.actor.organization_id
    organization = await ctx.get(Organization, chosen) if chosen else await orgs.default_organization(ctx)
    if organization.deleted_at is not None:
        raise NotFound
    return organization


async def _insert_user(
    ctx: Ctx, given: RegisterIn | UserIn, email: str, password_hash: str | None, organization: Organization
) -> User:
    """Locale and time zone are the organisation's unless given. The unique constraints decide who was first."""
    values = {"locale": organization.locale, "time_zone": organization.time_zone} | names_of(given)
    chosen = {"is_active", "is_platform_admin", "locale", "time_zone"}
    values |= given.model_dump(include=chosen, exclude_none=True)
    user = User(
        email=email,
        password_hash=password_hash,
        home_organization_id=organization.id,
        preferences=Preferences().model_dump(),
        profile=Profile().model_dump(),
        created_at=ctx.now,
        updated_at=ctx.now,
        **values,
    )
    await write_user(ctx, user)
    return user


async def write_user(ctx: Ctx, user: User) -> None:
    """Flush a new or changed account. Raises EmailTaken or UsernameTaken as the constraint says."""
    try:
        async with ctx.db.begin_nested():
            ctx.db.add(user)
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise (UsernameTaken if is_unique_violation(error, "username_key") else EmailTaken) from error


def _join(ctx: Ctx, user_id: UUID, organization_id: UUID, role: Role) -> None:
    ctx.db.add(Membership(user_id=user_id, organization_id=organization_id, role=role.value, created_at=ctx.now))


def _request_role(ctx: Ctx, user: User, role: Role) -> str:
    ctx.db.add(
        RoleRequest(user_id=user.id, organization_id=user.home_organization_id, role=role.value, created_at=ctx.now)
    )
    ctx.record(RoleRequested(user_id=user.id, role=role, organization_id=user.home_organization_id))
    return RequestStatus.PENDING.value


def names_of(given: PersonFields) -> dict[str, Any]:
    """The columns of the names that were sent; `full_name` counts where its parts were not sent."""
    sent = given.model_fields_set
    values: dict[str, Any] = {name: getattr(given, name) or "" for name in ("first_name", "last_name") if name in sent}
    if given.full_name and not values:
        values["first_name"], values["last_name"] = rules.split_name(given.full_name)
    if "username" in sent:
        values["username"] = given.username or None
        values["username_key"] = rules.username_key(given.username) if given.username else None
    return values


def about_of(given: PersonFields | User, email: str) -> list[str]:
    """The words a guesser of this person's password tries first."""
    words = (email, given.username, given.first_name, given.last_name, given.full_name, "akademe")
    return [word for word in words if word]


def normal_email(email: str, options: OrgSettings) -> str:
    """Raises Invalid with the reason."""
    try:
        return rules.normalise_email(email, local_domains=options.local_email_domains)
    except rules.BadEmail as error:
        raise Invalid.field("email", str(error)) from error


async def find_by_email(ctx: Ctx, email: str) -> User | None:
    """The living account with this address in any spelling, whoever asks: callers show it only to who may see it."""
    found: User | None = await ctx.db.scalar(select(User).filter_by(email=rules.email_key(email), deleted_at=None))
    return found


async def find_by_emails(ctx: Ctx, emails: Collection[str]) -> dict[str, UUID | None]:
    """The ids of the living accounts with these addresses, None for the unknown; as `find_by_email`."""
    keys = {email: rules.email_key(email) for email in emails}
    found = select(User.email, User.id).where(User.email.in_(set(keys.values())), User.deleted_at.is_(None))
    ids = dict((await ctx.db.execute(found)).tuples().all()) if keys else {}
    return {email: ids.get(key) for email, key in keys.items()}


async def get_user(ctx: Ctx, user_id: UUID) -> User:
    """Oneself, or somebody of the organisation one administers. Raises NotFound for everybody else."""
    user, _ = await get_member(ctx, user_id)
    return user


async def get_member(ctx: Ctx, user_id: UUID) -> tuple[User, Membership | None]:
    """The account and its membership in the organisation in use (for the person and platform admins: the home one)."""
    user = await ctx.db.get(User, user_id)
    if user is None:
        raise NotFound
    membership = await membership_of(ctx, user)
    if not can_see_user(ctx.actor, user, membership):
        raise NotFound
    return user, membership


async def membership_of(ctx: Ctx, user: User) -> Membership | None:
    """In the organisation in use; where there is none, at home, for those who may look there."""
    return (await _place_of(ctx, user))[0]


async def _place_of(ctx: Ctx, user: User) -> tuple[Membership | None, str | None]:
    """The membership to show, and the state of a role request there, by one statement."""
    home = user.home_organization_id
    pending = (
        (RoleRequest.user_id == Membership.user_id)
        & (RoleRequest.organization_id == Membership.organization_id)
        & (RoleRequest.status == RequestStatus.PENDING.value)
    )
    rows = await ctx.db.execute(
        select(Membership, RoleRequest.status)
        .outerjoin(RoleRequest, pending)
        .where(Membership.user_id == user.id)
        .where(Membership.organization_id.in_({ctx.actor.organization_id or home, home}))
    )
    found = {place.organization_id: (place, asked) for place, asked in rows}
    in_use = found.get(ctx.actor.organization_id) if ctx.actor.organization_id else None
    may_look_home = ctx.actor.user_id in (user.id, None) or ctx.actor.is_platform_admin
    return in_use or (found.get(home) if may_look_home else None) or (None, None)


async def user_briefs(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, UserBrief]:
    """What to show of these people beside their work, deleted ones included (their work stays)."""
    wanted = set(ids)
    if not wanted:
        return {}
    people = await ctx.db.scalars(select(User).where(User.id.in_(wanted)))
    return {user.id: UserBrief(user.id, user.shown_name, user.email, user.avatar_url) for user in people}


async def pending_request(ctx: Ctx, user_id: UUID, organization_id: UUID) -> RoleRequest | None:
    found: RoleRequest | None = await ctx.db.scalar(
        select(RoleRequest).filter_by(
            user_id=user_id, organization_id=organization_id, status=RequestStatus.PENDING.value
        )
    )
    return found


async def user_out(ctx: Ctx, user: User) -> UserOut:
    return as_out(user, *await _place_of(ctx, user))


def as_out(user: User, membership: Membership | None, role_request: str | None = None) -> UserOut:
    values = {name: getattr(user, name) for name in SHOWN}
    is_member = membership is not None and membership.status == MembershipStatus.ACTIVE
    return described(
        values,
        role=membership.role if membership and is_member else "",
        organization_id=membership.organization_id if membership else user.home_organization_id,
        role_request=role_request,
    )


def described(values: Mapping[str, Any], **place: Any) -> UserOut:
    """An account as JSON from its columns SHOWN; `place` is role, organization_id and role_request."""
    full_name = f"{values['first_name']} {values['last_name']}".strip()
    own = Profile.model_validate(values["profile"]).model_dump(exclude={"version"})
    return UserOut.model_validate(
        {
            **values,
            **place,
            "full_name": full_name,
            "status": "active" if values["is_active"] else "inactive",
            "preferences": {name: value for name, value in values["preferences"].items() if name != "version"},
            "profile": {"full_name": full_name, "avatar": values["avatar_url"], **own},
            "date_joined": values["created_at"],
        }
    )
