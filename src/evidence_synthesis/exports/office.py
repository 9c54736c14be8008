"""Word and Excel files that hold tables: made from nothing, and the same bytes every time.

Office files are ZIP archives with clock times inside; they are written again with one fixed time.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from evidence_synthesis.storage.same_bytes import zipped

if TYPE_CHECKING:
    from docx.table import Table, _Cell

_DAY = datetime.datetime(1980, 1, 1)
_UNWANTED = ("docProps/thumbnail.jpeg", "word/stylesWithEffects.xml")
_REFERS = re.compile(
    rb'<(?:Relationship|Override) [^>]*(?:thumbnail|stylesWithEffects)[^>]*/>|<Default [^>]*"jpeg"[^>]*/>',
)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def steady(content: bytes) -> bytes:
    """An office file with a fixed time on every part, and without what its template brings and no document needs."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        for name in old.namelist():
            if name in _UNWANTED:
                continue
            part = old.read(name)
            if name.endswith(".rels") or name == "[Content_Types].xml":
                part = _REFERS.sub(b"", part)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", part)
            parts[name] = part
    return zipped(parts)


@cache
def _template() -> bytes:
    """An empty document without the table styles that none here uses (most of its size)."""
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE

    document = Document()
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in ("Normal Table", "Table Grid"):
            style.delete()
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue())


PAPERS = ((29.7, 21.0), (42.0, 29.7), (55.8, 39.4))  # landscape A4, A3 and the largest that Word has, in centimetres
MARGIN = 1.8


def new_document(title: str, paper: tuple[float, float] = PAPERS[0]) -> Any:
    """A Word document with a heading on paper of that width and height in centimetres."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    document = Document(io.BytesIO(_template()))
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(paper[0]), Cm(paper[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    core = document.core_properties
    core.title, core.author, core.comments = title, "", ""
    core.created = core.modified = _DAY
    document.styles["Normal"].font.name = "Calibri"
    document.add_heading(title, level=1)
    return document


def document_bytes(document: Any) -> bytes:
    """A Word document as a file."""
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue())


def fill(cell: _Cell, text: str, bold: bool = False, italic: bool = False, size: float = 8, keep: bool = False) -> None:
    """Text in a cell of a Word table, small and without space below; ``keep`` holds its row and the next on one page."""
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if keep:
        paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if bold:
        run.bold = True
    if italic:
        run.italic = True


_CELL = (
    '<w:tc><w:tcPr><w:tcW w:w="{}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:spacing w:after="0"/></w:pPr>'
    '<w:r><w:rPr>{}<w:sz w:val="{:.0f}"/></w:rPr><w:t{}>{}</w:t></w:r></w:p></w:tc>'
)
_TABLE = (
    '<w:tbl {}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/><w:tblLayout w:type="fixed"/></w:tblPr>'
    "<w:tblGrid>{}</w:tblGrid>{}</w:tbl>"
)


def add_lines(document: Any, lines: Sequence[Sequence[str]], widths: Sequence[int], size: float) -> Table:
    """A table of text in a Word document, its first line bold; widths in twentieths of a point, size in points.

    Its XML is written at once: python-docx takes a third of a millisecond for a cell, and tables have a hundred thousand.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.table import Table

    rows = []
    for number, line in enumerate(lines):
        bold = "" if number else "<w:b/>"
        cells = []
        for text, width in zip(line, widths, strict=True):
            edges = "" if text == text.strip() else ' xml:space="preserve"'  # in every cell it would slow the parser down
            cells.append(_CELL.format(width, bold, 2 * size, edges, escape(text)))
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    element = parse_xml(_TABLE.format(nsdecls("w"), columns, "".join(rows)))
    body = document.element.body
    body.insert(len(body) - 1, element)  # before the section's page format
    return Table(element, document)


def merge_across(cells: Sequence[_Cell]) -> _Cell:
    """Make neighbours in a row one cell, as wide as all and with the text of the first, which it gives.

    python-docx merges any rectangle, and looks at the whole table for it each time.
    """
    from docx.shared import Emu

    first, others = cells[0], cells[1:]
    first.width = Emu(sum(int(cell.width or 0) for cell in cells))
    first._tc.grid_span = len(cells)
    for cell in others:
        cell._tc.getparent().remove(cell._tc)
    return first


def merge_down(above: _Cell, below: _Cell) -> None:
    """Make a cell and an empty one below it one cell."""
    above._tc.vMerge, below._tc.vMerge = "restart", "continue"


def cell_margins(table: Table, across: int, down: int) -> None:
    """Room beside the text of the cells and above and below it, in twentieths of a point (Word's own: 108 and 0)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side, room in (("top", down), ("left", across), ("bottom", down), ("right", across)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(room))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        table._tbl.tblPr.append(margins)
    else:  # the order of these elements is fixed
        look.addprevious(margins)


def paginate(table: Table, header: int) -> None:
    """Repeat so many rows at the top of every page, and break pages between rows only."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for number, row in enumerate(table.rows):
        for name in ("w:cantSplit", "w:tblHeader")[: 2 if number < header else 1]:
            mark = OxmlElement(name)
            mark.set(qn("w:val"), "true")
            row._tr.get_or_add_trPr().append(mark)


def new_workbook() -> Any:
    """A workbook without clock times, to which rows are added one by one: it takes a sixth less time than one held whole."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _DAY
    book.properties.creator = ""
    return book


def sheet_name(text: str) -> str:
    """A name that a sheet can have."""
    return re.sub(r"[^A-Za-z0-9_-]", " ", text)[:31] or "table"


def sheet_text(sheet: Any, text: str, **style: Any) -> Any:
    """A cell that shows a text as it is, also one that a workbook would take for a formula or an error."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    for name, value in style.items():
        setattr(cell, name, value)
    return cell


def new_sheet(book: Any, title: str, header: Sequence[str], rows: int, widths: Sequence[float] = ()) -> Any:
    """A sheet with a bold header that stays in sight and filters; so many rows are to be appended to it."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(sheet_name(title))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{rows + 1}"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([sheet_text(sheet, name, font=Font("Calibri", 11, bold=True)) for name in header])
    return sheet


def workbook_bytes(book: Any) -> bytes:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return steady(out.getvalue())
