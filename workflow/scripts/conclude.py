"""Certainty of the pooled results, statements, the central message, published estimates, and summaries of findings."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _job import Log, run

from evidence_synthesis.audit.report import doubtful_rows
from evidence_synthesis.conclusions import central, certainty, published, summary_of_findings
from evidence_synthesis.conclusions.claims import rows as claims
from evidence_synthesis.conclusions.claims.judge import judge_statements
from evidence_synthesis.conclusions.claims.material import Material, StatementRules
from evidence_synthesis.conclusions.grade import Limits, overrules
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import read_results
from evidence_synthesis.storage.files import read_checked, write_table
from evidence_synthesis.synthesis.analyses import by_analysis, wanted_analyses
from evidence_synthesis.synthesis.trials_in_analyses import join
from evidence_synthesis.synthesis.verdicts import Rules

if TYPE_CHECKING:
    snakemake: Any


def main(snakemake: Any, log: Log) -> None:
    config, out = snakemake.params.config, {name: Path(path) for name, path in snakemake.output.items()}
    source = {name: Path(path) for name, path in snakemake.input.items()}
    tables = {name: read_checked(path) for name, path in source.items() if path.suffix == ".csv"}
    settings, taxonomy = load_settings(config), Taxonomy(tables["treatments"])
    rules, limits = Rules.of(config["verdicts"]), Limits.of(config["certainty"])
    results = read_results(source["checked"])
    converted = [convert(result, settings) for result in results]

    wanted = wanted_analyses(tables["pooled"], settings, least=1)
    rows = [r for r in tables["pooled"] if (r["analysis_id"], r["measure"]) in wanted]
    trials = by_analysis(join(tables["trials"], tables["brought"]), wanted)
    by_row = {r.row_id: r for r in results}
    overruled, explained = overrules(tables["overrides"]), certainty.explanations(tables["subgroups"])
    judged = list(
        certainty.certainty_rows(
            rows, trials, by_row, tables["unusable"], overruled, explained, settings, taxonomy, rules, limits
        )
    )
    write_table(out["certainty"], certainty.CERTAINTY_COLUMNS, judged)
    doubtful = doubtful_rows(tables["audit"], tables["checked"])
    without = certainty.without_rows(rows, trials, converted, doubtful, settings, taxonomy)
    write_table(out["without"], certainty.WITHOUT_COLUMNS, without)

    statements = load_claims(json.loads(source["claims"].read_text(encoding="utf-8")), taxonomy)
    stated, known = StatementRules.of(config["statements"]), (tables["unusable"], tables["published"], tables["outside"])
    material = Material(converted, settings, taxonomy, rules, stated, limits, config["bayes"], *known)
    answered = judge_statements(statements, material)
    universes = {r["question"]: r for r in tables["multiverse"]}
    write_table(out["claims"], claims.CLAIM_COLUMNS, claims.claim_rows(answered, statements, settings))
    write_table(out["not_tested"], claims.NOT_TESTED_COLUMNS, claims.not_tested_rows(statements))
    analyses = {r["analysis_id"] for r in tables["pooled"]}
    details = claims.detail_rows(answered, statements, settings, universes, stated, analyses)
    write_table(out["detail"], claims.DETAIL_COLUMNS, details)
    write_table(out["readings"], claims.READING_COLUMNS, claims.reading_rows(answered, statements, taxonomy))
    write_table(out["central"], central.COLUMNS, central.central_rows(material))
    compared = published.comparison_rows(tables["published"], tables["pooled"], settings, taxonomy)
    write_table(out["published"], published.COLUMNS, compared)

    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in judged]
    found = summary_of_findings.sof_tables(tables["pooled"], as_text, settings, taxonomy)
    write_table(out["sof"], summary_of_findings.SOF_COLUMNS, summary_of_findings.sof_rows(found))
    log(f"{len(judged)} analyses judged, {len(answered)} statements, {len(found)} groups with a summary of findings")


if __name__ == "__main__":
    run(snakemake, main, expected=(certainty.UnknownAnalysis,))
