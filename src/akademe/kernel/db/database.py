"""The database of this process: engine, sessions, hot connections, and what one knows about its errors."""

import asyncio
import contextvars
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from sqlalchemy import MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool

from akademe.kernel.db import sqlite
from akademe.kernel.db.group import GroupConnection
from akademe.kernel.db.types import Id, Json, UtcDateTime, new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CONNECT_SECONDS = 5.0
POOL_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
_BUSY_SQLITE = frozenset(
    getattr(sqlite3, f"SQLITE_{name}") for name in "BUSY LOCKED FULL IOERR CANTOPEN READONLY INTERRUPT NOMEM".split()
)
# SQLSTATE: connections, deadlocks, resources, shutdowns and cancelled statements, locks not to be had.
_BUSY_POSTGRESQL = ("08", "40", "53", "57", "55P03")
_shift: contextvars.ContextVar[datetime | None] = contextvars.ContextVar("clock", default=None)


def clock() -> datetime:
    """Now, in UTC; what `at` says inside its block."""
    return _shift.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let units of work opened inside the block happen at `moment` (the demo's past, the tests' future)."""
    token = _shift.set(moment)
    try:
        yield
    finally:
        _shift.reset(token)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id(),
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[str]: Json,
        list[Any]: Json,
    }


class Record(Base):
    """A row with an identity and a birthday. Nearly every table is one.

    Every model declares `__pii__`: the columns that hold personal data, () where none does.
    """

    __abstract__ = True
    __pii__: ClassVar[tuple[str, ...]]

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=clock)


class Database:
    """One database: an engine for sessions, and the driver's own connections for hot reads."""

    def __init__(self, url: str, pool_size: int = 16, statement_seconds: float | None = STATEMENT_SECONDS) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.url = make_url(url).set(drivername="sqlite+inline" if self.is_sqlite else "postgresql+asyncpg")
        self.pool_size = pool_size
        # A server that hangs must not hang us: asyncpg gives up, and asks it to cancel the statement.
        self._patience = {"timeout": CONNECT_SECONDS, "command_timeout": statement_seconds}
        self.engine = self._engine()
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.statements = 0
        self._taken = 0
        self._reader: sqlite3.Connection | None = None
        self._group: GroupConnection | None = None
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._count)

    def _engine(self) -> AsyncEngine:
        if self.is_sqlite:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            return create_async_engine(self.url, pool_size=self.pool_size * 2, max_overflow=self.pool_size * 4)
        return create_async_engine(
            self.url,
            pool_size=self.pool_size,
            max_overflow=self.pool_size,
            pool_timeout=POOL_SECONDS,
            pool_pre_ping=True,
            connect_args=self._patience,
        )

    def _count(self, *_: Any) -> None:
        self.statements += 1

    def take_statements(self) -> int:
        """How many statements ran since this was asked last."""
        taken, self._taken = self.statements - self._taken, self.statements
        return taken

    @property
    def path(self) -> str:
        return str(Path(self.url.database or "").absolute())

    @property
    def reader(self) -> sqlite3.Connection:
        """The connection of hot reads on SQLite: autocommit, so each statement is its own snapshot."""
        if self._reader is None:
            self._reader = sqlite.open_connection(self.path, sqlite3.Connection)
            self._reader.execute("PRAGMA query_only=ON")
        return self._reader

    @property
    def group(self) -> GroupConnection:
        """The connection on SQLite of units that only run commands."""
        if self._group is None:
            self._group = sqlite.open_connection(self.path, GroupConnection)
        return self._group

    def _its_group(self) -> Any:
        return self.group

    def pooled(self) -> Any:
        """A connection of the pool, or on SQLite `group` as if it were one. Runs where SQLAlchemy may await."""
        if self.is_sqlite:
            return StaticPool(self._its_group, dialect=self.engine.dialect, reset_on_return=None).connect()
        return self.engine.sync_engine.raw_connection()

    async def pool(self) -> "asyncpg.Pool[Any]":
        """The connections of hot reads on PostgreSQL. They keep no session state, so releasing resets nothing."""
        if self._pool is None:
            async with self._opening:  # the first requests come together and must share one
                self._pool = self._pool or await self._open_pool()
        return self._pool

    async def _open_pool(self) -> "asyncpg.Pool[Any]":
        dsn = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.create_pool(dsn, min_size=1, max_size=self.pool_size, reset=_keep, **self._patience)

    async def close(self) -> None:
        for connection in filter(None, (self._reader, self._group)):
            connection.close()
        self._reader = self._group = None
        if self._pool is not None:
            await self._pool.close()
        await self.engine.dispose()


async def _keep(_: Any) -> None:
    """Nothing to reset on a connection that only runs single SELECTs."""


_database: Database | None = None


def connect(url: str, pool_size: int = 16) -> Database:
    """Make `url` the database of this process."""
    global _database
    _database = Database(url, pool_size)
    return _database


def database() -> Database:
    if _database is None:
        raise RuntimeError("no database: call db.connect() first")
    return _database


async def close() -> None:
    global _database
    if _database is not None:
        await _database.close()
        _database = None


@asynccontextmanager
async def transaction() -> AsyncIterator[AsyncSession]:
    """Commit on success, roll back on error. Only this and `ctx.open_ctx` commit."""
    async with database().sessions() as session, session.begin():
        yield session


@contextmanager
def queries(at_most: int) -> Iterator[None]:
    """A budget for tests: fails where the block runs more statements."""
    before = database().statements
    yield
    spent = database().statements - before
    assert spent <= at_most, f"{spent} statements, the budget is {at_most}"


def is_unique_violation(error: IntegrityError, column: str = "") -> bool:
    """True for a broken unique constraint (over `column`) alone: other integrity errors are faults."""
    original: Any = error.orig
    unique = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
    if getattr(original, "sqlstate", None) != "23505" and getattr(original, "sqlite_errorname", "") not in unique:
        return False
    # The first line names the constraint; below it PostgreSQL repeats the values, which people chose.
    return column in str(original).partition("\n")[0]


def is_unavailable(error: BaseException) -> bool:
    """True where the database is away, full, locked or out of time: nothing was written, and trying again may help."""
    original: Any = getattr(error, "orig", None) or error
    if isinstance(original, TimeoutError | PoolTimeout | ConnectionError | socket.gaierror):
        return True
    if getattr(error, "connection_invalidated", False):
        return True
    if isinstance(original, asyncpg.InterfaceError):
        return "is clos" in str(original)  # a connection or pool; the others are faults of ours
    if isinstance(original, sqlite3.OperationalError):
        return getattr(original, "sqlite_errorcode", 0) & 0xFF in _BUSY_SQLITE
    if isinstance(original, OSError):
        return original.errno is None  # asyncio's sum of several addresses that refused
    return str(getattr(original, "sqlstate", "")).startswith(_BUSY_POSTGRESQL)
