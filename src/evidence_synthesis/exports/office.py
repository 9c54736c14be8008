"""Word and Excel files that hold tables: made from nothing, and the same bytes every time.

Office files are ZIP archives with clock times inside; they are written again with one fixed time.
"""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from evidence_synthesis.storage.same_bytes import zipped

if TYPE_CHECKING:
    from docx.table import Table

_DAY = datetime.datetime(1980, 1, 1)
_UNWANTED = ("docProps/thumbnail.jpeg", "word/stylesWithEffects.xml")
_REFERS = re.compile(
    rb'<(?:Relationship|Override) [^>]*(?:thumbnail|stylesWithEffects)[^>]*/>|<Default [^>]*"jpeg"[^>]*/>',
)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def _parts(content: bytes) -> dict[str, bytes]:
    """The parts of an office file with a fixed time in them, without what its template brings and no document needs."""
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
    return parts


def steady(content: bytes) -> bytes:
    """An office file with a fixed time on every part, and without what its template brings and no document needs."""
    return zipped(_parts(content))


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
PORTRAIT = (21.0, 29.7)


def new_document(title: str, paper: tuple[float, float] = PAPERS[0], font: str = "Calibri") -> Any:
    """A Word document with a heading on paper of that width and height in centimetres."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, RGBColor

    document = Document(io.BytesIO(_template()))
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if paper[0] > paper[1] else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(paper[0]), Cm(paper[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    core = document.core_properties
    core.title, core.author, core.comments = title, "", ""
    core.created = core.modified = _DAY
    document.styles["Normal"].font.name = font
    for level in ("Heading 1", "Heading 2"):
        style = document.styles[level]
        style.element.rPr.rFonts.attrib.clear()  # names of the theme's fonts, which would win
        style.font.name, style.font.color.rgb = font, RGBColor(0x1F, 0x3A, 0x57)
    document.add_heading(title, level=1)
    return document


def document_bytes(document: Any) -> bytes:
    """A Word document as a file."""
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue())


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


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look; line ends in it are kept."""

    text: str
    bold: bool = False
    italic: bool = False
    raised: bool = False


Runs = Sequence[Run]
_RULES = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_RULED = (
    '<w:tbl><w:tblPr><w:tblW w:w="{}" w:type="dxa"/><w:tblBorders>{}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
    '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{}</w:tblGrid>{}</w:tbl>'
)
_SHADE = '<w:shd w:val="clear" w:color="auto" w:fill="E7EDF3"/>'
_CENTIMETRE = 567  # twentieths of a point


def _run(run: Run, size: float) -> str:
    look = f"{'<w:b/>' * run.bold}{'<w:i/>' * run.italic}"
    raised = '<w:vertAlign w:val="superscript"/>' if run.raised else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in run.text.split("\n"))
    lines = lines.replace('"preserve"></w:t>', '"preserve"/>')
    return f'<w:r><w:rPr>{look}<w:sz w:val="{2 * size:.0f}"/>{raised}</w:rPr>{lines}</w:r>'


def ruled(lines: Sequence[Sequence[Runs]], widths: Sequence[float], size: float, header: int, keep: int = 0) -> str:
    """A ruled table as XML of a Word document; widths in centimetres, size in points.

    The first ``header`` lines are shaded and repeat on every page, rows are not broken between pages, and the first ``keep``
    lines stay on the page of the next one.
    """
    dots = [round(width * _CENTIMETRE) for width in widths]
    rows = []
    for number, line in enumerate(lines):
        head = number < header
        kept = "<w:keepNext/>" if number < max(header, keep) else ""
        cells = []
        for runs, width in zip(line, dots, strict=True):
            text = "".join(_run(run, size) for run in runs)
            paragraph = f'<w:p><w:pPr>{kept}<w:spacing w:after="0"/></w:pPr>{text}</w:p>'
            cells.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{_SHADE * head}</w:tcPr>{paragraph}</w:tc>')
        rows.append(f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in dots)
    return _RULED.format(int(math.fsum(dots)), _RULES, columns, "".join(rows))


def paragraph(runs: Runs, size: float, after: float = 2, keep: bool = False, style: str = "") -> str:
    """A paragraph as XML of a Word document, with so many points below it; ``keep`` holds it on the page of the next one."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties = f'{named}{"<w:keepNext/>" * keep}<w:spacing w:after="{20 * after:.0f}"/>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(_run(run, size) for run in runs)}</w:p>"


_TITLE = "TITLE"
_HEADED = re.compile(rf"(?<=>){_TITLE}(?=<)")
_END = "<w:sectPr"  # of what is written: the section's page format follows


@cache
def _shell(paper: tuple[float, float], font: str) -> dict[str, bytes]:
    """The parts of a document with a heading and nothing else."""
    out = io.BytesIO()
    new_document(_TITLE, paper, font).save(out)
    return _parts(out.getvalue())


def written(title: str, parts: Iterable[str], paper: tuple[float, float], font: str) -> bytes:
    """A Word document with paragraphs and tables under its heading, as a file.

    The parts that all documents of one look have in common are made once: python-docx takes longer for them than all the rest.
    """
    shell, name = dict(_shell(paper, font)), escape(title)
    for part in ("word/document.xml", "docProps/core.xml"):
        shell[part] = _HEADED.sub(lambda _: name, shell[part].decode()).encode()
    before, end, after = shell["word/document.xml"].decode().rpartition(_END)
    shell["word/document.xml"] = "".join((before, *parts, end, after)).encode()
    return zipped(shell)


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
