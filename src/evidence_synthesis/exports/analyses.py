"""Pooled analyses with their trials, read back from the published tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis import wording
from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.synthesis.finding import not_there
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty
from evidence_synthesis.synthesis.trials_in_analyses import trials_of


class NoSuchAnalysis(EvidenceError, LookupError):
    """An id that stands in no table; the message says where ids stand."""


@dataclass(frozen=True, slots=True)
class PublishedAnalysis:
    """One pooled analysis: its row, its certainty (None where none is rated) and its trials."""

    pooled: PooledResult
    certainty: Certainty | None
    trials: Sequence[AnalysisTrial]

    @property
    def analysis_id(self) -> str:
        """Its id."""
        return self.pooled.analysis_id

    @property
    def measure(self) -> str:
        """MD, SMD, RR or HR."""
        return self.pooled.measure

    def title(self, settings: Settings) -> str:
        """What was asked, in the words of the review's settings."""
        words = "{} against {comparator}: {outcome}, {term}, {population}"
        return words.format(self.pooled.group_label, **wording.asked(self.pooled, settings))


def load(results: Path, wanted: Iterable[str] = (), group: str = "") -> list[PublishedAnalysis]:
    """Analyses of these ids (all when none is named), or of one treatment, family or class. Raises NoSuchAnalysis."""
    ids = set(wanted)
    every = PooledResult.of(results)
    pooled = [r for r in every if (not ids or r.analysis_id in ids) and (not group or r.group == group)]
    missing = ids - {r.analysis_id for r in pooled}
    if missing or not pooled:
        if len(missing) == 1:
            raise NoSuchAnalysis(not_there(every, missing.pop()))
        name = ", ".join(sorted(missing)) or group or "any analysis"
        raise NoSuchAnalysis(f"no {name}: ids stand in {results}/{PooledResult.FILE}")
    trials: dict[Key, list[AnalysisTrial]] = {r.key: [] for r in pooled}
    for trial in trials_of(results):
        if trial.key in trials:
            trials[trial.key].append(trial)
    judged = by_key(Certainty.of(results))
    return [PublishedAnalysis(r, judged.get(r.key), trials[r.key]) for r in pooled]
