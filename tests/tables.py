"""Three small tables, to be written in the ways of other people, and what metafor 3.8 gives for each (REML, test="adhoc").

E: escalc("RR"/"OR"/"RD", ai, n1i, ci, n2i); M: escalc("MD"/"SMD", ...); R: log of the ratio, its error from the 95 % interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from openpyxl import Workbook

from evidence_synthesis.importers import review, tabular
from evidence_synthesis.importers.review import Imported
from evidence_synthesis.importers.shapes import rows_of

STUDIES = ("Alba 2010", "Brno 2012", "Cork 2015", "Dijon 2018")
E = ((5, 40, 9, 42), (3, 30, 7, 31), (12, 80, 20, 78), (20, 150, 33, 149))
M = ((40, 5.2, 1.1, 42, 6.0, 1.3), (30, 4.8, 1.0, 31, 5.9, 1.2), (55, 4.1, 1.6, 53, 4.9, 1.5))
R = ((0.70, 0.40, 1.22), (0.85, 0.60, 1.20), (0.62, 0.41, 0.94))
RR, OR, RD = 0.5800202, 0.5142661, -0.0969281
MD, SMD = -0.8990632, -0.6674942
RATIO, RATIO_99 = 0.7377449, 0.7316020


def table(header: str, rows: Sequence[Sequence[object]], separator: str = ",") -> str:
    lines = [separator.join([s, *map(str, r)]) for s, r in zip(STUDIES, rows, strict=False)]
    return "\n".join([header, *lines]) + "\n"


def each(header: str, rows: Sequence[Sequence[object]], line: Callable[..., str]) -> str:
    return "\n".join([header, *(f"{s},{line(*r)}" for s, r in zip(STUDIES, rows, strict=False))]) + "\n"


def bring(folder: Path, content: str | bytes, reference: str = "", name: str = "table.csv") -> tuple[Imported, list[str]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = tabular.read_table(path)
    mapping = tabular.mapped(read, None, "", reference)
    notes = [*read.notes, *mapping.notes]
    return review.bring_in(rows_of(read.rows, mapping, name, notes, read.decimal_comma)), notes


def one(made: Imported) -> tuple[str, float]:
    """Measure and estimate of the only analysis."""
    (analysis,) = review.analysis_rows(made)
    return str(analysis["measure"]), float(str(analysis["estimate"]))


def workbook(path: Path, *lines: Sequence[object], title: str = "Sheet1", hidden: Sequence[int] = ()) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for line in lines:
        sheet.append(list(line))
    for row in hidden:
        sheet.row_dimensions[row].hidden = True
    book.save(path)
    return path.read_bytes()
