"""Candidates for the review: reports that searches found, apart from what is known, waiting for a reader.

They stand beside the data package and not in it. No run reads them, so that nothing is pooled that nobody has read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from evidence_synthesis.importers.found_reports import REGISTRY, FoundReport, tidy_doi
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.table_row import TableRow

FOUND, DRAFTS = "candidates.csv", "draft_results.csv"  # beside the data package; no table of results
WAITING, KNOWN_REPORT, KNOWN_TRIAL = "waits for a reader", "the report is known", "another report of a known trial"


@dataclass(frozen=True, slots=True)
class CandidateReport(TableRow):
    """A report that a search found; ``same_as`` names the source, trial or study that it is, where that is known."""

    WORDS: ClassVar[Mapping[str, Sequence[str]]] = {"state": (WAITING, KNOWN_REPORT, KNOWN_TRIAL)}

    candidate_id: str
    state: str
    same_as: str
    title: str
    first_author: str
    year: str
    journal: str
    pmid: str
    doi: str
    registry: tuple[str, ...]
    found_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftResult(TableRow):
    """What a registry prints for one arm of a candidate, for the reader who makes rows of results of it."""

    candidate_id: str
    outcome: str
    time_as_printed: str
    arm: str
    n: str
    statistic: str
    value: str
    dispersion: str
    spread: str
    unit: str


class KnownReports:
    """What the review knows already, by PubMed id, DOI and registry id: sources, trials and results without numbers."""

    def __init__(self, sources: Iterable[Cells], trials: Iterable[Cells], unusable: Iterable[Cells]) -> None:
        self.reports: dict[str, str] = {}
        self.trials: dict[str, str] = {}
        listed = [(row, row["source_id"]) for row in sources] + [(row, row["trial_id"] or row["study"]) for row in unusable]
        for row, name in listed:
            for key in _keys(row["pmid"], row["doi"]):
                self.reports.setdefault(key, name)
            for key in _registered(row.get("registry", "")):
                self.trials.setdefault(key, name)
        for row in trials:
            for key in _registered(row["registry"]):
                self.trials.setdefault(key, row["trial_id"])

    def state(self, report: FoundReport) -> tuple[str, str]:
        """What a report is to the review, and the name of what it is the same as."""
        for key in _keys(report.pmid, report.doi):
            if key in self.reports:
                return KNOWN_REPORT, self.reports[key]
        for key in report.registry:
            if key.upper() in self.trials:
                return KNOWN_TRIAL, self.trials[key.upper()]
        return WAITING, ""


def _keys(pmid: str, doi: str) -> list[str]:
    tidy = tidy_doi(doi)
    return [*([f"pmid {pmid.strip()}"] if pmid.strip() else []), *([f"doi {tidy}"] if tidy else [])]


def _registered(text: str) -> list[str]:
    return [name.upper() for name in REGISTRY.findall(text)]


def _same(report: FoundReport) -> list[str]:
    """What tells that two found reports are one: PubMed id or DOI; the registry id where there is neither."""
    return _keys(report.pmid, report.doi) or [f"registry {name}" for name in report.registry]


def _groups(reports: Sequence[FoundReport]) -> list[list[FoundReport]]:
    """The reports, those that are one together, in the order in which they were found."""
    place: dict[str, int] = {}
    groups: list[list[FoundReport]] = []
    for report in reports:
        keys = _same(report) or [f"title {re.sub(r'[^a-z0-9]', '', report.title.lower())} {report.year}"]
        own = next((place[key] for key in keys if key in place), len(groups))
        if own == len(groups):
            groups.append([])
        groups[own].append(report)
        for key in keys:
            place.setdefault(key, own)
    return groups


def _name(report: FoundReport) -> str:
    """A name that stays the same from run to run: the first identifier, else author, year and the title's beginning."""
    if report.pmid:
        return f"pmid-{report.pmid}"
    words = report.doi or (report.registry[0] if report.registry else f"{report.first_author} {report.year} {report.title[:40]}")
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "untitled"


def candidates(reports: Sequence[FoundReport], known: KnownReports) -> tuple[list[CandidateReport], list[DraftResult]]:
    """The found reports, each once, with their state, and what registries print of those that wait for a reader."""
    listed: list[CandidateReport] = []
    drafts: list[DraftResult] = []
    for group in _groups(reports):
        first = group[0]
        states = [known.state(report) for report in group]
        state, same = next((found for found in states if found[0] != WAITING), states[0])
        name = _name(first)

        def told(field: str, group: list[FoundReport] = group) -> str:
            return next((str(value) for r in group if (value := getattr(r, field))), "")

        registry = tuple(dict.fromkeys(n for r in group for n in r.registry))
        files = tuple(dict.fromkeys(r.found_in for r in group))
        words = {field: told(field) for field in ("title", "first_author", "year", "journal", "pmid", "doi")}
        listed.append(CandidateReport(name, state, same, **words, registry=registry, found_in=files))
        if state != KNOWN_REPORT:
            drafts += _drafts(name, group)
    return listed, drafts


def _drafts(name: str, group: Iterable[FoundReport]) -> Iterator[DraftResult]:
    for report in group:
        for arm in report.arms:
            where = (arm.outcome, arm.time, arm.arm, arm.people, arm.statistic, arm.value, arm.dispersion, arm.spread, arm.unit)
            yield DraftResult(name, *where)


def together(old: Iterable[CandidateReport], new: Iterable[CandidateReport]) -> list[CandidateReport]:
    """Candidates of before and of now, each once; what is known of one now goes before."""
    found = {row.candidate_id: row for row in old}
    for row in new:
        before = found.get(row.candidate_id)
        files = tuple(dict.fromkeys([*(before.found_in if before else ()), *row.found_in]))
        found[row.candidate_id] = replace(row, found_in=files)
    return sorted(found.values(), key=lambda row: (row.state != WAITING, row.candidate_id))
