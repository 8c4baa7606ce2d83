"""The command line: exit 0 on success, 2 on wrong usage or configuration, 1 on failure; errors are one sentence."""

import asyncio
import gc
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from akademe import __version__
from akademe.kernel.config import ConfigError, settings
from akademe.kernel.errors import AppError

app = typer.Typer(
    name="akademe", help="Akademe, a learning management system.", no_args_is_help=True, add_completion=False
)
STARTED_WITH = ("serve", "worker", "migrate", "openapi", "doctor")


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Akademe, a learning management system."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; above 1 needs REDIS_URL.", min=1)] = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill an empty installation with the demo school first.")
    ] = False,
) -> None:
    """Serve the web app and the API. The embedded database is made and migrated first."""
    gc.disable()  # nothing that is imported becomes garbage
    from akademe.app import serve as serve_app

    gc.enable()
    serve_app(host, port, workers, demo=demo)


@app.command()
def worker() -> None:
    """Run jobs that the web processes hand over through BROKER_URL."""
    from akademe import worker as process

    process.main()


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from akademe.kernel.db import schema

    settings().data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(schema.upgrade(settings().database_url))
    typer.echo("The database is at the newest schema.")


@app.command()
def openapi(
    target: Annotated[Path | None, typer.Argument(help="Where to write; standard output if absent.")] = None,
) -> None:
    """Write the OpenAPI file."""
    import orjson

    from akademe.app import create_app

    text = orjson.dumps(create_app().openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
    if target is None:
        typer.echo(text, nl=False)
    else:
        target.write_text(text)


@app.command()
def doctor() -> None:
    """Print what is set, from where, and what is wrong; exits 1 when something is."""
    from akademe.kernel import doctor as checks

    raise typer.Exit(1 if asyncio.run(checks.report()) else 0)


def _add_domain_commands() -> None:
    """The commands of the domains are loaded only where none of the process's own is asked for."""
    if sys.argv[1:2] and sys.argv[1] in STARTED_WITH:
        return
    from akademe import domains

    domains.load_jobs()
    for module in domains.commands():
        group: Any = module.commands
        app.add_typer(group, name=group.info.name if isinstance(group.info.name, str) else None)


def main() -> None:
    """The `akademe` command."""
    try:
        _add_domain_commands()
        app()
    except ConfigError as error:
        typer.echo(f"akademe: {error}", err=True)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the boundary of the program: one sentence; the rest for who asks for it
        typer.echo(f"akademe: {_sentence(error)}", err=True)
        if os.environ.get("LOG_LEVEL") == "DEBUG":
            traceback.print_exc()
        sys.exit(1)


def _sentence(error: Exception) -> str:
    from akademe.kernel.db import is_unavailable

    if isinstance(error, AppError):
        return error.detail
    said = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.filename:
        return said
    return f"The database cannot be used: {said}" if is_unavailable(error) else said


if __name__ == "__main__":
    main()
