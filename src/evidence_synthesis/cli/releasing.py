"""Give the evidence a new version: the entry of its changelog is written by comparing two states of the results."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evidence_synthesis.cli.shared import DIRECTORY, examined, refuse

if TYPE_CHECKING:
    from evidence_synthesis.compare.states import State
    from evidence_synthesis.review.evidence import EvidenceChange, EvidenceState
    from evidence_synthesis.review.yaml_file import Document


@click.command()
@click.argument("version")
@click.option(
    "--since",
    default="",
    help="State to compare with: a git revision or a folder of results.  [default: the commit of the last version]",
)
@click.option("--date", "day", default="", help="Day of the version (2026-11-30).  [default: today]")
@DIRECTORY
def release(version: str, since: str, day: str, directory: Path) -> None:
    """Give the evidence a version (year.month, 2026.11 or 2026.11.1) and write what it changed to data/CHANGELOG.md.

    Compares the results of today's data with those of the last version. Refused, with nothing written: data with faults,
    results that are not of these data, a version that is not after the last one, and data that did not change.

    Example: evidence-synthesis release 2026.11
    """
    from evidence_synthesis.review import evidence
    from evidence_synthesis.storage.files import write_together

    data, day = directory / "data", day or datetime.date.today().isoformat()
    document = examined(directory / "config/config.yaml", data)
    state = evidence.read_state(data)[0]
    _refuse_version(version, day, state)
    _check(data, document)
    new = _today(directory / "results", state)
    changes = _entry(version, day, since, new, state, directory, document)
    history, _ = evidence.read_history(data)
    texts = {
        evidence.HISTORY: evidence.history_text([*changes, *history]),
        evidence.VERSION: evidence.version_text(version, day, state.digest),
    }
    write_together(data, texts)
    click.echo(changes[0].words)
    click.echo(
        f"{data}: version {version} ({day}), {len(changes)} lines in {evidence.HISTORY}. Run again, so that the results show it, "
        "and commit data and results together: the next version is compared with that commit."
    )


def _check(data: Path, document: Document) -> None:
    """Refuse data with any fault."""
    from evidence_synthesis.review.check_claims import check_review
    from evidence_synthesis.review.check_settings import named_data
    from evidence_synthesis.review.package import DataFaults
    from evidence_synthesis.review.settings import names_of

    try:
        check_review(data, names_of(document.content), named_data(document))
    except DataFaults as found:
        refuse(found.faults, data)


def _refuse_version(version: str, day: str, state: EvidenceState) -> None:
    """Refuse what is no version or no day, what is not after the last version, and data that did not change since."""
    from evidence_synthesis.review.evidence import NUMBER, is_day, order

    if not NUMBER.fullmatch(version):
        raise click.ClickException(f"{version} is no version: a year and a month are expected, such as 2026.11 or 2026.11.1")
    if not is_day(day):
        raise click.ClickException(f"{day} is no day: 2026-11-30 is expected")
    if state.version and order(version) <= order(state.version):
        raise click.ClickException(f"{version} is not after {state.version}, the last version; nothing was written.")
    if state.version and day < state.date:
        raise click.ClickException(f"{day} is before {state.date}, the day of version {state.version}; nothing was written.")
    if state.released:
        raise click.ClickException(f"The data are those of version {state.version}: nothing changed, and nothing was written.")


def _today(results: Path, state: EvidenceState) -> State:
    """The results, refused where they were not made from these data."""
    from evidence_synthesis.compare.states import NoState, from_folder
    from evidence_synthesis.review.evidence import EvidenceState

    try:
        made = EvidenceState.of(results)
        new = from_folder(results)
    except (FileNotFoundError, NoState):
        made, new = [], None
    if new is None or not made or made[0].digest != state.digest:
        raise click.ClickException(f"{results} are not the results of these data: run first. Nothing was written.")
    return new


def _entry(
    version: str, day: str, since: str, new: State, state: EvidenceState, directory: Path, document: Document
) -> list[EvidenceChange]:
    """The lines of the changelog, refused where there is nothing to tell."""
    from evidence_synthesis.compare.changes import compare
    from evidence_synthesis.compare.release import entry, first_entry
    from evidence_synthesis.compare.states import NoState, last_change, state_of
    from evidence_synthesis.review.evidence import VERSION

    if not since and not state.version:
        return first_entry(version, day, new)
    asked = since or last_change(directory / "data" / VERSION)
    if not asked:
        raise click.ClickException(f"No commit holds version {state.version}: name the state to compare with by --since.")
    try:
        old = state_of(asked, directory / "results")
    except NoState as error:
        raise click.ClickException(str(error)) from error
    changes = compare(old, new, document.content)
    named = f"version {state.version}" if state.version and not since else since
    lines = entry(version, day, named, (old, new), changes, document.content)
    if changes.nothing and len(lines) == 1:
        raise click.ClickException(f"Nothing differs from {named}; nothing was written.")
    return lines
