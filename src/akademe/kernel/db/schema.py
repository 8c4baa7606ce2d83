"""The schema's version: where it is, where it should be, and the way there."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from akademe.kernel.db.database import Database

FOLDER = Path(__file__).parents[2] / "migrations"


def alembic_config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Safe to run twice, and beside others: PostgreSQL waits on an advisory lock."""
    await _run(url, "upgrade", revision)


async def downgrade(url: str, revision: str) -> None:
    await _run(url, "downgrade", revision)


async def _run(url: str, command: str, revision: str) -> None:
    from alembic import command as alembic

    def run(connection: Any) -> None:
        # Rebuilding a table must not cascade; and of several machines one migrates, the others wait.
        connection.exec_driver_sql(
            "PRAGMA foreign_keys=OFF" if database.is_sqlite else "SELECT pg_advisory_lock(7268151)"
        )
        connection.commit()
        config = alembic_config()
        config.attributes["connection"] = connection
        getattr(alembic, command)(config, revision)

    database = Database(url, 1, statement_seconds=None)
    async with database.engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await database.close()


def is_current(url: str) -> bool | None:
    """True when an embedded database is at the newest version; None where that needs a server to ask.

    Reads one row by the driver alone: start-up does not load Alembic for an up-to-date database.
    """
    if not url.startswith("sqlite"):
        return None
    path = make_url(url).database or ""
    if not Path(path).exists():
        return False
    with sqlite3.connect(path) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return False
    return row is not None and row[0] == newest()


async def server_is_current(url: str) -> bool:
    """True when a server's database is at the newest version."""
    database = Database(url, 1)
    try:
        async with database.sessions() as session:
            return bool(await session.scalar(text("SELECT version_num FROM alembic_version")) == newest())
    except DBAPIError:
        return False
    finally:
        await database.close()


def newest() -> str:
    """The head revision: the one file whose name sorts last (`0001_...py`); a test holds that against Alembic."""
    return max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py")).split("_")[0]
