"""What the project adds to Markdown: callouts, spoilers, players and references to quizzes.

    :::tip A title               ::video[A title]{src=... captions=... transcript=... width=640 height=360}
    Any Markdown.                ::quiz[A title]{id=...}
    :::                          ::question[A title]{id=...}

note, tip, warning, important and example are callouts, details and spoiler fold. Whatever holds another one takes
more colons.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from akademe.kernel.markdown.model import Link
from akademe.kernel.markdown.urls import is_outside, player, resolve

CALLOUTS = ("note", "tip", "warning", "important", "example")
FOLDS = ("details", "spoiler")
_CONTAINER = re.compile(rf"\s*({'|'.join(CALLOUTS + FOLDS)})(?:\s+(.{{0,300}}))?\s*\Z")
_LEAF = re.compile(r"::(video|quiz|question)\[([^\]\n]{0,300})\]\{([^}\n]{0,2000})\}[ \t]*\Z")
_PAIR = re.compile(r"([a-z]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'}]+))")


def directives_plugin(md: MarkdownIt) -> None:
    """Adds the rules to a parser; rendering is in `render`."""
    container_plugin(
        md,
        "callout",
        validate=lambda params, _markup: _CONTAINER.match(params) is not None,
    )
    md.block.ruler.before(
        "fence",
        "directive",
        _leaf,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    md.core.ruler.after("block", "callouts", lambda state: _name_callouts(state.tokens))


def _leaf(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    found = _LEAF.match(line) if line.startswith("::") else None
    if found is None:
        return False
    if not silent:
        token = state.push("directive", "", 0)
        token.map = [start, start + 1]
        token.info = found[1]
        token.meta = {
            "title": found[2],
            "values": {p[1]: p[2] or p[3] or p[4] or "" for p in _PAIR.finditer(found[3])},
        }
        state.line = start + 1
    return True


def _name_callouts(tokens: Sequence[Token]) -> None:
    stack: list[str] = []
    for token in tokens:
        if token.type == "container_callout_open":
            found = _CONTAINER.match(token.info)
            name, title = (found[1], found[2] or "") if found else ("note", "")
            token.type, token.meta = (
                "callout_open",
                {"name": name, "title": title.strip() or name.capitalize()},
            )
            stack.append(name)
        elif token.type == "container_callout_close":
            token.type, token.meta = "callout_close", {"name": stack.pop()}


def open_callout(md: MarkdownIt, token: Token) -> str:
    """The start of a callout or fold; its title is inline Markdown."""
    name, title = token.meta["name"], md.renderInline(token.meta["title"], {})
    identity = f' id="{escape(str(token.attrGet("id")))}"' if token.attrGet("id") else ""
    if name in FOLDS:
        return f'<details class="spoiler"{identity}><summary>{title}</summary>\n'
    return f'<div class="callout callout-{name}" role="note"{identity}>\n<p class="callout-title">{title}</p>\n'


def close_callout(token: Token) -> str:
    """Its end."""
    return "</details>\n" if token.meta["name"] in FOLDS else "</div>\n"


def embed(token: Token, link: Link | None) -> str:
    """HTML of our own making for a leaf directive; every value in it is escaped."""
    values: dict[str, Any] = token.meta["values"]
    title = escape(token.meta["title"])
    identity = f' id="{escape(str(token.attrGet("id")))}"' if token.attrGet("id") else ""
    if token.info == "video":
        return _video(values, title, identity, link)
    target = values.get("id", "")
    href = resolve(f"{token.info}:{target}", link)
    label = f'<a href="{escape(href)}">{title}</a>' if href else f"<span>{title}</span>"
    return f'<div class="embed"{identity} data-embed="{token.info}" data-id="{escape(target)}">{label}</div>\n'


def _video(values: dict[str, Any], title: str, identity: str, link: Link | None) -> str:
    source = values.get("src", "")
    framed = player(source)
    size = f'width="{_pixels(values, "width", 640)}" height="{_pixels(values, "height", 360)}"'
    if framed is not None:
        shown = (
            f'<iframe src="{escape(framed)}" title="{title}" {size} loading="lazy" '
            'allow="fullscreen; picture-in-picture" '
            'allowfullscreen referrerpolicy="strict-origin-when-cross-origin"></iframe>'
        )
    else:
        url = resolve(source, link)
        if url is None or is_outside(url):
            shown = f'<a href="{escape(url)}" rel="nofollow noopener">{title}</a>' if url else ""
        else:
            shown = f'<video controls preload="metadata" src="{escape(url)}" {size}>{_track(values, link)}</video>'
    return f'<figure class="video"{identity}>{shown}{_caption(values, title, link)}</figure>\n'


def _pixels(values: dict[str, Any], name: str, default: int) -> int:
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else default


def _track(values: dict[str, Any], link: Link | None) -> str:
    url = resolve(values["captions"], link) if values.get("captions") else None
    if url is None or is_outside(url):
        return ""
    language = re.search(r"\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.vtt", values["captions"])
    code = values.get("lang") or (language[1] if language else "en")
    return f'<track kind="captions" src="{escape(url)}" srclang="{escape(code)}" label="{escape(code)}" default>'


def _caption(values: dict[str, Any], title: str, link: Link | None) -> str:
    url = resolve(values["transcript"], link) if values.get("transcript") else None
    more = f' <a href="{escape(url)}">Transcript</a>' if url and not is_outside(url) else ""
    return f"<figcaption>{title}{more}</figcaption>" if title or more else ""
