"""`akademe import` and `akademe export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.progress import Progress

from akademe.interop import service
from akademe.interop.schemas import Format, ImportResult
from akademe.kernel import console
from akademe.kernel.auth import Actor
from akademe.kernel.ctx import open_ctx, system_ctx
from akademe.kernel.errors import NotFound

commands = typer.Typer()


@commands.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A course folder, an archive, or a GIFT file.", exists=True)],
    format_: Annotated[str, typer.Option("--format", help=f"One of: {', '.join(get_args(Format))}.")] = "auto",
    instructor: Annotated[
        str, typer.Option(help="E-mail of the owner; else the first administrator or instructor.")
    ] = "",
) -> None:
    """Import a course: a folder of our own format, an Open edX archive, or a GIFT file."""
    if format_ not in get_args(Format):
        raise typer.BadParameter(f"known formats are: {', '.join(get_args(Format))}", param_hint="--format")
    result = console.run(lambda: _import(source, format_, instructor))
    verb = "Imported" if result.created else "Updated"
    typer.echo(f"{verb} “{result.title}” as {result.slug}.")
    named = (row for row in result.report if "reason" in row and not row["element"].startswith("html/"))
    for row in (row for row in named if "details" in row):
        typer.echo(f"  left out: {row['element']} ({row['count']}): {row['reason']}")


async def _import(source: Path, format_: str, instructor: str) -> ImportResult:
    async with system_ctx() as ctx:
        actor = await service.owner_of_imports(ctx, instructor)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Importing", total=1.0)

        async def progress(share: float) -> None:
            bar.update(task, completed=share)

        return await service.import_course(actor, source, source.name, format_, progress)


@commands.command("export")
def export(
    course: Annotated[str, typer.Argument(help="Id or address of the course.")],
    target: Annotated[Path, typer.Argument(help="Where to write the zip.")],
) -> None:
    """Export a course as a zip of a folder that can be kept in git."""
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent}", param_hint="target")
    console.run(lambda: _export(course, target))
    typer.echo(f"Wrote {target}.")


async def _export(course: str, target: Path) -> None:
    async with open_ctx(Actor(is_system=True)) as ctx:
        try:
            download = await service.export_course(ctx, course)
        except NotFound as error:
            raise NotFound(f"There is no course {course!r} here.") from error
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:  # a command has the event loop to itself
            async for chunk in download.chunks:
                file.write(chunk)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
