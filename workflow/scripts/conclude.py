"""Subgroups, certainty of the pooled results, statements, the central message, summaries of findings, and other reviews.

What published reviews pool stands beside the statements; it tells how much of it the data cover, and what is missing by name.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.conclusions.certainty import UnknownAnalysis
from evidence_synthesis.conclusions.conclude import Conclusions, Findings, conclude
from evidence_synthesis.conclusions.other_reviews.beside import review_tables
from evidence_synthesis.conclusions.other_reviews.coverage import coverage_rows, missing_rows
from evidence_synthesis.conclusions.other_reviews.lists import TrialLists
from evidence_synthesis.conclusions.other_reviews.overlap import inclusion_rows, overlap_rows
from evidence_synthesis.conclusions.other_reviews.share import share_covered
from evidence_synthesis.effects.converted import read_converted
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.settings import Settings, load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.exploration import subgroups_of
from evidence_synthesis.synthesis.rows import conclusions as rows
from evidence_synthesis.synthesis.rows import other_reviews, statements
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.rows.through_time import InformationMissing
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

EXPECTED: tuple[type[Exception], ...] = (UnknownAnalysis,)


def main(snakemake: Any, log: Log) -> None:
    out = {name: Path(path) for name, path in snakemake.output.items()}
    source = {name: Path(path) for name, path in snakemake.input.items()}
    treatments, config = read_checked(source["treatments"]), snakemake.config
    settings, taxonomy = load_settings(config), Taxonomy(treatments)
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, treatments, snakemake.params.code)))
    results = read_results(source["checked"])
    pooled, trials = PooledResult.read(source["pooled"]), read_trials(source["trials"], source["brought"])
    by_row = {result.row_id: result for result in results}
    found = Findings(
        **{name: read_checked(source[name]) for name in ("checked", "unusable", "overrides", "published", "outside")},
        results=results,
        converted=read_converted(source["checked"], settings),
        claims=load_claims(json.loads(source["claims"].read_text(encoding="utf-8")), taxonomy),
        audit=AuditLine.read(source["audit"]),
        pooled=pooled,
        trials=trials,
        subgroups=subgroups_of(pooled, trials, by_row, settings, taxonomy, config["explore"], memo),
        multiverse=QuestionInUniverses.read(source["multiverse"]),
    )
    concluded = conclude(found, config, taxonomy, memo)
    memo.save()
    SubgroupResult.write(out["subgroups"], found.subgroups)
    rows.Certainty.write(out["certainty"], concluded.certainty)
    rows.WithoutDoubtful.write(out["without"], concluded.without)
    statements.JudgedClaim.write(out["claims"], concluded.said.claims)
    statements.UntestedStatement.write(out["not_tested"], concluded.said.not_tested)
    statements.JudgedPart.write(out["detail"], concluded.said.detail)
    statements.DocumentReading.write(out["readings"], concluded.said.readings)
    statements.CentralLine.write(out["central"], concluded.central)
    rows.PublishedComparison.write(out["published"], concluded.published)
    rows.FindingLine.write(out["sof"], concluded.findings)
    said = f"{len(concluded.certainty)} analyses judged, {len(concluded.said.claims)} statements"
    log(f"{said}, {concluded.groups} groups with a summary of findings")
    _beside_reviews(found, concluded, settings, taxonomy, source, out, log)


def _beside_reviews(
    found: Findings,
    concluded: Conclusions,
    settings: Settings,
    taxonomy: Taxonomy,
    source: Mapping[str, Path],
    out: Mapping[str, Path],
    log: Log,
) -> None:
    parts = {(row.claim, row.part): row for row in concluded.said.detail}
    judgements, sources = read_checked(source["judgements"]), read_checked(source["sources"])
    lists = TrialLists.of(read_checked(source["lists"]), found.published, sources, found.checked, judgements)
    beside = review_tables(found.claims, parts, found.published, lists, settings, taxonomy)
    covered = list(coverage_rows(concluded.published, found.pooled))
    information = InformationMissing.read(source["information"])
    missing = [*found.unusable, *lists.not_here(found.unusable, found.published, taxonomy)]
    brought = {trial.trial_id for trial in found.trials}
    other_reviews.ReviewEstimate.write(out["estimates"], beside.estimates)
    other_reviews.BesideReviews.write(out["beside"], beside.beside)
    other_reviews.Coverage.write(out["coverage"], covered)
    other_reviews.ReviewOverlap.write(out["overlap"], overlap_rows(lists))
    other_reviews.ReviewInclusions.write(out["inclusions"], inclusion_rows(lists, found.published, brought))
    other_reviews.MissingTrial.write(out["missing"], missing_rows(found.claims, missing, parts, information, settings))
    log(f"{len(beside.estimates)} estimates on {len(beside.beside)} parts; {100 * share_covered(covered):.0f} % covered")
