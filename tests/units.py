"""Holds every unit of work of the suite to DESIGN.md section 4: after its first write only the database is awaited.

On SQLite the database never lets a task wait while that task is the writer. So each step of a task that ends with the
task waiting, while it is the writer, awaited something else: a thread, a file, a socket, another's lock.
"""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from akademe.kernel.db.sqlite import InlineConnection

SOURCE = Path(__file__).resolve().parents[1] / "src" / "akademe"


class Watch:
    """Which tasks are writers now, and where in `folder` one of them awaited what is not the database's.

    What a test awaits in a unit of its own, with no line of the program below it, is the test's business.
    """

    def __init__(self, folder: Path = SOURCE) -> None:
        self.folder = folder
        self.writers: dict[Any, asyncio.Task[Any] | None] = {}
        self.found: list[str] = []

    def note(self, frames: list[FrameType]) -> None:
        """The task at hand waits, or takes a lock: `frames` are those it does it in, innermost last."""
        if asyncio.current_task() not in self.writers.values():
            return
        ours = [frame for frame in frames if Path(frame.f_code.co_filename).is_relative_to(self.folder)]
        if ours:
            summary = traceback.StackSummary.extract((frame, frame.f_lineno) for frame in ours)
            self.found.append("".join(summary.format()))

    def task(self, loop: Any, coroutine: Coroutine[Any, Any, Any], **options: Any) -> "asyncio.Task[Any]":
        return asyncio.Task(_Stepped(coroutine, self), loop=loop, **options)

    def wrote(self, hold: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def begin_write(connection: Any, lock: Any) -> None:
            hold(connection, lock)
            self.writers[connection] = asyncio.current_task()

        return begin_write

    def released(self, release: Callable[[Any], None]) -> Callable[[Any], None]:
        def end_write(connection: Any) -> None:
            self.writers.pop(connection, None)
            release(connection)

        return end_write

    def locked(self, acquire: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        """A lock that is free is taken without waiting, and would be waited for on another day."""

        def take(lock: Any) -> Awaitable[Any]:
            self.note([frame for frame, _ in traceback.walk_stack(sys._getframe(1))][::-1])
            return acquire(lock)

        return take


class _Stepped(Coroutine[Any, Any, Any]):
    """A task's coroutine, seen each time it gives the loop back. A bare yield (`sleep(0)`) waits for nothing."""

    def __init__(self, inner: Coroutine[Any, Any, Any], watch: Watch) -> None:
        self.inner, self.watch = inner, watch

    def send(self, value: Any) -> Any:
        return self._seen(self.inner.send(value))

    def throw(self, *error: Any) -> Any:
        return self._seen(self.inner.throw(*error))

    def _seen(self, waits_for: Any) -> Any:
        if waits_for is not None and self.watch.writers:
            self.watch.note(list(_awaiting(self.inner)))
        return waits_for

    def close(self) -> None:
        self.inner.close()

    def __await__(self) -> Any:
        return self.inner.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def _awaiting(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine, from the task's own to the innermost."""
    while coroutine is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(coroutine, f"{kind}_frame")), "")
        frame = getattr(coroutine, f"{kind}_frame", None)
        if frame is not None:
            yield frame
        coroutine = getattr(coroutine, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)


@contextmanager
def watching(folder: Path = SOURCE) -> Iterator[Watch]:
    """Watch the tasks that the running loop makes inside the block."""
    watch, loop = Watch(folder), asyncio.get_running_loop()
    before = loop.get_task_factory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InlineConnection, "_hold", watch.wrote(InlineConnection._hold))
        patch.setattr(InlineConnection, "_release", watch.released(InlineConnection._release))
        for lock in (asyncio.Lock, asyncio.Semaphore):
            patch.setattr(lock, "acquire", watch.locked(lock.acquire))
        loop.set_task_factory(watch.task)
        yield watch
        loop.set_task_factory(before)
