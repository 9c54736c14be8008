"""The index page of the results: what was read, what it says at a glance, and the way to every figure and table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis.templates import environment

Record = Mapping[str, str]

SUMMARIES = ("overview", "claims", "published", "flow", "risk_of_bias")  # groups of figures that show all treatments

TABLES = (
    ("pooled.csv", "every analysis with its pooled result, intervals and heterogeneity"),
    ("summary.csv", "the same for reading, with the follow-up terms side by side"),
    ("pooled_models.csv", "the results under other models and intervals"),
    ("analysis_trials.csv", "the trials in each analysis, with effects and weights"),
    ("effects.csv", "the effect of every result, with the conversions behind it"),
    ("row_accounting.csv", "what became of every result that was read"),
    ("small_study_effects.csv", "tests and adjusted estimates for small-study effects, from ten trials on"),
    ("influence.csv", "each analysis without each of its trials, with influence diagnostics"),
    ("bayes.csv", "a Bayesian check: chances of any and of a worthwhile benefit"),
    ("networks.csv", "network meta-analyses: heterogeneity and inconsistency"),
    ("network_league.csv", "every treatment against every other one, from the networks"),
    ("network_ranking.csv", "treatments by P-score; a rank is no certainty"),
    ("network_splits.csv", "direct against indirect evidence for every compared pair"),
    ("subgroups.csv", "larger analyses by comparator, risk of bias, source, chronicity and region"),
    ("meta_regression.csv", "larger analyses by year of publication"),
    ("gosh.csv", "larger analyses: all subsets of their trials"),
    ("dependent_effects.csv", "all terms of a question together: multilevel model, robust variances, long against short"),
    ("further_intervals.csv", "other intervals of tau2, of the mean and of a new setting's effect"),
    ("network_heat.csv", "which design's inconsistency another design explains"),
    ("audit.csv", "values that are not believable or contradict each other, with the evidence"),
    ("without_doubtful.csv", "pooled results with and without the results in doubt"),
    ("multiverse.csv", "every question of the claims under all defensible choices"),
    ("multiverse_choices.csv", "which choice changes the verdict, and how often"),
    ("multiverse_selections.csv", "which effects each choice of results ends in"),
    ("multiverse_sets.csv", "the pooled results of those effects"),
    ("certainty.csv", "certainty of each analysis (GRADE), domain by domain, with the numbers behind it"),
    ("summary_of_findings.csv", "summary of findings: effect, certainty and a plain sentence"),
    ("claims.csv", "the documents' statements against the data"),
    ("claims_detail.csv", "every test of every statement, with the way back to the rows"),
    ("document_readings.csv", "where documents speak of the same treatments: whose statements the data bear out"),
    ("published_comparison.csv", "our estimates beside those of published reviews"),
    ("figures.csv", "the figures with their descriptions"),
)


def general_reason(reason: str) -> str:
    """A reason without what belongs to the single row, for counting."""
    return "excluded by a decision (corrections.csv)" if reason.startswith("excluded by a decision") else reason


def reasons(accounts: Iterable[Record]) -> list[tuple[str, int]]:
    """Reasons for leaving results out, most frequent first."""
    counted = Counter(general_reason(a["reason"]) for a in accounts if a["status"] == "excluded")
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def link(source: Record) -> tuple[str, str]:
    """Identifier and address of a source; the address is empty when none is known or it is not a web address."""
    if source["doi"]:
        return f"doi:{source['doi']}", f"https://doi.org/{source['doi']}"
    if source["pmid"]:
        return f"PMID {source['pmid']}", f"https://pubmed.ncbi.nlm.nih.gov/{source['pmid']}/"
    if source["pmcid"]:
        return source["pmcid"], f"https://pmc.ncbi.nlm.nih.gov/articles/{source['pmcid']}/"
    if re.match(r"https?://", source["url"]):
        return "page", source["url"]
    return source["registry"], ""


def _counts(accounts: Sequence[Record], pooled: Sequence[Record]) -> dict[str, int]:
    status = Counter(a["status"] for a in accounts)
    several = sum(int(p["trials"]) > 1 for p in pooled)
    return {
        "rows": len(accounts),
        "trials": len({a["trial_id"] for a in accounts}),
        "used": status["used"],
        "merged": status["merged"] + status["split"],
        "excluded": status["excluded"],
        "analyses": several,
        "single": len(pooled) - several,
    }


def _groups(figures: Iterable[Record]) -> list[dict[str, object]]:
    groups: dict[str, dict[str, object]] = {}
    for figure in figures:
        label = figure["title"].rsplit(":", 1)[0]
        group = groups.setdefault(figure["group"], {"id": figure["group"], "label": label, "figures": []})
        entry = {"file": figure["file"], "outcome": figure["title"].rsplit(": ", 1)[1], "trials": figure["trials"]}
        group["figures"].append(entry)  # type: ignore[attr-defined]
    return sorted(groups.values(), key=lambda g: str(g["label"]))


def index_page(
    title: str,
    model: str,
    pooled: Sequence[Record],
    accounts: Sequence[Record],
    figures: Sequence[Record],
    sources: Iterable[Record],
    findings: Iterable[Record],
) -> str:
    """The index page as HTML."""
    documents = {f["group"]: f["group_label"] for f in findings}
    rows = []
    for source in sorted(sources, key=lambda s: int(s["ref"])):
        identifier, href = link(source)
        rows.append({"ref": source["ref"], "label": source["label"], "identifier": identifier, "href": href})
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            title=title,
            model=model,
            counts=_counts(accounts, pooled),
            overview=[f for group in SUMMARIES for f in figures if f["group"] == group],
            groups=_groups(f for f in figures if f["group"] not in SUMMARIES),
            documents=sorted(documents.items(), key=lambda item: item[1]),
            tables=[{"file": f, "what": w} for f, w in TABLES],
            reasons=reasons(accounts),
            sources=rows,
        )
    )
