"""The review's central question answered in one place: which comparison, short beside long, on how much, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence_synthesis import wording
from evidence_synthesis.conclusions.claims.effects import too_little
from evidence_synthesis.conclusions.claims.evidence import PooledEvidence, pooled_on_first, rating_of
from evidence_synthesis.conclusions.claims.lasting import Change, change_within, shown_change
from evidence_synthesis.conclusions.claims.material import Material
from evidence_synthesis.effects import scales
from evidence_synthesis.review.claims_file import ANY_RELIEF, WORTHWHILE
from evidence_synthesis.review.settings import Window
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX
from evidence_synthesis.selection.claim_questions import Question
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.table_row import known, number_of
from evidence_synthesis.synthesis.regions import REGIONS
from evidence_synthesis.synthesis.rows.statements import CentralLine

Values = dict[str, Any]  # some columns of a line


@dataclass(frozen=True)
class _Asked:
    """One comparison on one outcome, with its evidence by term."""

    says: str
    group: str
    comparator: str
    outcome: str
    by_term: Mapping[str, PooledEvidence | None]
    change: Change | None


def _asked(material: Material) -> Iterator[_Asked]:
    """Every comparison and outcome of the settings, with the trials pooled in each term."""
    settings, config = material.settings, material.settings.central
    population = config["population"]
    people = next(p for p in settings.populations if p.population == population)
    for entry in config["comparisons"]:
        ((level, name),) = entry["treatment"].items()
        group = LEVEL_PREFIX[level] + name
        members = frozenset(material.taxonomy.members(group))
        comparator = next(c for c in settings.comparators if c.comparator == entry["comparator"])
        for outcome in config["outcomes"]:
            by_term = {}
            for window in settings.terms:
                question = Question("", members, comparator, settings.outcome(outcome), window.term, people)
                by_term[window.term] = pooled_on_first(question, material)
            first, last = (by_term[settings.terms[i].term] for i in (0, -1))
            change = change_within(first, last, material) if first is not None and last is not None else None
            yield _Asked(entry["says"], group, entry["comparator"], outcome, by_term, change)


def _shown(found: PooledEvidence) -> Values:
    """The pooled values as they are read."""
    measure, turn = found.measure, found.turn

    def natural(*names: str) -> list[float]:
        return sorted(scales.natural(measure, turn * found.values[n]) for n in names)

    (estimate,), (low, high) = natural("estimate"), natural("ci_low", "ci_high")
    good = found.question.outcome.event_is_good
    values: Values = {"measure": measure, "estimate": estimate, "ci_low": low, "ci_high": high}
    values["i2"] = known(found.values["i2"])
    values["favours"] = wording.favours(measure, low, high, good)
    if not math.isnan(found.values["prediction_low"]):
        values["prediction_low"], values["prediction_high"] = natural("prediction_low", "prediction_high")
    return values


def _verdicts(found: PooledEvidence, certainty: str, material: Material) -> Values:
    rules = material.statement_rules
    verdicts = {name: rules.settle(found.judged(REGIONS[r], material), certainty) for name, r in _REGIONS.items()}
    return {**verdicts, "chance_of_worthwhile": known(found.chance(REGIONS[WORTHWHILE], material))}


_REGIONS = {"effect_in_favour": ANY_RELIEF, "worthwhile": WORTHWHILE}


def _missing(asked: _Asked, window: Window, material: Material) -> str:
    """What is missing for a term, in words: trials, people, judged risk of bias, and trials that stopped before it."""
    found, first = asked.by_term[window.term], material.settings.terms[0]
    said = []
    if found is None:
        said.append("no trial")
    else:
        said += [little] if (little := too_little(found, material)) else []
        unjudged = len({e.trial_id for e in found.entries if not e.result.risk_of_bias})
        if unjudged:
            said.append(f"risk of bias not judged in {unjudged} of {wording.count(found.trials, 'trial')}")
        if found.uncounted:
            said.append(f"number of people not known in {wording.count(found.uncounted, 'trial')}")
    early = asked.by_term[first.term]
    if window != first and early is not None:
        both = {e.trial_id for e in early.entries} & ({e.trial_id for e in found.entries} if found else set())
        said.append(f"{len(both)} of the {early.trials} trials {first.says} measured it here too")
    return "; ".join(said)


def _change(asked: _Asked) -> Values:
    change = asked.change
    if change is None:
        return {}
    turn = next(e.turn for e in asked.by_term.values() if e is not None)
    estimate, low, high = shown_change(change, turn)
    others = "; ".join(
        f"{r:g}: " + wording.fit_to_print(change.measure, *_turned(change.measure, turn, values), unit=change.unit)
        for r, *values in change.others
    )
    return {
        "change_trials": len(change.trials),
        "change": estimate,
        "change_low": low,
        "change_high": high,
        "change_correlation": change.correlation,
        "change_others": others,
    }


def _turned(measure: str, turn: float, values: Sequence[float]) -> tuple[float, float, float]:
    estimate, *ends = (scales.natural(measure, turn * v) for v in values)
    return estimate, min(ends), max(ends)


def central_rows(material: Material, rated: Mapping[tuple[str, str], str] | None = None) -> Iterator[CentralLine]:
    """A line for each comparison, outcome and term of the settings, whether there are trials or not.

    ``effect_in_favour`` and ``worthwhile`` are verdicts on an effect in favour and on one that is at least the smallest
    worthwhile one, by the rules of statements. ``rated`` has the certainty of pooled analyses by id and measure, which also
    knows what explains heterogeneity; what is not in it is rated here. The change within trials (positive: loss) stands in the
    line of the last term.
    """
    windows, population = material.settings.terms, material.settings.central["population"]
    for asked in _asked(material):
        for window in windows:
            found = asked.by_term[window.term]
            key = AnalysisKey(asked.group, asked.comparator, asked.outcome, window.term, population)
            line = CentralLine(asked.says, asked.group, asked.comparator, asked.outcome, window.term, population)
            if found is not None:
                line = _with_evidence(line, found, key, material, rated or {})
            if window == windows[-1] != windows[0]:
                line = replace(line, **_change(asked))
            yield replace(line, missing=_missing(asked, window, material), in_words=_in_words(line, window, found))


def _with_evidence(
    line: CentralLine, found: PooledEvidence, key: AnalysisKey, material: Material, rated: Mapping[tuple[str, str], str]
) -> CentralLine:
    """A line with what its pooled trials say."""
    certainty = rated.get((key.analysis_id, found.measure)) or rating_of(found, material).certainty
    return replace(
        line,
        **_shown(found),
        **_verdicts(found, certainty, material),
        trials=found.trials,
        participants=found.people,
        trials_without_n=found.uncounted,
        certainty=certainty,
        analysis_id=key.analysis_id,
    )


def _in_words(line: CentralLine, window: Window, found: PooledEvidence | None) -> str:
    """One term of one comparison in words."""
    if found is None:
        return f"{window.says} no trial"
    values = (number_of(v) for v in (line.estimate, line.ci_low, line.ci_high))
    outcome, measure = found.question.outcome, found.measure
    unit = outcome.unit_of(measure)
    effect = wording.fit_to_print(measure, *values, unit=unit) + (f" {unit}" if unit else f" ({measure})")
    people = wording.people(found.people, found.uncounted) if found.people else "people not counted"
    facts = f"{wording.count(found.trials, 'trial')}, {people}, {line.certainty} certainty"
    return f"{window.says} {effect} [{facts}]"
