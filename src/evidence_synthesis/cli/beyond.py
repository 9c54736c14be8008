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

    Sorted by what could change: the widest gaps, and the trials that bear on statements that nothing tests so far.

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
        click.echo(f"{trial.study}: {', '.join(trial.treatments)}{people}; {bears}. {trial.identifier}")
