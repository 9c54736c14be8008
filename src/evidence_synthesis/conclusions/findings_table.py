"""A summary of findings as guideline groups print it: who was treated with what, and a line for each outcome and follow-up.

The columns are those of GRADE's tables (Guyatt 2011, doi:10.1016/j.jclinepi.2010.04.026; Handbook 14.1.5): with the
comparator, with the treatment, their difference, the relative effect, people and trials, certainty, and what happens. Every
format and the evidence profile are made from the typed lines here, so that they agree.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from evidence_synthesis import wording
from evidence_synthesis.conclusions.footnotes import domain_label, numbered, reasons
from evidence_synthesis.conclusions.grade import DOMAINS, Limits
from evidence_synthesis.conclusions.summary_of_findings import AbsoluteEffect, SofCell, SofTable, absolute_effect
from evidence_synthesis.effects.scales import NO_EFFECT
from evidence_synthesis.review.schema import CONTINUOUS, RATIOS
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Key, PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty

_MOST = 4  # settings and comparators that a head names
FULL_SCALE = 100.0  # to which means of trials are brought


@dataclass(frozen=True, slots=True)
class RatedDomain:
    """One domain of certainty: its name, its rating and the numbers behind it."""

    domain: str
    rating: str
    why: str


@dataclass(frozen=True, slots=True)
class FindingsLine:
    """One outcome at one follow-up, in words; empty words stand for what cannot be said.

    ``people`` are those of both arms, ``arms`` those of treatment and comparator as far as trials print them; ``notes`` are
    places in the table's notes, ``side`` is the side on which the estimate lies (treatment, comparator or neither).
    """

    analysis_id: str
    outcome: str
    follow_up: str
    scale: str
    with_comparator: str
    with_treatment: str
    difference: str
    relative: str
    needed: str
    people: str
    arms: tuple[str, str]
    trials: int
    certainty: str
    notes: tuple[int, ...]
    says: str
    prediction: str
    ratings: tuple[RatedDomain, ...]
    side: str
    more_is_better: bool


@dataclass(frozen=True, slots=True)
class FindingsTable:
    """One table: ``head`` has names and words (people, setting, ...), ``unmeasured`` what no trial of the comparison measured."""

    title: str
    treatment: str
    comparator: str
    head: tuple[tuple[str, str], ...]
    lines: tuple[FindingsLine, ...]
    notes: tuple[str, ...]
    unmeasured: tuple[str, ...]
    absolute: bool  # whether any line has risks


@dataclass(frozen=True)
class Background:
    """What the tables are made of, beside the findings: pooled rows, judgements, trials, and the checked rows by their ids.

    ``searched`` is the date of the last recorded search (empty: none is recorded), ``version`` that of the evidence in words.
    """

    pooled: Mapping[Key, PooledResult]
    judged: Mapping[Key, Certainty]
    trials: Mapping[Key, Sequence[AnalysisTrial]]
    rows: Mapping[str, Cells]
    settings: Settings
    limits: Limits
    searched: str = ""
    version: str = ""


def _counted(words: Iterable[str], unknown: str = "not stated") -> str:
    """Words by how often they come, most frequent first: ``chronic (5), mixed (2), not stated (1)``."""
    counts = Counter(word or unknown for word in words)
    known = sorted((w for w in counts if w != unknown), key=lambda w: (-counts[w], w))
    shown = [f"{w} ({counts[w]})" for w in known[:_MOST]]
    rest = math.fsum(counts[w] for w in known[_MOST:])
    return ", ".join(
        [*shown, *([f"others ({rest:.0f})"] if rest else []), *([f"{unknown} ({counts[unknown]})"] if counts[unknown] else [])]
    )


def _head(table: SofTable, inside: Sequence[AnalysisTrial], background: Background) -> tuple[tuple[str, str], ...]:
    """Who was treated where with what, and until when evidence was looked for."""
    trials = {t.trial_id: t for t in inside}
    rows = {name: background.rows[t.row_ids[0]] for name, t in trials.items()}
    stages = _counted(row["chronicity"] for row in rows.values())
    years = [t.year for t in trials.values() if t.year]
    published = "" if not years else f"published {min(years)}" + (f" to {max(years)}" if max(years) > min(years) else "")
    evidence = f"{wording.count(len(trials), 'trial')}, {published or 'of unknown year'}"
    evidence += f"; last search recorded {background.searched}" if background.searched else ""
    evidence += f"; version of the evidence {background.version}" if background.version else ""
    return (
        ("People", f"{table.population_label} [trials: {stages}]"),
        ("Setting", f"in the trials: {_counted(row.get('setting', '') for row in rows.values())}"),
        ("Intervention", table.group_label),
        ("Comparison", f"{table.comparator_label} [trials: {_counted(t.versus for t in trials.values())}]"),
        ("Evidence", evidence),
    )


def _follow_up(term: str, trials: Sequence[AnalysisTrial]) -> str:
    weeks = sorted(t.weeks for t in trials if t.weeks is not None)
    if not weeks:
        return term
    ends = dict.fromkeys(f"{week:.0f}" for week in (weeks[0], weeks[-1]))
    return f"{term}: {' to '.join(ends)} week{'' if tuple(ends) == ('1',) else 's'}"


def _scale(outcome: Outcome, measure: str) -> str:
    """The scale and the smallest worthwhile difference on it."""
    threshold = outcome.thresholds.get(measure)
    if measure in CONTINUOUS:
        unit = (
            f"{outcome.unit}, {'higher' if outcome.event_is_good else 'lower'} is better"
            if measure == "MD"
            else "standard deviations"
        )
        return unit + (f"; MID {threshold:g}" if threshold else "")
    least = f"MID: ratio {threshold:g}" if threshold else ""
    return f"{'more' if outcome.event_is_good else 'fewer'} is better{'; ' + least if least else ''}"


def _moved(measure: str, value: float, unit: str, own: str) -> str:
    """A difference without a sign: ``8.9 points lower``."""
    ways = ("lower", "higher") if measure == "MD" else ("better", "worse")
    size = wording.effect(measure, abs(value), own)
    return f"{size}{unit} {ways[value > 0]}"


def difference_words(row: PooledResult, trials: Sequence[AnalysisTrial], unit: str, own: str = "") -> str:
    """A difference as GRADE prints it, ``MD 8.9 points lower (13.1 lower to 4.6 lower)``; in other words where that is unfit.

    ``own`` is the unit of mean differences that are not on 0 to 100 points.
    """
    if row.measure not in CONTINUOUS or wording.says_nothing(row.measure, row.ci_low, row.ci_high, own):
        return f"{row.measure}: {wording.fit_to_print(row.measure, *row.effect, trials=[t.effect for t in trials])}"
    value, low, high = row.effect
    ends = f"{_moved(row.measure, low, '', own)} to {_moved(row.measure, high, '', own)}"
    return f"{row.measure} {_moved(row.measure, value, unit, own)} ({ends})"


def _means(row: PooledResult, trials: Sequence[AnalysisTrial], background: Background, own: str) -> tuple[str, str]:
    """The mean with the comparator, and with the treatment when the difference is added to it.

    With the comparator: the median of the trials' final means on the common scale (Handbook 14.1.6.4 asks for a typical
    value and where it is from), with their range. Changes are no means and are left out. No mean leaves the scale; in a unit of
    their ``own`` means have no ends.
    """
    if row.measure != "MD":
        return "", ""
    finals = [t.mean_c for t in trials if t.mean_c is not None and background.rows[t.row_ids[0]]["value_kind"] == "final"]
    if not finals:
        return "", ""
    typical = median(finals)
    spread = (
        f"{wording.number(min(finals), 2 if own else 0)} to {wording.number(max(finals), 2 if own else 0)}; "
        if len(finals) > 1
        else ""
    )
    digits = 2 if own else 1
    comparator = f"{wording.number(typical, digits)} ({spread}{wording.count(len(finals), 'trial')})"
    if own:
        mean, low, high = (wording.number(typical + v, digits) for v in row.effect)
        return comparator, f"{mean} ({low} to {high})"
    if max(abs(row.ci_low), abs(row.ci_high)) > FULL_SCALE:
        return comparator, ""
    mean, low, high = (wording.number(min(max(typical + v, 0.0), FULL_SCALE), 1) for v in row.effect)
    return comparator, f"{mean} ({low} to {high})"


def _people(trials: Sequence[AnalysisTrial]) -> tuple[str, str]:
    """People in each arm as far as trials print them."""

    def total(values: list[float | None]) -> str:
        there = [v for v in values if v is not None]
        return (f"{math.fsum(there):,.0f}" if there else "not known") + (" or more" if 0 < len(there) < len(values) else "")

    return total([t.n_t for t in trials]), total([t.n_c for t in trials])


def _prediction(row: PooledResult, own: str) -> str:
    return wording.limits_to_print(row.measure, row.prediction_low, row.prediction_high, own)


def _side(row: PooledResult, outcome: Outcome) -> str:
    none = NO_EFFECT[row.measure]
    if row.estimate == none:
        return "neither"
    return "treatment" if (row.estimate < none) == (outcome.event_is_good is not True) else "comparator"


def _line(cell: SofCell, outcome: Outcome, term: str, notes: tuple[int, ...], background: Background) -> FindingsLine:
    key = cell.analysis_id, cell.measure
    row, judgement = background.pooled[key], background.judged[key]
    trials = background.trials.get(key, ())
    risk, own = judgement.control_risk, outcome.own_unit(row.measure)
    absolute = absolute_effect(row, risk, outcome.event_is_good, risk == outcome.assumed_risk)
    without, with_treatment = _means(row, trials, background, own)
    counted = {"NNT": absolute.nnt, "NNH": absolute.nnh}
    continuous = row.measure in CONTINUOUS
    unit = f" {own}" if own else {"MD": " points", "SMD": " SD"}.get(row.measure, "")
    return FindingsLine(
        analysis_id=row.analysis_id,
        outcome=outcome.label,
        follow_up=_follow_up(term, trials),
        scale=_scale(outcome, row.measure),
        with_comparator=without if continuous else absolute.comparator,
        with_treatment=with_treatment if continuous else absolute.treatment,
        difference=_difference(row, trials, unit, own, absolute),
        relative=f"{row.measure} {wording.fit_to_print(row.measure, *row.effect)}" if row.measure in RATIOS else "",
        needed="; ".join(f"{name} {needed}" for name, needed in counted.items() if needed),
        people=cell.size.partition(" ")[2].strip("()"),
        arms=_people(trials),
        trials=row.trials,
        certainty=judgement.certainty,
        notes=notes,
        says=cell.short,
        prediction=_prediction(row, own) if cell.prediction else "",
        ratings=tuple(RatedDomain(domain_label(d), judgement.rating(d), judgement.why(d)) for d in DOMAINS),
        side=_side(row, outcome),
        more_is_better=cell.more_is_better,
    )


def _difference(row: PooledResult, trials: Sequence[AnalysisTrial], unit: str, own: str, absolute: AbsoluteEffect) -> str:
    if row.measure in RATIOS:
        return absolute.change
    return difference_words(row, trials, unit, own)


def findings_table(table: SofTable, background: Background) -> FindingsTable:
    """A table as guideline groups print it, from the same findings as the tables of the report."""
    settings = background.settings
    headings = {w.term: w.heading for w in settings.terms}
    cells = [
        (settings.outcome(line.outcome), headings[term], cell)
        for line in table.lines
        for term, cell in line.findings.items()
        if cell is not None
    ]
    judged = [background.judged[cell.analysis_id, cell.measure] for *_, cell in cells]
    notes, places = numbered([reasons(judgement, background.limits) for judgement in judged])
    lines = tuple(_line(cell, o, term, own, background) for (o, term, cell), own in zip(cells, places, strict=True))
    inside = [t for *_, c in cells for t in background.trials.get((c.analysis_id, c.measure), ())]
    measured = {(outcome.outcome, term) for outcome, term, _ in cells}
    unmeasured = []
    for outcome in settings.outcomes:
        missing = [term for term in headings.values() if (outcome.outcome, term) not in measured]
        if len(missing) == len(headings):
            unmeasured.append(wording.running(outcome.label))
        elif missing:
            unmeasured.append(f"{wording.running(outcome.label)} ({', '.join(map(str.lower, missing))})")
    return FindingsTable(
        title=f"{table.title}: {wording.running(table.population_label)}",
        treatment=table.group_label,
        comparator=table.comparator_label,
        head=_head(table, inside, background),
        lines=lines,
        notes=tuple(notes),
        unmeasured=tuple(unmeasured),
        absolute=any(line.relative and line.with_comparator for line in lines),
    )
