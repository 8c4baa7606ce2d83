"""HTML inside OLX as Markdown: where its links lead here, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from akademe.interop.olx.rules.source import Element, Source
from akademe.interop.olx.rules.video import kept_name
from akademe.interop.rules.html import Converter
from akademe.interop.rules.links import asset_link, lesson_link

_JUMP = re.compile(r"jump_to(?:_id)?/(?P<a>[^/?#]+)|/courseware/[^/]+/(?P<b>\w+)")
_BLOCK = re.compile(r"(?:\+block@|@|/)(\w+)$")
ACTIVE = (".html", ".htm", ".js", ".css", ".swf", ".xml", ".svgz")
ELSEWHERE = "it led to a page of the original platform"


class Texts:
    """Converts. `lesson_of` maps the url_name of anything in the course to the url_name of the lesson that shows it."""

    def __init__(self, source: Source, lesson_of: Mapping[str, str]) -> None:
        self.source, self.lesson_of = source, lesson_of
        self.used: set[str] = set()

    def markdown(self, root: Element, own: dict[str, Callable[[Element], str]] | None = None) -> str:
        """Markdown of an element's content; what is lost is booked. `own` makes the text of the tags it names."""
        return Converter(self.link, self.source.ledger.lost, own).convert(root)

    def link(self, element: Element, attribute: str, address: str) -> str | None:
        """The canonical link, the address itself where it is on the web, or None, booked as lost with its reason."""
        address = address.strip()
        asset = self.source.asset(address)
        if asset is not None:
            return self._asset(element, asset)
        target, _, anchor = address.partition("#")
        lesson = self._lesson(target)
        if lesson is not None:
            return lesson_link(lesson, anchor)
        return self._web(element, attribute, address)

    def _asset(self, element: Element, asset: str) -> str | None:
        if asset.lower().endswith(ACTIVE):
            self.source.ledger.lost(element, f"it shows a page with scripts of its own, {asset}")
            return None
        self.used.add(asset)
        return asset_link(kept_name(asset))

    def _lesson(self, target: str) -> str | None:
        jump = _JUMP.search(target)
        name = (jump["a"] or jump["b"]) if jump else target
        block = _BLOCK.search(name)
        return self.lesson_of.get(block[1] if block else name)

    def _web(self, element: Element, attribute: str, address: str) -> str | None:
        ledger = self.source.ledger
        parts = urlsplit(address)
        if parts.scheme in ("mailto", "tel") and attribute == "href":
            return address
        if parts.scheme not in ("http", "https") or not parts.netloc:
            missing = "/static/" in address or "asset-v1:" in address
            ledger.lost(element, f"its file is missing: {address}" if missing else f"{ELSEWHERE} or nowhere: {address}")
            return None
        if element.tag in ("iframe", "object", "embed"):
            ledger.mapped(element, "a video, or a link to the embedded page")
        if element.tag == "img":
            ledger.mapped(element, "a link to the picture, which lies elsewhere on the web")
        return address
