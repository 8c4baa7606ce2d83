"""Texts as HTML: off the event loop where they are long, once per text."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

from akademe.catalog import rules
from akademe.kernel import markdown

RENDERER = 2
"""Raise it when the renderer's output changes: stored HTML of an older one is made anew."""
MAX_KEPT = 256
SHORT = 1_500


@dataclass(frozen=True, slots=True)
class Text:
    """`html` is safe to show; `words` is the text without its marks, for search."""

    html: str
    words: str


_kept: "OrderedDict[bytes, Text]" = OrderedDict()


async def prepare(text: str) -> None:
    """Render `text` in a thread, so that `render` finds it. Call it before the first write of the unit of work."""
    if len(text) > SHORT and _key(text) not in _kept:
        _keep(text, await asyncio.to_thread(rendered, text))


def render(text: str) -> Text:
    """The text rendered, from the kept ones where it is among the last 256."""
    found = _kept.get(_key(text))
    if found is None:
        return _keep(text, rendered(text))
    _kept.move_to_end(_key(text))
    return found


async def html_of(text: str) -> str:
    """A text that is not stored yet, as learners will see it."""
    await prepare(text)
    return render(text).html


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def _keep(text: str, rendered: Text) -> Text:
    _kept[_key(text)] = rendered
    if len(_kept) > MAX_KEPT:
        _kept.popitem(last=False)
    return rendered


def rendered(text: str) -> Text:
    """Rendered anew, and not kept: for who needs many texts once."""
    made = markdown.render(text, link=rules.link)
    return Text(made.html, made.plain_text)
