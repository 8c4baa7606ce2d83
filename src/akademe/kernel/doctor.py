"""`akademe doctor`: what is set, from where, and what is wrong."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from dotenv import dotenv_values
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import text

from akademe.kernel import db
from akademe.kernel.config import ConfigError, Settings, settings
from akademe.kernel.db import schema
from akademe.kernel.queue.relay import make_broker
from akademe.kernel.storage import storage

SECRET_WORDS = ("secret", "key", "token", "url")
KEPT = ("secret_key", "jwt_secret_key")
MIN_FREE_BYTES = 500 * 2**20
CHECK_SECONDS = 10.0


def _shown(name: str, value: object) -> str:
    shown = str(value)
    if not shown:
        return "(kept in DATA_DIR)" if name in KEPT else ""
    if not any(word in name for word in SECRET_WORDS):
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
            version = await session.scalar(text("SELECT version_num FROM alembic_version"))
    finally:
        await db.close()
    if version != schema.newest():
        raise ConfigError(f"it has schema {version}, this version needs {schema.newest()}: run `akademe migrate`")
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


async def _broker() -> str:
    if not settings().broker_url:
        return "not set: jobs run in the web process"
    broker = make_broker(settings().broker_url)
    await broker.startup()
    await broker.shutdown()
    return "answers"


async def _files() -> str:
    await storage().put("doctor/probe", b"-")
    await storage().delete(["doctor/probe"])
    return "writable" if settings().storage_url else f"a folder, {settings().data_dir / 'files'}"


async def _mail() -> str:
    return "by SMTP" if settings().smtp_url else f"as files in {Path(settings().data_dir) / 'mail'}"


CHECKS: dict[str, Callable[[], Awaitable[str]]] = {
    "DATA_DIR": _data_dir,
    "DATABASE_URL": _database,
    "REDIS_URL": _redis,
    "BROKER_URL": _broker,
    "STORAGE_URL": _files,
    "SMTP_URL": _mail,
}


async def report() -> bool:
    """Print the report. True when something is wrong."""
    console = Console()
    try:
        console.print(_table(settings()))
    except ConfigError as error:
        for problem in (str(error), *error.others):
            console.print(f"[red]wrong[/red] {escape(problem)}")
        return True
    outcomes = [await _is_good(console, name, check) for name, check in CHECKS.items()]
    return not all(outcomes)


def _table(chosen: Settings) -> Table:
    in_file = {name for name in dotenv_values(".env") if name}
    table = Table("variable", "value", "from", title="Settings")
    for name in Settings.model_fields:
        table.add_row(name.upper(), escape(_shown(name, getattr(chosen, name))), _origin(name, in_file))
    return table


async def _is_good(console: Console, name: str, check: Callable[[], Awaitable[str]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its finding
        console.print(f"[red]wrong[/red] {name}: {escape(str(error) or type(error).__name__)}")
        return False
    console.print(f"[green]ok[/green]    {name}: {escape(found)}")
    return True
