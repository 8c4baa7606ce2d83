"""Organisations for tests."""

from itertools import count
from typing import Any

from akademe.kernel.ctx import system_ctx
from akademe.orgs import service
from akademe.orgs.models import Organization
from akademe.orgs.schemas import OrganizationIn

_numbers = count(1)


async def organization(**fields: Any) -> Organization:
    """A tenant of its own; `domain`, `settings`, ... as wanted."""
    number = next(_numbers)
    async with system_ctx() as ctx:
        given = {"name": f"School {number}", "slug": f"school-{number}"} | fields
        return await service.create_organization(ctx, OrganizationIn(**given))


async def default() -> Organization:
    async with system_ctx() as ctx:
        return await service.default_organization(ctx)
