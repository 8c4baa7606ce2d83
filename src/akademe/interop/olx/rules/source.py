"""The files of an OLX archive: parsed XML, definitions behind references, static files and links to them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from akademe.interop.olx.rules.ledger import REFERENCE, Ledger
from akademe.interop.rules.archive import SourceFiles
from akademe.interop.rules.refusal import ImportRefused
from akademe.interop.rules.xml import parse_xml

Element = etree._Element

_POINTER = {"url_name", "org", "course", "tags-v1"}
_NOT_PLAIN = re.compile(r"[^\w.%-]")
_STATIC = re.compile(
    r"(?:^|/)static/(?P<a>[^/].*)$|asset-v1:[^/]*?(?:\+block@|/)(?P<b>[^/]+)$|/c4x/[^/]+/[^/]+/asset/(?P<c>[^/]+)$"
)


class Source:
    """Reads and remembers. Element names are unique: (tag, url_name) is met once."""

    def __init__(self, files: SourceFiles) -> None:
        self.files = files
        self.ledger = Ledger(list(files))
        self._clean = {clean_name(name): name for name in files if name.startswith("static/")}
        self._taken: set[str] = set()

    def parse(self, name: str) -> Element:
        """The root of an XML file, booked. Raises ImportRefused (BAD_XML, XML_DTD)."""
        root = parse_xml(self.files.read(name), name)
        self.ledger.document(name, root)
        return root

    def outside(self, name: str) -> None:
        """Books a file of the archive that lies beside the course's folder."""
        self.ledger.file_lost(name, "it lies outside of the course's folder")

    def json(self, name: str) -> Any:
        """The content of a JSON file; {} where it is missing. Raises ImportRefused naming the line."""
        if name not in self.files:
            return {}
        try:
            return json.loads(self.files.text(name))
        except (json.JSONDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", 0)
            raise ImportRefused("BAD_JSON", f"{name}, line {line}: This is not JSON.") from None

    def definition(self, element: Element) -> Element | None:
        """The element itself, or what its reference stands for; None, booked, where it is missing or used.

        A reference is an empty element with nothing but its url_name (Open edX: `is_pointer_tag`).
        """
        url_name = element.get("url_name", "")
        if len(element) or (element.text or "").strip() or not url_name or not set(element.keys()) <= _POINTER:
            return element
        name = f"{element.tag}/{url_name.replace(':', '/')}.xml"
        if name not in self.files:
            self.ledger.lost(element, f"its file is missing from the archive: {name}")
            return None
        if name in self._taken:
            self.ledger.lost(element, "the same element already stands elsewhere in the course")
            return None
        self._taken.add(name)
        return self._referred(element, name, url_name)

    def _referred(self, element: Element, name: str, url_name: str) -> Element | None:
        try:
            root = self.parse(name)
        except ImportRefused as refusal:
            if refusal.code == "XML_DTD" or element.tag in ("course", "chapter", "sequential", "vertical"):
                raise
            self.ledger.lost(element, f"its file cannot be read: {refusal.sentence}")
            self.ledger.file_lost(name, refusal.sentence)
            return None
        self.ledger.mapped(element, REFERENCE)
        root.set("url_name", url_name)
        return root

    def asset(self, link: str) -> str | None:
        """The file of the archive that a /static/ or asset address means, or None."""
        address = urlsplit(link.strip())
        found = _STATIC.search(unquote(address.path if not address.scheme.startswith("asset") else link))
        if found is None:
            return None
        name = found["a"] or found["b"] or found["c"]
        return self._clean.get(clean_name(f"static/{name}"))

    def static(self, name: str) -> str | None:
        """The file of that name in static/, or None."""
        return self._clean.get(clean_name(f"static/{name}"))


def clean_name(name: str) -> str:
    """As Studio writes names in addresses: what is not a letter, a digit or one of `_.-%` is an underscore."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/{_NOT_PLAIN.sub('_', last)}"
