"""Commands that look at a review: check its data, draw one figure, tell what changed between two states of it."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence_synthesis.cli.shared import (
    CONFIG,
    DPI,
    LAYOUT,
    NO_TITLE,
    RESULTS,
    WIDTH,
    examined,
    inches,
    refuse,
    settings_content,
    settings_in,
)
from evidence_synthesis.errors import UnusableInput

if TYPE_CHECKING:
    from evidence_synthesis.compare.changes import Changes
    from evidence_synthesis.plots.publish import Picture

RESULTS_OF = click.option(
    "--results", type=click.Path(path_type=Path), help="Results of the last run.  [default: results beside DATA]"
)
CHARTS = ("funnel", "baujat", "leave-one-out", "cumulative", "gosh", "bubble", "labbe")
NETWORK_CHARTS = ("network", "league")


@click.command()
@click.argument("data", default="data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--config", type=click.Path(path_type=Path), help="Settings of the review.  [default: config/config.yaml beside DATA]"
)
@click.option("--fix", is_flag=True, help="First put right what a spreadsheet did to the files, where nothing is lost.")
@RESULTS_OF
def check(data: Path, config: Path | None, fix: bool, results: Path | None) -> None:
    """Check a data package, claims among it, and the settings; every fault is listed and the exit code is 1.

    Without a fault it tells what is doubtful: first what the audit says of rows that are new or changed since the last run,
    and which of these no analysis is going to use, then trials that may be one or have no result, years to come, words that
    look mistyped.

    Example: evidence-synthesis check my-review/data
    """
    from evidence_synthesis.review.check_claims import check_review
    from evidence_synthesis.review.check_settings import named_data
    from evidence_synthesis.review.describe import FILE, is_described
    from evidence_synthesis.review.doubts import doubts, likely_typos, named_as_trials
    from evidence_synthesis.review.evidence import read_state
    from evidence_synthesis.review.package import DataFaults
    from evidence_synthesis.review.settings import names_of
    from evidence_synthesis.storage.files import read_checked

    if fix:
        _fix(data)
    document = examined(config or data.resolve().parent / "config/config.yaml", data)
    try:
        tables, _ = check_review(data, names_of(document.content), named_data(document))
    except DataFaults as found:
        refuse(found.faults, data, _fixable(data))
    first, left = _of_new_rows(tables, document.content, results or data.resolve().parent / "results")
    for words in (*(f"doubtful: {doubt}" for doubt in first), *(f"not used: {row}" for row in left)):
        click.echo(words)
    doubtful = list(doubts(tables["trials"], read_checked(data / "trials.csv"), datetime.date.today().year))
    doubtful += named_as_trials(tables.get("unusable_results", ()), tables["trials"])
    doubtful += likely_typos({name: rows for name, rows in tables.items() if name != "printed"})
    if not is_described(data):
        doubtful.append(f"{FILE} is not as the files are: `evidence-synthesis describe {data}` writes it")
    for doubt in doubtful:
        click.echo(f"doubtful: {doubt}")
    trials = len({row["trial_id"] for row in tables["trials"]})
    click.echo(f"{data}: {len(tables['trials'])} results of {trials} trials, no fault.")
    state = read_state(data)[0]
    click.echo(f"Version of the evidence: {state.words or 'none yet'}; data {state.digest}")


def _fix(data: Path) -> None:
    """Put files right after a spreadsheet, and say what was done."""
    from evidence_synthesis.entry.fixing import mended_package
    from evidence_synthesis.storage.files import write_together

    texts, said = mended_package(data)
    write_together(data, texts)
    for words in said:
        click.echo(f"mended: {words}")


def _fixable(data: Path) -> str:
    """What ``--fix`` could put right, in a sentence; nothing where that is nothing."""
    from evidence_synthesis.entry.fixing import mended_package

    texts, _ = mended_package(data)
    return f"`check --fix` puts right, without loss, what a spreadsheet did to {', '.join(texts)}." if texts else ""


def _of_new_rows(tables: dict[str, list[dict[str, str]]], config: dict[str, Any], results: Path) -> tuple[list[str], list[str]]:
    """What the audit says of rows that are new or changed since the last run, and which are not used; none without a run."""
    from evidence_synthesis.compare.news import audited, doubts_about, new_rows, not_used
    from evidence_synthesis.storage.files import read_checked

    before = results / "checked/trials.csv"
    changed = new_rows(read_checked(before), tables["trials"]) if before.exists() else {}
    return (doubts_about(audited(tables), changed), not_used(tables, config, changed)) if changed else ([], [])


@click.command()
@click.argument("old")
@click.argument("new", default="")
@RESULTS
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (.md, .html or .csv) instead of the screen."
)
@click.option("--fail-on-change", is_flag=True, help="Exit code 2 when anything differs.")
@click.option("--statements", "only", is_flag=True, help="Only the statements whose verdict moved, as Markdown.")
@click.option("--comment", is_flag=True, help="For a pull request: statements, what a reader must check, then numbers.")
@CONFIG
def diff(
    old: str, new: str, results: Path, out: Path | None, fail_on_change: bool, only: bool, comment: bool, config: Path
) -> None:
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
    _tell(changes, out, _words(only, comment))
    if fail_on_change and not changes.nothing:
        sys.exit(2)


def _words(only: bool, comment: bool) -> Callable[[Changes], str] | None:
    """What tells the changes in Markdown; None for everything there is."""
    from evidence_synthesis.compare.comment import pull_request
    from evidence_synthesis.compare.text import statements

    if only and comment:
        raise click.UsageError("--statements and --comment are two forms: choose one.")
    return statements if only else pull_request if comment else None


def _tell(changes: Changes, out: Path | None, form: Callable[[Changes], str] | None) -> None:
    """The changes on the screen, or in a file whose ending says how; ``form`` is that of Markdown."""
    from evidence_synthesis.compare import text
    from evidence_synthesis.storage.files import csv_text, write_text

    told = form or text.markdown
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


@dataclass(frozen=True, slots=True)
class ForestOptions:
    """How a forest plot is wanted: a journal's layout, width in inches (None: as its text needs), title, by what subgroups."""

    layout: str = "house"
    width: float | None = None
    titled: bool = True
    by: str = ""

    @property
    def usual(self) -> bool:
        """Whether nothing but the default is wanted."""
        return self == ForestOptions()


def _analysis_picture(kind: str, analysis: str, measure: str, results: Path, config: Path, wanted: ForestOptions) -> Picture:
    from evidence_synthesis.audit.table import AuditLine, doubtful_rows
    from evidence_synthesis.plots.forest_parts import Section
    from evidence_synthesis.plots.from_tables import forest_of, marked, techniques
    from evidence_synthesis.plots.one_analysis import KINDS, AnalysisData
    from evidence_synthesis.review.taxonomy import Taxonomy
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.finding import not_there
    from evidence_synthesis.synthesis.rows.analyses import PooledResult
    from evidence_synthesis.synthesis.trials_in_analyses import trials_of
    from evidence_synthesis.wording import asked, model_words

    every = trials_of(results)
    trials = [t for t in every if t.analysis_id == analysis]
    measures = sorted({t.measure for t in trials})
    if not trials:
        raise click.ClickException(not_there(PooledResult.of(results), analysis))
    chosen = measure or measures[0]
    if chosen not in measures:
        raise click.ClickException(f"{analysis} has no {chosen}; it has {', '.join(measures)}")
    inside = sorted((t for t in trials if t.measure == chosen), key=lambda t: t.age)
    pooled = PooledResult.of(results)
    row = next(r for r in pooled if r.key == (analysis, chosen))
    settings = settings_in(config)
    if kind == "forest":
        rows = read_checked(results / "checked/trials.csv")
        drawn = marked(every if wanted.by else inside, doubtful_rows(AuditLine.of(results), rows), rows)
        sections: list[Section] = []
        if wanted.by:
            if row.level == "treatment":
                raise click.ClickException(f"{row.group_label} is one treatment: --by needs a family or a class")
            sections = techniques(row, pooled, drawn, Taxonomy(read_checked(results / "checked/treatments.csv")))
        forest = forest_of(row, drawn[row.key], settings, model_words(settings.model), wanted.layout, sections)
        return replace(forest, width=wanted.width, titled=wanted.titled)
    words = asked(row, settings)
    title = "{}: {outcome}, {term}, against {comparator} ({population})".format(row.group_label, **words)
    return KINDS[kind](AnalysisData(title, chosen, inside, settings.model))


def _question_picture(name: str, measure: str, results: Path, config: Path, wanted: ForestOptions) -> Picture:
    """The forest plot of a question: an analysis id without its term."""
    from evidence_synthesis.audit.table import AuditLine, doubtful_rows
    from evidence_synthesis.plots.from_tables import forest_of_question, marked
    from evidence_synthesis.selection.keys import QuestionKey
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.finding import not_there
    from evidence_synthesis.synthesis.rows.analyses import PooledResult
    from evidence_synthesis.synthesis.trials_in_analyses import trials_of

    question, pooled, settings = QuestionKey.parse(name), PooledResult.of(results), settings_in(config)
    if wanted.by:
        raise click.UsageError("--by is for an analysis at one term")
    rows = read_checked(results / "checked/trials.csv")
    drawn = marked(trials_of(results), doubtful_rows(AuditLine.of(results), rows), rows)
    known = {o.outcome: o.measures for o in settings.outcomes}
    for chosen in (measure,) if measure else known.get(question.outcome, ()):
        forest = forest_of_question(question, chosen, pooled, drawn, settings, wanted.layout)
        if forest is not None:
            return replace(forest, width=wanted.width, titled=wanted.titled)
    raise click.ClickException(not_there(pooled, name, measure))


def _network_picture(kind: str, network: str, results: Path, config: Path) -> Picture:
    from evidence_synthesis.plots.network import graph_of, heat_of
    from evidence_synthesis.review.package import nearest
    from evidence_synthesis.synthesis.rows.networks import LeagueLine, NetworkSummary, RankedTreatment, SplitNode
    from evidence_synthesis.synthesis.verdicts import sign
    from evidence_synthesis.wording import asked

    row = next((r for r in NetworkSummary.of(results) if r.network == network), None)
    if row is None:
        named = [r.network for r in NetworkSummary.of(results)]
        where = f"{results}/{NetworkSummary.FILE}"
        raise UnusableInput("", f"no network {network}: names stand in {where}{nearest(network, named, 0.4)}")
    settings = settings_in(config)
    words = asked(row, settings)
    title = "Network for {outcome}, {term}, {population}".format(**words)
    ranking = RankedTreatment.of(results)
    if kind == "network":
        labels = {r.treatment: r.label for r in ranking if r.network == network}
        return graph_of(network, title, SplitNode.of(results), labels)
    turn = sign(settings.outcome(row.outcome))
    return heat_of(row, title, turn, LeagueLine.of(results), ranking)


def _curve_picture(question: str, measure: str, results: Path, config: Path) -> Picture:
    from evidence_synthesis.plots.specification_curve import specification
    from evidence_synthesis.selection.keys import StatementPartKey
    from evidence_synthesis.synthesis.rows.multiverse import PooledSet
    from evidence_synthesis.synthesis.rows.statements import JudgedPart

    model = settings_in(config).model
    interval = "hksj_floor" if model.floor else "hksj"
    parts = {StatementPartKey(p.claim, str(p.part)).name: (p.universes_of, p.question) for p in JudgedPart.of(results)}
    name, words = parts.get(question, (question, question))
    return specification(name, words, PooledSet.of(results), measure or "MD", model.estimator, interval)


def _drawn(make: Callable[[], Picture]) -> Picture:
    try:
        return make()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _sequential_picture(name: str, results: Path) -> Picture:
    """The sequential analysis of a statement's part; an analysis id stands for the first part that asks it."""
    from evidence_synthesis.plots.sequential import sequential_chart
    from evidence_synthesis.selection.keys import StatementPartKey
    from evidence_synthesis.synthesis.rows.statements import JudgedPart
    from evidence_synthesis.synthesis.rows.through_time import InformationMissing, SequentialLook

    looks: dict[tuple[str, int], list[SequentialLook]] = {}
    for look in SequentialLook.of(results):
        looks.setdefault((look.claim, look.part), []).append(look)
    told = {(row.claim, row.part): row.sequential for row in InformationMissing.of(results)}
    for part in JudgedPart.of(results):
        place = (part.claim, part.part)
        if place in looks and name in (StatementPartKey(part.claim, str(part.part)).name, part.analysis_id):
            return sequential_chart(part.question, looks[place], told[place])
    raise click.ClickException(
        f"no sequential analysis of {name}: give a part of a statement, as in {StatementPartKey('STATEMENT', '1').name}, "
        f"or an analysis that one asks; those with one stand in {results}/{SequentialLook.FILE}"
    )


@click.command()
@click.argument("kind", type=click.Choice(["forest", *CHARTS, *NETWORK_CHARTS, "curve", "sequential"]))
@click.option(
    "--analysis",
    "name",
    required=True,
    help="Analysis id; for forest also without its term; for network and league the network; for curve and sequential the "
    "question or part of a statement.",
)
@click.option("--measure", default="", help="Measure, where an analysis has several (MD, SMD, RR ...).")
@RESULTS
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="File to write: .svg, .pdf or .png; the numbers go beside it."
)
@LAYOUT
@WIDTH
@NO_TITLE
@CONFIG
@click.option(
    "--by",
    type=click.Choice(["technique"]),
    help="Forest plot of a family or class by its treatments, with their test.",
)
@DPI
def plot(
    kind: str,
    name: str,
    measure: str,
    results: Path,
    out: Path,
    layout: str,
    width: str | None,
    untitled: bool,
    config: Path,
    by: str | None,
    dpi: int,
) -> None:
    """Draw one figure from the published tables, with the numbers drawn as CSV beside it.

    Example: evidence-synthesis plot forest --layout bmj --width 180mm --no-title --analysis ID --out forest.svg
    """
    wanted = ForestOptions(layout, inches(width), not untitled, by or "")
    from evidence_synthesis.selection.keys import is_question

    if kind != "forest" and not wanted.usual:
        raise click.UsageError("--layout, --width, --no-title and --by are for forest plots")
    if kind in NETWORK_CHARTS:
        picture = _drawn(lambda: _network_picture(kind, name, results, config))
    elif kind == "curve":
        picture = _drawn(lambda: _curve_picture(name, measure, results, config))
    elif kind == "sequential":
        picture = _drawn(lambda: _sequential_picture(name, results))
    elif kind == "forest" and is_question(name):
        picture = _drawn(lambda: _question_picture(name, measure, results, config, wanted))
    else:
        picture = _drawn(lambda: _analysis_picture(kind, name, measure, results, config, wanted))
    _save(picture, out, dpi)


@click.command("list")
@click.argument("words", nargs=-1)
@RESULTS
@CONFIG
@click.option("--most", default=40, show_default=True, type=click.IntRange(1), help="Analyses to show.")
def list_(words: tuple[str, ...], results: Path, config: Path, most: int) -> None:
    """List analyses by words of their ids, names or measures, those with most trials first; all without a word.

    Example: evidence-synthesis list yoga pain short
    """
    from evidence_synthesis import wording
    from evidence_synthesis.synthesis.finding import matching, nearest_ids
    from evidence_synthesis.synthesis.rows.analyses import PooledResult

    rows = PooledResult.of(results)
    found = matching(rows, words)
    if not found:
        near = nearest_ids(rows, " ".join(words))
        raise click.ClickException("\n  ".join([f"no analysis has all of: {' '.join(words)}", *near]))
    shown = found[:most]
    units = {o.outcome: o.own_unit("MD") for o in settings_in(config).outcomes} if config.exists() else {}
    width = max(len(row.analysis_id) for row in shown)
    for row in shown:
        unit = units.get(row.outcome, wording.UNKNOWN_UNIT)
        effect = wording.fit_to_print(row.measure, *row.effect, unit=unit) + wording.in_unit(row.measure, unit)
        click.echo(f"{row.analysis_id:<{width}}  {row.measure:<3}  {effect}, {wording.count(row.trials, 'trial')}")
    more = len(found) - len(shown)
    click.echo(
        wording.count(len(found), "analysis", "analyses") + (f", {more} not shown: say more words, or --most" if more else "")
    )
