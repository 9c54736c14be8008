"""Analyses in the columns of the Cochrane Library's data rows, which RevMan users and our own importer read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evidence_synthesis.exports.analyses import PublishedAnalysis
from evidence_synthesis.importers.cochrane import HEADERS
from evidence_synthesis.review.schema import EVENTS
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.rows.analyses import TrialEffect

COLUMNS = tuple(HEADERS.values())
_ARMS = ("mean_t", "sd_t", "events_t", "n_t", "mean_c", "sd_c", "events_c", "n_c")


def data_rows(analyses: Sequence[PublishedAnalysis], settings: Settings) -> Iterator[dict[str, object]]:
    """One row for each study; effects enter as such (generic inverse variance), printed arms stand beside them.

    Arms are on the scale and in the direction of the analysis; where they are not complete they stay empty.
    """
    for number, analysis in enumerate(analyses, 1):
        name = f"{analysis.title(settings)} [{analysis.measure}]"
        for trial in analysis.trials:
            row: dict[str, object] = {
                "group": 1,
                "number": number,
                "name": name,
                "study": trial.study,
                "given": trial.yi,
                "given_se": math.sqrt(trial.vi),
                "weight": trial.weight,
                "effect": trial.effect,
                "ci_low": trial.ci_low,
                "ci_high": trial.ci_high,
                "footnote": "; ".join(x for x in (trial.versus, trial.handling, ";".join(trial.row_ids)) if x),
            }
            row |= {c: getattr(trial, c) for c in _ARMS} if _complete(trial, analysis.measure) else {}
            yield {HEADERS[k]: v for k, v in row.items()}


def _complete(trial: TrialEffect, measure: str) -> bool:
    """Whether the counts, or the means with their spread, of both arms are printed."""
    needed = ("events_t", "events_c") if measure in EVENTS else ("mean_t", "sd_t", "mean_c", "sd_c")
    return all(getattr(trial, c) is not None for c in (*needed, "n_t", "n_c"))
