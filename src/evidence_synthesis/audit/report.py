"""Run every rule and make the table of what they found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence_synthesis.audit import arms, printed, scale, spread, whole
from evidence_synthesis.audit.lines import DOUBT, ERROR, SEVERITIES, Evidence, Finding

AUDIT_COLUMNS = ("finding", "rule", "kind", "severity", "trial_id", "study", "rows", "evidence", "decision")
RULES = (*arms.RULES, *spread.RULES, *scale.RULES, *whole.RULES, *printed.RULES)


def audit(rows: Sequence[Mapping[str, str]], instruments: Iterable[Mapping[str, str]] = ()) -> list[Finding]:
    """All findings about printed rows (text cells), worst first; the same finding about the same rows stands once.

    ``instruments``: the table of instruments, which tells whose scores are whole numbers.
    """
    evidence = Evidence(rows, instruments)
    found: dict[tuple[str, str, tuple[str, ...]], Finding] = {}
    for rule in RULES:
        for finding in rule(evidence):
            found.setdefault((finding.rule, finding.severity, tuple(sorted(finding.row_ids))), finding)
    return sorted(found.values(), key=lambda f: (SEVERITIES.index(f.severity), f.trial_id, f.rule, f.row_ids))


def audit_rows(findings: Iterable[Finding], checked: Iterable[Mapping[str, str]]) -> Iterator[dict[str, object]]:
    """The findings as a table; ``decision`` tells what the review decided about the rows, if anything."""
    by_id = {r["row_id"]: r for r in checked}
    for number, finding in enumerate(findings, 1):
        decided = {_decision(by_id[i]) for i in finding.row_ids} - {""}
        yield {
            "finding": number,
            "rule": finding.rule,
            "kind": finding.kind,
            "severity": finding.severity,
            "trial_id": finding.trial_id,
            "study": by_id[finding.row_ids[0]]["study"],
            "rows": ";".join(finding.row_ids),
            "evidence": finding.evidence,
            "decision": "; ".join(sorted(decided)),
        }


def _decision(row: Mapping[str, str]) -> str:
    """What was decided about a row: excluded, kept, or the columns that were replaced."""
    if row["decision"]:
        return {"exclude": "excluded", "keep": "kept"}[row["decision"]]
    return "replaced: " + row["corrected_columns"].replace(";", ", ") if row["corrected_columns"] else ""


def doubtful_rows(table: Iterable[Mapping[str, str]], checked: Iterable[Mapping[str, str]]) -> frozenset[str]:
    """Rows with an error or a doubt in the audit table that no replaced cell has settled."""
    settled = {r["row_id"] for r in checked if r["corrected_columns"]}
    named = {i for f in table if f["severity"] in (ERROR, DOUBT) for i in f["rows"].split(";")}
    return frozenset(named - settled)
