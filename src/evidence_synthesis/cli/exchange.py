"""Commands that hand results on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from evidence_synthesis.cli.shared import CONFIG, DPI, RESULTS, settings_content, settings_in

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
    from evidence_synthesis.exports.archive import contents, open_store, pack, printed, published_figures, written_documents
    from evidence_synthesis.storage.files import write_bytes

    entry = settings_content(config)
    try:
        store = open_store(results, str(entry["title"]))
        figures = printed(published_figures(results, entry).get(group, {}), dpi)
        parts = contents(store, group, figures, written_documents(results, group, entry))
    except (NoSuchAnalysis, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    write_bytes(out, pack(parts, store.tables.get(group, {})))
    click.echo(f"{out}")


@export.command("sof")
@click.argument("group")
@RESULTS
@CONFIG
@click.option(
    "--form", type=click.Choice(["summary", "portrait", "profile"]), default="summary", help="For Word: which document."
)
@TO_FILE
def to_sof(group: str, results: Path, config: Path, form: str, out: Path) -> None:
    """The summary of findings of a treatment, family or class as .docx, .html, .tex or .xlsx, with the version of the evidence.

    Example: evidence-synthesis export sof yoga --out yoga.docx
    """
    from evidence_synthesis.exports import sof_documents
    from evidence_synthesis.exports.findings import findings_in
    from evidence_synthesis.storage.files import write_bytes
    from evidence_synthesis.wording import model_words

    if out.suffix not in (".docx", ".html", ".tex", ".xlsx"):
        raise click.BadParameter(f"{out}: the file must end in .docx, .html, .tex or .xlsx", param_hint="--out")
    if form != "summary" and out.suffix != ".docx":
        raise click.UsageError("--form chooses between Word documents: the file must end in .docx.")
    try:
        groups = findings_in(results, settings_content(config))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    if group not in groups:
        raise click.ClickException(f"no summary of findings of {group}; there are {', '.join(groups)}")
    names = {"summary": sof_documents.SUMMARY, "portrait": sof_documents.PORTRAIT, "profile": sof_documents.PROFILE}
    if out.suffix == ".xlsx":
        made = sof_documents.excel({group: groups[group]})
    else:
        made = sof_documents.documents(groups[group], model_words(settings_in(config).model))[names[form] + out.suffix]
    write_bytes(out, made)
    click.echo(f"{out}")
