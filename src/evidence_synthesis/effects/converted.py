"""The effects of all checked results, worked out once for the jobs that ask for them."""

from __future__ import annotations

from pathlib import Path

from evidence_synthesis.effects.conversions import Converted, convert
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.remembered import remembered


def read_converted(trials: Path, settings: Settings) -> list[Converted]:
    """The results in the file of checked rows with their effects, in its order; they must not be changed."""

    def read() -> list[Converted]:
        return [convert(result, settings) for result in read_results(trials)]

    return remembered(f"converted by {settings!r}", read, trials)
