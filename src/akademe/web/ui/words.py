"""Translated text for templates, pages and scripts."""

import json

from akademe.identity.models import Role

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def language_for(_locale: str) -> str:
    """The language that texts come in for a locale. Dates and numbers follow the locale itself."""
    return "en"


def direction_of(language: str) -> str:
    """`ltr` or `rtl`, for `dir`."""
    return "rtl" if language.split("-", 1)[0] in RIGHT_TO_LEFT else "ltr"


def _(text: str) -> str:
    """The text in the viewer's language."""
    return text


def plural(one: str, many: str, n: float) -> str:
    """The form of the text for n things, its placeholders still in it."""
    return one if n == 1 else many


def ngettext(one: str, many: str, n: float) -> str:
    """The form of the text for n things, with `%(num)` filled in."""
    return plural(one, many, n) % {"num": n}


def script_words() -> str:
    """What scripts say, as the JSON that pages carry for them."""
    return json.dumps(
        {
            "saved": _("Saved"),
            "unsaved": _("Not saved yet. Trying again."),
            "failed": _("That did not work. Please try again."),
            "kept": _("No connection. Your answers stay on this page: hand in again when it is back."),
            "offline": _("No connection. Nothing was changed."),
            "undo": _("Undo"),
            "uploading": _("Sending"),
            "moved": _("Moved to place {n} of {of}."),
            "left": _("{n} minutes left."),
            "message": _("You have a new message."),
        },
        ensure_ascii=False,
    )


def role_labels() -> list[tuple[str, str]]:
    return [
        (Role.STUDENT, _("Student")),
        (Role.TA, _("Teaching assistant")),
        (Role.INSTRUCTOR, _("Instructor")),
        (Role.ADMIN, _("Administrator")),
    ]
