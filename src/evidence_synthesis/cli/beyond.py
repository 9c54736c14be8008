"""Commands about what the review does not hold yet: how much of what others pool is here, and which searches to repeat."""

from __future__ import annotations

from pathlib import Path

import click

from evidence_synthesis.cli.shared import RESULTS


@click.command()
@RESULTS
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="How many questions and trials to list.")
def coverage(results: Path, top: int) -> None:
    """How much of what published reviews pool is in the data, question by question, and the trials that are missing by name.

    Sorted by what could change: the widest gaps; the trials that bear on statements that nothing tests so far, then those
    that may move most verdicts by their size.

    Example: evidence-synthesis coverage --top 50
    """
    from evidence_synthesis.conclusions.other_reviews.share import share_covered
    from evidence_synthesis.synthesis.rows.other_reviews import Coverage, MissingTrial

    questions, missing = Coverage.of(results), MissingTrial.of(results)
    if questions:
        share = 100 * share_covered(questions)
        click.echo(f"On {len(questions)} questions a review tells how many trials it pools; {share:.0f} % of these are here.")
    else:
        click.echo("No review tells how many trials it pools on a question of this one.")
    for row in questions[:top]:
        click.echo(f"{row.ours:4d} of {row.theirs:3d}  {row.analysis_id} ({row.review})")
    click.echo(f"{len(missing)} trials are known by name without a result that can be pooled.")
    for trial in missing[:top]:
        people = "" if trial.people is None else f", {trial.people:,.0f} people"
        bears = f"{trial.untested_parts} untested and {trial.open_parts} unsettled parts"
        bears += "" if trial.moves is None else f", may move {trial.moves:.1f} verdicts"
        click.echo(f"{trial.study}: {', '.join(trial.treatments)}{people}; {bears}. {trial.identifier}")


DATA = click.option(
    "--data", default="data", show_default=True, type=click.Path(path_type=Path), help="Folder of the data package."
)


@click.command()
@DATA
@RESULTS
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write; without it the list is shown.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="How many to show.")
def watchlist(data: Path, results: Path, out: Path | None, top: int) -> None:
    """The searches to repeat, longest ago first: those of the search log, and reviews that pool trials which are not here.

    Example: evidence-synthesis watchlist --out watchlist.csv
    """
    from evidence_synthesis.conclusions.other_reviews.watchlist import SearchToRepeat
    from evidence_synthesis.conclusions.other_reviews.watchlist import watchlist as searches
    from evidence_synthesis.storage.files import read_checked
    from evidence_synthesis.synthesis.rows.other_reviews import Coverage

    log = data / "search_log.csv"
    found = list(searches(read_checked(log) if log.exists() else (), Coverage.of(results)))
    if out is not None:
        SearchToRepeat.write(out, found)
        click.echo(f"{out}: {len(found)} searches to repeat.")
        return
    for row in found[:top]:
        why = f"{row.missing} trials more than here" if row.missing else f"{row.taken} results taken so far"
        click.echo(f"{row.last or 'never':10}  {row.query} ({row.place}; {why})")
    click.echo(f"{len(found)} searches to repeat.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATA
@click.option(
    "--out", default="candidates", show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to."
)
def candidates(files: tuple[Path, ...], data: Path, out: Path) -> None:
    """Take in what searches found, as candidates for a reader: RIS, PubMed's nbib, JSON of ClinicalTrials.gov (version 2),
    exports of WHO's platform (XML or a table; ISRCTN and others among them) and summaries of the EU's register.

    Writes candidates.csv (each report once, with what it is to the review by PubMed id, DOI and registry id) and
    draft_results.csv (what registries print, arm by arm). No run reads them: nothing is pooled that nobody has read. Earlier
    candidates in the folder stay.

    Example: evidence-synthesis candidates pubmed.nbib studies.json
    """
    from evidence_synthesis.importers.candidates import (
        DRAFTS,
        FOUND,
        WAITING,
        CandidateReport,
        DraftResult,
        KnownReports,
        together,
    )
    from evidence_synthesis.importers.candidates import candidates as listed
    from evidence_synthesis.importers.citations import read_reports
    from evidence_synthesis.importers.found_reports import UnreadableCitations
    from evidence_synthesis.storage.files import read_checked

    reports, unread = [], list[str]()
    for path in files:
        try:
            reports += read_reports(path)
        except UnreadableCitations as error:
            unread.append(str(error))
    if unread:
        raise click.ClickException("\n  ".join([*unread, "Nothing was written."]))
    known = KnownReports(*(read_checked(data / f"{name}.csv") for name in ("sources", "trials", "unusable_results")))
    found, drafts = listed(reports, known)
    places = [out / name for name in (FOUND, DRAFTS)]
    before = CandidateReport.read(places[0]) if places[0].exists() else []
    fresh = {row.candidate_id for row in found}
    kept = [row for row in (DraftResult.read(places[1]) if places[1].exists() else []) if row.candidate_id not in fresh]
    CandidateReport.write(places[0], together(before, found))
    DraftResult.write(places[1], [*kept, *drafts])
    waiting = sum(row.state == WAITING for row in found)
    click.echo(
        f"{len(reports)} reports in {len(files)} files: {len(found)} different ones, of which {waiting} wait for a reader."
    )
    click.echo(f"{places[0]}; {len(drafts)} printed results in {places[1]}.")
