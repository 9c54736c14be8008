"""Commands that bring reviews in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from evidence_synthesis.cli.shared import refuse

if TYPE_CHECKING:
    from evidence_synthesis.importers.review import Imported
    from evidence_synthesis.importers.rows import StudyRow

    Tables = dict[str, tuple[list[str], list[dict[str, str]]]]  # columns and rows by file

_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE = click.argument("file", type=_A_FILE)
OUT = click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to; without it only the report is shown."
)
ABOUT = click.option(
    "--about",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML file that says what each analysis is about; adds files of a data package. A skeleton is written to --out.",
)
PACKAGE = click.option(
    "--package",
    default="data",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Data package whose columns trials and results take.",
)
INTO = click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Data package of a review to which the studies are added; what its review.yaml does not say of them, --about does.",
)
SOURCE = click.option("--source", default="", help="Source id under which results enter the package (with --about).")
JUDGEMENTS = click.option(
    "--risk-of-bias", "judgements", type=_A_FILE, help="Table of judgements as robvis takes it (Study, D1 ... Overall)."
)
TOOL = click.option(
    "--tool", default="", help="The tool of these judgements where it is none of RoB 2, RoB 1, ROBINS-I, Newcastle-Ottawa, PEDro."
)
MAPPING = "mapping.yaml"


def _of_a_review(command: Callable[..., None]) -> Callable[..., None]:
    """The file and the options that every import has."""
    for option in (TOOL, JUDGEMENTS, SOURCE, PACKAGE, INTO, ABOUT, OUT, FILE):
        command = option(command)
    return command


@click.group("import")
def import_() -> None:
    """Bring a review in: the Cochrane Library's data rows, a RevMan 5 file, or any table (CSV, XLSX, ODS, JSON)."""


def _read(path: Path) -> Any:
    """What a YAML file holds, its numbers as YAML reads them; ends the command with every fault of its text."""
    import yaml

    from evidence_synthesis.review.yaml_file import read_document

    try:
        _, faults = read_document(path, path.name)
        if faults:
            refuse(faults)
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror} (run this in a review's folder, or name another file)") from error


def _bring(
    read: Callable[[], list[StudyRow]],
    file: Path,
    out: Path | None,
    about: Path | None,
    package: Path,
    source: str,
    judgements: Path | None,
    tool: str = "",
    into: Path | None = None,
    notes: list[str] | None = None,
) -> None:
    """Read, infer, pool, report; write tables, a skeleton of what each analysis is about, and files of a package."""
    from evidence_synthesis.importers import review
    from evidence_synthesis.importers.identity import told_apart
    from evidence_synthesis.review.package import DataFaults

    said = notes if notes is not None else []
    try:
        rows = read()
        if judgements is not None:
            from evidence_synthesis.importers.risk_of_bias import joined
            from evidence_synthesis.importers.tabular import read_judgements

            rows, unmatched = joined(rows, read_judgements(judgements, tool))
            said += unmatched
        made = review.bring_in(rows)
        said += told_apart(r.study for r in review.for_package(made))
        trials = _trial_rows(made, about, package, source or file.stem) if about and into is None else None
    except DataFaults as found:
        refuse(found.faults)
    text = review.report(made, file.name, said)
    click.echo(text, nl=False)
    if into is not None:
        from evidence_synthesis.cli.into import enter

        where = about.name if about else "review.yaml"
        enter(review.for_package(made), file, into, _read(about) if about else None, where, source)
    if out is not None:
        _write(made, rows, text, out, trials)
    elif trials is not None:
        raise click.UsageError("--about needs --out, the folder for trials and results")


def _trial_rows(made: Imported, about: Path, package: Path, source: str) -> Tables:
    """The tables trials, results and judgements with their columns, as files of a data package."""
    from evidence_synthesis.importers.identity import slug
    from evidence_synthesis.importers.review import for_package
    from evidence_synthesis.importers.trial_rows import check_about, package_rows
    from evidence_synthesis.review.package import table_columns
    from evidence_synthesis.review.schema import SUBGROUP

    try:
        columns = {table: table_columns(package, table) for table in ("trials", "results")}
    except OSError as error:
        raise click.ClickException(f"{package} is no data package ({error.strerror}: {error.filename})") from error
    told = check_about(_read(about), [r for rows in made.rows.values() for r in rows], about.name)
    if SUBGROUP not in columns["results"] and any(row.subgroup for row in for_package(made)):
        columns["results"].append(SUBGROUP)
    parted = package_rows(for_package(made), told, slug(source), columns["results"], about.name)
    files: Tables = {"trials.csv": (columns["trials"], parted.trials)}
    for treatment in sorted({row["treatment"] for row in parted.results}):
        inside = [row for row in parted.results if row["treatment"] == treatment]
        files[f"results/{treatment}.csv"] = (columns["results"], inside)
    if parted.judgements:
        files["risk_of_bias.csv"] = (table_columns(package, "risk_of_bias"), parted.judgements)
    return files


def _write(made: Imported, rows: Sequence[StudyRow], text: str, out: Path, trials: Tables | None) -> None:
    import yaml

    from evidence_synthesis.importers import review
    from evidence_synthesis.importers.trial_rows import skeleton
    from evidence_synthesis.storage.files import write_table, write_text

    write_table(out / "studies.csv", review.STUDY_COLUMNS, review.study_rows(made))
    write_table(out / "analyses.csv", review.ANALYSIS_COLUMNS, review.analysis_rows(made))
    written = ["studies.csv", "analyses.csv"]
    if subgroups := list(review.subgroup_rows(made)):
        write_table(out / "subgroups.csv", review.SUBGROUP_COLUMNS, subgroups)
        written.append("subgroups.csv")
    write_text(out / "report.md", text)
    written.append("report.md")
    if trials is None:
        write_text(out / "about.yaml", yaml.safe_dump(skeleton(rows), allow_unicode=True, sort_keys=False))
        written.append("about.yaml (fill in and give it with --about to get trials and results)")
    else:
        for name, (columns, lines) in trials.items():
            write_table(out / name, columns, lines)
            written.append(name)
    click.echo(f"Written to {out}: " + ", ".join(written))


@import_.command()
@click.option("--settings", type=_A_FILE, help="The download's table of overall estimates and settings: measures and models.")
@_of_a_review
def cochrane(file: Path, settings: Path | None, **options: Any) -> None:
    """The data rows that the Cochrane Library offers for download with a review (CSV).

    The measure is the one that reproduces the printed effects, the model the one that reproduces the printed weights.

    Example: evidence-synthesis import cochrane CD000000-data-rows.csv --out imported
    """
    from evidence_synthesis.importers.cochrane import read_cochrane

    _bring(lambda: read_cochrane(file, settings), file, **options)


@import_.command()
@_of_a_review
def revman(file: Path, **options: Any) -> None:
    """A RevMan 5 review (.rm5), with its risk of bias.

    Example: evidence-synthesis import revman review.rm5 --out imported
    """
    from evidence_synthesis.importers.revman import read_revman

    _bring(lambda: read_revman(file), file, **options)


@import_.command("csv")
@click.option("--map", "mapping", type=_A_FILE, help="YAML file: which column holds what.")
@click.option("--guess", is_flag=True, help="Use the guessed mapping. Without --map and --guess it is only shown.")
@click.option("--sheet", default=None, help="Sheet of a workbook (otherwise the one that fits).")
@click.option("--header-row", type=click.IntRange(1), default=None, help="Row of the header (otherwise the one that fits).")
@click.option("--reference", default="", help="The arm or treatment that is the comparator.")
@click.option("--outcome", default="", help="The outcome (or point of time) to read where a table has several.")
@click.option("--encoding", default="", help="Of a CSV file that is not UTF-8 (cp1250, shift_jis ...), where the guess is wrong.")
@_of_a_review
def csv_(
    file: Path,
    mapping: Path | None,
    guess: bool,
    sheet: str | None,
    header_row: int | None,
    reference: str,
    outcome: str,
    encoding: str,
    **options: Any,
) -> None:
    """A table (CSV, XLSX, ODS or JSON): one row for each study, arm, or pair of treatments; also RevMan 5's own export.

    What each column holds is guessed from its name; the guess is shown first, to be saved, mended and given with --map. Where
    nothing fits, a mapping to be mended is written to --out, or shown.

    Example: evidence-synthesis import csv trials.xlsx --map mapping.yaml --out imported
    """
    from evidence_synthesis.cli.into import own_columns
    from evidence_synthesis.importers import tabular
    from evidence_synthesis.importers.cochrane import is_cochrane, is_revman_export, read_cochrane, read_revman_export
    from evidence_synthesis.importers.facts import own_columns_in, with_own
    from evidence_synthesis.importers.guess import NothingFits
    from evidence_synthesis.importers.other_tools import other_tool
    from evidence_synthesis.importers.risk_of_bias import from_table, is_table, joined, judged_columns
    from evidence_synthesis.importers.shapes import rows_of
    from evidence_synthesis.review.package import DataFaults

    told = _read(mapping) if mapping else None
    try:
        table = tabular.read_table(file, sheet, header_row, told, encoding)
        if mapping is None and is_revman_export(table.header):
            _bring(lambda: read_revman_export(table.header, table.rows, file.name), file, **options)
            return
        if mapping is None and is_cochrane(table.header):
            _bring(lambda: read_cochrane(file), file, **options)
            return
        judged = mapping is None and is_table(table.header)
        if judged and not tabular.holds_results(table.header):
            raise click.UsageError(
                f"{file.name} holds judgements, no results: give it with --risk-of-bias beside the table of results"
            )
        chosen = tabular.mapped(table, told, mapping.name if mapping else "", reference, outcome)
    except NothingFits as found:
        if mapping is None and (looks := other_tool(table.header)):
            raise click.UsageError(
                f"{file.name} looks like {looks}: give it with --risk-of-bias and --tool NAME beside the table of results"
            ) from found
        _mend(table.header, table.notes, found, options["out"])
    except DataFaults as found:
        refuse(found.faults)
    notes = [*table.notes, *chosen.notes]
    rated = judged_columns(table.header) if judged else {}
    own = own_columns(options["into"])
    if named := own_columns_in(table.header, own):
        notes.append("columns of the review's own: " + ", ".join(f"{name} from {column!r}" for name, column in named.items()))
    if unused := [h for h in chosen.unused if h not in rated and h not in named.values()]:
        notes.append("columns that are not used: " + ", ".join(unused))
    if mapping is None:
        _show(chosen, notes)
        if not guess:
            return

    def read() -> list[StudyRow]:
        rows = rows_of(table.rows, chosen, file.name, notes, table.decimal_comma)
        rows = with_own(rows, table.rows, named, own, table.decimal_comma)
        return joined(rows, from_table(table.header, table.rows, file.name))[0] if judged else rows

    _bring(read, file, **options, notes=notes)


def _show(chosen: Any, notes: Sequence[str]) -> None:
    """A guessed mapping, with what was assumed."""
    import yaml

    click.echo("# Guessed from the column names. Save as mapping.yaml, mend, and give it with --map; or take it with --guess.")
    for note in notes:
        click.echo("# " + note.replace("\n", " "))
    click.echo(yaml.safe_dump(chosen.as_entry(), allow_unicode=True, sort_keys=False), nl=False)


def _mend(header: Sequence[str], notes: Sequence[str], found: Any, out: Path | None) -> NoReturn:
    """Where no guess fits: the faults, and a mapping to be mended, in ``--out`` or shown."""
    from evidence_synthesis.importers.mapping import skeleton
    from evidence_synthesis.storage.files import write_text

    told = [*map(str, found.faults), *notes]
    text = skeleton(header, found.best, told)
    click.echo("\n".join(told), err=True)
    path = out / MAPPING if out is not None else None
    if path is None or path.exists():
        click.echo(text, nl=False)
        there = f" ({path} is there already)" if path else ""
        click.echo(f"Nothing was written{there}. Save the mapping above, mend it, and give it with --map.", err=True)
    else:
        write_text(path, text)
        click.echo(f"{path} is written: mend it and give it with --map.", err=True)
    raise SystemExit(1)
