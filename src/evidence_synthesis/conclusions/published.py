"""Our pooled estimates beside those that published reviews print for the same question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from evidence_synthesis.effects.scales import NO_EFFECT
from evidence_synthesis.review.schema import CONTROL_CLASS, RATIOS, number
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.analyses import PooledResult, by_key
from evidence_synthesis.synthesis.rows.conclusions import PublishedComparison
from evidence_synthesis.wording import asked, fit_to_print, in_unit, running

if TYPE_CHECKING:
    from evidence_synthesis.selection.claim_questions import Question

_POINTS = 100.0
_TAKEN_OVER = ("estimate_id", "review", "year", "treatment", "comparator", "outcome", "term", "measure")


def question(row: PublishedComparison, settings: Settings, taxonomy: Taxonomy) -> str:
    """What a published estimate is about, in words."""
    name = row.treatment
    group = _group(name, taxonomy)
    label = taxonomy.label(group).removesuffix(" (all)") if group else name.replace("_", " ").capitalize()
    words = asked(row, settings)
    if row.comparator in taxonomy.conditions:
        words["comparator"] = running(taxonomy.label(row.comparator))
    return "{0} against {comparator}, {outcome}, {term}".format(label, **words)


def _group(treatment: str, taxonomy: Taxonomy) -> str | None:
    """The review's group of that name: a treatment, else a family."""
    if treatment in taxonomy.conditions:
        return treatment
    families = {c.family for c in taxonomy.conditions.values()}
    return f"family-{treatment}" if treatment in families else None


def _comparator(name: str, settings: Settings, taxonomy: Taxonomy) -> tuple[str | None, str]:
    """The group of comparators that holds a published comparator, and a remark where it is wider."""
    if name in {g.comparator for g in settings.comparators}:
        return name, ""
    if name in taxonomy.conditions and taxonomy[name].kind == CONTROL_CLASS:
        named = (g for g in settings.comparators if name in g.ids)
        wider = (g for g in settings.comparators if taxonomy[name].family in g.families)
        group = next(named, None) or next(wider, None)
        if group is not None:
            return group.comparator, f"their comparator is {name.replace('_', ' ')} only" if group.comparator != name else ""
    return None, ""


def _population(region: str, chronicity: str, settings: Settings) -> str | None:
    """The narrowest population of the settings that holds the published one."""
    fitting = [p for p in settings.populations if p.regions is not None and region in p.regions]
    exact = [p for p in fitting if p.chronicities is not None and chronicity in p.chronicities]
    return next((p.population for p in exact + [p for p in fitting if p.chronicities is None]), None)


def unit_of(outcome: Outcome, measure: str) -> str:
    """The unit in which estimates of an outcome on a measure are compared; empty for ratios."""
    return {"MD": outcome.unit, "SMD": "standard deviations"}.get(measure, "")


def their_values(row: Cells, outcome: Outcome) -> tuple[float, float, float] | None:
    """Estimate and limits in the unit and direction in which an outcome is pooled; None where they cannot be brought to it.

    Mean differences of an outcome in points of 100 are brought from their scale to it, so that the scale has to be told. Those
    of an outcome in a unit of its own (mmHg, points of one questionnaire) are taken as they are printed; with a scale they are
    points of that scale, which is another unit. None, too, when an estimate or a limit is not printed.
    """
    values = [number(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    if any(v is None for v in values):
        return None
    estimate, low, high = (v or 0.0 for v in values)
    if row["measure"] == "MD":
        bottom, top = number(row["scale_min"]), number(row["scale_max"])
        if outcome.natural != (bottom is None or top is None):
            return None
        if bottom is not None and top is not None:
            estimate, low, high = (_POINTS * v / (top - bottom) for v in (estimate, low, high))
    other_way = "yes" if outcome.event_is_good else "no"  # where more is better, positive effects favour the treatment
    if row["negative_favours_treatment"] == other_way and row["measure"] not in RATIOS:
        estimate, low, high = -estimate, -high, -low
    return estimate, min(low, high), max(low, high)


def asks(row: Cells, asked: Question, taxonomy: Taxonomy) -> bool:
    """Whether a published estimate is about a question: one of its treatments or their family, comparators, people and time."""
    if row["outcome"] != asked.outcome.outcome or row["term"] != asked.term:
        return False
    return about(row, asked, taxonomy)


def about(row: Cells, asked: Question, taxonomy: Taxonomy) -> bool:
    """Whether an estimate of a question's outcome is about its treatments or their family, comparators and people."""
    if row["treatment"] not in asked.subject and row["treatment"] not in taxonomy.families_within(asked.subject):
        return False
    people, group, name = asked.population, asked.comparator, row["comparator"]
    condition = taxonomy.conditions.get(name)
    inside = condition is not None and (
        name in group.ids or condition.family in group.families or condition.kind in group.classes
    )
    return (group.everything or name == group.comparator or inside) and people.holds(row["region"], row["chronicity"])


def published_words(asked: Question, published: Iterable[Cells], settings: Settings, taxonomy: Taxonomy, most: int = 3) -> str:
    """What published reviews pool on a question, in words: the latest first, ``most`` of them; empty where none is known."""
    found = []
    for row in published:
        theirs = their_values(row, asked.outcome) if row["measure"] in NO_EFFECT and asks(row, asked, taxonomy) else None
        if theirs is not None:
            trials = f", {row['k_trials']} trials" if row["k_trials"] else ""
            unit = asked.outcome.own_unit(row["measure"])
            effect = fit_to_print(row["measure"], *theirs, unit=unit) + in_unit(row["measure"], unit)
            found.append((row["year"], f"{row['review']} {row['measure']} {effect}{trials}"))
    said = [words for _, words in sorted(found, reverse=True)]
    more = [f"{len(said) - most} more"] if len(said) > most else []
    return ", ".join(said[:most] + more)


def _not_usable(row: Cells, outcome: Outcome | None) -> str:
    """Why a printed estimate cannot be laid beside ours."""
    if outcome is not None and row["measure"] == "MD" and outcome.natural and row["scale_min"] and row["scale_max"]:
        return f"theirs is in points of a scale from {row['scale_min']} to {row['scale_max']}, ours in {outcome.unit}"
    return "no estimate with interval on a known scale is printed"


def _unmatched(row: Cells, words: str, analysis_id: str = "") -> PublishedComparison:
    taken: dict[str, Any] = {c: row[c] for c in _TAKEN_OVER}
    return PublishedComparison(
        **taken,
        population="",
        their_estimate=None,
        their_low=None,
        their_high=None,
        their_trials=row["k_trials"],
        our_estimate=None,
        our_low=None,
        our_high=None,
        our_trials=None,
        analysis_id=analysis_id,
        overlap=None,
        same_side=None,
        unit="",
        note=f"not compared: {words}",
    )


def comparison_rows(
    published: Iterable[Cells], pooled: Iterable[PooledResult], settings: Settings, taxonomy: Taxonomy
) -> Iterator[PublishedComparison]:
    """A line for each published estimate: ours beside it, or why there is none.

    Matched by treatment (or family), group of comparators, outcome, term, population and measure. Where intervals do not
    overlap or sides differ, the note names what differs: trials, comparator, window.
    """
    ours = by_key(pooled)
    terms = {w.term for w in settings.windows}
    outcomes = {o.outcome: o for o in settings.outcomes}
    for row in published:
        group = _group(row["treatment"], taxonomy)
        comparator, remark = _comparator(row["comparator"], settings, taxonomy)
        population = _population(row["region"], row["chronicity"], settings)
        outcome = outcomes.get(row["outcome"])
        theirs = their_values(row, outcome) if row["measure"] and outcome is not None else None
        missing = [
            words
            for lacks, words in (
                (outcome is not None and theirs is None, _not_usable(row, outcome)),
                (group is None, "the treatment is no group of the review"),
                (comparator is None, "the comparator is no group of the review"),
                (row["term"] not in terms, f"the follow-up is {row['term']}"),
                (outcome is None, "the outcome is not pooled"),
                (population is None, "the population is not one of the review's"),
            )
            if lacks
        ]
        if missing or theirs is None or outcome is None:
            yield _unmatched(row, "; ".join(missing))
            continue
        key = AnalysisKey(str(group), str(comparator), row["outcome"], row["term"], str(population))
        mine = ours.get((key.analysis_id, row["measure"]))
        if mine is None:
            yield _unmatched(row, "no trial in the data answers this question", key.analysis_id)
            continue
        yield _compared(row, theirs, mine, population or "", remark, unit_of(outcome, row["measure"]))


def _compared(
    row: Cells, theirs: tuple[float, float, float], mine: PooledResult, population: str, remark: str, unit: str
) -> PublishedComparison:
    ours = mine.effect
    none = 1.0 if row["measure"] in RATIOS else 0.0
    overlap = theirs[1] <= ours[2] and ours[1] <= theirs[2]
    same_side = (theirs[0] - none) * (ours[0] - none) > 0
    notes = [remark] if remark else []
    if row["k_trials"] and row["k_trials"] != str(mine.trials):
        notes.append(f"their trials {row['k_trials']}, ours {mine.trials}")
    elif not row["k_trials"]:
        notes.append("their number of trials is not printed")
    if row["weeks_low"] or row["weeks_high"]:
        weeks = dict.fromkeys(row[end] or "?" for end in ("weeks_low", "weeks_high"))
        notes.append(f"their window {' to '.join(weeks)} weeks")
    if row["trust"] == "secondary":
        notes.append("read in an overview, not in the review itself")
    taken: dict[str, Any] = {c: row[c] for c in _TAKEN_OVER}
    return PublishedComparison(
        **taken,
        population=population,
        their_estimate=theirs[0],
        their_low=theirs[1],
        their_high=theirs[2],
        their_trials=row["k_trials"],
        our_estimate=ours[0],
        our_low=ours[1],
        our_high=ours[2],
        our_trials=mine.trials,
        analysis_id=mine.analysis_id,
        overlap=overlap,
        same_side=same_side,
        unit=unit,
        note="; ".join(notes),
    )
