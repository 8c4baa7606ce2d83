"""What the forms of this area share: moments in the typist's own time zone, versions, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.datastructures import FormData

from akademe.assessment.schemas import Regrade
from akademe.kernel.errors import Invalid
from akademe.web.ui.view import view
from akademe.web.ui.words import _, ngettext


def moment_in(form: FormData, name: str) -> datetime | None:
    """A date and time as typed, in the time zone of who typed it."""
    said = str(form.get(name, "")).strip()
    try:
        return datetime.fromisoformat(said).replace(tzinfo=view().zone) if said else None
    except ValueError:
        raise Invalid.field(name, _("Give a date and a time.")) from None


def typed_moment(moment: datetime | None) -> str:
    """A moment as the field for it wants it."""
    return moment.astimezone(view().zone).strftime("%Y-%m-%dT%H:%M") if moment else ""


def version_in(form: FormData) -> int | None:
    """The version that was opened, which a form carries."""
    said = str(form.get("version", ""))
    return int(said) if said.isdecimal() else None


def said_of(regraded: Regrade) -> str:
    """What a corrected key or another passing score did."""
    if regraded.pending:
        return _("Saved. The attempts are being graded again; the list below grows until all are done.")
    if not regraded.changed:
        return _("Saved. Every attempt was graded again, and no result changed.")
    changed = len(regraded.changed)
    return ngettext(
        "Saved. %(num)d result changed; it is the first below.",
        "Saved. %(num)d results changed; they are the first below.",
        changed,
    )


def theirs(stored: Mapping[str, str], typed: Mapping[str, str], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is saved now where it is not what was typed: the label of the field and its value."""
    return [
        (label, stored.get(name, "") or "–")
        for name, label in labels.items()
        if stored.get(name, "").strip() != typed.get(name, "").replace("\r\n", "\n").strip()
    ]
