"""What is new about rows of the evidence: what the audit says of them, and which of them are not used, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.audit.lines import DOUBT, ERROR
from evidence_synthesis.audit.report import audit, audit_rows
from evidence_synthesis.audit.table import AuditLine
from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.schema import RATING_COLUMNS, parse_result
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import as_printed
from evidence_synthesis.selection.analyses import select
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.pooled import account_rows
from evidence_synthesis.synthesis.rows.results import RowAccount

_MOST_ROWS = 3  # that a line names


def new_rows(old: Iterable[Cells], new: Iterable[Cells]) -> dict[str, str]:
    """The ids of rows that were added or changed, with which of the two; columns that one of the states lacks are empty.

    What the settings make of judgements is no part of a row here.
    """

    def entered(row: Cells) -> dict[str, str]:
        return {c: v for c, v in row.items() if v and c not in RATING_COLUMNS}

    before = {row["row_id"]: entered(row) for row in old}
    found = {}
    for row in new:
        told = entered(row)
        if before.get(row["row_id"]) != told:
            found[row["row_id"]] = "changed" if row["row_id"] in before else "added"
    return found


def audited(tables: Mapping[str, list[dict[str, str]]]) -> list[AuditLine]:
    """What the audit finds in the checked tables of a package (``examine_package``), worst first."""
    checked = tables["trials"]
    return list(audit_rows(audit(as_printed(checked, tables["printed"]), tables["instruments"]), checked))


def doubts_about(findings: Iterable[AuditLine], rows: Collection[str]) -> list[str]:
    """What the audit doubts about some rows, worst first: a line for each thing found that nothing was decided about."""
    wanted, found = set(rows), dict[str, dict[str, None]]()
    for f in findings:
        if f.severity in (ERROR, DOUBT) and not f.decision and not wanted.isdisjoint(f.rows):
            words = f"{f.study}, {f.rule.replace('_', ' ')} ({f.severity}): {f.evidence}"
            found.setdefault(words, {}).update(dict.fromkeys(f.rows))
    return [f"{words} [{_named(list(ids))}]" for words, ids in found.items()]


def _named(rows: Sequence[str]) -> str:
    more = len(rows) - _MOST_ROWS
    return ", ".join(rows[:_MOST_ROWS]) + (f" and {more} more" if more > 0 else "")


def not_used(tables: Mapping[str, list[dict[str, str]]], config: Mapping[str, Any], rows: Collection[str]) -> list[str]:
    """New and changed rows of the checked tables of a package that no analysis is going to use, by trial and reason.

    Before a run: which results of a trial count is a matter of that trial's rows and the settings (``config``) alone.
    """
    settings, wanted = load_settings(config), set(rows)
    trials = {row["trial_id"] for row in tables["trials"] if row["row_id"] in wanted}
    converted = [convert(parse_result(row), settings) for row in tables["trials"] if row["trial_id"] in trials]
    selection = select(converted, settings, Taxonomy(tables["treatments"]))
    return list(unused(account_rows(selection, converted), wanted))


def unused(accounts: Iterable[RowAccount], rows: Collection[str]) -> Iterator[str]:
    """New and changed rows that no analysis uses, by trial and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for account in accounts:
        if account.row_id in rows and account.status == "excluded":
            found.setdefault((account.trial_id, account.reason), []).append(account.row_id)
    for (trial, reason), ids in found.items():
        yield f"{trial}: {wording.count(len(ids), 'row is', 'rows are')} not used ({reason}): {_named(ids)}"
