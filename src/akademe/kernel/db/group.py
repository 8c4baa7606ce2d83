"""Group commit on SQLite (DeWitt et al. 1984): units that only run commands, of one turn of the loop, share a commit.

Each writes in a savepoint of its own. None is told of its success before the commit is durable, and all fail with it.
"""

import asyncio
import sqlite3
from typing import Any

from sqlalchemy.util.concurrency import await_

from akademe.kernel.db.sqlite import InlineConnection, WriteLock

_LEAVE = "RELEASE unit"


class GroupConnection(InlineConnection):
    """The one connection of those units, one of them at a time; the others' connections settle it before they write."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        self._owner: asyncio.Task[Any] | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def _is_mine(self) -> bool:
        """A unit that is over says so more than once; by then the connection may be another's."""
        return self.held is not None and self._owner is asyncio.current_task()

    async def _begin_under(self, lock: WriteLock) -> None:
        if not self.in_transaction:
            await self._begin_immediate()
        self._run("SAVEPOINT unit")
        lock.group, self._owner = self, asyncio.current_task()

    def begin_write(self) -> None:
        """For a session that joined the unit."""
        if not self._is_mine:
            await_(self.begin())
        elif self.was_ended:
            raise self.undone()

    async def join(self) -> None:
        """End the unit; what it wrote is durable when this returns."""
        loop = asyncio.get_running_loop()
        self._end(_LEAVE)
        done = loop.create_future()
        self._waiting.append(done)
        loop.call_soon(self.settle_if_free)
        await done

    def commit(self) -> None:
        if self._is_mine:
            self._end(_LEAVE)
            if (error := self._settle()) is not None:
                raise error

    def rollback(self) -> None:
        if self._is_mine:
            try:
                if self.in_transaction:
                    self._run("ROLLBACK TO unit")
                    self._run(_LEAVE)
            finally:
                self._release()
                self._settle()

    def settle_if_free(self) -> None:
        """While a unit is in its savepoint a commit would take half of it; its end settles."""
        if self._waiting and self.held is None:
            self._settle()

    def _settle(self) -> BaseException | None:
        """Commit what has joined and tell those who wait; gives the error that they were told."""
        waiting, self._waiting = self._waiting, []
        error = self._committed() if self.in_transaction else self.undone() if waiting else None
        for done in waiting:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        return error

    def _committed(self) -> BaseException | None:
        try:
            self._run("COMMIT")
        except sqlite3.Error as error:
            if self.in_transaction:
                self._run("ROLLBACK")
            return error
        return None

    def close(self) -> None:
        self.settle_if_free()
        super().close()
