"""`akademe user ...`."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from pydantic import ValidationError

from akademe.identity import service
from akademe.identity.models import Role
from akademe.identity.schemas import NewAccount, UserFilter, UserPatch
from akademe.kernel import console
from akademe.kernel.ctx import Ctx, system_ctx
from akademe.kernel.errors import Invalid, NotFound
from akademe.kernel.pagination import MAX_LIMIT, Page
from akademe.orgs import service as orgs

commands = typer.Typer(name="user", help="People and their roles.", no_args_is_help=True)
Email = Annotated[str, typer.Option("--email", help="The person's e-mail address.")]
NewRole = Annotated[Role, typer.Option("--role", help="The role in the organisation.")]
Slug = Annotated[str, typer.Option("--organization", help="The organisation's short name.")]
Password = Annotated[str, typer.Option("--password", prompt=True, hide_input=True, confirmation_prompt=True)]


def _run(action: Callable[[Ctx], Awaitable[None]]) -> None:
    async def in_ctx() -> None:
        async with system_ctx() as ctx:
            await action(ctx)

    console.run(in_ctx)


@commands.command("create")
def create(
    email: Email,
    password: Password,
    role: NewRole = Role.STUDENT,
    first_name: Annotated[str, typer.Option(help="First name.")] = "",
    last_name: Annotated[str, typer.Option(help="Last name.")] = "",
    organization: Slug = "default",
    platform_admin: Annotated[bool, typer.Option("--platform-admin", help="May run every organisation.")] = False,
) -> None:
    """Create an account."""

    async def action(ctx: Ctx) -> None:
        fields = {"email": email, "password": password, "first_name": first_name, "last_name": last_name}
        chosen = (await orgs.organization_named(ctx, organization)).id
        try:
            given = NewAccount(**fields, role=role, organization_id=chosen, is_platform_admin=platform_admin)
        except ValidationError as error:
            raise Invalid(error.errors()[0]["msg"]) from error
        await service.create_user(ctx, given)

    _run(action)
    typer.echo(f"Created {email} ({role.value}).")


@commands.command("list")
def list_people(organization: Slug = "") -> None:
    """List accounts, one a line: e-mail, name, role, status."""

    async def action(ctx: Ctx) -> None:
        chosen = (await orgs.organization_named(ctx, organization)).id if organization else None
        wanted = UserFilter(organization_id=chosen)
        page: Page | None = Page(MAX_LIMIT)
        while page is not None:
            found = await service.list_users(ctx, wanted, page)
            for user in found.items:
                flag = " (platform admin)" if user.is_platform_admin else ""
                typer.echo(f"{user.email}\t{user.full_name}\t{user.role}{flag}\t{user.status}")
            page = Page(MAX_LIMIT, found.next_cursor) if found.next_cursor else None

    _run(action)


@commands.command("set-role")
def set_role(email: Email, role: NewRole) -> None:
    """Change a person's role in their home organisation."""
    _change(email, UserPatch(role=role))
    typer.echo(f"{email} is now {role.value}.")


@commands.command("set-password")
def set_password(email: Email, password: Password) -> None:
    """Set a person's password and end their sign-ins."""
    _change(email, UserPatch(password=password))
    typer.echo(f"The password of {email} is changed.")


def _change(email: str, patch: UserPatch) -> None:
    async def action(ctx: Ctx) -> None:
        found = await service.find_by_email(ctx, email)
        if found is None:
            raise NotFound(f"There is nobody with the e-mail address {email}.")
        await service.update_user(ctx, found.id, patch)

    _run(action)
