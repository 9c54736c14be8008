"""What a run changed, told when it ends: doubts about new rows first, then what moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evidence_synthesis.compare.states import State


def state_of_results(results: Path) -> State | None:
    """The results as they are; None where there are none, or none that can be read."""
    from evidence_synthesis.compare.states import NoState, from_folder
    from evidence_synthesis.storage.table_row import BrokenTable

    try:
        return from_folder(results)
    except (NoState, BrokenTable, OSError, ValueError, KeyError):
        return None


def tell_news(before: State | None, results: Path, config: dict[str, Any]) -> None:
    """Say what differs from the state before; nothing where there was none."""
    from evidence_synthesis.compare.changes import compare
    from evidence_synthesis.compare.text import terminal

    after = state_of_results(results)
    if before is not None and after is not None:
        for line in terminal(compare(before, after, config)):
            click.echo(line)
