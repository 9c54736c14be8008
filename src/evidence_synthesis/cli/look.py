"""Commands that look at a review: check its data, draw one figure, tell what changed between two states of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evidence_synthesis.cli.shared import CONFIG, DPI, RESULTS, examined, refuse, settings_content, settings_in

if TYPE_CHECKING:
    from evidence_synthesis.compare.changes import Changes
    from evidence_synthesis.plots.publish import Picture

CHARTS = ("funnel", "baujat", "leave-one-out", "cumulative", "gosh", "bubble", "labbe")
NETWORK_CHARTS = ("network", "league")
LAYOUTS = ("house", "revman", "bmj", "jama")


@click.command()
@click.argument("data", default="data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--config", type=click.Path(path_type=Path), help="Settings of the review.  [default: config/config.yaml beside DATA]"
)
def check(data: Path, config: Path | None) -> None:
    """Check a data package, claims among it, and the settings; every fault is listed and the exit code is 1.

    Example: evidence-synthesis check my-review/data
    """
    from evidence_synthesis.review.check_claims import check_review
    from evidence_synthesis.review.check_settings import named_data
    from evidence_synthesis.review.package import DataFaults
    from evidence_synthesis.review.settings import names_of

    document = examined(config or data.resolve().parent / "config/config.yaml", data)
    try:
        tables, _ = check_review(data, names_of(document.content), named_data(document))
    except DataFaults as found:
        refuse(found.faults)
    click.echo(f"{data}: {len(tables['trials'])} results, no fault.")


@click.command()
@click.argument("old")
@click.argument("new", default="")
@RESULTS
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (.md, .html or .csv) instead of the screen."
)
@click.option("--fail-on-change", is_flag=True, help="Exit code 2 when anything differs.")
@click.option("--statements", "only", is_flag=True, help="Only the statements whose verdict moved, as Markdown.")
@CONFIG
def diff(old: str, new: str, results: Path, out: Path | None, fail_on_change: bool, only: bool, config: Path) -> None:
    """Tell what changed between two states of the results: statements, rows, moved analyses and the trials that moved them.

    A state is a results folder or a git revision; without NEW it is the results folder as it is now. Each change is also
    judged alone (verdict and certainty) by the settings, where there are any.

    Example: evidence-synthesis diff HEAD~1 HEAD; evidence-synthesis diff before/results results --out changes.html
    """
    from evidence_synthesis.compare.changes import compare
    from evidence_synthesis.compare.states import NoState, from_folder, state_of

    settings = settings_content(config) if config.exists() else None
    try:
        changes = compare(state_of(old, results), state_of(new, results) if new else from_folder(results), settings)
    except NoState as error:
        raise click.ClickException(str(error)) from error
    _tell(changes, out, only)
    if fail_on_change and not changes.nothing:
        sys.exit(2)


def _tell(changes: Changes, out: Path | None, only: bool) -> None:
    """The changes on the screen, or in a file whose ending says how; ``only`` those of statements."""
    from evidence_synthesis.compare import text
    from evidence_synthesis.storage.files import csv_text, write_text

    told = text.statements if only else text.markdown
    if out is None:
        click.echo(told(changes), nl=False)
        return
    makers: dict[str, Callable[[], str]] = {
        ".md": lambda: told(changes),
        ".html": lambda: text.page(changes),
        ".csv": lambda: csv_text(text.CHANGE_COLUMNS, text.table(changes)),
    }
    if out.suffix not in makers:
        raise click.BadParameter(f"{out}: the file must end in .md, .html or .csv", param_hint="--out")
    write_text(out, makers[out.suffix]())
    click.echo(f"{out}: {text.summary(changes)}")


def _save(picture: Picture, out: Path, dpi: int) -> None:
    from evidence_synthesis.plots.drawing.rendering import FORMATS
    from evidence_synthesis.plots.publish import DRAWN_COLUMNS, draw
    from evidence_synthesis.storage.files import csv_text, write_bytes, write_text

    ending = out.suffix.lstrip(".")
    if ending not in FORMATS:
        raise click.BadParameter(f"{out}: the file must end in {', '.join('.' + f for f in FORMATS)}", param_hint="--out")
    write_bytes(out, draw(picture, dpi, [ending])[ending])
    write_text(out.with_suffix(".csv"), csv_text(DRAWN_COLUMNS, picture.drawn()))
    click.echo(f"{out} and {out.with_suffix('.csv')}")


def _analysis_picture(kind: str, analysis: str, measure: str, results: Path, config: Path, layout: str, by: str) -> Picture:
    from evidence_synthesis.audit.report import doubtful_rows
    from evidence_synthesis.plots.forest import Section
    from evidence_synthesis.plots.from_tables import forest_of, marked, techniques
    from evidence_synthesis.plots.one_analysis import KINDS, AnalysisData
    from evidence_synthesis.review.taxonomy import Taxonomy
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.trials_in_analyses import read_members
    from evidence_synthesis.wording import asked, model_words

    every = read_members(results)
    trials = [t for t in every if t["analysis_id"] == analysis]
    measures = sorted({t["measure"] for t in trials})
    if not trials:
        raise click.ClickException(f"no analysis {analysis}: ids stand in {results}/tables/pooled.csv")
    chosen = measure or measures[0]
    if chosen not in measures:
        raise click.ClickException(f"{analysis} has no {chosen}; it has {', '.join(measures)}")
    inside = sorted((t for t in trials if t["measure"] == chosen), key=lambda t: (t["year"], t["study"]))
    pooled = read_checked(results / "tables/pooled.csv")
    row = next(r for r in pooled if r["analysis_id"] == analysis and r["measure"] == chosen)
    settings = settings_in(config)
    if kind == "forest":
        rows = read_checked(results / "checked/trials.csv")
        doubtful = doubtful_rows(read_checked(results / "tables/audit.csv"), rows)
        sections: list[Section] = []
        if by:
            if row["level"] == "treatment":
                raise click.ClickException(f"{row['group_label']} is one treatment: --by needs a family or a class")
            sections = techniques(
                row, pooled, marked(every, doubtful, rows), Taxonomy(read_checked(results / "checked/treatments.csv"))
            )
        shown = marked(inside, doubtful, rows)
        return forest_of(row, shown, settings, model_words(settings.model), layout, sections)
    words = asked(row, settings)
    title = "{}: {outcome}, {term}, against {comparator} ({population})".format(row["group_label"], **words)
    return KINDS[kind](AnalysisData(title, chosen, inside, settings.model))


def _network_picture(kind: str, network: str, results: Path, config: Path) -> Picture:
    from evidence_synthesis.plots.network import graph_of, heat_of
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.verdicts import sign
    from evidence_synthesis.wording import asked

    row = next((r for r in read_checked(results / "tables/networks.csv") if r["network"] == network), None)
    if row is None:
        raise ValueError(f"no network {network}: names stand in {results}/tables/networks.csv")
    settings = settings_in(config)
    words = asked(row, settings)
    title = "Network for {outcome}, {term}, {population}".format(**words)
    ranking = read_checked(results / "tables/network_ranking.csv")
    if kind == "network":
        labels = {r["treatment"]: r["label"] for r in ranking if r["network"] == network}
        return graph_of(network, title, read_checked(results / "tables/network_splits.csv"), labels)
    turn = sign(settings.outcome(row["outcome"]))
    return heat_of(row, title, turn, read_checked(results / "tables/network_league.csv"), ranking)


def _curve_picture(question: str, measure: str, results: Path, config: Path) -> Picture:
    from evidence_synthesis.plots.specification_curve import specification
    from evidence_synthesis.storage.files import read_checked

    model = settings_in(config).model
    interval = "hksj_floor" if model.floor else "hksj"
    parts = {f"{r['claim']}__{r['part']}": r for r in read_checked(results / "tables/claims_detail.csv")}
    sets = read_checked(results / "tables/multiverse_sets.csv")
    part = parts.get(question, {"universes_of": question, "question": question})
    return specification(part["universes_of"], part["question"], sets, measure or "MD", model.estimator, interval)


def _drawn(make: Callable[[], Picture]) -> Picture:
    try:
        return make()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.argument("kind", type=click.Choice(["forest", *CHARTS, *NETWORK_CHARTS, "curve"]))
@click.option(
    "--analysis", "name", required=True, help="Analysis id; for network and league the network; for curve the question."
)
@click.option("--measure", default="", help="Measure, where an analysis has several (MD, SMD, RR ...).")
@RESULTS
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="File to write: .svg, .pdf or .png; the numbers go beside it."
)
@click.option(
    "--layout", type=click.Choice(LAYOUTS), default="house", show_default=True, help="How a forest plot prints its numbers."
)
@CONFIG
@click.option("--by", type=click.Choice(["technique"]), help="Forest plot of a family or class by its treatments.")
@DPI
def plot(
    kind: str, name: str, measure: str, results: Path, out: Path, layout: str, config: Path, by: str | None, dpi: int
) -> None:
    """Draw one figure from the published tables, with the numbers drawn as CSV beside it.

    Example: evidence-synthesis plot forest --layout bmj --analysis ID --out forest.svg
    """
    if kind != "forest" and (by or layout != "house"):
        raise click.UsageError("--layout and --by are for forest plots")
    if kind in NETWORK_CHARTS:
        picture = _drawn(lambda: _network_picture(kind, name, results, config))
    elif kind == "curve":
        picture = _drawn(lambda: _curve_picture(name, measure, results, config))
    else:
        picture = _drawn(lambda: _analysis_picture(kind, name, measure, results, config, layout, by or ""))
    _save(picture, out, dpi)
