"""XML from strangers: no document type, no entities, no network, bounded depth and text."""

from __future__ import annotations

from xml.parsers import expat

from lxml import etree

from akademe.interop.rules.refusal import Fault, ImportRefused


class _Stop(Exception):
    """Ends the look at the prolog."""


def parse_xml(data: bytes, name: str) -> etree._Element:
    """The root element. Raises ImportRefused: XML_DTD for any document type declaration, BAD_XML with the line.

    Entity bombs and external entities live in a DTD (OWASP XML External Entity Prevention); course formats need none.
    """
    _refuse_dtd(data, name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _bad(name, error.lineno or 0, str(error.msg or "It cannot be read.")) from None


def _refuse_dtd(data: bytes, name: str) -> None:
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        fault = Fault(name, parser.CurrentLineNumber, "A document type declaration is not allowed here.")
        raise ImportRefused("XML_DTD", str(fault), [fault])

    def element(*_: object) -> None:
        raise _Stop

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, element
    try:
        parser.Parse(data, True)
    except _Stop:
        return
    except expat.ExpatError as error:
        raise _bad(name, error.lineno, "This is not well-formed XML.") from None


def _bad(name: str, line: int, why: str) -> ImportRefused:
    fault = Fault(name, line, why)
    return ImportRefused("BAD_XML", str(fault), [fault])
