"""Certainty of the pooled results, statements, the central message, published estimates, and summaries of findings."""

import json
from pathlib import Path
from typing import Any

from _work import Log

from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.conclusions.certainty import UnknownAnalysis
from evidence_synthesis.conclusions.conclude import Findings, conclude
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.rows import conclusions as rows
from evidence_synthesis.synthesis.rows import statements
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.further import SubgroupResult
from evidence_synthesis.synthesis.rows.multiverse import QuestionInUniverses
from evidence_synthesis.synthesis.trials_in_analyses import read_trials

EXPECTED: tuple[type[Exception], ...] = (UnknownAnalysis,)


def main(snakemake: Any, log: Log) -> None:
    out = {name: Path(path) for name, path in snakemake.output.items()}
    source = {name: Path(path) for name, path in snakemake.input.items()}
    treatments, config = read_checked(source["treatments"]), snakemake.config
    taxonomy = Taxonomy(treatments)
    found = Findings(
        **{name: read_checked(source[name]) for name in ("checked", "unusable", "overrides", "published", "outside")},
        results=read_results(source["checked"]),
        claims=load_claims(json.loads(source["claims"].read_text(encoding="utf-8")), taxonomy),
        audit=AuditLine.read(source["audit"]),
        pooled=PooledResult.read(source["pooled"]),
        trials=read_trials(source["trials"], source["brought"]),
        subgroups=SubgroupResult.read(source["subgroups"]),
        multiverse=QuestionInUniverses.read(source["multiverse"]),
    )
    memo = Memo(Path(snakemake.log[0]).with_suffix(".memo"), repr((config, treatments, snakemake.params.code)))
    concluded = conclude(found, config, taxonomy, memo)
    memo.save()
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
