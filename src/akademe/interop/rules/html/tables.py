"""Tables: as pipe tables where every cell is one run of text, else left to HTML."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from akademe.interop.rules.html.inline import Inline

Element = etree._Element


def simple_table(table: Element, inline: Inline, is_block: Callable[[Element], bool]) -> list[str]:
    """The table as Markdown blocks (its caption first), or [] where a cell spans or holds blocks."""
    rows = list(table.iter("tr"))
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    width = max((len(row) for row in cells), default=0)
    if not width or next(table.iterdescendants("table"), None) is not None:
        return []
    if any(_too_rich(cell, is_block) for row in cells for cell in row):
        return []
    lines = [[_cell(cell, inline) for cell in row] + [""] * (width - len(row)) for row in cells]
    headed = all(cell.tag == "th" for cell in cells[0])
    head, body = (lines[0], lines[1:]) if headed else ([""] * width, lines)
    drawn = [_line(head), _line(["---"] * width), *map(_line, body)]
    caption = table.find("caption")
    return ([inline.content(caption).strip()] if caption is not None else []) + ["\n".join(drawn)]


def _too_rich(cell: Element, is_block: Callable[[Element], bool]) -> bool:
    if cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1":
        return True
    blocks = [child for child in cell if is_block(child)]
    only_paragraph = len(blocks) == 1 and blocks[0].tag == "p" and not any(is_block(child) for child in blocks[0])
    return bool(blocks) and not only_paragraph


def _cell(cell: Element, inline: Inline) -> str:
    text = inline.content(cell)
    return " ".join(text.replace("\\\n", "<br>").replace("|", "\\|").split())


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
