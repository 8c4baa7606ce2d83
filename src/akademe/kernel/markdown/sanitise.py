"""The allow-list that all HTML of an author passes, once and as a whole."""

import re
from collections import Counter
from collections.abc import Sequence

import nh3
from markdown_it.token import Token

from akademe.kernel.markdown.model import Link
from akademe.kernel.markdown.urls import (
    INTERNAL_SCHEMES,
    PREFIX,
    PUBLIC_SCHEMES,
    is_outside,
    resolve,
)

SLOT_OPEN, SLOT_CLOSE = "\ue000", "\ue001"
"""Around the number of a fragment of our own; private-use characters that are taken out of all that authors write."""

_TAGS = frozenset(
    "a abbr audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption "
    "figure h2 h3 "
    "h4 h5 h6 hr i img input ins kbd label li mark ol p picture pre q rp rt ruby s samp section small source span "
    "strong sub "
    "summary sup table tbody td tfoot th thead time tr track u ul var video wbr".split()
)
_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "aria-hidden", "aria-label", "tabindex"},
    "audio": {"controls", "src", "preload"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "div": {"role", "data-embed", "data-id"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "disabled", "checked"},
    "ins": {"datetime"},
    "ol": {"start", "reversed", "type"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": {"controls", "src", "poster", "preload", "width", "height"},
}
CLASSES = frozenset(
    "align-center align-left align-right anchor callout callout-example callout-important callout-note callout-tip "
    "callout-title callout-warning contains-task-list embed footnote-backref footnote-item footnote-ref footnotes "
    "footnotes-list footnotes-sep spoiler table-wrap task-list-item task-list-item-checkbox".split()
)
_DROPPED_WITH_CONTENT = frozenset(
    {
        "script",
        "style",
        "title",
        "template",
        "noscript",
        "textarea",
        "iframe",
        "object",
        "svg",
        "math",
    }
)
_URLS = frozenset({"href", "src", "poster"})
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start"})
_SLOTS = re.compile(f"{SLOT_OPEN}(\\d+){SLOT_CLOSE}")
_SLOT_MARKS = re.compile(f"[{SLOT_OPEN}{SLOT_CLOSE}]")
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CLOSES_ITSELF = frozenset(
    "p li td th tr dt dd option tbody thead tfoot colgroup col br hr img input wbr source track area base link "
    "meta".split()
)
_MAX_OPEN = 100
_MAX_ATTRIBUTES = 2_000


def without_slots(text: str) -> str:
    """The text without the two characters that mark our own fragments."""
    return _SLOT_MARKS.sub("\ufffd", text)


def is_reasonable(tokens: Sequence[Token]) -> bool:
    """Whether the raw HTML in it nests so little that a parser (and a browser) is done with it in linear time.

    HTML parsers repeat open formatting elements in each paragraph, so that n open ones and n paragraphs make n²
    elements.
    """
    raw = [token.content for token in _raw_html(tokens)]
    if (
        sum(piece.count("=") for piece in raw if len(piece) > 500) > _MAX_ATTRIBUTES
        and _longest_tag(raw) > _MAX_ATTRIBUTES
    ):
        return False
    opened: Counter[str] = Counter()
    for piece in raw:
        for closing, name in _TAG_NAME.findall(piece.lower()):
            if name in _CLOSES_ITSELF:
                continue
            opened[name] = max(0, opened[name] - 1) if closing else opened[name] + 1
            if opened[name] > _MAX_OPEN:
                return False
    return opened.total() <= _MAX_OPEN


def _raw_html(tokens: Sequence[Token]) -> list[Token]:
    found = []
    for token in tokens:
        if token.type in {"html_block", "html_inline"}:
            found.append(token)
        found.extend(_raw_html(token.children or ()))
    return found


def _longest_tag(raw: Sequence[str]) -> int:
    return max(
        (len(part.partition(">")[0]) for piece in raw for part in piece.split("<")),
        default=0,
    )


def clean(html: str, slots: dict[int, str], link: Link | None) -> str:
    """`html` through the allow-list, with our own fragments put in where they belong, each once."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        return _attribute(tag, name, _SLOT_MARKS.sub("", value), link)

    cleaner = nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=set(PUBLIC_SCHEMES | INTERNAL_SCHEMES | {"data"}),
        link_rel=None,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )
    safe = _TAGS_TO_FINISH.sub(_Finisher(), cleaner.clean(html))
    return _CONTROLS.sub("", _SLOTS.sub(lambda found: slots.pop(int(found[1][:9]), ""), safe))


def _attribute(tag: str, name: str, value: str, link: Link | None) -> str | None:
    if name in _URLS:
        return resolve(value, link, image=tag == "img")
    if name in {"id", "headers"}:
        return value if value.startswith((PREFIX, "b-")) else f"{PREFIX}{value}"
    if name == "class":
        return " ".join(word for word in value.split() if word in CLASSES) or None
    if name in _NUMBERS:
        return value if value.isascii() and value.isdigit() and len(value) <= 5 else None
    return value


# Text of neither HTML nor XML: they show nothing.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_TAGS_TO_FINISH = re.compile(r"<(/?a|img)((?: [^<>]*)?)>")
_VALUES = re.compile(r' (alt|href|src)="([^"]*)"')
_HOST = re.compile(r"(?:[a-zA-Z]+:)?[/\\\\]*(?:[^/?#@]*@)?([^/?#]*)")
_LEAVES = 'rel="nofollow noopener"'


class _Finisher:
    """What each link and image gets. The sanitiser escapes `<` and `>` in text and attributes, so a match is a tag."""

    def __init__(self) -> None:
        self._is_in_link = False

    def __call__(self, found: re.Match[str]) -> str:
        name, rest = found[1], found[2]
        values = dict(_VALUES.findall(rest))
        if name == "img":
            return self._image(rest, values)
        self._is_in_link = name == "a"
        return f"<a{rest} {_LEAVES}>" if is_outside(values.get("href", "")) else f"<{name}{rest}>"

    def _image(self, rest: str, values: dict[str, str]) -> str:
        source = values.get("src", "")
        if is_outside(source):
            return self._elsewhere(source, values.get("alt", ""))
        alt = "" if "alt" in values else ' alt=""'
        return f'<img{rest}{alt} loading="lazy" decoding="async">'

    def _elsewhere(self, source: str, alt: str) -> str:
        """Pages load nothing of other sites, which would learn who reads what: the picture is a link to where it is."""
        host = _HOST.match(source)[1]  # type: ignore[index]  # what is outside begins so
        words = f"<span>{alt}</span> <small>{host}</small>" if alt else host
        if self._is_in_link:
            return f'<span class="image-elsewhere">{words}</span>'
        return f'<a class="image-elsewhere" href="{source}" {_LEAVES}>{words}</a>'
