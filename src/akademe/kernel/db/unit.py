"""The connection of one unit of work, no dearer than what the unit asks of it.

None while it only makes hot reads; one without a session while it only runs commands (a session costs a short write a
sixth of its time), on SQLite that of the group; a session from the first `session` on, in the same transaction.
"""

from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_, greenlet_spawn

from akademe.kernel.db.database import database
from akademe.kernel.db.group import GroupConnection


class Unit:
    def __init__(self) -> None:
        self._session: AsyncSession | None = None
        self._pooled: Any = None
        self._group: GroupConnection | None = None
        self._writer: Any = None
        self._is_over = False

    @property
    def session(self) -> AsyncSession:
        self._refuse_if_over()
        if self._session is None:
            if self._group is not None:
                self._pooled = database().pooled()
            bind = {} if self._pooled is None else {"bind": _connection_over(self._pooled)}
            self._session = database().sessions(**bind)
        return self._session

    @property
    def is_begun(self) -> bool:
        """False while the unit has only made hot reads, so that nothing it wrote can be missed by another."""
        return self._session is not None or self._writer is not None

    @property
    def is_writing(self) -> bool:
        return self._writer is not None

    async def writer(self) -> Any:
        """The driver's connection, in its transaction (on SQLite as the writer), what the session holds written."""
        if self._writer is None:
            self._writer = await (self._take() if self._session is None else self._begin())
        elif self._session is not None:
            await self._flush(self._session)
        return self._writer

    async def reader(self) -> Any:
        """The driver's connection, to see what this unit wrote; it begins no writing."""
        if self._writer is not None:
            return await self.writer()
        await self._flush(self.session)
        return await self.session.run_sync(lambda session: _driver(_pooled_of(session)))

    async def _begin(self) -> Any:
        await self._flush(self.session)
        return await self.session.run_sync(lambda session: _begin_writing(_pooled_of(session)))

    async def _flush(self, session: AsyncSession) -> None:
        if session.new or session.dirty or session.deleted:
            await session.flush()

    def _refuse_if_over(self) -> None:
        """What it would begin now nobody would end: a stream that is sent after the commit opens a ctx of its own."""
        assert not self._is_over, "this unit of work is over"

    async def _take(self) -> Any:
        self._refuse_if_over()
        if not database().is_sqlite:
            return await greenlet_spawn(self._take_pooled)
        group = database().group
        await group.begin()
        self._group = group
        return group

    def _take_pooled(self) -> Any:
        self._pooled = database().pooled()
        return _begin_writing(self._pooled)

    async def commit(self) -> None:
        """Make it durable; a session that nobody used commits nothing, so its connection is asked as well."""
        self._writer = None
        if self._session is not None:
            await self._session.commit()
        elif self._group is not None:
            await self._group.join()
        if self._pooled is not None:
            await greenlet_spawn(self._pooled.commit)

    async def close(self) -> None:
        """Give the connection back; what is not committed is undone."""
        try:
            if self._session is not None:
                await self._session.close()
            if self._pooled is not None:
                await greenlet_spawn(self._pooled.close)
        finally:
            if self._group is not None:
                self._group.rollback()
            self._session = self._pooled = self._group = self._writer = None

    async def end(self) -> None:
        """As `close`, for good."""
        await self.close()
        self._is_over = True


def _connection_over(pooled: Any) -> AsyncConnection:
    engine = database().engine
    return AsyncConnection(engine, Connection(engine.sync_engine, connection=pooled))


def _pooled_of(session: Session) -> Any:
    return session.connection().connection


def _driver(pooled: Any) -> Any:
    return pooled.driver_connection


def _begin_writing(pooled: Any) -> Any:
    """Runs where SQLAlchemy may await."""
    if database().is_sqlite:
        pooled.driver_connection.begin_write()
    elif pooled.dbapi_connection._transaction is None:
        await_(pooled.dbapi_connection._start_transaction())
    return pooled.driver_connection
