"""Double entry for a source: every element and every file is booked once, so that nothing can disappear silently."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from akademe.interop.rules.report import LossReport

Element = etree._Element

REFERENCE = "its place in the outline (a reference to its own file)"
UNUSED = "nothing in the course refers to it"


@dataclass(frozen=True)
class Fate:
    """Mapped to something, or lost for a reason."""

    mapped_to: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Document:
    file: str
    root: Element
    prefix: str


class Ledger:
    """Books fates. An element without one of its own shares that of the nearest element around it."""

    def __init__(self, names: list[str]) -> None:
        self._files: dict[str, Fate] = {name: Fate(reason=UNUSED) for name in names}
        self._documents: list[_Document] = []
        self._fates: dict[Element, Fate] = {}

    def document(self, file: str, root: Element) -> None:
        """Opens the book of one parsed XML file."""
        self._documents.append(_Document(file, root, ""))
        self._files[file] = Fate(mapped_to="its elements (each is named on its own)")

    def fragment(self, file: str, root: Element) -> None:
        """Opens the book of an HTML file; its tags are reported as `html/p`, and `root`, put around them, is not."""
        self._documents.append(_Document(file, root, "html/"))
        self._files[file] = Fate(mapped_to="its elements (each is named on its own)")

    def mapped(self, element: Element, to: str) -> None:
        self._fates[element] = Fate(mapped_to=to)

    def lost(self, element: Element, reason: str) -> None:
        self._fates[element] = Fate(reason=reason)

    def file_mapped(self, name: str, to: str) -> None:
        self._files[name] = Fate(mapped_to=to)

    def file_lost(self, name: str, reason: str) -> None:
        self._files[name] = Fate(reason=reason)

    def file_is_open(self, name: str) -> bool:
        """Whether nobody has said yet what became of the file."""
        return self._files[name].reason == UNUSED

    def report(self) -> LossReport:
        """The loss report: elements by tag and fate, references to files after what they refer to, then files."""
        report, references = LossReport(), LossReport()
        for document in self._documents:
            around = self._fates.get(document.root) or Fate(reason=UNUSED)
            for element in document.root if document.prefix else (document.root,):
                self._report_element(document, element, around, report, references)
        for row in references.rows():
            report.mapped(row.element, REFERENCE, None, row.count)
        for name, fate in self._files.items():
            folder = name.rsplit("/", 1)[0] + "/" if "/" in name else ""
            _add(report, f"file {folder}*", fate, name)
        return report

    def _report_element(
        self, document: _Document, element: Element, around: Fate, report: LossReport, references: LossReport
    ) -> None:
        if not isinstance(element.tag, str):
            return
        own = self._fates.get(element)
        fate = own or around
        target = references if fate.mapped_to == REFERENCE else report
        named = _name(document.file, element) if own else None
        _add(target, f"{document.prefix}{element.tag}", fate, named)
        for child in element:
            self._report_element(document, child, fate, report, references)


def _add(report: LossReport, element: str, fate: Fate, detail: str | None) -> None:
    if fate.mapped_to is not None:
        report.mapped(element, fate.mapped_to, detail)
    else:
        report.lost(element, fate.reason or UNUSED, detail)


def _name(file: str, element: Element) -> str:
    titled = next((around for around in (element, *element.iterancestors()) if around.get("display_name")), element)
    title = titled.get("display_name")
    where = f"{file}, line {element.sourceline}"
    return f"{title} ({where})" if title else where
