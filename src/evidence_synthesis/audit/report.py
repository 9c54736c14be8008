"""Run every rule and make the table of what they found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evidence_synthesis.audit import arms, printed, scale, spread, whole
from evidence_synthesis.audit.lines import SEVERITIES, Evidence, Finding
from evidence_synthesis.audit.table import AuditLine

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


def audit_rows(findings: Iterable[Finding], checked: Iterable[Mapping[str, str]]) -> Iterator[AuditLine]:
    """The findings as a table, with what the review decided about their rows."""
    by_id = {r["row_id"]: r for r in checked}
    for number, f in enumerate(findings, 1):
        decided = {_decision(by_id[i]) for i in f.row_ids} - {""}
        study = by_id[f.row_ids[0]]["study"]
        what = number, f.rule, f.kind, f.severity, f.trial_id, study, tuple(f.row_ids), f.evidence
        yield AuditLine(*what, decision="; ".join(sorted(decided)))


def _decision(row: Mapping[str, str]) -> str:
    """What was decided about a row: excluded, kept, or the columns that were replaced."""
    if row["decision"]:
        return {"exclude": "excluded", "keep": "kept"}[row["decision"]]
    return "replaced: " + row["corrected_columns"].replace(";", ", ") if row["corrected_columns"] else ""
