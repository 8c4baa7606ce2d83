"""Dates, numbers and sizes as people say them, in the viewer's language and time zone."""

from __future__ import annotations

from datetime import date as Day  # noqa: N812  # `date` is what templates call
from datetime import datetime
from decimal import Decimal

from babel import Locale, UnknownLocaleError, dates, numbers
from markupsafe import Markup, escape

from akademe.web.ui.view import view
from akademe.web.ui.words import _, ngettext

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7


def _locale() -> Locale:
    tag = view().locale
    if tag == "en":
        return Locale("en", "GB")
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def when(moment: datetime | None) -> Markup:
    """A moment near now as one would say it ("tomorrow 18:00"), the exact time in `title`."""
    if moment is None:
        return Markup("")
    exact = dates.format_datetime(moment, "long", tzinfo=view().zone, locale=_locale())
    return Markup('<time class="when" datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), exact, say_when(moment)
    )


def say_when(moment: datetime) -> str:
    """The words of `when`."""
    now = view().now
    seconds = (now - moment).total_seconds()
    if 0 <= seconds < MINUTE:
        return _("just now")
    if 0 <= seconds < HOUR:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", int(seconds // MINUTE))
    here, local = now.astimezone(view().zone).date(), moment.astimezone(view().zone)
    away = (local.date() - here).days
    clock = dates.format_time(local, "short", tzinfo=view().zone, locale=_locale())
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(away)
    if named:
        return f"{named} {clock}"
    if 0 < away < WEEK:
        return f"{dates.format_date(local.date(), 'EEEE', locale=_locale())} {clock}"
    return day(moment)


def told(sentence: str, moment: datetime, **more: str) -> Markup:
    """A sentence of ours that names a moment as `%(when)s`, with the exact time in it."""
    return Markup(sentence) % {"when": when(moment), **more}  # noqa: S704 the sentence is ours, the moment is escaped


def date(moment: datetime) -> str:
    """A date with its year, for what is kept."""
    return calendar_day(moment.astimezone(view().zone).date())


def calendar_day(day: Day) -> str:
    """The same of a day that is one wherever one looks from."""
    return dates.format_date(day, "long", _locale())


def day(moment: datetime) -> str:
    """A date alone, with its year unless that is this one."""
    local = moment.astimezone(view().zone).date()
    this_year = local.year == view().now.astimezone(view().zone).year
    return dates.format_skeleton("MMMMd", local, locale=_locale()) if this_year else date(moment)


def span(seconds: float | None) -> str:
    """A length of time in at most two units."""
    minutes = round((seconds or 0) / MINUTE)
    if minutes < 1:
        return _("under a minute") if seconds else _("0 min")
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(n)s min") % {"n": rest}
    text = _("%(n)s h") % {"n": format_number(hours)}
    return f"{text} {_('%(n)s min') % {'n': rest}}" if rest and hours < 10 else text


def format_number(value: float | Decimal | None) -> str:
    """A number with at most two decimals and the grouping of the language."""
    return "" if value is None else numbers.format_decimal(value, "#,##0.##", locale=_locale())


def percent(share: float | None) -> str:
    """A share from 0 to 1 in whole percent."""
    return "" if share is None else numbers.format_percent(share, locale=_locale())


def money(amount: float | Decimal, currency: str) -> str:
    """An amount in its currency; nothing at all is free."""
    return numbers.format_currency(amount, currency, locale=_locale()) if amount else _("Free")


def file_size(size: int) -> str:
    """Bytes in the largest unit that keeps a digit before the point."""
    amount, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    pattern = "#,##0" if amount >= 10 or unit == "B" else "0.#"
    return f"{numbers.format_decimal(amount, pattern, locale=_locale())} {unit}"


def attributes(pairs: dict[str, object]) -> Markup:
    """Keywords of a macro as HTML attributes: hx_get becomes hx-get, True a bare name, None and False nothing."""
    parts = []
    for keyword, value in pairs.items():
        if value is None or value is False:
            continue
        name = keyword.rstrip("_").replace("_", "-")
        parts.append(f" {name}" if value is True else f' {name}="{escape(value)}"')
    return Markup("".join(parts))  # noqa: S704 every value is escaped above, names come from templates
