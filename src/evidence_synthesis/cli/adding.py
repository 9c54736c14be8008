"""Commands to enter trials: a workbook out, a filled one in."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import click

from evidence_synthesis.cli.into import checker
from evidence_synthesis.cli.shared import refuse
from evidence_synthesis.errors import UnknownName

DATA = click.option(
    "--data",
    default="data",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Data package of the review.",
)
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings of the review.  [default: config/config.yaml beside DATA]"
)


@click.command()
@DATA
@click.option("--xlsx", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Workbook to write.")
@click.option(
    "--numbers",
    multiple=True,
    type=click.Choice(["arm_means", "arm_medians", "arm_events", "contrast"]),
    help="Kind of numbers to enter; may be given several times. Default: those that the review has.",
)
@click.option("--column", "more", multiple=True, help="A further column; may be given several times.")
@click.option("--trial", "trials", multiple=True, help="A trial to be mended, whose rows stand in it; several may be given.")
@click.option("--filled", is_flag=True, help="All rows of the review, in all columns.")
def template(
    data: Path, xlsx: Path, numbers: tuple[str, ...], more: tuple[str, ...], trials: tuple[str, ...], filled: bool
) -> None:
    """Write a workbook in which trials are entered: the needed columns, drop-downs and help from the schemas of the review.

    Sheets: trials, results, risk of bias, sources. Fill it in, then: evidence-synthesis add FILE.

    Example: evidence-synthesis template --xlsx new-trials.xlsx
    """
    from evidence_synthesis.entry.filled import rows_of_review
    from evidence_synthesis.entry.forms import forms
    from evidence_synthesis.entry.workbook import workbook
    from evidence_synthesis.storage.files import write_bytes

    if xlsx.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{xlsx}: the file must end in .xlsx", param_hint="--xlsx")
    try:
        rows = rows_of_review(data, trials) if filled or trials else {}
        sheets = forms(data, numbers, more, everything=bool(rows))
    except UnknownName as error:
        raise click.ClickException(str(error)) from error
    write_bytes(xlsx, workbook(sheets, rows))
    told = ", ".join(
        f"{s.title} ({len(rows[s.table])} rows)" if rows else f"{s.title} ({len(s.columns)} columns)" for s in sheets
    )
    click.echo(f"{xlsx}: {told}. Fill it in, then: evidence-synthesis add {xlsx}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATA
@CONFIG
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--update", is_flag=True, help="Let rows that are there already be changed, too.")
def add(file: Path, data: Path, config: Path | None, dry_run: bool, update: bool) -> None:
    """Add the trials of a filled workbook (see template): it is checked, then the rows are written, all or none.

    Ids and reference numbers are given, and what follows from other cells (the scale from the instrument) is filled in and
    said. What the review has already is passed over. Doubts about the new rows come first.

    Example: evidence-synthesis add new-trials.xlsx
    """
    from evidence_synthesis.entry.adding import planned, write
    from evidence_synthesis.review.package import DataFaults
    from evidence_synthesis.review.settings import directions_of

    check, settings = checker(data, config)
    try:
        plan, tables = planned(data, file, check, update, directions_of(settings))
    except DataFaults as found:
        refuse(found.faults, data)
    _tell_doubts(tables, plan, settings)
    for line in plan.told:
        click.echo(line)
    if plan.same:
        click.echo(f"{plan.same} {'line is' if plan.same == 1 else 'lines are'} in the review already.")
    if not plan.texts:
        click.echo(f"{file.name}: nothing to add; {data} is as it was.")
    elif dry_run:
        click.echo(f"{file.name}: nothing was written; without --dry-run these files of {data} change: {', '.join(plan.texts)}.")
    else:
        write(data, plan.texts)
        click.echo(f"{file.name}: added to {data} ({', '.join(plan.texts)}). Now: evidence-synthesis run")


def _tell_doubts(tables: Any, plan: Any, settings: dict[str, Any]) -> None:
    """What is doubtful about the new rows, and which of them no analysis is going to use, before anything else."""
    from evidence_synthesis.compare.news import audited, doubts_about, not_used
    from evidence_synthesis.review.doubts import doubtful_years, likely_twins

    told = doubts_about(audited(tables), plan.rows)
    new = {row["trial_id"] for row in tables["trials"] if row["row_id"] in set(plan.rows)} | set(plan.trials)
    told += [f"{a} and {b} may be one trial (the same {why})" for a, b, why in likely_twins(tables["trials"]) if {a, b} & new]
    lines = csv.DictReader(io.StringIO(plan.texts.get("trials.csv", "")))
    told += doubtful_years((t for t in lines if t["trial_id"] in set(plan.trials)), datetime.date.today().year)
    for line in told:
        click.echo(f"doubtful: {line}")
    for line in not_used(tables, settings, plan.rows) if plan.rows else ():
        click.echo(f"not used: {line}")
