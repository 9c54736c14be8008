"""Pooling a table of studies, for people without Python: the front door on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence_synthesis.cli.shared import LAYOUT, NO_TITLE, WIDTH, inches, refuse

if TYPE_CHECKING:
    import pandas as pd

    from evidence_synthesis.front.analysis import MetaAnalysis

_PICTURE = click.Path(dir_okay=False, path_type=Path)


def _table(file: Path, sheet: str | None) -> pd.DataFrame:
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


def _columns(told: tuple[str, ...]) -> dict[str, str]:
    pairs = [t.partition("=") for t in told]
    wrong = [field + sign + column for field, sign, column in pairs if not (sign and column)]
    if wrong:
        raise click.BadParameter(f"{', '.join(wrong)}: FIELD=COLUMN is expected, such as n_t=people", param_hint="--column")
    return {field: column for field, _, column in pairs}


def _save_table(frame: pd.DataFrame, out: Path) -> None:
    from evidence_synthesis.errors import one_of

    ending = one_of("ending of a table's file", out.suffix, (".csv", ".xlsx"))
    out.parent.mkdir(parents=True, exist_ok=True)
    index = frame.index.name is not None
    if ending == ".csv":
        frame.to_csv(out, index=index, lineterminator="\n")
    else:
        frame.to_excel(out, index=index)


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
    if asked["methods"]:
        parts.append(ma.methods_text())
    return parts


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--measure", default=None, help="MD SMD SMDH ROM RR OR RD AS PETO IRR IRD HR MC SMCC SMCR PPC COR ZCOR PR PLO PFT ..."
)
@click.option(
    "--estimator",
    default="REML",
    show_default=True,
    help="REML ML DL PM EB HE HS SJ, or FE or MH (Mantel-Haenszel) for the fixed effect.",
)
@click.option("--interval", default="hksj_floor", show_default=True, help="hksj_floor, hksj or wald.")
@click.option("--level", default=95.0, show_default=True, help="Level of confidence in per cent.")
@click.option(
    "--column", "told", multiple=True, metavar="FIELD=COLUMN", help="Which column holds what; may be given several times."
)
@click.option("--sheet", default=None, help="Sheet of a workbook (the first one otherwise).")
@click.option("--by", default=None, metavar="COLUMN", help="Pool each analysis that this column names; prints a table.")
@click.option("--subgroups", default=None, metavar="COLUMN", help="Pool each subgroup, too, and test whether they differ.")
@click.option("--regress", default=None, metavar="FORMULA", help='Meta-regression, such as "~ year + C(setting)".')
@click.option("--small-study", is_flag=True, help="Small-study effects (from ten studies on).")
@click.option("--methods", is_flag=True, help="A paragraph of methods, to be pasted.")
@click.option("--forest", type=_PICTURE, help="Forest plot to write: .svg, .pdf or .png.")
@LAYOUT
@WIDTH
@NO_TITLE
@click.option("--funnel", type=_PICTURE, help="Funnel plot to write: .svg, .pdf or .png.")
@click.option(
    "--out", type=_PICTURE, help="Table to write, .csv or .xlsx: each study with effect and weight; with --by each analysis."
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
    """Pool a table of studies (CSV or XLSX), one row for each study.

    Columns are known by their names: those of this project, of metafor and of meta. What they hold, and what is taken when
    no measure is stated, is as in the function meta_analysis of the library.

    Example: evidence-synthesis pool studies.csv --measure SMD --forest forest.svg
    """
    from evidence_synthesis.errors import EvidenceError, one_of
    from evidence_synthesis.front.analysis import meta_analysis
    from evidence_synthesis.front.many import pool_many

    columns: dict[str, Any] = {"measure": measure, "estimator": estimator, "interval": interval, "level": level, **_columns(told)}
    wide = inches(width)
    if not forest and (layout != "house" or width or untitled):
        raise click.UsageError("--layout, --width and --no-title are for --forest")
    table = _table(file, sheet)
    try:
        if by:
            if forest or funnel or any(asked.values()):
                raise click.UsageError("--by pools many analyses into a table; plots and further questions are for one")
            many = pool_many(table, by=by, **columns)
            click.echo(many.to_string(float_format="%.4g"))
            if out:
                _save_table(many, out)
            return
        for picture in filter(None, (forest, funnel)):
            one_of("ending of a figure's file", picture.suffix, (".svg", ".pdf", ".png"))
        ma = meta_analysis(table, **columns)
        parts = _told(ma, asked)
        for path in filter(None, (forest, funnel)):
            path.parent.mkdir(parents=True, exist_ok=True)
        if forest:
            ma.forest(forest, "" if untitled else None, layout=layout, width=wide)
        if funnel:
            ma.funnel(funnel)
        if out:
            _save_table(ma.studies, out)
    except EvidenceError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo("\n\n".join(parts))
    for path in filter(None, (forest, funnel, out)):
        click.echo(f"Written: {path}")
