"""Tables of studies on the command line: read from a file with their lines, their columns named, and results written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evidence_synthesis.cli.shared import refuse

if TYPE_CHECKING:
    import pandas as pd

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MEASURE = click.option(
    "--measure", default=None, help="MD SMD SMDH ROM RR OR RD AS PETO IRR IRD HR MC SMCC SMCR PPC COR ZCOR PR PLO PFT ..."
)
COLUMN = click.option(
    "--column", "told", multiple=True, metavar="FIELD=COLUMN", help="Which column holds what; may be given several times."
)
SHEET = click.option("--sheet", default=None, help="Sheet of a workbook (the first one otherwise).")
WRITTEN = click.Path(dir_okay=False, path_type=Path)


def read_table(file: Path, sheet: str | None) -> pd.DataFrame:
    """A file's rows by their lines; columns that hold nothing but numbers are numbers. Ends with every fault of its text."""
    import pandas as pd

    from evidence_synthesis.front.columns import EMPTY
    from evidence_synthesis.importers.tabular import read_any
    from evidence_synthesis.review.package import DataFaults

    try:
        header, lines = read_any(file, sheet)
    except DataFaults as found:
        refuse(found.faults)
    frame = pd.DataFrame([row for _, row in lines], index=[line for line, _ in lines], columns=[h for h in header if h])
    for name in frame:
        cells = frame[name].where(~frame[name].astype(str).str.strip().str.lower().isin((*EMPTY, "none")))
        made = pd.to_numeric(cells, errors="coerce")
        frame[name] = made if made.isna().equals(cells.isna()) else cells
    return frame


_MEASURES = {"generic": "GEN", "generic ratio": "GEN", "Peto OR": "PETO", "RoM": "ROM"}  # of an import, as they are called here


def as_imported(file: Path, sheet: str | None) -> tuple[pd.DataFrame, str]:
    """A table as ``import csv`` reads it, where no columns have known names: rows with arms or yi and vi, and the measure.

    Raises DataFaults where an import cannot read it. What was assumed is printed.
    """
    import pandas as pd

    from evidence_synthesis.importers import tabular
    from evidence_synthesis.importers.shapes import rows_of

    table = tabular.read_table(file, sheet)
    mapping = tabular.mapped(table, None, "")
    notes = [*table.notes, *mapping.notes]
    rows = rows_of(table.rows, mapping, file.name, notes, table.decimal_comma)
    cells = dict(table.rows)
    made = []
    for row in rows:
        told = {k: v for k, v in cells.get(row.line, {}).items() if k not in mapping.columns.values()}
        told |= {"study": row.study, "year": row.year, "analysis": row.analysis, "subgroup": row.subgroup}
        if row.given is not None:
            told |= {"yi": row.given, "vi": None if row.given_se is None else row.given_se**2}
        else:
            sides = [f"{name}_{side}" for side in "tc" for name in ("n", "events", "mean", "sd")]
            told |= {name: value for name in sides if (value := getattr(row, name)) is not None} | dict(row.spread)
        made.append(told)
    measures = {row.measure for row in rows if not row.fault} - {""}
    measure = measures.pop() if len(measures) == 1 else mapping.measure
    click.echo(f"{file.name} is read as import csv reads it:", err=True)
    for note in notes:
        click.echo(f"  {note}", err=True)
    if len(analyses := list(dict.fromkeys(row.analysis for row in rows))) > 1:
        click.echo(f"  it holds several analyses ({', '.join(analyses[:8])}): --by analysis pools each", err=True)
    return pd.DataFrame(made, index=[row.line for row in rows]), _MEASURES.get(measure, measure)


def columns_told(told: tuple[str, ...]) -> dict[str, str]:
    """The column of each field that is told as FIELD=COLUMN. Raises BadParameter for anything else."""
    pairs = [t.partition("=") for t in told]
    wrong = [field + sign + column for field, sign, column in pairs if not (sign and column)]
    if wrong:
        raise click.BadParameter(f"{', '.join(wrong)}: FIELD=COLUMN is expected, such as n_t=people", param_hint="--column")
    return {field: column for field, _, column in pairs}


def save_table(frame: pd.DataFrame, out: Path) -> None:
    """Write a table whole, as CSV or as XLSX without formulas. Raises UnknownName for another ending."""
    from evidence_synthesis.exports.table import workbook
    from evidence_synthesis.storage.files import write_bytes

    check_endings([out])
    told = frame.reset_index() if frame.index.name is not None else frame
    if out.suffix == ".csv":
        content = told.to_csv(index=False, lineterminator="\n").encode()
    else:
        cells = told.astype(object).where(told.notna(), "").astype(str)
        content = workbook({out.stem: ([str(name) for name in cells], cells.values.tolist())})
    write_bytes(out, content)


def check_endings(tables: Iterable[Path | None] = (), pictures: Iterable[Path | None] = ()) -> None:
    """Before anything is computed. Raises UnknownName for the ending of a file that is not written."""
    from evidence_synthesis.errors import one_of

    for table in filter(None, tables):
        one_of("ending of a table's file", table.suffix, (".csv", ".xlsx"))
    for picture in filter(None, pictures):
        one_of("ending of a figure's file", picture.suffix, (".svg", ".pdf", ".png"))


def printed(frame: pd.DataFrame) -> str:
    """A table as it is printed, with four significant digits."""
    return str(frame.to_string(float_format="%.4g"))
