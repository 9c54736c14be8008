"""Summary-of-findings tables: outcomes by follow-up term, with effect, certainty and a plain sentence.

The layout follows GRADE and the Handbook (chapter 14): what was found, how much of it, how sure it is, and why not surer.
Every number comes from the pooled results and is put into words in one place, so that all formats agree.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.conclusions.grade import LEVELS
from evidence_synthesis.conclusions.plain_language import sentence
from evidence_synthesis.effects.scales import risk_with
from evidence_synthesis.review.schema import CONTINUOUS, RATIOS
from evidence_synthesis.review.settings import POINTS_UNIT, Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.synthesis.rows.analyses import Key, PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import Certainty, FindingLine

_POINTS = "points"
_IN_BOTH = (
    *("trials", "participants", "measure", "effect", "smd", "prediction", "baseline_risk", "absolute", "nnt", "nnh", "certainty"),
    *("verdict", "sentence", "analysis_id"),
)


@dataclass(frozen=True, slots=True)
class SofCell:
    """One cell of a table: one outcome at one term, in words. Empty words stand for what does not apply.

    ``short`` is the sentence without what the table's title tells.
    """

    analysis_id: str
    measure: str
    trials: int
    participants: str
    effect: str
    smd: str
    prediction: str
    baseline_risk: str
    absolute: str
    nnt: str
    nnh: str
    certainty: str
    verdict: str
    sentence: str
    short: str = ""
    unit: str = ""
    more_is_better: bool = False

    @property
    def lines(self) -> list[str]:
        """The effect as lines of a table's cell."""
        bare = self.measure == "MD" and self.unit
        found = [f"{self.effect} {self.unit}" if bare else f"{self.measure} {self.effect}"]
        found += [f"SMD {self.smd}"] if self.smd else []
        found += [self.absolute] if self.absolute else []
        found += [f"{name} {needed}" for name, needed in (("NNT", self.nnt), ("NNH", self.nnh)) if needed]
        found += [f"prediction {self.prediction}"] if self.prediction else []
        return found

    @property
    def size(self) -> str:
        """Trials and people."""
        people = re.sub(r"^\d+", lambda number: f"{int(number[0]):,}", self.participants)
        return f"{self.trials} ({people})"


@dataclass(frozen=True, slots=True)
class SofRow:
    """One outcome of a table, with what was found at each term (None: no trial)."""

    outcome: str
    label: str
    findings: Mapping[str, SofCell | None]


@dataclass(frozen=True, slots=True)
class SofTable:
    """One table: a group of treatments against a group of comparators in a population; ``terms`` are the headings."""

    group: str
    group_label: str
    comparator: str
    comparator_label: str
    population: str
    population_label: str
    terms: tuple[str, ...]
    lines: tuple[SofRow, ...]

    @property
    def title(self) -> str:
        """Title of the table."""
        return f"{self.group_label} against {self.comparator_label}"


def signs(certainty: str) -> str:
    """Certainty as GRADE's four circles."""
    full = LEVELS.index(certainty) + 1
    return "\u2295" * full + "\u25ef" * (len(LEVELS) - full)


def letter(place: int) -> str:
    """The letter of a note by its place: a, b, ... z, aa, ab."""
    return (chr(ord("a") + place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def _effect(row: PooledResult, unit: str) -> str:
    return wording.fit_to_print(row.measure, *row.effect, unit=unit)


def _smd(row: PooledResult, trials: int) -> str:
    """The standardised difference beside the points; with its number of trials where it has others than the points."""
    return _effect(row, "") + ("" if row.trials == trials else f", {wording.count(row.trials, 'trial')}")


@dataclass(frozen=True, slots=True)
class AbsoluteEffect:
    """What a ratio means for a thousand people; empty words where that cannot be said."""

    comparator: str = ""
    treatment: str = ""
    change: str = ""
    nnt: str = ""
    nnh: str = ""


def absolute_effect(row: PooledResult, risk: float | None, event_is_good: bool | None, assumed: bool = False) -> AbsoluteEffect:
    """Risks with comparator and treatment and their difference per 1,000 people, and how many people must be treated for one.

    From the ratio and the baseline risk (``bodies``; Handbook 15.4.4), which is marked where the settings assume it; no risk
    is above 1,000. The number needed to treat (NNT) is for one more good event or one bad event fewer, that to harm (NNH)
    for the opposite. Both are rounded up, stand with the interval that follows from the limits of the ratio, and only where
    it excludes no effect: else the interval would run through infinity (Altman 1998, doi:10.1136/bmj.317.7168.1309). A ratio
    whose interval says nothing (``wording.says_nothing``) gives the risk with the comparator alone.
    """
    if row.measure not in RATIOS or risk is None or not 0 < risk < 1:
        return AbsoluteEffect()
    comparator = f"{1000 * risk:.0f} per 1,000{' (assumed)' if assumed else ''}"
    if wording.says_nothing(row.measure, row.ci_low, row.ci_high):
        return AbsoluteEffect(comparator)
    risks = [1000 * risk_with(row.measure, ratio, risk) for ratio in row.effect]
    changes = [there - 1000 * risk for there in risks]

    def words(change: float) -> str:
        return f"{abs(change):.0f} {'more' if change > 0 else 'fewer'}"

    clear = row.ci_low > 1 or row.ci_high < 1
    # rounded first: 100 of 1,000 more may be 99.999999 in binary, and are one in ten
    needed = [math.ceil(round(1000 / abs(c), 6)) for c in changes if round(c, 6)]
    number = f"{needed[0]:,} ({min(needed[1:]):,} to {max(needed[1:]):,})" if clear and len(needed) == len(changes) else ""
    good = (changes[0] > 0) == (event_is_good is True)
    return AbsoluteEffect(
        comparator,
        f"{risks[0]:,.0f} per 1,000 ({risks[1]:,.0f} to {risks[2]:,.0f})",
        f"{words(changes[0])} per 1,000 ({words(changes[1])} to {words(changes[2])})",
        number if good else "",
        "" if good else number,
    )


def running_name(group: str, taxonomy: Taxonomy) -> str:
    """A group's name inside a sentence: classes in the singular, families without their remark."""
    if group.startswith("class-"):
        return f"{group.removeprefix('class-')} treatment"
    return taxonomy.label(group).removesuffix(" (all)")


def _people(row: PooledResult) -> str:
    """How many people, as far as that is known."""
    if not row.trials_without_n:
        return "" if row.participants is None else f"{row.participants:.0f}"
    return "number not known" if row.participants is None else f"{row.participants:.0f} or more"


def _finding(
    row: PooledResult, smd: PooledResult | None, judgement: Certainty, outcome: Outcome, names: tuple[str, str, str]
) -> SofCell:
    measure, unit, risk = row.measure, outcome.unit_of(row.measure), judgement.control_risk
    absolute = absolute_effect(row, risk, outcome.event_is_good, risk == outcome.assumed_risk)
    several = row.trials > 2  # as in forest plots
    return SofCell(
        analysis_id=row.analysis_id,
        measure=measure,
        trials=row.trials,
        participants=_people(row),
        effect=_effect(row, unit),
        smd=_smd(smd, row.trials) if smd is not None and measure not in ("SMD", *RATIOS) else "",
        prediction=wording.limits_to_print(measure, row.prediction_low, row.prediction_high, unit) if several else "",
        baseline_risk=absolute.comparator,
        absolute=absolute.change,
        nnt=absolute.nnt,
        nnh=absolute.nnh,
        certainty=judgement.certainty,
        verdict=judgement.verdict.replace("_", " "),
        sentence=sentence(names[0], names[1], outcome, names[2], judgement.verdict, judgement.certainty),
        short=sentence("", "", outcome, names[2], judgement.verdict, judgement.certainty),
        unit=_POINTS if unit == POINTS_UNIT else unit,
        more_is_better=bool(outcome.event_is_good),
    )


_Place = tuple[str, str, str]  # group, comparator, population


def sof_tables(
    pooled: Iterable[PooledResult], judgements: Iterable[Certainty], settings: Settings, taxonomy: Taxonomy
) -> dict[str, list[SofTable]]:
    """The tables of every group with any finding, in the order of populations and comparators of the settings."""
    rows, judged = by_key(pooled), by_key(judgements)
    asked: dict[_Place, dict[tuple[str, str, str], Key]] = defaultdict(dict)
    for key in judged.keys() & rows.keys():
        row = rows[key]
        asked[row.group, row.comparator, row.population][row.outcome, row.term, row.measure] = key
    groups = sorted({group for group, _, _ in asked})
    comparators = {c.comparator: c.label for c in settings.comparators}
    populations = {p.population: p.label for p in settings.populations}
    terms = tuple(w.heading for w in settings.terms)
    found: dict[str, list[SofTable]] = {}
    for group in groups:
        for population in settings.figures["populations"]:
            for comparator in settings.figures["comparators"]:
                own = asked.get((group, comparator, population))
                if own is None:
                    continue
                names = taxonomy.label(group), comparators[comparator]
                said = running_name(group, taxonomy), comparators[comparator].split(" (")[0]
                lines = list(_lines(own, said, rows, judged, settings))
                if lines:
                    where = (group, names[0], comparator, names[1], population, populations[population])
                    table = SofTable(*where, terms, tuple(lines))
                    found.setdefault(group, []).append(table)
    return found


def _lines(
    asked: Mapping[tuple[str, str, str], Key],
    names: tuple[str, str],
    rows: Mapping[Key, PooledResult],
    judged: Mapping[Key, Certainty],
    settings: Settings,
) -> Iterator[SofRow]:
    """The findings by outcome, from the analyses of one place by outcome, term and measure."""
    for outcome in settings.outcomes:
        findings: dict[str, SofCell | None] = {}
        for window in settings.terms:
            term = window.term
            wanted = ((outcome.outcome, term, measure) for measure in outcome.measures)
            key = next((asked[one] for one in wanted if one in asked), None)
            findings[term] = (
                _finding(rows[key], rows.get((key[0], "SMD")), judged[key], outcome, (*names, window.says))
                if key is not None
                else None
            )
        if any(findings.values()):
            yield SofRow(outcome.outcome, outcome.label, findings)


def _full_unit(unit: str) -> str:
    """The unit of a cell as settings and tables name it: cells of a table say points for short."""
    return POINTS_UNIT if unit == _POINTS else unit


def sof_rows(tables: Mapping[str, Sequence[SofTable]]) -> Iterator[FindingLine]:
    """All findings of all tables, one line each."""
    for table in (t for group in tables.values() for t in group):
        for line in table.lines:
            for term, finding in line.findings.items():
                if finding is not None:
                    yield FindingLine(
                        **{n: getattr(table, n) for n in ("group", "group_label", "comparator", "population")},
                        outcome=line.outcome,
                        term=term,
                        downgraded_for="",
                        unit=_full_unit(finding.unit),
                        **{n: getattr(finding, n) for n in _IN_BOTH},
                    )


def explanation(model: str, tables: Iterable[SofTable]) -> str:
    """What readers of these tables must know; ``model`` is the model in one sentence."""
    tables = list(tables)
    findings = [f for table in tables for line in table.lines for f in line.findings.values() if f]
    used = {f.measure for f in findings} | {"SMD" for f in findings if f.smd}
    units = list(dict.fromkeys(_full_unit(f.unit) for f in findings if f.measure == "MD" and f.unit))
    in_brackets = {"MD": ", ".join(units) or "MD"}
    names = {m: f"{wording.MEASURES[m].lower()} ({in_brackets.get(m, m)})" for m in wording.MEASURES if m in used}
    kinds = (CONTINUOUS, RATIOS, ("RD",))
    differences, ratios, risk = (" or ".join(names[m] for m in kind if m in names) for kind in kinds)
    lines = [line for table in tables for line in table.lines]
    upward = dict.fromkeys(
        wording.running(line.label)
        for line in lines
        if any(f and f.more_is_better and f.measure in CONTINUOUS for f in line.findings.values())
    )
    but = f", of {' and of '.join(upward)} one above zero" if upward else ""
    said = [
        (differences, f"A {differences} below zero favours the treatment{but}."),
        (ratios, f"A {ratios} above one means that the outcome is more frequent with the treatment."),
        (risk, f"A {risk} above zero means that the outcome is more frequent with the treatment."),
        (model, model),
        (any(f.prediction for f in findings), "Prediction: 95% prediction interval."),
        (any(f.nnt for f in findings), "NNT: number needed to treat for one person to benefit."),
        (any(f.nnh for f in findings), "NNH: number needed to treat for one person to be harmed."),
        (findings, "Certainty by GRADE, proposed by rule; letters give the reasons."),
    ]
    return " ".join(words for applies, words in said if applies)
