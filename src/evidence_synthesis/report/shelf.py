"""The published tables, read for the report and sorted so that a page finds its rows at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.conclusions.grade import Limits
from evidence_synthesis.review.evidence import EvidenceChange, EvidenceState
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import QuestionKey
from evidence_synthesis.storage.files import Cells, read_checked
from evidence_synthesis.storage.table_row import check_names
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty, PublishedComparison, WithoutDoubtful
from evidence_synthesis.synthesis.rows.figures import PublishedFigure
from evidence_synthesis.synthesis.rows.networks import NetworkSummary, RankedTreatment
from evidence_synthesis.synthesis.rows.other_reviews import (
    BesideReviews,
    Coverage,
    MissingTrial,
    ReviewInclusions,
    ReviewOverlap,
)
from evidence_synthesis.synthesis.rows.results import ResultEffect, RowAccount
from evidence_synthesis.synthesis.rows.robustness import SmallStudyEffects, TrialInfluence
from evidence_synthesis.synthesis.rows.statements import CentralLine, DocumentReading, JudgedClaim, JudgedPart, UntestedStatement
from evidence_synthesis.synthesis.rows.through_time import (
    DocumentPair,
    DocumentsApart,
    InformationMissing,
    JudgedTwice,
    VerdictMoved,
)
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

_R = TypeVar("_R")
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The tables that the report shows: checked ones as people entered them (``Cells``), and the published ones."""

    checked: Sequence[Cells]
    sources: Sequence[Cells]
    unusable: Sequence[Cells]
    corrections: Sequence[Cells]
    version: EvidenceState
    history: Sequence[EvidenceChange]
    pooled: Sequence[PooledResult]
    trials: Sequence[AnalysisTrial]
    effects: Sequence[ResultEffect]
    accounts: Sequence[RowAccount]
    certainty: Sequence[Certainty]
    small: Sequence[SmallStudyEffects]
    influence: Sequence[TrialInfluence]
    without: Sequence[WithoutDoubtful]
    ranking: Sequence[RankedTreatment]
    networks: Sequence[NetworkSummary]
    audit: Sequence[AuditLine]
    claims: Sequence[JudgedClaim]
    detail: Sequence[JudgedPart]
    not_tested: Sequence[UntestedStatement]
    readings: Sequence[DocumentReading]
    central: Sequence[CentralLine]
    published: Sequence[PublishedComparison]
    twice: Sequence[JudgedTwice]
    moved: Sequence[VerdictMoved]
    pairs: Sequence[DocumentPair]
    apart: Sequence[DocumentsApart]
    information: Sequence[InformationMissing]
    beside: Sequence[BesideReviews]
    overlap: Sequence[ReviewOverlap]
    inclusions: Sequence[ReviewInclusions]
    coverage: Sequence[Coverage]
    missing: Sequence[MissingTrial]
    figures: Sequence[PublishedFigure]
    summaries: Sequence[PublishedFigure]


def read_tables(files: Mapping[str, Path]) -> ReportTables:
    """The tables of the report from their files by name; ``brought`` is the second table of trials. Raises BrokenTable."""
    claims, detail = JudgedClaim.read(files["claims"]), JudgedPart.read(files["detail"])
    check_names(detail, "claim", {c.claim for c in claims}, str(files["detail"]), f"statement of {files['claims']}")
    return ReportTables(
        checked=read_checked(files["checked"]),
        sources=read_checked(files["sources"]),
        unusable=read_checked(files["unusable"]),
        corrections=read_checked(files["corrections"]),
        version=EvidenceState.read(files["version"])[0],
        history=EvidenceChange.read(files["history"]),
        pooled=PooledResult.read(files["pooled"]),
        trials=read_trials(files["trials"], files["brought"]),
        effects=ResultEffect.read(files["effects"]),
        accounts=RowAccount.read(files["accounts"]),
        certainty=Certainty.read(files["certainty"]),
        small=SmallStudyEffects.read(files["small"]),
        influence=TrialInfluence.read(files["influence"]),
        without=WithoutDoubtful.read(files["without"]),
        ranking=RankedTreatment.read(files["ranking"]),
        networks=NetworkSummary.read(files["networks"]),
        audit=AuditLine.read(files["audit"]),
        claims=claims,
        detail=detail,
        not_tested=UntestedStatement.read(files["not_tested"]),
        readings=DocumentReading.read(files["readings"]),
        central=CentralLine.read(files["central"]),
        published=PublishedComparison.read(files["published"]),
        twice=JudgedTwice.read(files["twice"]),
        moved=VerdictMoved.read(files["moved"]),
        pairs=DocumentPair.read(files["pairs"]),
        apart=DocumentsApart.read(files["apart"]),
        information=InformationMissing.read(files["information"]),
        beside=BesideReviews.read(files["beside"]),
        overlap=ReviewOverlap.read(files["overlap"]),
        inclusions=ReviewInclusions.read(files["inclusions"]),
        coverage=Coverage.read(files["coverage"]),
        missing=MissingTrial.read(files["missing"]),
        figures=PublishedFigure.read(files["figures"]),
        summaries=PublishedFigure.read(files["summaries"]),
    )


@dataclass(frozen=True)
class Shelf:
    """The published tables, sorted so that a page finds its rows at once."""

    settings: Settings
    limits: Limits
    taxonomy: Taxonomy
    certainty: Mapping[Key, Certainty]
    pooled: Mapping[str, Sequence[PooledResult]]
    measures: Mapping[QuestionKey, Sequence[str]]
    trials: Mapping[Key, Sequence[AnalysisTrial]]
    small: Mapping[Key, SmallStudyEffects]
    turning: Mapping[Key, Sequence[str]]
    without: Mapping[Key, WithoutDoubtful]
    results: Mapping[str, Sequence[Cells]]
    findings: Mapping[str, Sequence[AuditLine]]
    ranking: Mapping[str, Sequence[RankedTreatment]]
    networks: Mapping[str, NetworkSummary]
    unusable: Mapping[str, Sequence[Cells]]
    figures: Mapping[str, Sequence[PublishedFigure]]
    sources: Mapping[str, Cells]
    effects: Mapping[str, Sequence[ResultEffect]]
    accounts: Mapping[str, RowAccount]
    corrections: Mapping[str, Sequence[Cells]]
    said: Mapping[str, Sequence[JudgedClaim]]

    @cached_property
    def rows(self) -> Mapping[Key, PooledResult]:
        """The pooled results by analysis and measure."""
        return by_key(row for rows in self.pooled.values() for row in rows)

    @cached_property
    def _with(self) -> Mapping[str, Set[str]]:
        """The trials with a treatment on either side of a result."""
        found: dict[str, set[str]] = defaultdict(set)
        for trial_id, rows in self.results.items():
            for row in rows:
                found[row["treatment"]].add(trial_id)
                found[row["comparator"]].add(trial_id)
        return found

    def results_of(self, group: str) -> Mapping[str, Sequence[Cells]]:
        """The results in which a group's treatments stand on either side, by trial."""
        members = set(self.taxonomy.members(group))
        trials = {trial for name in members for trial in self._with.get(name, ())}
        return {
            trial: [r for r in rows if r["treatment"] in members or r["comparator"] in members]
            for trial, rows in self.results.items()
            if trial in trials
        }

    def plot_of(self, row: PooledResult) -> str:
        """The anchor of the forest plot that shows a result on its group's page; empty where there is none."""
        name = row.asks.question.within_group
        there = any(f.outcome == name and f.kind == "forest" for f in self.figures.get(row.group, ()))
        if not there:
            return ""
        first = self.settings.outcome(row.outcome).first_of(self.measures[row.asks.question])
        return f"plot-{name}" if first == row.measure else ""


def _by(rows: Iterable[_R], key: Callable[[_R], _K]) -> dict[_K, list[_R]]:
    found: dict[_K, list[_R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def _said(tables: ReportTables) -> dict[str, list[JudgedClaim]]:
    """The statements about each group of treatments."""
    claims = {c.claim: c for c in tables.claims}
    found: dict[str, dict[str, JudgedClaim]] = defaultdict(dict)
    for part in tables.detail:
        for name in part.groups:
            found[name][part.claim] = claims[part.claim]
    return {name: list(statements.values()) for name, statements in found.items()}


def shelve(tables: ReportTables, settings: Settings, limits: Limits, taxonomy: Taxonomy) -> Shelf:
    """Sort the tables by what pages ask for; ``limits`` are those of the ratings."""
    findings: dict[str, list[AuditLine]] = defaultdict(list)
    for finding in tables.audit:
        for row_id in finding.rows:
            findings[row_id].append(finding)
    turning = _by((row for row in tables.influence if row.turns), lambda r: r.key)
    return Shelf(
        settings,
        limits,
        taxonomy,
        certainty=by_key(tables.certainty),
        pooled=_by(tables.pooled, lambda r: r.group),
        measures={key: [r.measure for r in rows] for key, rows in _by(tables.pooled, lambda r: r.asks.question).items()},
        trials=_by(tables.trials, lambda r: r.key),
        small=by_key(tables.small),
        turning={key: [row.study for row in rows] for key, rows in turning.items()},
        without=by_key(tables.without),
        results=_by(tables.checked, lambda r: r["trial_id"]),
        findings=findings,
        ranking=_by(tables.ranking, lambda r: r.treatment),
        networks={r.network: r for r in tables.networks if r.part == 1},
        unusable=_by(tables.unusable, lambda r: r["treatment"]),
        figures=_by(tables.figures, lambda f: f.group),
        sources={s["source_id"]: s for s in tables.sources},
        effects=_by(tables.effects, lambda r: r.row_id),
        accounts={a.row_id: a for a in tables.accounts},
        corrections=_by(tables.corrections, lambda r: r["row_id"]),
        said=_said(tables),
    )
