"""`akademe doctor`: what is set, from where, and what is wrong."""

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from dotenv import dotenv_values
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from akademe.kernel import db
from akademe.kernel.config import Settings, settings
from akademe.kernel.db import schema

SECRET_WORDS = ("secret", "key", "token", "url")
MIN_FREE_BYTES = 500 * 2**20


def _shown(name: str, value: object) -> str:
    shown = str(value)
    if not shown or not any(word in name for word in SECRET_WORDS):
        return shown
    return shown if "://" in shown and "@" not in shown else f"(set, {len(shown)} characters)"


def _origin(name: str, in_file: set[str]) -> str:
    if os.environ.get(name.upper()):
        return "environment"
    return ".env" if name.upper() in in_file else "default"


async def _database() -> str:
    if settings().is_sqlite and schema.is_current(settings().database_url) is False:
        return "will be made or brought to the newest schema by the next start"
    db.connect(settings().database_url, 1)
    try:
        async with db.transaction() as session:
            await session.execute(text("SELECT version_num FROM alembic_version"))
    finally:
        await db.close()
    return "answers"


async def _data_dir() -> str:
    folder = settings().data_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("")
    probe.unlink()
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise OSError(f"only {free // 2**20} MB are free in DATA_DIR")
    return f"writable, {free // 2**30} GB free"


async def _redis() -> str:
    if not settings().redis_url:
        return "not set: limits, rooms and caches live in one process"
    from redis.asyncio import from_url

    client = from_url(settings().redis_url)
    await client.ping()
    await client.aclose()
    return "answers"


async def _mail() -> str:
    return "by SMTP" if settings().smtp_url else f"as files in {Path(settings().data_dir) / 'mail'}"


CHECKS: dict[str, Callable[[], Awaitable[str]]] = {
    "DATA_DIR": _data_dir,
    "DATABASE_URL": _database,
    "REDIS_URL": _redis,
    "SMTP_URL": _mail,
}


async def report() -> bool:
    """Print the report. True when something is wrong."""
    console = Console()
    in_file = {name for name in dotenv_values(".env") if name}
    table = Table("variable", "value", "from", title="Settings")
    for name in Settings.model_fields:
        table.add_row(name.upper(), _shown(name, getattr(settings(), name)), _origin(name, in_file))
    console.print(table)
    wrong = False
    for name, check in CHECKS.items():
        try:
            console.print(f"[green]ok[/green]    {name}: {await check()}")
        except Exception as error:  # noqa: BLE001 - whatever a check raises is its finding
            wrong = True
            console.print(f"[red]wrong[/red] {name}: {type(error).__name__}: {error}")
    return wrong
