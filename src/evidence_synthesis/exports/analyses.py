"""Pooled analyses with their trials, read back from the published tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_synthesis import wording
from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.trials_in_analyses import read_members

Row = Mapping[str, str]


class NoSuchAnalysis(EvidenceError, LookupError):
    """An id that stands in no table; the message says where ids stand."""


@dataclass(frozen=True, slots=True)
class PublishedAnalysis:
    """One pooled analysis: its row, its certainty (None where none is rated) and its trials."""

    pooled: Row
    certainty: Row | None
    trials: Sequence[Row]

    @property
    def analysis_id(self) -> str:
        """Its id."""
        return self.pooled["analysis_id"]

    @property
    def measure(self) -> str:
        """MD, SMD, RR or HR."""
        return self.pooled["measure"]

    def title(self, settings: Settings) -> str:
        """What was asked, in the words of the review's settings."""
        words = "{} against {comparator}: {outcome}, {term}, {population}"
        return words.format(self.pooled["group_label"], **wording.asked(self.pooled, settings))


def load(results: Path, wanted: Iterable[str] = (), group: str = "") -> list[PublishedAnalysis]:
    """Analyses of these ids (all when none is named), or of one treatment, family or class. Raises NoSuchAnalysis."""
    ids = set(wanted)
    pooled = [
        r
        for r in read_checked(results / "tables/pooled.csv")
        if (not ids or r["analysis_id"] in ids) and (not group or r["group"] == group)
    ]
    missing = ids - {r["analysis_id"] for r in pooled}
    if missing or not pooled:
        name = ", ".join(sorted(missing)) or group or "any analysis"
        raise NoSuchAnalysis(f"no {name}: ids stand in {results}/tables/pooled.csv")
    keys = {(r["analysis_id"], r["measure"]) for r in pooled}
    trials: dict[tuple[str, str], list[Row]] = {key: [] for key in keys}
    for trial in read_members(results):
        key = (trial["analysis_id"], trial["measure"])
        if key in trials:
            trials[key].append(trial)
    judged = {(r["analysis_id"], r["measure"]): r for r in read_checked(results / "tables/certainty.csv")}
    return [PublishedAnalysis(r, judged.get(k), trials[k]) for r, k in ((r, (r["analysis_id"], r["measure"])) for r in pooled)]
