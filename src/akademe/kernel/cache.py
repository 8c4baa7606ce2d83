"""Bytes that everyone sees, made once per change: public answers of anonymous reads, kept in this process.

A change calls `forget()` after its commit. Where several processes serve, an answer is at most TTL_SECONDS old.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 32 * 2**20
ENTRY_BYTES = 2048
TTL_SECONDS = 10.0
CHANNEL = "akademe:public-changed"


@dataclass(frozen=True, slots=True)
class Kept:
    body: bytes
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    until: float

    @property
    def size(self) -> int:
        return len(self.body) + ENTRY_BYTES


_entries: "OrderedDict[str, Kept]" = OrderedDict()
_bytes = 0
_generation = 0
_channel: Any = None
_telling: set[asyncio.Future[Any]] = set()


def generation() -> int:
    """Read before computing an answer; `keep` refuses an answer computed before a change."""
    return _generation


def find(key: str) -> Kept | None:
    kept = _entries.get(key)
    if kept is None or kept.until < time.monotonic():
        return None
    return kept


def keep(key: str, body: bytes, headers: list[tuple[bytes, bytes]], etag: bytes, computed_at: int) -> None:
    """At most MAX_BYTES are kept, or queries made up by a stranger would fill the memory."""
    global _bytes
    if computed_at != _generation or len(body) > MAX_BYTES // 8:
        return
    old = _entries.pop(key, None)
    new = _entries[key] = Kept(body, headers, etag, time.monotonic() + TTL_SECONDS)
    _bytes += new.size - (old.size if old else 0)
    while _bytes > MAX_BYTES:
        _, oldest = _entries.popitem(last=False)
        _bytes -= oldest.size


def forget() -> None:
    """Something public changed: forget here at once, and tell the other processes where there are any."""
    _forget_here()
    if _channel is not None:
        task = asyncio.ensure_future(_channel.publish(CHANNEL, b""))
        _telling.add(task)
        task.add_done_callback(_telling.discard)


def _forget_here() -> None:
    global _bytes, _generation
    _generation += 1
    _bytes = 0
    _entries.clear()


async def listen(redis_url: str) -> None:
    """Hear of changes made in other processes, until cancelled. A Redis that is away leaves TTL_SECONDS to do it."""
    global _channel
    from redis.asyncio import from_url
    from redis.exceptions import RedisError

    _channel = from_url(redis_url)
    while True:
        with contextlib.suppress(RedisError, OSError):
            async with _channel.pubsub() as changes:
                await changes.subscribe(CHANNEL)
                async for _ in changes.listen():
                    _forget_here()
        await asyncio.sleep(1)
