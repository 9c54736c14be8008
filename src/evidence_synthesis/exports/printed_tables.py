"""Summaries of findings, evidence profiles and frames for decisions as printed tables, for every format."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from evidence_synthesis import wording
from evidence_synthesis.conclusions.findings_table import FindingsLine, FindingsTable
from evidence_synthesis.conclusions.footnotes import LEGEND
from evidence_synthesis.conclusions.summary_of_findings import letter, signs

PANEL = "For the panel."


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell: its first line may be bold, lines follow it, letters of notes are raised behind its last."""

    text: str
    lead: str = ""
    marks: str = ""
    italic: bool = False

    @property
    def empty(self) -> bool:
        """Whether the cell holds nothing."""
        return not (self.text or self.lead)


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table with what stands above and below it; ``shares`` are the columns' shares of the width.

    A row of one cell runs across. ``notes`` have their letters, ``closing`` are lines in small print.
    """

    title: str
    head: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    shares: tuple[float, ...]
    rows: tuple[tuple[PrintedCell, ...], ...]
    notes: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ()


def _collapsed(table: PrintedTable) -> PrintedTable:
    """The table without columns of which every cell is empty; the others share their room."""
    full = [row for row in table.rows if len(row) == len(table.columns)]
    kept = [i for i in range(len(table.columns)) if any(not row[i].empty for row in full)]
    shares = [table.shares[i] for i in kept]
    whole = math.fsum(shares)
    return replace(
        table,
        columns=tuple(table.columns[i] for i in kept),
        shares=tuple(share / whole for share in shares),
        rows=tuple(tuple(row[i] for i in kept) if len(row) == len(table.columns) else row for row in table.rows),
    )


def _certainty(line: FindingsLine) -> PrintedCell:
    marks = ",".join(letter(place) for place in sorted(line.notes))
    return PrintedCell(line.certainty.capitalize(), signs(line.certainty), marks)


def _outcome(line: FindingsLine) -> PrintedCell:
    return PrintedCell(f"{line.follow_up}\n{line.scale}", line.outcome)


def _effect(line: FindingsLine) -> str:
    return "\n".join(filter(None, (line.difference, line.needed)))


def _explained(table: FindingsTable, model: str) -> list[str]:
    """What stands below every table: abbreviations in use, where values are from, the model, and the levels of certainty."""
    lines, words = table.lines, []
    words.append("MID: smallest worthwhile difference. CI: confidence interval.")
    means = [line for line in lines if line.difference.startswith("MD")]
    if means:
        upward = dict.fromkeys(wording.running(line.outcome) for line in means if line.more_is_better)
        but = f", of {' and of '.join(upward)} one above zero" if upward else ""
        words.append(f"MD: mean difference; below zero (lower) favours the treatment{but}.")
    if any(line.difference.startswith("SMD") for line in lines):
        words.append("SMD: standardised mean difference (Hedges g).")
    named = {"RR": "risk ratio", "OR": "odds ratio", "HR": "hazard ratio", "IRR": "rate ratio"}
    words += [f"{m}: {name}." for m, name in named.items() if any(line.relative.startswith(m) for line in lines)]
    if any("NNT" in line.needed for line in lines):
        words.append("NNT: people to treat for one more to benefit.")
    if any("NNH" in line.needed for line in lines):
        words.append("NNH: people to treat for one more to be harmed.")
    if any(line.with_comparator and not line.relative for line in lines):
        words.append(
            "Mean with the comparator: median of the trials' final means (range); with the treatment: it and the difference."
        )
    if table.absolute:
        words.append("Risk with the comparator: median of the trials; with the treatment: that risk times the ratio.")
    words.append(model)
    missing = f"Not measured by any trial of this comparison: {'; '.join(table.unmeasured)}." if table.unmeasured else ""
    levels = " ".join(f"{name}: {meaning}" for name, meaning in LEGEND)
    return [*([missing] if missing else []), " ".join(words), f"Certainty of the evidence (GRADE, proposed by rule). {levels}"]


def _notes(table: FindingsTable) -> tuple[tuple[str, str], ...]:
    return tuple((letter(place), note) for place, note in enumerate(table.notes))


def summary_table(table: FindingsTable, model: str) -> PrintedTable:
    """A summary of findings; columns that no outcome fills are left out."""
    rows = tuple(
        (
            _outcome(line),
            PrintedCell(line.with_comparator),
            PrintedCell(line.with_treatment),
            PrintedCell(_effect(line)),
            PrintedCell(line.relative),
            PrintedCell(f"{line.people}\n({_trials(line.trials)})"),
            _certainty(line),
            PrintedCell(line.says, italic=True),
        )
        for line in table.lines
    )
    columns = (
        *("Outcome, follow-up, scale", "Mean or risk with comparator", "With treatment (95% CI)", "Difference (95% CI)"),
        *("Relative effect (95% CI)", "People (trials)", "Certainty", "What happens"),
    )
    shares = (0.17, 0.11, 0.12, 0.15, 0.11, 0.09, 0.1, 0.15)
    closing = tuple(_explained(table, model))
    return _collapsed(PrintedTable(f"{table.title}", table.head, columns, shares, rows, _notes(table), closing))


def _trials(number: int) -> str:
    return f"{number} trial{'s' if number != 1 else ''}"


def evidence_profile(table: FindingsTable) -> PrintedTable:
    """The evidence profile: for each outcome the rating of every domain with the numbers behind it, effects and certainty."""
    domains = tuple(rated.domain for rated in table.lines[0].ratings)
    rows = tuple(
        (
            PrintedCell(line.follow_up, line.outcome),
            PrintedCell(str(line.trials)),
            *(PrintedCell(rated.why, rated.rating) for rated in line.ratings),
            PrintedCell(f"{line.arms[0]} / {line.arms[1]}"),
            PrintedCell(
                "\n".join(
                    filter(
                        None,
                        (line.relative, _effect(line), f"prediction interval {line.prediction}" if line.prediction else ""),
                    )
                )
            ),
            PrintedCell(line.certainty.capitalize(), signs(line.certainty)),
            PrintedCell(PANEL),
        )
        for line in table.lines
    )
    columns = (
        "Outcome",
        "Randomised trials",
        *domains,
        "People: treatment / comparator",
        "Effect (95% CI)",
        "Certainty",
        "Importance",
    )
    shares = (0.09, 0.075, *([0.098] * len(domains)), 0.085, 0.115, 0.07, 0.075)
    closing = ("Ratings are proposed by rule; where a person overruled one, certainty follows that person.",)
    head = tuple((name, words) for name, words in table.head if name == "Evidence")
    return PrintedTable(f"Evidence profile: {table.title}", head, columns, shares, rows, closing=closing)


def _effects_on(table: FindingsTable, side: str) -> str:
    """What was found in favour of a side, a line for each outcome."""
    lines = [
        f"{line.outcome}, {line.follow_up}: {line.difference or line.relative} ({line.certainty} certainty)"
        for line in table.lines
        if line.side == side
    ]
    return "\n".join(lines) or f"No estimate favours the {side}."


# Criteria of GRADE's frames for decisions on treatments (Alonso-Coello 2016, doi:10.1136/bmj.i2089), in their order.
_BY_PANEL = (
    ("Values", "Is there important uncertainty about how much people value the main outcomes?"),
    ("Balance of effects", "Does the balance of desirable and undesirable effects favour the treatment or the comparator?"),
    ("Resources required", "How large are the costs?"),
    ("Certainty of evidence of required resources", "How certain is the evidence on costs?"),
    ("Cost-effectiveness", "Does cost-effectiveness favour the treatment or the comparator?"),
    ("Equity", "What would be the impact on health equity?"),
    ("Acceptability", "Is the treatment acceptable to those concerned?"),
    ("Feasibility", "Can the treatment be put into practice?"),
)


def decision_frame(table: FindingsTable) -> PrintedTable:
    """A frame from evidence to decision: what the data say is filled in, everything else is marked for the panel."""
    order = ("very low", "low", "moderate", "high")
    levels = sorted({line.certainty for line in table.lines}, key=order.index)
    certainty = levels[0] if len(levels) == 1 else f"{levels[0]} to {levels[-1]}, by outcome"
    unmeasured = f"\nNot measured: {'; '.join(table.unmeasured)}." if table.unmeasured else ""
    filled = (
        ("Desirable effects", "How substantial are the desirable effects?", _effects_on(table, "treatment")),
        ("Undesirable effects", "How substantial are the undesirable effects?", _effects_on(table, "comparator") + unmeasured),
        (
            "Certainty of evidence",
            "What is the overall certainty of the evidence of effects?",
            f"{certainty.capitalize()}. Overall it is the lowest of the outcomes that the panel takes as critical.",
        ),
    )
    rows = [(PrintedCell("Is the problem a priority?", "Problem"), PrintedCell(PANEL), PrintedCell(PANEL))]
    rows += [(PrintedCell(question, name), PrintedCell(PANEL), PrintedCell(found)) for name, question, found in filled]
    rows += [(PrintedCell(question, name), PrintedCell(PANEL), PrintedCell(PANEL)) for name, question in _BY_PANEL]
    rows += [
        (PrintedCell("", name), PrintedCell(PANEL), PrintedCell(""))
        for name in ("Recommendation, direction and strength", "Justification", "Subgroups", "Research priorities")
    ]
    title = f"From evidence to decision: {table.title}"
    head = tuple((name, words) for name, words in table.head if name in ("People", "Setting", "Intervention", "Comparison"))
    return PrintedTable(title, head, ("Criterion", "Judgement", "Research evidence"), (0.26, 0.16, 0.58), tuple(rows))
