"""Enter imported studies in a review: its description says what they are about, its own check judges them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence_synthesis.cli.shared import ENGINE, examined, refuse

if TYPE_CHECKING:
    from evidence_synthesis.importers.rows import StudyRow

DESCRIPTION_SCHEMA = ENGINE / "workflow/schemas/description.schema.yaml"


def checker(data: Path, config: Path | None = None) -> tuple[Any, dict[str, Any]]:
    """The check of a review as a function from a folder with its data package to the checked tables, and its settings."""
    from evidence_synthesis.review.check_claims import check_review
    from evidence_synthesis.review.check_settings import named_data
    from evidence_synthesis.review.settings import names_of

    document = examined(config or data.resolve().parent / "config/config.yaml", data)
    return lambda folder: check_review(folder, names_of(document.content), named_data(document))[0], document.content


def own_columns(data: Path | None) -> dict[str, dict[str, Any]]:
    """The columns of its own that a review declares in its settings, by name; none without a review."""
    if data is None:
        return {}
    return examined(data.resolve().parent / "config/config.yaml", data).content.get("columns", {})  # type: ignore[no-any-return]


def about_of(rows: Sequence[StudyRow], data: Path, given: object) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What each analysis is about: as the review's description says it, and over that what a file says; and its words."""
    from evidence_synthesis.entry.beginning import DESCRIPTION, described
    from evidence_synthesis.entry.merging import about_by, vocabulary

    path = data.resolve().parent / DESCRIPTION
    if not path.exists():
        if not isinstance(given, dict):
            raise click.UsageError(f"say what the analyses are about with --about: the review has no {DESCRIPTION}")
        return given, {}
    description = described(path, DESCRIPTION_SCHEMA)
    told: dict[str, Any] = about_by(description, rows)
    for name, entry in given.items() if isinstance(given, dict) else ():
        told[str(name)] = {**told.get(str(name), {}), **entry} if isinstance(entry, dict) else entry
    return told, vocabulary(description)


def enter(rows: Sequence[StudyRow], file: Path, data: Path, given: object, where: str, source: str) -> None:
    """Add studies to a review's data package: checked as it would be, written whole or not at all. Ends with every fault."""
    from evidence_synthesis.entry.adding import as_it_would_be, write
    from evidence_synthesis.entry.merging import merged
    from evidence_synthesis.importers.identity import slug
    from evidence_synthesis.importers.trial_rows import check_about, package_rows
    from evidence_synthesis.review.package import DataFaults, table_columns
    from evidence_synthesis.review.schema import SUBGROUP

    check, settings = checker(data)
    name = slug(source or file.stem)
    columns = [*table_columns(data, "results"), *settings.get("columns", {})]
    columns += [SUBGROUP] if any(row.subgroup for row in rows) else []
    try:
        about, words = about_of(rows, data, given)
        told = check_about(about, rows, where, words)
        parted = package_rows(rows, told, name, list(dict.fromkeys(columns)), where)
        texts, said = merged(data, parted, {"source_id": name, "label": source or file.stem, "title": file.name})
        as_it_would_be(data, texts, check)
    except DataFaults as found:
        refuse(found.faults, data)
    write(data, texts)
    for line in said:
        click.echo(line)
    click.echo(f"{file.name}: {f'added to {data}' if texts else f'all of it is in {data} already'}. Now: evidence-synthesis run")
