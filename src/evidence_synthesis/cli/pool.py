"""Pooling a table of studies, for people without Python: the front door on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence_synthesis.cli.shared import LAYOUT, NO_TITLE, WIDTH, inches
from evidence_synthesis.cli.tables import (
    COLUMN,
    FILE,
    MEASURE,
    SHEET,
    WRITTEN,
    as_imported,
    check_endings,
    columns_told,
    printed,
    read_table,
    save_table,
)

if TYPE_CHECKING:
    import pandas as pd

    from evidence_synthesis.front.analysis import MetaAnalysis


def _read(file: Path, sheet: str | None, columns: dict[str, Any], by_import: bool) -> pd.DataFrame:
    """The table of a file; where its names tell no effect, as an import reads it, which sets the measure where none is asked."""
    from evidence_synthesis.errors import EvidenceError
    from evidence_synthesis.front.sizes import NoKnownColumns, effect_sizes
    from evidence_synthesis.review.package import DataFaults

    table = read_table(file, sheet)
    if not by_import:
        return table
    try:
        if effect_sizes(table, measure=columns["measure"])["yi"].notna().any():
            return table
    except NoKnownColumns:
        pass
    except EvidenceError:
        return table
    try:
        found, measure = as_imported(file, sheet)
    except DataFaults:
        return table
    columns["measure"] = columns["measure"] or measure or None
    return found


def _told(ma: MetaAnalysis, asked: dict[str, Any]) -> list[str]:
    """What is printed: the result, its studies, who was left out, and what else was asked."""
    parts = [ma.summary()]
    if len(ma.excluded):
        rows = [f"  line {line}, {row['study']}: {row['reason']}" for line, row in ma.excluded.iterrows()]
        parts.append("\n".join(["Left out:", *rows]))
    if asked["subgroups"]:
        parts.append(str(ma.subgroups(asked["subgroups"])))
    if asked["regress"]:
        parts.append(str(ma.regress(asked["regress"])))
    if asked["small_study"]:
        parts.append(str(ma.small_study()))
    if asked["leave_one_out"]:
        parts.append(printed(ma.leave_one_out()))
    if asked["influence"]:
        parts.append(printed(ma.influence()))
    if asked["cumulative"]:
        parts.append(printed(ma.cumulative(asked["cumulative"])))
    if asked["predict"]:
        parts.append(printed(ma.predict(asked["predict"])))
    if asked["bayes"]:
        parts.append(str(ma.bayes(scale=asked["prior_scale"], thresholds=asked["predict"] or None)))
    if asked["methods"]:
        parts.append(ma.methods_text())
    return parts


def _pool_many(table: pd.DataFrame, by: str, columns: dict[str, Any], out: Path | None) -> None:
    """Each analysis that a column names, printed and written as a table."""
    from evidence_synthesis.front.many import pool_many

    many = pool_many(table, by=by, **columns)
    click.echo(printed(many))
    if out:
        save_table(many, out)


@click.command()
@FILE
@MEASURE
@click.option(
    "--estimator",
    default="REML",
    show_default=True,
    help="REML ML DL PM EB HE HS SJ, or FE or MH (Mantel-Haenszel) for the fixed effect.",
)
@click.option("--interval", default="hksj_floor", show_default=True, help="hksj_floor, hksj or wald.")
@click.option("--level", default=95.0, show_default=True, help="Level of confidence in per cent.")
@COLUMN
@SHEET
@click.option("--by", default=None, metavar="COLUMN", help="Pool each analysis that this column names; prints a table.")
@click.option("--subgroups", default=None, metavar="COLUMN", help="Pool each subgroup, too, and test whether they differ.")
@click.option("--regress", default=None, metavar="FORMULA", help='Meta-regression, such as "~ year + C(setting)".')
@click.option("--small-study", is_flag=True, help="Small-study effects (from ten studies on).")
@click.option("--leave-one-out", is_flag=True, help="The result without each study in turn.")
@click.option("--influence", is_flag=True, help="Influence diagnostics of each study.")
@click.option("--cumulative", default=None, metavar="COLUMN", help="The result as studies are added in the order of a column.")
@click.option("--predict", multiple=True, type=float, metavar="EFFECT", help="How much lies below an effect, in a new setting.")
@click.option("--bayes", is_flag=True, help="Posterior of the effect and of tau (half-normal prior of tau).")
@click.option(
    "--prior-scale", default=None, type=float, help="Scale of the prior of tau; 0.5 for ratios and standardised effects."
)
@click.option("--gosh", type=WRITTEN, help="Table of all subsets of the studies to write, .csv or .xlsx.")
@click.option("--methods", is_flag=True, help="A paragraph of methods, to be pasted.")
@click.option("--forest", type=WRITTEN, help="Forest plot to write: .svg, .pdf or .png.")
@LAYOUT
@WIDTH
@NO_TITLE
@click.option("--funnel", type=WRITTEN, help="Funnel plot to write: .svg, .pdf or .png.")
@click.option(
    "--out", type=WRITTEN, help="Table to write, .csv or .xlsx: each study with effect and weight; with --by each analysis."
)
def pool(
    file: Path,
    measure: str | None,
    estimator: str,
    interval: str,
    level: float,
    told: tuple[str, ...],
    sheet: str | None,
    by: str | None,
    forest: Path | None,
    layout: str,
    width: str | None,
    untitled: bool,
    funnel: Path | None,
    out: Path | None,
    **asked: Any,
) -> None:
    """Pool a table of studies (CSV, XLSX, ODS or JSON), one row for each study.

    Columns are known by their names: those of this project, of metafor and of meta. What they hold, and what is taken when
    no measure is stated, is as in the function meta_analysis of the library.

    Example: evidence-synthesis pool studies.csv --measure SMD --forest forest.svg
    """
    from evidence_synthesis.errors import EvidenceError
    from evidence_synthesis.front.analysis import meta_analysis

    columns: dict[str, Any] = {
        "measure": measure,
        "estimator": estimator,
        "interval": interval,
        "level": level,
        **columns_told(told),
    }
    wide = inches(width)
    if not forest and (layout != "house" or width or untitled):
        raise click.UsageError("--layout, --width and --no-title are for --forest")
    gosh = asked["gosh"]
    try:
        check_endings((out, gosh), (forest, funnel))
        table = _read(file, sheet, columns, not told)
        if by:
            if forest or funnel or any(asked.values()):
                raise click.UsageError("--by pools many analyses into a table; plots and further questions are for one")
            _pool_many(table, by, columns, out)
            return
        ma = meta_analysis(table, **columns)
        parts = _told(ma, asked)
        for path in filter(None, (forest, funnel)):
            path.parent.mkdir(parents=True, exist_ok=True)
        if forest:
            ma.forest(forest, "" if untitled else None, layout=layout, width=wide)
        if funnel:
            ma.funnel(funnel)
        if out:
            save_table(ma.studies, out)
        if gosh:
            save_table(ma.gosh(), gosh)
    except EvidenceError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo("\n\n".join(parts))
    for path in filter(None, (forest, funnel, out, gosh)):
        click.echo(f"Written: {path}")
