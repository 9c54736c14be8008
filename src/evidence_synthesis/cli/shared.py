"""What several commands have in common: options, and how they refuse."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

RESULTS = click.option(
    "--results", default="results", show_default=True, type=click.Path(path_type=Path), help="Folder of results."
)
CONFIG = click.option(
    "--config", default="config/config.yaml", show_default=True, type=click.Path(path_type=Path), help="Settings of the review."
)
DPI = click.option(
    "--dpi", default=300, show_default=True, type=click.IntRange(20, 1200), help="Dots to the inch of pictures in PNG."
)
ENGINE = Path(__file__).parents[3]  # the repository that the library stands in


def refuse(faults: Iterable[object]) -> NoReturn:
    """Print every fault and end with exit code 1."""
    listed = [str(f) for f in faults]
    for fault in listed:
        click.echo(fault, err=True)
    click.echo(f"{len(listed)} {'fault' if len(listed) == 1 else 'faults'}; nothing was written.", err=True)
    sys.exit(1)
