"""Published pooled estimates beside the statements, how much of them the data cover, and what is missing by name."""

import json
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.conclusions.other_reviews.beside import review_tables
from evidence_synthesis.conclusions.other_reviews.coverage import coverage_rows, missing_rows
from evidence_synthesis.conclusions.other_reviews.lists import TrialLists
from evidence_synthesis.conclusions.other_reviews.overlap import inclusion_rows, overlap_rows
from evidence_synthesis.conclusions.other_reviews.share import share_covered
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.synthesis.rows import other_reviews as rows
from evidence_synthesis.synthesis.rows.analyses import PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison
from evidence_synthesis.synthesis.rows.statements import JudgedPart
from evidence_synthesis.synthesis.rows.through_time import InformationMissing


def main(snakemake: Any, log: Log) -> None:
    out = {name: Path(path) for name, path in snakemake.output.items()}
    source = {name: Path(path) for name, path in snakemake.input.items()}
    settings, taxonomy = load_settings(snakemake.config), Taxonomy(read_checked(source["treatments"]))
    claims = load_claims(json.loads(source["claims"].read_text(encoding="utf-8")), taxonomy)
    parts = {(row.claim, row.part): row for row in JudgedPart.read(source["detail"])}
    published, unusable = read_checked(source["published"]), read_checked(source["unusable"])
    judgements, sources = read_checked(source["judgements"]), read_checked(source["sources"])
    lists = TrialLists.of(read_checked(source["lists"]), published, sources, read_checked(source["checked"]), judgements)
    pooled = {row.trial_id for row in TrialEffect.read(source["brought"])}
    found = review_tables(claims, parts, published, lists, settings, taxonomy)
    covered = list(coverage_rows(PublishedComparison.read(source["comparison"]), PooledResult.read(source["pooled"])))
    rows.ReviewEstimate.write(out["estimates"], found.estimates)
    rows.BesideReviews.write(out["beside"], found.beside)
    rows.Coverage.write(out["coverage"], covered)
    rows.ReviewOverlap.write(out["overlap"], overlap_rows(lists))
    rows.ReviewInclusions.write(out["inclusions"], inclusion_rows(lists, published, pooled))
    information = InformationMissing.read(source["information"])
    missing = [*unusable, *lists.not_here(unusable, published, taxonomy)]
    rows.MissingTrial.write(out["missing"], missing_rows(claims, missing, parts, information, settings))
    log(f"{len(found.estimates)} estimates on {len(found.beside)} parts; {100 * share_covered(covered):.0f} % covered")
