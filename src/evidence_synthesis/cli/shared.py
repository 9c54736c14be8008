"""What several commands have in common: options, and how they refuse."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from evidence_synthesis.review.package import Fault
    from evidence_synthesis.review.settings import Settings
    from evidence_synthesis.review.yaml_file import Document

DIRECTORY = click.option(
    "--directory",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the review, with config/, data/ and results/.",
)
RESULTS = click.option(
    "--results", default="results", show_default=True, type=click.Path(path_type=Path), help="Folder of results."
)
CONFIG = click.option(
    "--config", default="config/config.yaml", show_default=True, type=click.Path(path_type=Path), help="Settings of the review."
)
DPI = click.option(
    "--dpi", default=300, show_default=True, type=click.IntRange(20, 1200), help="Dots to the inch of pictures in PNG."
)


PACKAGE = Path(__file__).parents[1]


def _engine() -> Path:
    """The folder with the workflow: inside an installed package, or the repository that the library stands in."""
    installed = PACKAGE / "engine"
    return installed if installed.is_dir() else PACKAGE.parents[1]


ENGINE = _engine()
SCHEMA = ENGINE / "workflow/schemas/config.schema.yaml"  # of the settings


def refuse(faults: Iterable[Fault], data: Path | None = None, more: str = "") -> NoReturn:
    """Print every fault, alike ones together, and end with exit code 1.

    With the lines for treatments that are new to the ``data``, and what ``more`` there is to say.
    """
    from evidence_synthesis.review.told import fault_lines, new_treatments

    listed = list(faults)
    for line in [*fault_lines(listed), *(new_treatments(listed, data) if data is not None else ())]:
        click.echo(line, err=True)
    if more:
        click.echo(more, err=True)
    click.echo(f"{len(listed)} {'fault' if len(listed) == 1 else 'faults'}; nothing was written.", err=True)
    sys.exit(1)


def examined(config: Path, data: Path | None = None) -> Document:
    """The settings in a file. With any fault in them it is refused, and those of the ``data`` are told as well."""
    from evidence_synthesis.review.check_claims import check_review
    from evidence_synthesis.review.check_settings import named_data, read_settings
    from evidence_synthesis.review.package import DataFaults

    document, faults = read_settings(config, SCHEMA)
    if document is not None and not faults:
        return document
    try:
        if data is not None and data.is_dir():
            check_review(data, {}, named_data(document) if document else ())
    except DataFaults as found:
        faults += found.faults
    refuse(sorted(set(faults)), data)


def settings_content(config: Path) -> dict[str, Any]:
    """The settings in a file as they stand there, refused with any fault."""
    return examined(config).content  # type: ignore[no-any-return]


def settings_in(config: Path) -> Settings:
    """The settings in a file as typed values, refused with any fault."""
    from evidence_synthesis.review.settings import load_settings

    return load_settings(settings_content(config))


LAYOUTS = ("house", "revman", "bmj", "jama")
LAYOUT = click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default="house",
    show_default=True,
    help="How a forest plot is printed.",
)
WIDTH = click.option("--width", default=None, help="Width of a forest plot with its unit, such as 180mm, 18cm or 7in.")
NO_TITLE = click.option("--no-title", "untitled", is_flag=True, help="Leave a forest plot's title out; journals print it below.")


def inches(words: str | None) -> float | None:
    """A width such as 180mm, 18cm, 7in or 510pt in inches; None of None. Raises BadParameter for anything else."""
    if words is None:
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(mm|cm|in|pt)\s*", words)
    wide = float(found[1]) / {"mm": 25.4, "cm": 2.54, "in": 1.0, "pt": 72.0}[found[2]] if found else 0.0
    if not 20 / 25.4 < wide <= 100:
        raise click.BadParameter(f"{words}: a width with its unit is expected, such as 180mm, 18cm or 7in", param_hint="--width")
    return wide
