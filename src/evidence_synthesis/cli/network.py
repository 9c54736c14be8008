"""A network meta-analysis of a table, for people without Python."""

from __future__ import annotations

from pathlib import Path

import click

from evidence_synthesis.cli.tables import FILE, SHEET, WRITTEN, check_endings, printed, read_table, save_table


@click.command()
@FILE
@click.option("--measure", required=True, help="Of arms MD SMD OR RR RD; of contrasts any.")
@click.option("--study", default=None, help="Column of the studies, where its name does not tell.")
@click.option("--treatment", default=None, help="Column of the treatments, likewise.")
@click.option("--comparator", default=None, help="Column of the comparators, where rows are contrasts, likewise.")
@click.option("--large-is-good", is_flag=True, help="Rank the treatments by large effects (by small ones otherwise).")
@click.option("--reference", default=None, metavar="TREATMENT", help="Print every other treatment against this one.")
@click.option("--splits", is_flag=True, help="Direct against indirect evidence of each compared pair.")
@click.option("--level", default=95.0, show_default=True, help="Level of confidence in per cent.")
@SHEET
@click.option("--methods", is_flag=True, help="A paragraph of methods, to be pasted.")
@click.option("--forest", type=WRITTEN, help="Every treatment against the reference, as a figure: .svg, .pdf or .png.")
@click.option("--out", type=WRITTEN, help="League table to write, .csv or .xlsx: each treatment against each other one.")
def network(
    file: Path,
    measure: str,
    study: str | None,
    treatment: str | None,
    comparator: str | None,
    large_is_good: bool,
    reference: str | None,
    splits: bool,
    level: float,
    sheet: str | None,
    methods: bool,
    forest: Path | None,
    out: Path | None,
) -> None:
    """Compare treatments of a table (CSV, XLSX, ODS or JSON) at once: a row for each arm, or for each contrast with yi and vi.

    Example: evidence-synthesis network arms.csv --measure SMD --reference "usual care" --out league.csv
    """
    from evidence_synthesis.errors import EvidenceError
    from evidence_synthesis.front.network import network as library

    names = {"study": study, "treatment": treatment, "comparator": comparator}
    try:
        check_endings((out,), (forest,))
        found = library(read_table(file, sheet), measure=measure, small_is_good=not large_is_good, level=level, **names)
        parts = [repr(found)]
        if reference:
            parts.append(printed(found.against(reference)))
        if splits:
            parts.append(printed(found.splits))
        if methods:
            parts.append(found.methods_text())
        if out:
            save_table(found.league(), out)
        if forest:
            forest.parent.mkdir(parents=True, exist_ok=True)
            found.forest(forest, reference=reference)
    except EvidenceError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo("\n\n".join(parts))
    for path in filter(None, (forest, out)):
        click.echo(f"Written: {path}")
