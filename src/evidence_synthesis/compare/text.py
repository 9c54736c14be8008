"""Changes as Markdown for a pull request, as a page, and as tables; statements that moved come first."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence_synthesis import wording
from evidence_synthesis.compare.causes import Cause
from evidence_synthesis.compare.changes import Changes
from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.templates import environment

MOST = 200  # analyses that a text lists
_MOST_CAUSES = 3
_MOST_LINES = 15  # of a kind in a terminal
ANALYSIS_HEAD = ("| analysis | was | is | shift | tau2 | finding and certainty | because of |", "|---|---|---|---|---|---|---|")
CHANGE_COLUMNS = ("kind", "name", "measure", "was", "is", "shift", "tau2_was", "tau2_is", "verdict", "because_of")


def _tau2(m: Moved) -> str:
    if math.isnan(m.tau2_old) and math.isnan(m.tau2_new):
        return ""
    shown = ["none" if math.isnan(v) else wording.tau2_to_print(m.measure, v, m.unit) for v in (m.tau2_old, m.tau2_new)]
    return shown[0] if shown[0] == shown[1] else " to ".join(shown)


def _alone(cause: Cause, m: Moved) -> str:
    if math.isnan(cause.estimate):
        return f"{cause.study} {cause.what}"
    judged = f", {cause.judged}" if cause.judged else ""
    alone = wording.effect(m.measure, cause.estimate, m.unit) + wording.in_unit(m.measure, m.unit)
    return f"{cause.study} {cause.what} (alone: {alone}{judged})"


def because(m: Moved) -> str:
    """The trials behind a move, strongest first, each with the estimate that its change alone would have given."""
    told = [_alone(c, m) for c in m.causes[:_MOST_CAUSES]]
    more = len(m.causes) - len(told)
    if told:
        return "; ".join(told) + (f"; {more} more" if more else "")
    return ", ".join(m.rows) or "no row of it changed (settings or method)"


def summary(changes: Changes) -> str:
    """How much changed, in a sentence."""
    claims = wording.count(len(changes.claims), "statement")
    rows = wording.count(len(changes.rows), "row differs", "rows differ")
    analyses = wording.count(len(changes.analyses), "analysis", "analyses")
    return f"{claims} moved, {rows}, {analyses} moved."


def _shift(m: Moved) -> str:
    return f"{m.shift:.2f}" if math.isfinite(m.shift) else ""


def statements_table(changes: Changes) -> list[str]:
    """The table of the statements whose verdict or certainty moved."""
    cell = wording.plain_line
    lines = ["| id | statement | was | is |", "|---|---|---|---|"]
    return [*lines, *(f"| {cell(n)} | {cell(s)} | {a} | **{b}** |" for n, s, a, b in changes.claims)]


def statements(changes: Changes) -> str:
    """Which verdicts on statements moved, as Markdown, and nothing else."""
    told = statements_table(changes) if changes.claims else ["No verdict on a statement moved."]
    return "\n".join(["# Which verdicts moved", "", *told]) + "\n"


def _opening(changes: Changes) -> list[str]:
    """What is doubtful about new rows, which are not used, how much changed, and what became of each trial."""
    cell = wording.plain_line
    lines: list[str] = []
    if changes.doubts:
        lines += ["## New doubts", "", *(f"- {cell(words)}" for words in changes.doubts), ""]
    if changes.unused:
        lines += ["## New or changed, and not used", "", *(f"- {cell(words)}" for words in changes.unused), ""]
    lines += [summary(changes), ""]
    if changes.trials:
        lines += ["## Trials", "", *(f"- {cell(words)}" for words in changes.trials), ""]
    return lines


def without_repeats(changes: Changes) -> str:
    """How many analyses are not listed because they only repeat others."""
    repeats = len(changes.analyses) - len(changes.kept)
    if not repeats:
        return ""
    return f"{repeats} that only repeat one of them (any comparator, a part of the people, SMD beside MD) are counted with it."


def terminal(changes: Changes) -> list[str]:
    """The changes for a terminal, a line each: doubts, rows that are not used, trials, statements and drawn analyses."""
    if changes.nothing:
        return ["Nothing that is concluded changed."]
    claims = [f"{name}: {statement} (was {was}, is {now})" for name, statement, was, now in changes.claims]
    parts = {
        "doubtful": changes.doubts,
        "not used": changes.unused,
        "trial": changes.trials,
        "statement moved": claims,
        "analysis moved": changes.headlines,
    }
    lines = []
    for word, told in parts.items():
        more = len(told) - _MOST_LINES
        lines += [f"{word}: {' '.join(words.split())}" for words in told[:_MOST_LINES]]
        lines += [f"{word}: {more} more"] if more > 0 else []
    return [*lines, summary(changes)]


def analysis_line(m: Moved, repeats: int) -> str:
    """A moved analysis as a line of a table in Markdown, with how many ``repeats`` are counted with it."""
    name = f"{m.analysis_id} ({m.measure})" + (f", and {repeats} alike" if repeats else "")
    told = (name, m.old, m.new, _shift(m), _tau2(m), m.verdict, because(m))
    return f"| {' | '.join(map(wording.plain_line, told))} |"


def markdown(changes: Changes) -> str:
    """The changes as Markdown, for a pull request or a file."""
    cell = wording.plain_line
    if changes.nothing:
        return "# What changed\n\nNothing: rows, analyses and statements are the same.\n"
    lines = ["# What changed", "", *_opening(changes)]
    if changes.claims:
        lines += ["## Statements whose verdict moved", "", *statements_table(changes), ""]
    if changes.headlines:
        lines += ["## Analyses that the review draws", "", *(f"- {cell(words)}" for words in changes.headlines), ""]
    if changes.rows:
        lines += ["## Rows", "", "| row | | cells |", "|---|---|---|"]
        lines += [f"| {cell(r)} | {what} | {cell(cells)} |" for r, what, cells in changes.rows] + [""]
    if changes.analyses:
        lines += ["## Analyses", "", "Those whose verdict or certainty changed first, then by shift in standard errors."]
        lines += [without_repeats(changes), ""]
        lines += ANALYSIS_HEAD
        lines += [analysis_line(m, repeats) for m, repeats in changes.kept[:MOST]]
        if len(changes.kept) > MOST:
            lines.append(f"\n{len(changes.kept) - MOST} further analyses are not listed.")
    return "\n".join(lines).rstrip("\n") + "\n"


def page(changes: Changes) -> str:
    """The changes as one HTML page."""
    analyses = [
        {"name": m.analysis_id, "measure": m.measure, "old": m.old, "new": m.new, "shift": _shift(m), "tau2": _tau2(m)}
        | {"verdict": m.verdict, "because": because(m), "repeats": repeats}
        for m, repeats in changes.kept
    ]
    return (
        environment()
        .get_template("changes.html.j2")
        .render(changes=changes, analyses=analyses, summary=summary(changes), without=without_repeats(changes))
    )


def table(changes: Changes) -> Iterator[dict[str, object]]:
    """The changes as one table: claims, rows, then analyses."""
    for name, statement, old, new in changes.claims:
        yield {"kind": "claim", "name": name, "was": old, "is": new, "because_of": statement}
    for row_id, what, cells in changes.rows:
        yield {"kind": "row", "name": row_id, "is": what, "because_of": cells}
    for m in changes.analyses:
        shown: dict[str, object] = {"kind": "analysis", "name": m.analysis_id, "measure": m.measure, "was": m.old, "is": m.new}
        yield shown | {
            "shift": m.shift if math.isfinite(m.shift) else None,
            "tau2_was": m.tau2_old,
            "tau2_is": m.tau2_new,
            "verdict": m.verdict,
            "because_of": because(m),
        }
