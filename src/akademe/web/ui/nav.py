"""Where one can go from everywhere: the top bar, the person's menu, the bottom bar of phones."""

from typing import NamedTuple

from akademe.kernel.auth import Actor
from akademe.web.ui.words import _


class Entry(NamedTuple):
    """One link; `current` where the page belongs to it."""

    label: str
    href: str
    icon: str
    current: bool


SECTIONS = {
    "home": "/home",
    "courses": "/courses",
    "learn": "/courses",
    "quizzes": "/courses",
    "attempts": "/courses",
    "teach": "/teach",
    "manage": "/manage",
    "inbox": "/inbox",
    "search": "/search",
    "sign-in": "/sign-in",
}
"""The first word of an address, and the entry that is lit there."""


STAFF = frozenset({"owner", "instructor", "ta"})


def section_of(path: str) -> str:
    """The entry that a page belongs to, or nothing."""
    return SECTIONS.get(path.split("?", 1)[0].split("/", 2)[1], "") if path.startswith("/") else ""


def _entries(path: str, *links: tuple[str, str, str]) -> list[Entry]:
    section = section_of(path)
    return [Entry(label, href, icon, href == section) for label, href, icon in links]


def teaches(actor: Actor) -> bool:
    """Instructors, teaching assistants by their role, and whoever is on the staff of some course."""
    return (
        actor.is_instructor or actor.role == "ta" or any(not STAFF.isdisjoint(held) for held in actor.grants.values())
    )


def main_entries(actor: Actor, path: str) -> list[Entry]:
    """The words beside the logo."""
    if not actor.is_signed_in:
        return _entries(path, (_("Courses"), "/courses", "library"))
    links = [(_("Home"), "/home", "house"), (_("Courses"), "/courses", "library")]
    if teaches(actor):
        links.append((_("Teach"), "/teach", "graduation-cap"))
    if actor.is_admin:
        links.append((_("Manage"), "/manage", "building-2"))
    return _entries(path, *links)


def more_entries(actor: Actor, path: str) -> list[Entry]:
    """What the person's menu has besides the account itself; on a phone also what the bottom bar has no room for."""
    links = []
    if teaches(actor):
        links.append((_("Teach"), "/teach", "graduation-cap"))
    if actor.is_admin:
        links.append((_("Manage"), "/manage", "building-2"))
    return _entries(path, *links)


def bottom_entries(actor: Actor, path: str) -> list[Entry]:
    """At most five, under the thumb."""
    if not actor.is_signed_in:
        return _entries(
            path,
            (_("Courses"), "/courses", "library"),
            (_("Search"), "/search", "search"),
            (_("Sign in"), "/sign-in", "log-in"),
        )
    links = [
        (_("Home"), "/home", "house"),
        (_("Courses"), "/courses", "library"),
        (_("Search"), "/search", "search"),
        (_("Inbox"), "/inbox", "inbox"),
    ]
    if teaches(actor):
        links.append((_("Teach"), "/teach", "graduation-cap"))
    return _entries(path, *links)
