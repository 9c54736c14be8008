"""Begin a review from its description, or from answers to questions that make one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evidence_synthesis.cli.into import DESCRIPTION_SCHEMA
from evidence_synthesis.cli.shared import ENGINE, SCHEMA, refuse

_EXAMPLE = ENGINE / "examples/depression"
_DIRECTIONS = {"MD": ("lower", "higher"), "SMD": ("lower", "higher")}


def begin(folder: Path, description: Path | None) -> None:
    """Write a review's files from a description, or from answers where there is none. Ends with every fault of it."""
    import yaml

    from evidence_synthesis.entry.beginning import DESCRIPTION, described, files
    from evidence_synthesis.review.describe import FILE, descriptor
    from evidence_synthesis.review.package import DataFaults
    from evidence_synthesis.review.yaml_file import read_yaml
    from evidence_synthesis.storage.files import write_text, write_together

    if description is None:
        answers = yaml.safe_dump(asked(click.prompt), allow_unicode=True, sort_keys=False)
        folder.mkdir(parents=True, exist_ok=True)
        description = folder / DESCRIPTION
        write_text(description, answers)
    try:
        told = described(description, DESCRIPTION_SCHEMA)
    except DataFaults as found:
        refuse(found.faults)
    made = files(told, _EXAMPLE, read_yaml(SCHEMA))
    write_together(folder, {**made, DESCRIPTION: description.read_text(encoding="utf-8")})
    (folder / "data/results").mkdir(exist_ok=True)
    write_text(folder / "data" / FILE, descriptor(folder / "data"))
    click.echo(
        f"{folder}: ready, without trials. Bring them:\n"
        f"from a table, `evidence-synthesis import csv TABLE --guess --into {folder / 'data'}`,\n"
        f"or with a workbook: `evidence-synthesis template --data {folder / 'data'} --xlsx trials.xlsx`, then `add`.\n"
        f"Then: evidence-synthesis run --directory {folder}"
    )


def _named(ask: Callable[..., Any], what: str) -> dict[str, str]:
    """Names as ids and labels: ``Exercise, Sleep restriction``."""
    from evidence_synthesis.importers.identity import slug

    names = [name.strip() for name in str(ask(f"{what}, joined by commas")).split(",") if name.strip()]
    return {slug(name).replace("-", "_"): name for name in names}


def asked(ask: Callable[..., Any]) -> dict[str, Any]:
    """A description from answers; ``ask`` shows a question and gives the answer (``click.prompt``)."""
    told: dict[str, Any] = {
        "title": ask("Title of the review"),
        "people": ask("Whose trials are they (insomnia, adults with asthma)"),
    }
    told |= {
        "treatments": _named(ask, "Treatments"),
        "comparators": _named(ask, "Controls (placebo, usual care)"),
        "outcomes": {},
    }
    for name, label in _named(ask, "Outcomes").items():
        measure = ask(f"{label}: measure", type=click.Choice(["MD", "SMD", "RR", "OR", "RD", "HR"]), default="MD")
        better = ask(f"{label}: better is", type=click.Choice(_DIRECTIONS.get(measure, ("fewer", "more"))))
        entry = {"label": label, "measure": measure, "better": better}
        entry["worthwhile"] = ask(f"{label}: smallest worthwhile effect ({measure})", type=float)
        if measure == "MD":
            entry["unit"] = ask(f"{label}: unit", default="points of 100")
        told["outcomes"][name] = entry
    ends = str(ask("Follow-up windows end at weeks, joined by commas; 0: one without end", default="0"))
    weeks = [float(end) for end in ends.split(",") if float(end)]
    if weeks:
        told["windows"] = {f"to_{end:g}_weeks".replace(".", "_"): {"up_to": end} for end in weeks}
    return told
