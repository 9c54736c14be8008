"""From the review's tables to its conclusions: certainty, what is left without doubtful results, claims, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.audit.table import AuditLine, doubtful_rows
from evidence_synthesis.conclusions import central, certainty, published, summary_of_findings
from evidence_synthesis.conclusions.claims import rows as claim_tables
from evidence_synthesis.conclusions.claims.judge import judge_statements
from evidence_synthesis.conclusions.claims.material import Material, material_of
from evidence_synthesis.conclusions.claims.other_choices import ChoiceGrounds, all_otherwise
from evidence_synthesis.conclusions.grade import Limits, overrules
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.review.claims_file import Claims
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.analyses import by_analysis, wanted_analyses
from evidence_synthesis.synthesis.multiverse import Choices, load_choices
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty, FindingLine, PublishedComparison, WithoutDoubtful
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.rows.statements import CentralLine, DocumentReading, JudgedClaim, JudgedPart, UntestedStatement
from evidence_synthesis.synthesis.verdicts import Rules


@dataclass(frozen=True)
class Findings:
    """What conclusions are drawn from: checked tables (``Cells``), results, their effects, claims, and what was made of them.

    ``outside`` counts harms outside trials.
    """

    checked: Sequence[Cells]
    unusable: Sequence[Cells]
    overrides: Sequence[Cells]
    published: Sequence[Cells]
    outside: Sequence[Cells]
    results: Sequence[Result]
    converted: Sequence[Converted]
    claims: Claims
    audit: Sequence[AuditLine]
    pooled: Sequence[PooledResult]
    trials: Sequence[AnalysisTrial]
    subgroups: Sequence[SubgroupResult]
    multiverse: Sequence[QuestionInUniverses]


@dataclass(frozen=True, slots=True)
class ClaimTables:
    """The documents' statements against the data, as tables."""

    claims: list[JudgedClaim]
    detail: list[JudgedPart]
    not_tested: list[UntestedStatement]
    readings: list[DocumentReading]


@dataclass(frozen=True, slots=True)
class Conclusions:
    """The tables of all conclusions; ``groups`` counts those with a summary of findings."""

    certainty: list[Certainty]
    without: list[WithoutDoubtful]
    said: ClaimTables
    central: list[CentralLine]
    published: list[PublishedComparison]
    findings: list[FindingLine]
    groups: int


def _said(found: Findings, material: Material, choices: Choices, doubtful: frozenset[str]) -> ClaimTables:
    otherwise = all_otherwise(found.claims, material, ChoiceGrounds(choices, doubtful))
    answered = judge_statements(found.claims, material)
    universes = {row.question: row for row in found.multiverse}
    ids, settings = {row.analysis_id for row in found.pooled}, material.settings
    details = claim_tables.detail_rows(answered, found.claims, settings, universes, material.statement_rules, ids, otherwise)
    return ClaimTables(
        list(claim_tables.claim_rows(answered, found.claims, settings)),
        list(details),
        list(claim_tables.not_tested_rows(found.claims)),
        list(claim_tables.reading_rows(answered, found.claims, material.taxonomy)),
    )


def conclude(found: Findings, config: Mapping[str, Any], taxonomy: Taxonomy, memo: Memo | None = None) -> Conclusions:
    """Rate, compare and judge all that was found, by a config that its schema has accepted. Raises UnknownAnalysis.

    Answers about statements that ``memo`` knows are taken over.
    """
    settings, rules, limits = load_settings(config), Rules.of(config["verdicts"]), Limits.of(config["certainty"])
    wanted = wanted_analyses(found.pooled, settings, least=1)
    rows = [row for row in found.pooled if row.key in wanted]
    trials = by_analysis(found.trials, wanted)
    explained, overruled = certainty.explanations(found.subgroups), overrules(found.overrides)
    by_row = {r.row_id: r for r in found.results}
    grounds = certainty.Grounds(settings, taxonomy, rules, limits, by_row, found.unusable, explained, overruled)
    judged = list(certainty.certainty_rows(rows, trials, grounds))
    doubtful = doubtful_rows(found.audit, found.checked)
    tables = summary_of_findings.sof_tables(found.pooled, judged, settings, taxonomy)
    material = material_of(found.converted, config, settings, taxonomy, found.unusable, found.published, found.outside, memo)
    return Conclusions(
        judged,
        list(certainty.without_rows(rows, trials, found.converted, doubtful, settings, taxonomy)),
        _said(found, material, load_choices(config), doubtful),
        list(central.central_rows(material, {(r.analysis_id, r.measure): r.certainty for r in judged})),
        list(published.comparison_rows(found.published, found.pooled, settings, taxonomy)),
        list(summary_of_findings.sof_rows(tables)),
        len(tables),
    )
