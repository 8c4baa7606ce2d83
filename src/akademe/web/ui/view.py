"""Who looks at the page that is being rendered: one value that templates, macros and formats read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from akademe.kernel.auth import ANONYMOUS, Actor
from akademe.web.ui.nav import Entry, bottom_entries, main_entries, more_entries, teaches
from akademe.web.ui.words import language_for

EPOCH = datetime.fromtimestamp(0, UTC)


class Flash(NamedTuple):
    """A sentence carried over one redirect; tone is info, success, warning or danger, `undo` an address to POST to."""

    text: str
    tone: str = "success"
    undo: str = ""


@dataclass(frozen=True)
class View:
    """`theme` is light, dark or empty (the system's); `path` the address of the page with its query."""

    actor: Actor = ANONYMOUS
    csrf: str = ""
    theme: str = ""
    path: str = "/"
    now: datetime = EPOCH
    flashes: tuple[Flash, ...] = ()

    @property
    def locale(self) -> str:
        return self.actor.locale or "en"

    @property
    def language(self) -> str:
        """What the words of the page are in, which is not always what its dates are in."""
        return language_for(self.locale)

    @cached_property
    def role(self) -> str:
        """What the frame depends on: admin, instructor, ta or student; nothing for who is not signed in."""
        actor = self.actor
        if not actor.is_signed_in:
            return ""
        if actor.is_instructor:
            return "admin" if actor.is_admin else "instructor"
        return "ta" if teaches(actor) else "student"

    @cached_property
    def zone(self) -> tzinfo:
        return _zone(self.actor.time_zone)

    @cached_property
    def nav(self) -> list[Entry]:
        return main_entries(self.actor, self.path)

    @cached_property
    def more(self) -> list[Entry]:
        return more_entries(self.actor, self.path)

    @cached_property
    def bottom(self) -> list[Entry]:
        return bottom_entries(self.actor, self.path)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


_nobody = View()
_current: ContextVar[View | None] = ContextVar("view", default=None)


def view() -> View:
    """The view of the page being rendered."""
    return _current.get() or _nobody


def show(shown: View) -> None:
    """Everything from here on in this task is made for this view."""
    _current.set(shown)


@contextmanager
def showing(shown: View) -> Iterator[None]:
    """Render what is inside for this view."""
    token = _current.set(shown)
    try:
        yield
    finally:
        _current.reset(token)
