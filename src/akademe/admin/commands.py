"""`akademe demo`."""

import typer

from akademe.admin.demo.builder import fill
from akademe.kernel import console
from akademe.kernel.config import settings

commands = typer.Typer()


@commands.command("demo")
def demo() -> None:
    """Fill an empty installation with a small school: people, courses, and sixty days of learning."""
    console.run(fill)
    typer.echo(f"Start `akademe serve` and open {settings().public_url}/sign-in")
