"""One Jinja environment for every page: templates by audience, macros and formats without imports."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FunctionLoader, TemplateNotFound, Undefined
from markupsafe import Markup, escape

from akademe.kernel.auth import Actor
from akademe.web.ui import formats, questions, words
from akademe.web.ui.assets import STATIC, asset_url
from akademe.web.ui.covers import cover_key
from akademe.web.ui.nav import section_of
from akademe.web.ui.view import View, showing, view

WEB = Path(__file__).parents[1]
MACROS = {"ui": "ui/kit.html", "form": "ui/forms.html", "course": "ui/course.html", "quiz": "ui/quiz.html"}
HUES = 6
CSRF_SLOT, NEXT_SLOT, _PART = "\ue000csrf", "\ue000next", "\ue001"


def _load(name: str) -> tuple[str, str, None]:
    """`learn/home.html` lies at `web/learn/templates/home.html`."""
    audience, _slash, rest = name.partition("/")
    path = WEB / audience / "templates" / rest
    if not rest or not path.is_file():
        raise TemplateNotFound(name)
    return path.read_text("utf-8"), str(path), None


@lru_cache(maxsize=1)
def _icons() -> frozenset[str]:
    sprite = (STATIC / "vendor/icons.svg").read_text("utf-8")
    return frozenset(part.split('"', 1)[0] for part in sprite.split('<symbol id="')[1:])


@lru_cache(maxsize=512)
def glyph(name: str, size: str = "", flip: bool = False) -> Markup:
    """An icon of the sprite beside a text that says the same. Raises KeyError for one that is not in it."""
    if name not in _icons():
        raise KeyError(f"The icon {name} is not in the sprite: add it to tests/tools/vendor.py.")
    classes = "icon" + (f" icon-{size}" if size else "") + (" icon-flip" if flip else "")
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        classes, asset_url("vendor/icons.svg"), name
    )


def csrf_field() -> Markup:
    """The hidden field that proves a form to be ours."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(view().csrf)


@lru_cache(maxsize=512)
def _fragment(name: str, locale: str, theme: str, role: str, section: str) -> str:
    actor = Actor(user_id=UUID(int=0) if role else None, role=role, locale=locale)
    with showing(View(actor, csrf=CSRF_SLOT, theme=theme, path=section or "/")):
        return environment().get_template(name).render()


def _kind(seen: View) -> tuple[str, str, str, str]:
    """What the frame depends on: locale, theme, role and section."""
    return seen.locale, seen.theme, seen.role, section_of(seen.path)


def fragment(name: str) -> Markup:
    """A part of the frame, which is the same for everyone of a kind and so is rendered once for each kind.

    What differs by person stands in it as a slot: the form token and the address to come back to.
    """
    seen = view()
    html = _fragment(name, *_kind(seen))
    if CSRF_SLOT in html:
        html = html.replace(CSRF_SLOT, seen.csrf).replace(NEXT_SLOT, escape(seen.path))
    return Markup(html)  # noqa: S704 rendered by ourselves; the token is hexadecimal, the address escaped


@lru_cache(maxsize=256)
def _frame(template: str, names: tuple[str, ...], locale: str, theme: str, role: str, section: str) -> list[str]:
    """The page around its parts: what is the same for everyone of a kind, and between it the names of slots."""
    actor = Actor(user_id=UUID(int=0) if role else None, role=role, locale=locale)
    path = f"{section}/{NEXT_SLOT}"
    slots = {f"{_PART}{name}{_PART}": name for name in names} | {CSRF_SLOT: CSRF_SLOT, path: NEXT_SLOT}
    with showing(View(actor, csrf=CSRF_SLOT, theme=theme, path=path)):
        html = render(template, **{name: Markup(f"{_PART}{name}{_PART}") for name in names})  # noqa: S704 our own slots
    pieces = re.split("(" + "|".join(map(re.escape, slots)) + ")", html)
    return [slots.get(piece, piece) for piece in pieces]


def framed(template: str, /, **parts: str) -> str:
    """A page of parts made already (Markup, or text to escape), in a frame rendered once for each kind of viewer.

    The template may show its parts only, and ask nothing else of them. Flashes are not for frames.
    """
    seen = view()
    values = {name: escape(part) for name, part in parts.items()}
    values |= {CSRF_SLOT: Markup(seen.csrf), NEXT_SLOT: escape(seen.path)}  # noqa: S704 the token is hexadecimal
    pieces = _frame(template, tuple(parts), *_kind(seen)).copy()
    pieces[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(pieces)


def initials(name: str) -> str:
    """One or two letters for a name in any script."""
    parts = name.split() or ["?"]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def hue(name: str) -> int:
    """One of the avatar colours, the same for the same name."""
    return hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % HUES


def cover_url(title: str) -> str:
    """The address of a title's generated cover."""
    return f"/covers/{cover_key(title)}.svg"


def nl2br(text: str) -> Markup:
    """Plain text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def text(value: object) -> str:
    """A value for a field; nothing for None and for what is not there."""
    return "" if value is None or isinstance(value, Undefined) else str(value)


class Strict(Undefined):
    """A missing variable is an error when shown or walked through; asking for it or comparing it is not."""

    __str__ = __iter__ = __len__ = Undefined._fail_with_undefined_error


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment, made once per process."""
    env = Environment(
        loader=FunctionLoader(_load), autoescape=True, trim_blocks=True, auto_reload=False, undefined=Strict,
        cache_size=-1, extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )  # fmt: skip
    env.install_gettext_callables(words._, words.plural, newstyle=True)  # type: ignore[attr-defined]  # from the extension
    env.globals.update(
        view=view, glyph=glyph, asset=asset_url, csrf_field=csrf_field, when=formats.when, day=formats.day,
        date=formats.date, calendar_day=formats.calendar_day, span=formats.span,
        number=formats.format_number, format_number=formats.format_number, percent=formats.percent, money=formats.money,
        file_size=formats.file_size, script_words=words.script_words,
        fragment=fragment, next_slot=NEXT_SLOT,
    )  # fmt: skip
    env.filters.update(
        attributes=formats.attributes, text=text, initials=initials, hue=hue, cover_url=cover_url, nl2br=nl2br,
        direction=words.direction_of, percent=formats.percent,
        md=questions.md, md_inline=questions.md_inline, plain=questions.plain,
        question_html=questions.question_html,
        cloze_parts=questions.cloze_parts, in_order=questions.in_order, solution_words=questions.solution_words,
    )  # fmt: skip
    for name, template in MACROS.items():
        env.globals[name] = env.get_template(template).module
    return env


def render(template: str, block: str | None = None, /, **data: Any) -> str:
    """A whole page, or one of its blocks. Raises KeyError for a block that the template has not."""
    found = environment().get_template(template)
    if block is None:
        return found.render(data)
    context = found.new_context(data)
    return environment().concat(found.blocks[block](context))
