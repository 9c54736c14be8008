"""What a run changed, told when it ends: doubts about new rows first, then what moved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evidence_synthesis.compare.states import State


def tables_of(results: Path) -> Mapping[str, str] | None:
    """The texts of the tables of results as they are; None where they are not all there."""
    from evidence_synthesis.compare.states import NoState, texts_in

    try:
        return texts_in(results)
    except (NoState, OSError, ValueError):
        return None


def state_of(results: Path, tables: Mapping[str, str] | None) -> State | None:
    """The results whose tables have these texts; None where there are none, or none that can be read."""
    from evidence_synthesis.compare import changes, text  # noqa: F401  (the comparison needs them: loaded while others work)
    from evidence_synthesis.compare.states import from_texts

    try:
        return from_texts(str(results), tables) if tables is not None else None
    except (ValueError, KeyError):
        return None


def tell_news(before: State | None, results: Path, config: dict[str, Any]) -> None:
    """Say what differs from the state before; nothing where there was none."""
    from evidence_synthesis.compare.changes import compare
    from evidence_synthesis.compare.text import terminal

    if before is None:
        return
    after = state_of(results, tables_of(results))
    if after is not None:
        for line in terminal(compare(before, after, config)):
            click.echo(line)
