"""SQLite run inline on the event loop under SQLAlchemy's asyncio API.

Reads run outside a transaction, each statement its own snapshot. The first write takes the process's
write lock, then `BEGIN IMMEDIATE`; commit or rollback gives both back. Where another process holds the file's
write lock, the wait is asynchronous: `busy_timeout` is 0.
"""

import asyncio
import re
import sqlite3
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.util.concurrency import await_

from akademe.kernel.db.folding import fold_value

if TYPE_CHECKING:
    from akademe.kernel.db.group import GroupConnection

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=0",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)
WAIT_SECONDS = 30.0
LONGEST_STATEMENT = 5.0
_READS = re.compile(
    r"\s*(SELECT|PRAGMA|EXPLAIN|VALUES|WITH(?!.*\b(INSERT|UPDATE|DELETE)\b))", re.IGNORECASE | re.DOTALL
)


class WriteLock(asyncio.Lock):
    """The one writer of a database file in this process, and the group that may wait for its commit."""

    group: "GroupConnection | None" = None

    async def take(self) -> None:
        """Raises TimeoutError."""
        if self.locked():
            await asyncio.wait_for(self.acquire(), WAIT_SECONDS)
        else:
            await self.acquire()


_locks: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, WriteLock]]" = WeakKeyDictionary()


@lru_cache(maxsize=4096)
def is_write(sql: str) -> bool:
    return _READS.match(sql) is None


def write_lock(path: str) -> WriteLock:
    held = _locks.setdefault(asyncio.get_running_loop(), {})
    return held.get(path) or held.setdefault(path, WriteLock())


C = TypeVar("C", bound=sqlite3.Connection)


def open_connection(path: str, factory: type[C]) -> C:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, factory=factory, cached_statements=512
    )
    _with_patience(connection, PRAGMAS)
    connection.create_function("folded", 1, fold_value, deterministic=True)
    return connection


def _with_patience(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    """Switching to WAL needs a moment alone with the file; a process starting beside us may hold it."""
    connection.execute("PRAGMA busy_timeout=5000")
    for pragma in pragmas:
        connection.execute(pragma)


class InlineCursor(sqlite3.Cursor):
    connection: "InlineConnection"

    def execute(self, sql: str, parameters: Any = ()) -> "InlineCursor":
        if is_write(sql):
            if self.connection.was_ended and sql.startswith("ROLLBACK TO"):
                return self
            self.connection.begin_write()
        self.connection.guard()
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> "InlineCursor":
        if is_write(sql):
            self.connection.begin_write()
        self.connection.guard()
        return super().executemany(sql, parameters)

    async def _async_soft_close(self) -> None:
        """SQLAlchemy awaits this after each result; an inline cursor has nothing to wait for."""


class InlineConnection(sqlite3.Connection):
    """A connection whose transaction begins at the first write."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        self.path = path
        self.held: WriteLock | None = None
        self.statement_started = 0.0
        self.set_progress_handler(self._too_long, 200_000)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        return super().cursor(InlineCursor)

    def guard(self) -> None:
        self.statement_started = time.monotonic()

    def _too_long(self) -> bool:
        return self.held is None and time.monotonic() - self.statement_started > LONGEST_STATEMENT

    @property
    def was_ended(self) -> bool:
        """True where SQLite undid the transaction by itself: a full disk, a fault of input or output."""
        return self.held is not None and not self.in_transaction

    def begin_write(self) -> None:
        if self.was_ended:
            raise self.undone()
        if self.held is None:
            await_(self.begin())

    async def begin(self) -> None:
        """Become the writer. Raises TimeoutError, and OperationalError where another process does not let go."""
        lock = write_lock(self.path)
        await lock.take()
        try:
            await self._begin_under(lock)
        except BaseException:  # a cancelled wait too: nobody else would give the lock back
            lock.release()
            raise
        self._hold(lock)

    async def _begin_under(self, lock: WriteLock) -> None:
        if lock.group is not None:
            lock.group.settle_if_free()
        await self._begin_immediate()

    @staticmethod
    def undone() -> sqlite3.OperationalError:
        error = sqlite3.OperationalError("the transaction was undone before")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        return error

    def _hold(self, lock: WriteLock) -> None:
        self.held = lock

    async def _begin_immediate(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self._run("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.005)
            else:
                return

    def _run(self, sql: str) -> None:
        sqlite3.Cursor(self).execute(sql)

    def commit(self) -> None:
        if self.held is not None:
            self._end("COMMIT")

    def _end(self, sql: str) -> None:
        try:
            self._run(sql)
        except BaseException:
            # SQLAlchemy takes it for ended and asks for no rollback: the connection's next unit would commit it.
            self.rollback()
            raise
        self._release()

    def rollback(self) -> None:
        if self.held is not None:
            try:
                if self.in_transaction:
                    self._run("ROLLBACK")
            finally:
                self._release()

    def close(self) -> None:
        self.rollback()
        super().close()

    def _release(self) -> None:
        held, self.held = self.held, None
        if held is not None:
            held.release()


class InlineDialect(SQLiteDialect_pysqlite):
    driver = "inline"
    is_async = True
    supports_statement_cache = True
    execution_ctx_cls = SQLiteExecutionContext

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        return pool.AsyncAdaptedQueuePool

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return open_connection(args[0], InlineConnection)

    def get_driver_connection(self, connection: Any) -> Any:
        return connection


registry.register("sqlite.inline", __name__, "InlineDialect")
