"""Commands about a data package as such: write its descriptor, bring one of an earlier version to the present layout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evidence_synthesis.cli.review import EXAMPLE
from evidence_synthesis.cli.shared import refuse

DATA = click.argument("data", default="data", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command()
@DATA
@click.option(
    "--check", "only", is_flag=True, help="Write nothing; exit code 1 where the descriptor is not as it would be written."
)
def describe(data: Path, only: bool) -> None:
    """Write datapackage.json from the files of a data package and their schemas; its name, title and licences are kept.

    Example: evidence-synthesis describe my-review/data
    """
    from evidence_synthesis.review.describe import FILE, is_described
    from evidence_synthesis.review.describe import describe as write

    there = is_described(data)
    if not there and only:
        click.echo(f"{data / FILE} is not as the files are; `evidence-synthesis describe {data}` writes it.", err=True)
        sys.exit(1)
    if not there:
        write(data)
    click.echo(f"{data / FILE}: {'as the files are' if there else 'written'}.")


@click.command()
@DATA
def migrate(data: Path) -> None:
    """Turn a data package of an earlier version (trials/<treatment>.csv) into the present layout; every cell is compared.

    Makes trials.csv, results/<treatment>.csv and risk_of_bias.csv with their schemas, keeps the vocabularies and columns of
    the review, removes trials/ and writes datapackage.json. A review in git can be looked at before it is committed.

    Example: evidence-synthesis migrate my-review/data
    """
    from evidence_synthesis.review.migrate import migrate as turn
    from evidence_synthesis.review.package import DataFaults

    try:
        made = turn(data, EXAMPLE / "data/schemas")
    except DataFaults as found:
        refuse(found.faults)
    click.echo(f"{data}: {made.trials} trials, {made.results} results, {made.judgements} judgements; every cell is as it was.")
    for trial, facts in made.disputed.items():
        words = "name" if facts == ["study"] else ", ".join(facts).replace("study", "name")
        click.echo(
            f"{trial}: its results do not agree about {words}; settle it in trials.csv and empty those cells of its results"
        )
