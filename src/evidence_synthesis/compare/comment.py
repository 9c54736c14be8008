"""The comment on a pull request: statements first, then what a reader must check, then numbers, within what a comment holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.compare.changes import Changes
from evidence_synthesis.compare.text import ANALYSIS_HEAD, analysis_line, statements_table, summary, without_repeats

LONGEST = 60_000  # characters; GitHub refuses comments of more than 65,536
_REST = "There is more: see the summary of the run."
_NOTICE = 80  # characters kept for the line that tells how many are left out


def _size(lines: Sequence[str]) -> int:
    """How many characters lines take, each with its end."""
    return len("\n".join(lines)) + 1 if lines else 0


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together: ``items`` may be cut at the end, the others stand or fall with the block."""

    before: Sequence[str]
    items: Sequence[str]
    after: Sequence[str] = ("",)

    def lines(self, room: int) -> list[str]:
        """As many whole lines as ``room`` characters hold, with how many items are left out."""
        left = room - _size((*self.before, *self.after)) - _NOTICE
        if left < 0:
            return []
        shown: list[str] = []
        for item in self.items:
            left -= len(item) + 1
            if left < 0:
                break
            shown.append(item)
        more = len(self.items) - len(shown)
        notice = ["", f"{wording.count(more, 'line')} more: see the summary of the run."] if more else []
        return [*self.before, *shown, *notice, *self.after]


def _tasks(title: str, told: Sequence[str]) -> list[_Block]:
    """Things to check, each with a box to tick."""
    return [_Block([f"### {title}", ""], [f"- [ ] {wording.plain_line(words)}" for words in told])] if told else []


def _listed(title: str, told: Sequence[str]) -> list[_Block]:
    return [_Block([f"### {title}", ""], [f"- {wording.plain_line(words)}" for words in told])] if told else []


def _folded(title: str, head: Sequence[str], items: Sequence[str]) -> list[_Block]:
    """A table that opens on request."""
    before = [f"<details><summary>{title}</summary>", "", *head]
    return [_Block(before, items, ["", "</details>", ""])] if items else []


def _statements(changes: Changes) -> list[_Block]:
    title = ["# What this change does to the evidence", "", "## Statements", ""]
    if not changes.claims:
        return [_Block([*title, "No verdict on a statement moved."], [])]
    head, rule, *rows = statements_table(changes)
    return [_Block([*title, head, rule], rows)]


def _to_check(changes: Changes) -> list[_Block]:
    title = _Block(["## For a reader to check"], [])
    tasks = [*_tasks("New doubts", changes.doubts), *_tasks("New or changed, and not used", changes.unused)]
    return [title, *(tasks or [_Block(["No new doubt, and every new or changed result is used."], [])])]


def _numbers(changes: Changes) -> list[_Block]:
    cell = wording.plain_line
    rows = [f"| {cell(row)} | {what} | {cell(cells)} |" for row, what, cells in changes.rows]
    analyses = [analysis_line(m, repeats) for m, repeats in changes.kept]
    told = ["Those whose verdict or certainty changed first, then by shift in standard errors.", without_repeats(changes), ""]
    return [
        _Block(["## Numbers", "", summary(changes)], []),
        *_listed("Trials", changes.trials),
        *_listed("Analyses that the review draws", changes.headlines),
        *_folded(f"Analyses that moved ({len(analyses)})", [*told, *ANALYSIS_HEAD], analyses),
        *_folded(f"Rows ({len(rows)})", ["| row | | cells |", "|---|---|---|"], rows),
    ]


def pull_request(changes: Changes, longest: int = LONGEST) -> str:
    """The changes as Markdown for a comment of at most ``longest`` characters; what does not fit is counted.

    Statements whose verdict moved stand first, then new doubts and results that are not used as boxes to tick, then trials,
    analyses and rows.
    """
    if changes.nothing:
        return "# What this change does to the evidence\n\nNothing: rows, analyses and statements are the same.\n"
    lines: list[str] = []
    room, whole = longest - len(_REST) - 2, True
    for block in (*_statements(changes), *_to_check(changes), *_numbers(changes)):
        more = block.lines(room)
        lines += more
        room -= _size(more)
        whole = whole and bool(more)
    lines += [] if whole else [_REST]
    return "\n".join(lines).rstrip("\n") + "\n"
