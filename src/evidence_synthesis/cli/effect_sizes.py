"""The effect of each study of a table, for people without Python."""

from __future__ import annotations

from pathlib import Path

import click

from evidence_synthesis.cli.tables import COLUMN, FILE, MEASURE, SHEET, WRITTEN, columns_told, printed, read_table, save_table


@click.command("effect-sizes")
@FILE
@MEASURE
@COLUMN
@SHEET
@click.option("--out", type=WRITTEN, help="Table to write, .csv or .xlsx: all columns of the file, and yi, vi, steps, reason.")
def effect_sizes(file: Path, measure: str | None, told: tuple[str, ...], sheet: str | None, out: Path | None) -> None:
    """Give each study of a table (CSV, XLSX, ODS or JSON) its effect and sampling variance, as metafor's escalc.

    Columns are known by their names, and rows taken by what they have, as in the command pool. Ratios are logarithms.

    Example: evidence-synthesis effect-sizes studies.csv --measure SMD --out effects.csv
    """
    from evidence_synthesis.errors import EvidenceError
    from evidence_synthesis.front.sizes import effect_sizes as library

    try:
        found = library(read_table(file, sheet), measure=measure, **columns_told(told))
        if out:
            save_table(found, out)
    except EvidenceError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo(printed(found[[name for name in found.columns if name == "study"] + ["yi", "vi", "steps", "reason"]]))
    if out:
        click.echo(f"Written: {out}")
