"""Commands that bring reviews in and hand results on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence_synthesis.cli.shared import CONFIG, DPI, RESULTS, refuse, settings_content, settings_in

if TYPE_CHECKING:
    from evidence_synthesis.importers.rows import StudyRow

    Tables = dict[str, tuple[list[str], list[dict[str, str]]]]  # columns and rows by file

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
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
SOURCE = click.option("--source", default="", help="Source id under which results enter the package (with --about).")


def _of_a_review(command: Callable[..., None]) -> Callable[..., None]:
    """The file and the options that every import has."""
    for option in (SOURCE, PACKAGE, ABOUT, OUT, FILE):
        command = option(command)
    return command


@click.group("import")
def import_() -> None:
    """Bring a review in: the Cochrane Library's data rows, a RevMan 5 file, or any table as CSV or XLSX."""


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
    read: Callable[[], list[StudyRow]], file: Path, out: Path | None, about: Path | None, package: Path, source: str
) -> None:
    """Read, infer, pool, report; write tables, a skeleton of what each analysis is about, and files of a package."""
    from evidence_synthesis.importers import review
    from evidence_synthesis.review.package import DataFaults

    try:
        rows = read()
        made = review.bring_in(rows)
        trials = _trial_rows(rows, about, package, source or file.stem) if about else None
    except DataFaults as found:
        refuse(found.faults)
    text = review.report(made, file.name)
    click.echo(text, nl=False)
    if out is not None:
        _write(made, rows, text, out, trials)
    elif trials is not None:
        raise click.UsageError("--about needs --out, the folder for trials and results")


def _trial_rows(rows: Sequence[StudyRow], about: Path, package: Path, source: str) -> Tables:
    """The tables trials and results with their columns, as files of a data package."""
    from evidence_synthesis.importers.trial_rows import check_about, package_rows, slug
    from evidence_synthesis.review.package import table_columns

    try:
        columns = {table: table_columns(package, table) for table in ("trials", "results")}
    except OSError as error:
        raise click.ClickException(f"{package} is no data package ({error.strerror}: {error.filename})") from error
    told = check_about(_read(about), rows, about.name)
    made = package_rows(rows, told, slug(source), columns["results"], about.name)
    files: Tables = {"trials.csv": (columns["trials"], made.trials)}
    for treatment in sorted({row["treatment"] for row in made.results}):
        inside = [row for row in made.results if row["treatment"] == treatment]
        files[f"results/{treatment}.csv"] = (columns["results"], inside)
    return files


def _write(made: Any, rows: Sequence[StudyRow], text: str, out: Path, trials: Tables | None) -> None:
    import yaml

    from evidence_synthesis.importers import review
    from evidence_synthesis.importers.trial_rows import skeleton
    from evidence_synthesis.storage.files import write_table, write_text

    write_table(out / "studies.csv", review.STUDY_COLUMNS, review.study_rows(made))
    write_table(out / "analyses.csv", review.ANALYSIS_COLUMNS, review.analysis_rows(made))
    write_text(out / "report.md", text)
    written = ["studies.csv", "analyses.csv", "report.md"]
    if trials is None:
        write_text(out / "about.yaml", yaml.safe_dump(skeleton(rows), allow_unicode=True, sort_keys=False))
        written.append("about.yaml (fill in and give it with --about to get trials and results)")
    else:
        for name, (columns, lines) in trials.items():
            write_table(out / name, columns, lines)
            written.append(name)
    click.echo(f"Written to {out}: " + ", ".join(written))


@import_.command()
@_of_a_review
def cochrane(file: Path, out: Path | None, about: Path | None, package: Path, source: str) -> None:
    """The data rows that the Cochrane Library offers for download with a review (CSV).

    The measure is the one that reproduces the printed effects, the model the one that reproduces the printed weights.

    Example: evidence-synthesis import cochrane CD000000-data-rows.csv --out imported
    """
    from evidence_synthesis.importers.cochrane import read_cochrane

    _bring(lambda: read_cochrane(file), file, out, about, package, source)


@import_.command()
@_of_a_review
def revman(file: Path, out: Path | None, about: Path | None, package: Path, source: str) -> None:
    """A RevMan 5 review (.rm5).

    Example: evidence-synthesis import revman review.rm5 --out imported
    """
    from evidence_synthesis.importers.revman import read_revman

    _bring(lambda: read_revman(file), file, out, about, package, source)


@import_.command("csv")
@click.option(
    "--map", "mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML file: which column holds what."
)
@click.option("--guess", is_flag=True, help="Use the guessed mapping. Without --map and --guess it is only shown.")
@click.option("--sheet", default=None, help="Sheet of a workbook (the first one otherwise).")
@_of_a_review
def csv_(
    file: Path,
    mapping: Path | None,
    guess: bool,
    sheet: str | None,
    out: Path | None,
    about: Path | None,
    package: Path,
    source: str,
) -> None:
    """A table (CSV or XLSX), one row for each study or for each arm.

    Column names of metafor and meta are guessed; the guess is shown first, to be saved, mended and given with --map.

    Example: evidence-synthesis import csv trials.xlsx --map mapping.yaml --out imported
    """
    import yaml

    from evidence_synthesis.importers import tabular
    from evidence_synthesis.review.package import DataFaults

    try:
        header, lines = tabular.read_any(file, sheet)
        told = _read(mapping) if mapping else None
        chosen = tabular.mapping_of(told, header, mapping.name) if mapping else tabular.guess(header, lines)
    except DataFaults as found:
        refuse(found.faults)
    if mapping is None:
        click.echo(
            "# Guessed from the column names. Save as mapping.yaml, mend, and give it with --map; or take it with --guess."
        )
        for note in chosen.notes:
            click.echo(f"# {note}")
        click.echo(yaml.safe_dump(chosen.as_entry(), allow_unicode=True, sort_keys=False), nl=False)
        if not guess:
            return
    _bring(lambda: tabular.rows_of(lines, chosen, file.name), file, out, about, package, source)


# --- export ----------------------------------------------------------------------------------------------------------

ANALYSES = click.option("--analysis", "names", multiple=True, help="Analysis id; may be given several times. Default: all.")
TO_FILE = click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")


@click.group()
def export() -> None:
    """Hand results on: to RevMan, metafor, FHIR, reference managers, Word and Excel, or as one archive a treatment."""


def _loaded(results: Path, names: Sequence[str]) -> Any:
    from evidence_synthesis.exports.analyses import NoSuchAnalysis, load

    try:
        return load(results, names)
    except (NoSuchAnalysis, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error


@export.command("revman")
@ANALYSES
@RESULTS
@CONFIG
@TO_FILE
def to_revman(names: tuple[str, ...], results: Path, config: Path, out: Path) -> None:
    """Analyses in the columns of the Cochrane Library's data rows (CSV).

    Example: evidence-synthesis export revman --analysis ID --out rows.csv
    """
    from evidence_synthesis.exports import revman as form
    from evidence_synthesis.storage.files import write_table

    write_table(out, form.COLUMNS, form.data_rows(_loaded(results, names), settings_in(config)))
    click.echo(f"{out}")


@export.command("metafor")
@ANALYSES
@RESULTS
@CONFIG
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
def to_metafor(names: tuple[str, ...], results: Path, config: Path, out: Path) -> None:
    """Effects as CSV, and an R script that pools them with metafor and compares with our numbers.

    Example: evidence-synthesis export metafor --analysis ID --out for-r; then Rscript pool.R in that folder
    """
    from evidence_synthesis.exports import metafor as form
    from evidence_synthesis.storage.files import write_table, write_text

    analyses, settings = _loaded(results, names), settings_in(config)
    write_table(out / "effects.csv", form.EFFECT_COLUMNS, form.effects(analyses))
    write_table(out / "pooled.csv", form.POOLED_COLUMNS, form.pooled(analyses))
    write_text(out / "pool.R", form.script(settings.model))
    click.echo(f"{out}: effects.csv, pooled.csv, pool.R")


@export.command("fhir")
@ANALYSES
@RESULTS
@CONFIG
@TO_FILE
def to_fhir(names: tuple[str, ...], results: Path, config: Path, out: Path) -> None:
    """Analyses as FHIR R5 Evidence resources (JSON), one alone or several in a bundle.

    Example: evidence-synthesis export fhir --analysis ID --out evidence.json
    """
    import json

    from evidence_synthesis.exports import fhir as form
    from evidence_synthesis.storage.files import write_text

    settings = settings_in(config)
    made = [form.evidence(analysis, settings) for analysis in _loaded(results, names)]
    content = made[0] if len(made) == 1 else form.bundle(made)
    write_text(out, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    click.echo(f"{out}")


@export.command("sources")
@RESULTS
@TO_FILE
def to_sources(results: Path, out: Path) -> None:
    """The sources for a reference manager: .ris or .bib.

    Example: evidence-synthesis export sources --out sources.ris
    """
    from evidence_synthesis.exports import references
    from evidence_synthesis.storage.files import read_checked, write_text

    forms = {".ris": references.ris, ".bib": references.bibtex}
    if out.suffix not in forms:
        raise click.BadParameter(f"{out}: the file must end in .ris or .bib", param_hint="--out")
    write_text(out, forms[out.suffix](read_checked(results / "checked/sources.csv")))
    click.echo(f"{out}")


@export.command("table")
@click.argument("table")
@RESULTS
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value; may be given several times.")
@click.option("--columns", default="", help="Columns to keep, joined by commas (all otherwise).")
@TO_FILE
def to_table(table: str, results: Path, where: tuple[str, ...], columns: str, out: Path) -> None:
    """A published table as .xlsx or .docx, whole or in part. Word has four digits of each number, Excel all.

    Example: evidence-synthesis export table pooled --where outcome=pain --columns analysis_id,estimate --out pain.docx
    """
    from evidence_synthesis.exports import table as form
    from evidence_synthesis.storage.files import write_bytes

    if out.suffix not in (".xlsx", ".docx"):
        raise click.BadParameter(f"{out}: the file must end in .xlsx or .docx", param_hint="--out")
    header, rows = _selected(results, table, where, columns)
    title = table.replace("_", " ")
    made = form.workbook({title: (header, rows)}) if out.suffix == ".xlsx" else form.document(header, rows, title)
    write_bytes(out, made)
    long = len(rows) > form.LONG and out.suffix == ".docx"
    click.echo(f"{out}: {len(rows)} rows" + ("; Word takes a while to open so many, --where chooses some" if long else ""))


def _selected(results: Path, table: str, where: Sequence[str], columns: str) -> tuple[list[str], list[list[str]]]:
    """Header and cells of a published table, by the rows and columns that were asked for."""
    from evidence_synthesis.storage.files import read_checked

    known = {p.stem for p in (results / "tables").glob("*.csv")}
    if table not in known:
        raise click.ClickException(f"no table {table}; there are {', '.join(sorted(known))}")
    rows = read_checked(results / f"tables/{table}.csv")
    header = list(rows[0]) if rows else []
    conditions = [w.partition("=")[::2] for w in where]
    kept = [c for c in columns.split(",") if c] or header
    unknown = sorted({c for c, _ in conditions if c not in header} | {c for c in kept if c not in header})
    if unknown:
        raise click.ClickException(f"{table} has no {', '.join(unknown)}; its columns are {', '.join(header)}")
    chosen = [r for r in rows if all(r[c] == v for c, v in conditions)]
    if conditions and not chosen:
        raise click.ClickException(f"{table} has no row where {' and '.join(where)}")
    return kept, [[r[c] for c in kept] for r in chosen]


@export.command("archive")
@click.argument("group")
@RESULTS
@CONFIG
@DPI
@TO_FILE
def to_archive(group: str, results: Path, config: Path, dpi: int, out: Path) -> None:
    """Everything about one treatment, family or class in one ZIP: figures for print, tables, summaries of findings, sources.

    Example: evidence-synthesis export archive yoga --out yoga.zip
    """
    from evidence_synthesis.exports.analyses import NoSuchAnalysis
    from evidence_synthesis.exports.archive import contents, open_store, pack, printed, published_figures
    from evidence_synthesis.storage.files import write_bytes

    entry = settings_content(config)
    try:
        store = open_store(results, str(entry["title"]))
        parts = contents(store, group, printed(published_figures(results, entry).get(group, {}), dpi))
    except (NoSuchAnalysis, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    write_bytes(out, pack(parts, store.tables.get(group, {})))
    click.echo(f"{out}")
