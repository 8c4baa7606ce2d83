"""Which function answers which event, which job, and what runs again and again."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from akademe.kernel import events
from akademe.kernel.queue.outbox import JobArgs

if TYPE_CHECKING:
    from akademe.kernel.ctx import Ctx

MAX_ATTEMPTS = 8
E = TypeVar("E", bound=events.Event)
A = TypeVar("A", bound=JobArgs)


@dataclass(frozen=True, slots=True)
class Work:
    """What a long job gets instead of a ctx: it works outside any transaction and opens short ones itself."""

    job_id: UUID
    now: datetime
    open: Callable[[], "AbstractAsyncContextManager[Ctx]"]
    progress: Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """`function(ctx, args)`, in one transaction with the row's end; a long one is `function(work, args) -> result`."""

    name: str
    function: Callable[[Any, Any], Awaitable[Any]]
    args: type[BaseModel] | None
    is_long: bool = False
    max_attempts: int = MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Periodic:
    name: str
    interval: timedelta

    def slot(self, now: datetime) -> datetime:
        seconds = self.interval.total_seconds()
        return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)


handlers: dict[str, Handler] = {}
periodic: dict[str, Periodic] = {}


def _name(function: Callable[..., Any]) -> str:
    """`akademe.learning.jobs.welcome` is known as `learning.welcome`."""
    return f"{function.__module__.removeprefix('akademe.').split('.')[0]}.{function.__name__}"


def on(event: type[E]) -> "Callable[[Callable[[Ctx, E], Awaitable[None]]], Callable[[Ctx, E], Awaitable[None]]]":
    """Run the function as a job each time `event` is recorded: at least once, so it must be idempotent."""

    def register(function: "Callable[[Ctx, E], Awaitable[None]]") -> "Callable[[Ctx, E], Awaitable[None]]":
        name = _name(function)
        handlers[name] = Handler(name, function, event)
        events.subscribe(event, name)
        return function

    return register


def job(args: type[A], *, long: bool = False, max_attempts: int = MAX_ATTEMPTS) -> Callable[[Any], Any]:
    """Run the function for `ctx.enqueue(args(...))`. `long=True`: it gets a Work and no transaction."""

    def register(function: Any) -> Any:
        handlers[args.name] = Handler(args.name, function, args, long, max_attempts)
        return function

    return register


def every(**interval: float) -> Callable[[Any], Any]:
    """Run `function(ctx)` once per interval in the whole fleet, e.g. `@every(minutes=5)`."""

    def register(function: Any) -> Any:
        name = _name(function)

        async def run(ctx: Any, _: Any) -> None:
            await function(ctx)

        handlers[name] = Handler(name, run, None)
        periodic[name] = Periodic(name, timedelta(**interval))
        return function

    return register
