"""People for tests. Their password is PASSWORD, hashed once per process."""

from itertools import count
from typing import Any
from uuid import UUID

from akademe.identity import service
from akademe.identity.models import User
from akademe.identity.schemas import NewAccount, Origin
from akademe.identity.service import sessions
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.orgs.service import organization_for_host

PASSWORD = "correct horse battery staple"
_numbers = count(1)
_hashes: list[str] = []


async def password_hash() -> str:
    if not _hashes:
        _hashes.append(await service.hash_password(PASSWORD))
    return _hashes[0]


async def user(role: str = "student", *, organization_id: UUID | None = None, **fields: Any) -> User:
    """A person with a role in the default organisation (or another); `email`, `username`, ... as wanted."""
    number = next(_numbers)
    values = {
        "email": f"{role}{number}@example.org",
        "first_name": role.capitalize(),
        "last_name": f"Number {number}",
        "password_hash": await password_hash(),
    } | fields
    async with system_ctx() as ctx:
        return await service.create_user(ctx, NewAccount(role=role, organization_id=organization_id, **values))


async def platform_admin(**fields: Any) -> User:
    return await user("admin", is_platform_admin=True, **fields)


async def actor(person: User) -> Any:
    """The person as an Actor, for `open_ctx(await actor(user))`."""
    async with open_ctx() as ctx:
        return await service.actor_for(ctx, person.id)


async def bearer(person: User) -> str:
    """An access token of a new session of the person."""
    await organization_for_host("test")  # known from now on, so that query budgets see steady state
    async with open_ctx(await actor(person)) as ctx:
        account = await ctx.get(User, person.id)
        issued = await sessions.open_session(ctx, await service.user_out(ctx, account), Origin("127.0.0.1", "tests"))
        return issued.access_token
