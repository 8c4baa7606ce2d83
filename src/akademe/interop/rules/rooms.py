"""Temporary folders that outlive nobody: what a killed process left is removed by the next import on its machine."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "akademe-import-"
LOCK = "lock"


@contextmanager
def temporary_room() -> Iterator[Path]:
    """A folder of its own, gone when the block ends, however it ends. The system drops its lock with its process."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, Path(name, f"{LOCK}.new").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Under its name it is never seen unlocked, so that nobody sweeps a room that has just been opened.
        Path(lock.name).rename(Path(name, LOCK))
        yield Path(name)


def _sweep() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), Path(left, LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
