"""TeX to MathML that holds nothing but mathematics."""

from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_TEX = 4_000

_ELEMENTS = frozenset(
    "math maction menclose mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms "
    "mspace msqrt "
    "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none".split()
)
_ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop "
    "linethickness "
    "lspace mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace "
    "scriptlevel separator "
    "stretchy symmetric voffset width".split()
)


class _UnknownCommandError(Exception):
    """The formula holds a command that would be shown as its own name."""


@lru_cache(maxsize=4096)
def to_mathml(tex: str, *, display: bool) -> str:
    """MathML for `tex`; the source itself in `<code class="math-error">` where it is not TeX we can read."""
    tex = tex.strip()
    if not tex or len(tex) > MAX_TEX:
        return _as_source(tex)
    from latex2mathml.converter import convert_to_element

    try:
        return _write(convert_to_element(tex, display="block" if display else "inline"), tex)
    except Exception:  # noqa: BLE001 - anything an author can type goes in; whatever fails is not TeX we can read
        return _as_source(tex)


def _as_source(tex: str) -> str:
    return f'<code class="math-error">{escape(tex)}</code>'


def _write(root: "Element", tex: str) -> str:
    inner = "".join(_element(child) for child in root)
    shown = ' display="block"' if root.get("display") == "block" else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{shown} alttext="{escape(tex)}">{inner}</math>'


def _element(node: "Element") -> str:
    """Own serialiser: the converter's one writes text unescaped, and passes href, style and class through."""
    inner = _text(node) + "".join(_element(child) for child in node)
    name = node.tag if node.tag in _ELEMENTS else "mrow"
    attributes = "".join(f' {key}="{escape(str(value))}"' for key, value in node.attrib.items() if key in _ATTRIBUTES)
    return f"<{name}{attributes}>{inner}</{name}>"


def _text(node: "Element") -> str:
    text = unescape(node.text or "")
    if node.tag in {"mi", "mo"} and len(text) > 1 and text.startswith("\\"):
        raise _UnknownCommandError(text)
    return escape(text)
