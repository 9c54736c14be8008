"""What one trial compared, in whom, and what it found at each time, in words: the answer that its page opens with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence_synthesis import wording
from evidence_synthesis.report.links import anchor
from evidence_synthesis.report.shelf import Shelf
from evidence_synthesis.review import risk_of_bias
from evidence_synthesis.review.schema import number
from evidence_synthesis.review.settings import Outcome
from evidence_synthesis.storage.files import Cells
from evidence_synthesis.synthesis.rows.results import ResultEffect

MEASURES = {
    **{"MD": "difference", "SMD": "standardised difference", "RD": "risk difference"},
    **{"RR": "risk ratio", "OR": "odds ratio", "HR": "hazard ratio"},
}
_NOTED = {"mixed": "mixed duration", "not stated": "duration not stated"}  # what else is told of a complaint stands as it is
_FACTS = (("Country", "country"), ("Setting", "setting"), ("Registry", "registry"), ("Funding", "funding"))


@dataclass(frozen=True, slots=True)
class FoundAt:
    """What was found at a time: when, in whose favour, the effect, and where the result stands in full (anchor)."""

    when: str
    says: str
    effect: str
    place: str


@dataclass(frozen=True, slots=True)
class FoundOn:
    """What was found on one outcome, from the earliest time on."""

    outcome: str
    times: Sequence[FoundAt]


@dataclass(frozen=True, slots=True)
class ComparisonFound:
    """Two arms with their people, and what was found between them on each outcome."""

    arms: str
    people: str
    outcomes: Sequence[FoundOn]


def time_of(row: Cells) -> str:
    """When a result was measured, in words."""
    weeks = f"week {float(row['weeks']):g}" if row["weeks"] else row["term_as_printed"] or "time not known"
    late = row["weeks"] and row["weeks_from"] not in ("randomisation", "not stated", "")
    return f"{weeks} from {row['weeks_from']}" if late else weeks


def _arm(row: Cells, name: str, shelf: Shelf) -> str:
    """An arm within a sentence; what tells it from the other where both have the same treatment."""
    label = wording.running(shelf.taxonomy[row[name]].label)
    same = row["treatment"] == row["comparator"]
    return f"{label} ({row[f'{name}_detail']})" if same and row[f"{name}_detail"] else label


def _outcome(domain: str, measure: str, shelf: Shelf) -> Outcome | None:
    """The outcome as which effects of a domain on a measure are pooled; None where they are not."""
    return next((o for o in shelf.settings.outcomes if o.domain == domain and measure in o.measures), None)


def _label(domain: str, shelf: Shelf) -> str:
    """The name of an outcome domain, that of its outcome where one is called alike."""
    named = next((o.label for o in shelf.settings.outcomes if o.outcome == domain), "")
    return named or domain.replace("_", " ").capitalize()


def _side(effect: ResultEffect, outcome: Outcome, treatment: str, comparator: str) -> str:
    """In whose favour an effect is."""
    if effect.ci_low is None or effect.ci_high is None:
        return "no interval is known"
    side = wording.favours(effect.measure, effect.ci_low, effect.ci_high, outcome.event_is_good)
    if side == "neither":
        return "no clear difference"
    if treatment == comparator:
        return f"in favour of the {'first' if side == 'treatment' else 'second'}"
    return f"in favour of {treatment if side == 'treatment' else comparator}"


def _shown(effect: ResultEffect, outcome: Outcome) -> str:
    unit = outcome.own_unit(effect.measure)
    limits = (effect.ci_low, effect.ci_high) if effect.ci_low is not None and effect.ci_high is not None else None
    low, high = limits or (float("nan"), float("nan"))
    words = wording.fit_to_print(effect.measure, effect.effect or 0.0, low, high, unit=unit)
    return f"{MEASURES.get(effect.measure, effect.measure)} {words}{wording.in_unit(effect.measure, unit)}"


def _at(row: Cells, shelf: Shelf, told: bool) -> FoundAt | None:
    """A result in words, with its instrument where several stand at one time (``told``); None without a pooled effect."""
    known = [r for r in shelf.effects.get(row["row_id"], ()) if r.effect is not None]
    pooled = [(r, o) for r in known if (o := _outcome(r.outcome, r.measure, shelf)) is not None]
    if not pooled:
        return None
    effect, outcome = min(pooled, key=lambda found: found[1].measures.index(found[0].measure))
    when = time_of(row) + (f" ({row['measured_as']})" if told and row["measured_as"] else "")
    side = _side(effect, outcome, _arm(row, "treatment", shelf), _arm(row, "comparator", shelf))
    return FoundAt(when, side, _shown(effect, outcome), anchor(row["row_id"]))


def _times(rows: Sequence[Cells], shelf: Shelf) -> list[FoundAt]:
    ordered = sorted(rows, key=lambda r: (not r["weeks"], number(r["weeks"]) or 0.0))
    often = {time for time in map(time_of, rows) if [time_of(r) for r in rows].count(time) > 1}
    found = (_at(row, shelf, time_of(row) in often) for row in ordered)
    return list(dict.fromkeys(at for at in found if at is not None))


def _people(rows: Iterable[Cells]) -> str:
    """The most people in both arms that a result tells."""
    arms = [(number(r["n_t"]), number(r["n_c"])) for r in rows]
    told = [t + c for t, c in arms if t is not None and c is not None]
    return f"{max(told):,.0f} people" if told else ""


def comparisons(rows: Sequence[Cells], shelf: Shelf) -> list[ComparisonFound]:
    """What a trial found for each pair of arms, by outcome and time; results that are left out of all analyses are not told."""
    kept = [r for r in rows if shelf.accounts[r["row_id"]].status != "excluded"]
    order = {outcome.domain: place for place, outcome in reversed(list(enumerate(shelf.settings.outcomes)))}
    pairs: dict[tuple[str, str], list[Cells]] = {}
    for row in kept:
        pairs.setdefault((_arm(row, "treatment", shelf), _arm(row, "comparator", shelf)), []).append(row)
    found = []
    for (treatment, comparator), some in pairs.items():
        domains = sorted(dict.fromkeys(r["outcome"] for r in some), key=lambda d: order.get(d, len(order)))
        times = {domain: _times([r for r in some if r["outcome"] == domain], shelf) for domain in domains}
        outcomes = [FoundOn(_label(domain, shelf), at) for domain, at in times.items() if at]
        if outcomes:
            arms = f"{treatment[:1].upper()}{treatment[1:]} against {comparator}"
            found.append(ComparisonFound(arms, _people(some), outcomes))
    return found


def lead(rows: Sequence[Cells], shelf: Shelf) -> str:
    """What a trial compared with what, in a sentence."""
    by_comparator: dict[str, dict[str, None]] = {}
    for row in rows:
        by_comparator.setdefault(_arm(row, "comparator", shelf), {})[_arm(row, "treatment", shelf)] = None
    treatments = {tuple(some): [c for c, other in by_comparator.items() if other == some] for some in by_comparator.values()}
    said = [f"{wording.series(some)} against {wording.series(against)}" for some, against in treatments.items()]
    return f"The trial compared {'; '.join(said)}."


def in_points(found: Iterable[ComparisonFound]) -> bool:
    """Whether a difference is told that has no unit of its own beside it."""
    return any(
        at.effect.startswith(f"{MEASURES['MD']} ") and at.effect.endswith(")")
        for c in found
        for o in c.outcomes
        for at in o.times
    )


def people_in(rows: Iterable[Cells]) -> list[str]:
    """Who took part, in words; what only repeats another is left out."""
    told = dict.fromkeys(
        f"{r['region']}, {_NOTED.get(r['chronicity'], r['chronicity'])}"
        + (f" ({r['population_note']})" if r["population_note"] else "")
        for r in rows
    )
    return [words for words in told if not any(other != words and other.startswith(words) for other in told)]


def facts(rows: Sequence[Cells]) -> list[tuple[str, str]]:
    """What else is known of a trial: design, country, setting, registry, funding, mean age and share of women, where told."""
    known = [("Design", ", ".join(dict.fromkeys(r["design"] for r in rows)))]
    known += [(label, rows[0].get(name, "")) for label, name in _FACTS]
    age, women = number(rows[0].get("age_mean", "")), number(rows[0].get("share_women", ""))
    known.append(("Mean age", f"{age:g}" if age is not None else ""))
    known.append(("Women", f"{100 * women:.0f} %" if women is not None else ""))
    return [(label, words) for label, words in known if words]


def bias_in_words(rows: Sequence[Cells]) -> str:
    """The rating of a trial in a sentence, or that there is none."""
    rated = risk_of_bias.overall(rows)
    if rated == risk_of_bias.UNRATED:
        return "nobody has assessed it in a source that was read here"
    kinds = rated.split("; ")
    if rated.startswith("domains by "):
        return f"single domains are rated, by {rated.removeprefix('domains by ')}; no rating of the whole"
    return rated if len(kinds) == 1 else f"rated differently by result or by who assessed it ({', '.join(kinds)})"
