"""Begin a review from its description, or from answers to questions that make one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import count
from math import inf, isfinite
from pathlib import Path
from typing import Any

import click

from evidence_synthesis.cli.into import DESCRIPTION_SCHEMA
from evidence_synthesis.cli.shared import ENGINE, SCHEMA, refuse
from evidence_synthesis.review.schema import RATIOS

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

    answered = description is None
    if description is None:
        answers = yaml.safe_dump(asked(click.prompt), allow_unicode=True, sort_keys=False)
        folder.mkdir(parents=True, exist_ok=True)
        description = folder / DESCRIPTION
        write_text(description, answers)
    try:
        told = described(description, DESCRIPTION_SCHEMA)
    except DataFaults as found:
        if answered:
            click.echo(
                f"Your answers are kept in {description}. Mend it, then: new-review {folder} --from {description}", err=True
            )
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


def _listed(answer: str) -> list[str]:
    """Names joined by commas, each once. Raises UsageError, at which ``click.prompt`` asks again, where there is none."""
    names = {name.strip().casefold(): name.strip() for name in answer.split(",") if name.strip()}
    if not names:
        raise click.UsageError("at least one name is needed")
    return list(names.values())


def _named(names: Iterable[str], kind: str, taken: Collection[str] = ()) -> dict[str, str]:
    """Names by ids of plain letters, none of them ``taken``; what has no such letters is called by its kind and number."""
    from evidence_synthesis.importers.identity import has_plain_letters, slug

    found: dict[str, str] = {}
    for name in names:
        made = slug(name).replace("-", "_") if has_plain_letters(name) else f"{kind}_{len(found) + 1}"
        made = made if made[0].isalpha() else f"{kind}_{made}"
        free = (f"{made}_{n}" for n in count(2))
        found[made if made not in found and made not in taken else next(f for f in free if f not in found and f not in taken)] = (
            name
        )
    return found


def _weeks(answer: str) -> list[float]:
    """Weeks in order; none for 0. Raises UsageError for what is no number above zero."""
    try:
        weeks = sorted({float(end) for end in answer.split(",")})
    except ValueError as error:
        raise click.UsageError(f"{answer!r}: numbers of weeks joined by commas, such as 12, 52") from error
    if weeks[0] < 0 or not all(map(isfinite, weeks)):
        raise click.UsageError("numbers above zero")
    return [end for end in weeks if end]


def _worthwhile(measure: str, better: str) -> Callable[[str], float]:
    """The smallest worthwhile effect out of an answer, of the direction that is better for a ratio."""

    def read(answer: str) -> float:
        try:
            value = float(answer)
        except ValueError as error:
            raise click.UsageError(f"{answer!r} is no number") from error
        if not 0 < value < inf or (measure in RATIOS and (value == 1 or (value > 1) != (better == "more"))):
            side = f"a ratio {'above' if better == 'more' else 'below'} 1" if measure in RATIOS else "a number"
            raise click.UsageError(f"{side}, above 0")
        return value

    return read


def asked(ask: Callable[..., Any]) -> dict[str, Any]:
    """A description from answers; ``ask`` shows a question and gives the answer (``click.prompt``)."""
    from evidence_synthesis.entry.beginning import POINTS

    told: dict[str, Any] = {
        "title": ask("Title of the review"),
        "people": ask("Whose trials are they (insomnia, adults with asthma)"),
    }
    told["treatments"] = _named(ask("Treatments, joined by commas", value_proc=_listed), "treatment")
    controls = ask("Controls (placebo, usual care), joined by commas", value_proc=_listed)
    told["comparators"] = _named(controls, "control", told["treatments"])
    told["outcomes"] = {}
    for name, label in _named(ask("Outcomes, joined by commas", value_proc=_listed), "outcome").items():
        measure = ask(f"{label}: measure", type=click.Choice(["MD", "SMD", "RR", "OR", "RD", "HR", "IRR"]), default="MD")
        better = ask(f"{label}: better is", type=click.Choice(_DIRECTIONS.get(measure, ("fewer", "more"))))
        entry = {"label": label, "measure": measure, "better": better}
        entry["worthwhile"] = ask(f"{label}: smallest worthwhile effect ({measure})", value_proc=_worthwhile(measure, better))
        if measure == "MD":
            entry["unit"] = ask(f"{label}: unit in which trials print it (mmHg, kg, hours), or {POINTS}")
            if entry["unit"] == POINTS:
                entry["scale"] = [ask(f"{label}: {end} value of the scale", type=float) for end in ("lowest", "highest")]
        told["outcomes"][name] = entry
    question = "Follow-up windows end at weeks, joined by commas; 0: one without end"
    if weeks := ask(question, default="0", value_proc=_weeks):
        told["windows"] = {f"to_{end:g}_weeks".replace(".", "_"): {"up_to": end} for end in weeks}
    return told
