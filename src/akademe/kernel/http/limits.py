"""Rate limits: sliding-window counters, here or on Redis by `limits`. Day limits are rows (kernel/usages.py)."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter as AsyncLimiter

from akademe.kernel.config import settings
from akademe.kernel.db import clock
from akademe.kernel.errors import RateLimited

log = structlog.get_logger()
MAX_COUNTERS = 200_000
REDIS_SECONDS = 1.0
REDIS_RESTS = 5.0
_PERIODS: dict[str, type[RateLimitItem]] = {
    "min": RateLimitItemPerMinute,
    "hour": RateLimitItemPerHour,
    "day": RateLimitItemPerDay,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """As in endpoints.tsv: amount/period[/ip|/user]; without a subject by account when signed in, else by address."""

    amount: int
    period: str
    subject: str
    bucket: str

    @classmethod
    def parse(cls, text: str, bucket: str) -> "Limit":
        amount, period, *subject = text.split("/")
        return cls(int(amount), period, subject[0] if subject else "", bucket)

    @property
    def item(self) -> RateLimitItem:
        return _PERIODS[self.period](max(1, round(self.amount * settings().rate_limit_factor)), namespace="akademe")

    def changed(self, limits: Mapping[str, int]) -> "Limit":
        """As an admin set it."""
        amount = limits.get(self.bucket)
        return self if amount is None else replace(self, amount=amount)

    def who(self, user_id: object, address: str) -> str:
        return address if self.subject == "ip" or user_id is None else str(user_id)


BY_ACCOUNT = Limit(600, "min", "user", "account")
BY_ADDRESS = Limit(300, "min", "ip", "address")
# Tokens that are no good have a count of their own: a class whose sign-ins ran out must still be able to refresh them.
REFUSED = Limit(300, "min", "ip", "refused")


class Counters:
    """The sliding-window counter of `limits` in this process.

    Its own memory store keeps a thread that sweeps every key each 10 ms, which costs more than the requests it counts.
    """

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int, int]] = {}

    def _read(self, key: str, expiry: int) -> tuple[int, int, int, float]:
        """The window's number, its count, the one before, and the share of the window that is over."""
        number, over = divmod(clock().timestamp(), expiry)
        window, current, previous = self._counts.get(key, (0, 0, 0))
        if window != number:
            current, previous = 0, current if window == number - 1 else 0
        return int(number), current, previous, over / expiry

    def hit(self, item: RateLimitItem, key: str, cost: int) -> bool:
        window, current, previous, over = self._read(key, item.get_expiry())
        if int(previous * (1 - over)) + current + cost > item.amount:
            return False
        if len(self._counts) > MAX_COUNTERS:
            self._counts.clear()
        self._counts[key] = (window, max(0, current + cost), previous)
        return True

    def seconds(self, item: RateLimitItem, key: str) -> int:
        """Until one more use fits."""
        expiry = item.get_expiry()
        _, current, previous, over = self._read(key, expiry)
        if current >= item.amount or not previous:
            # The count of now must shrink in the next window, of which it is then the previous one.
            return int(expiry * (1 - over + max(0.0, 1 - item.amount / max(current, 1)))) + 1
        return max(1, int(expiry * (1 - over - (item.amount - current) / previous)) + 1)


class Limiter:
    """`hit` counts one use or raises RateLimited; `give_back` undoes it for answers that do not count."""

    def __init__(self, redis_url: str = "") -> None:
        self._memory = Counters()
        self._redis = _on_redis(redis_url) if redis_url else None
        self._redis_rests_until = 0.0
        self._items: dict[tuple[Limit, float], RateLimitItem] = {}

    def _item(self, limit: Limit) -> RateLimitItem:
        key = (limit, settings().rate_limit_factor)
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = limit.item
        return item

    async def hit(self, limit: Limit, who: str, cost: int = 1) -> None:
        item = self._item(limit)
        allowed = await self._ask_redis(lambda redis: redis.hit(item, limit.bucket, who, cost=cost))
        if allowed is None:
            allowed = self._memory.hit(item, f"{limit.bucket} {who}", cost)
        if not allowed:
            raise RateLimited(retry_after=await self._seconds(item, limit, who), limit=item.amount)

    async def give_back(self, limit: Limit, who: str) -> None:
        await self.hit(limit, who, cost=-1)

    async def _seconds(self, item: RateLimitItem, limit: Limit, who: str) -> int:
        stats = await self._ask_redis(lambda redis: redis.get_window_stats(item, limit.bucket, who))
        if stats is None:
            return self._memory.seconds(item, f"{limit.bucket} {who}")
        return max(1, int(stats.reset_time - time.time()) + 1)

    async def _ask_redis(self, ask: Callable[[AsyncLimiter], Awaitable[Any]]) -> Any:
        """What Redis answers; None without one, and while it is away: then each process counts for itself."""
        if self._redis is None or time.monotonic() < self._redis_rests_until:
            return None
        from redis.exceptions import RedisError

        try:
            return await ask(self._redis)
        except (RedisError, OSError) as error:
            self._redis_rests_until = time.monotonic() + REDIS_RESTS
            log.warning("limits.redis_away", error=repr(error))
            return None


def _on_redis(url: str) -> AsyncLimiter:
    options: dict[str, Any] = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    return AsyncLimiter(RedisStorage(f"async+{url}", implementation="redispy", **options))


_limiter: Limiter | None = None


def limiter() -> Limiter:
    global _limiter
    if _limiter is None:
        _limiter = Limiter(settings().redis_url)
    return _limiter


def reset() -> None:
    """Forget every count (start-up, tests)."""
    global _limiter
    _limiter = None
