"""Who is acting, and the one question every policy answers."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from akademe.kernel.errors import Forbidden

INSTRUCTOR_ROLES = frozenset({"instructor", "admin"})
_NO_GRANTS: Mapping[str, frozenset[str]] = MappingProxyType({})
_NO_LIMITS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever caused a unit of work: a person, an API key, a job, the system.

    `role` and `organization_id` are those of the membership in use; the anonymous have the organisation of the host.
    `grants` maps a scope such as `course:<id>` to the roles held there now. `may_browse` is false for who is no member
    of an organisation that shows its catalogue to members alone. `limits` are the rate limits that an admin changed:
    bucket to how many per its period.
    """

    user_id: UUID | None = None
    organization_id: UUID | None = None
    role: str = ""
    is_platform_admin: bool = False
    is_system: bool = False
    grants: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NO_GRANTS)
    session_id: UUID | None = None
    real_user_id: UUID | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    may_browse: bool = True
    limits: Mapping[str, int] = field(default_factory=lambda: _NO_LIMITS)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def is_admin(self) -> bool:
        """Admin of the organisation in use, or more."""
        return self.is_system or self.is_platform_admin or self.role == "admin"

    @property
    def is_instructor(self) -> bool:
        return self.is_admin or self.role in INSTRUCTOR_ROLES

    def admin_of(self, organization_id: UUID | None) -> bool:
        if self.is_system or self.is_platform_admin:
            return True
        return self.role == "admin" and organization_id is not None and self.organization_id == organization_id

    def has_grant(self, scope: str, *roles: str) -> bool:
        """Any of `roles` at `scope`; without roles, any grant at all. `scope` is made by `scope("course", id)`."""
        held = self.grants.get(scope)
        return held is not None and (not roles or not held.isdisjoint(roles))


ANONYMOUS = Actor()
SYSTEM = Actor(is_system=True)


def scope(kind: str, id_: UUID | str) -> str:
    return f"{kind}:{id_}"


def require(allowed: bool) -> None:
    """Raise Forbidden unless `allowed`."""
    if not allowed:
        raise Forbidden


def address_block(address: str) -> str:
    """What counts as one client address: of IPv6 the /64, which one subscriber has whole (RFC 6177)."""
    try:
        return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request or a socket says about who is there. Passive: asked by a program, which keeps no session alive."""

    bearer: str = ""
    api_key: str = ""
    cookie: str = ""
    host: str = ""
    address: str = ""
    is_passive: bool = False


Authenticator = Callable[[Credentials], Awaitable[Actor]]
_authenticator: Authenticator | None = None


def set_authenticator(authenticator: Authenticator) -> None:
    global _authenticator
    _authenticator = authenticator


async def authenticate(credentials: Credentials) -> Actor:
    """The actor of these credentials; ANONYMOUS (with the host's organisation) where there are none.

    Raises Unauthenticated for credentials that are no longer or were never good.
    """
    if _authenticator is None:
        return ANONYMOUS
    return await _authenticator(credentials)
