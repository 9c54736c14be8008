"""Which rows enter which analysis, and the reason for each that does not.

Analyses are derived from the data and the taxonomy: for every treatment, family and class, comparator group, outcome,
follow-up window and population in which there is a result. In each analysis a trial counts once: the best source, the
preferred instrument, the time nearest to the window's target, the preferred kind of value; arms that remain are
combined, or the arm that they share is split.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.effects.formulas import Estimate
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.contrasts import Contrast, belongs, contrasts
from evidence_synthesis.selection.follow_up import Timed, weeks_from_randomisation, window_of
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.selection.multiarm import Entry, Part, merge

USED, MERGED, SPLIT, EXCLUDED = "used", "merged", "split", "excluded"
_RANK = {USED: 3, MERGED: 2, SPLIT: 1, EXCLUDED: 0}


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis on one measure: a study for every trial in it."""

    key: AnalysisKey
    measure: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Accounted:
    """What became of an input row, over all analyses."""

    row_id: str
    status: str
    analyses: int
    reason: str
    in_favour_of: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A result in one direction for one analysis."""

    converted: Converted
    contrast: Contrast
    timed: Timed
    order: int

    @property
    def result(self) -> Result:
        """The row behind it."""
        return self.converted.result


Criterion = tuple[str, Callable[[Candidate], object]]


def criteria(settings: Settings, outcome: Outcome) -> tuple[Criterion, ...]:
    """In order: what makes one result of a trial preferred to another, and the words for it."""
    instruments = {name: i for i, name in enumerate(outcome.instruments)}
    sources = {name: i for i, name in enumerate(settings.source_order)}
    values = {name: i for i, name in enumerate(settings.value_order)}
    last = len(instruments)
    return (
        ("a report that the extractor prefers", lambda c: bool(c.result.flag_set & settings.avoid_flags)),
        ("a source nearer to the trial", lambda c: sources[c.result.source_kind]),
        ("a preferred instrument", lambda c: instruments.get(c.result.instrument, last)),
        ("a time nearer to the window's target", lambda c: c.timed.distance),
        ("a later time at the same distance", lambda c: -(weeks_from_randomisation(c.result) or 0.0)),
        ("a preferred kind of value", lambda c: values.get(c.result.value_kind, len(values))),
        ("one source of several of the same kind", lambda c: (c.result.read_in, c.result.source_id)),
        ("another version of the same instrument", lambda c: (c.result.instrument, c.result.measured_as)),
    )


def prefer(
    candidates: Sequence[Candidate], criteria: Iterable[Criterion]
) -> tuple[list[Candidate], list[tuple[Candidate, str, str]]]:
    """The preferred results of one trial, and the others with the reason and the row that was preferred."""
    kept = list(candidates)
    dropped: list[tuple[Candidate, str, str]] = []
    if len(kept) == 1:
        return kept, dropped
    for words, rank in criteria:
        best = min(rank(c) for c in kept)  # type: ignore[type-var]
        winners = [c for c in kept if rank(c) == best]
        dropped += [(c, f"the trial has {words}", winners[0].result.row_id) for c in kept if rank(c) != best]
        kept = winners
    return kept, dropped


def _same_arms(kept: Sequence[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, str, str]]]:
    """One result for each pair of arms, the first in file order."""
    if len(kept) == 1:
        return list(kept), []
    first: dict[tuple[str, ...], Candidate] = {}
    dropped = []
    for candidate in sorted(kept, key=lambda c: c.order):
        r = candidate.result
        arms = (r.treatment, r.treatment_detail, r.comparator, r.comparator_detail, str(candidate.contrast.turned))
        values = (str(r.arm_t), str(r.arm_c), r.source_location) if r.format != "contrast" else (str(r.effect),)
        distinct = r.shared_control == "yes"
        before = first.setdefault(arms + (values if distinct else ()), candidate)
        if before is not candidate:
            dropped.append((candidate, "another result of the same arms stands first", before.result.row_id))
    return list(first.values()), dropped


def _parts(kept: Sequence[Candidate], measure: str) -> list[Part]:
    """The results as parts of one trial's study, turned into the direction of the analysis."""
    parts = []
    for c in kept:
        estimate = c.converted.estimates[measure]
        arms = (c.converted.arm_t, c.converted.arm_c)
        names = (c.result.treatment + "|" + c.result.treatment_detail, c.result.comparator + "|" + c.result.comparator_detail)
        if c.contrast.turned:
            estimate, arms, names = Estimate(-estimate.yi, estimate.vi), (arms[1], arms[0]), (names[1], names[0])
        parts.append(Part(c.result, estimate, arms[0], arms[1], names[0], names[1], c.contrast.turned, c.converted.pairing))
    return parts


class _Ledger:
    """Keeps for every row what became of it."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.analyses: dict[str, set[str]] = defaultdict(set)
        self.reasons: dict[str, tuple[str, str]] = {}

    def enter(self, row_id: str, status: str, analysis_id: str) -> None:
        self.analyses[row_id].add(analysis_id)
        if _RANK[status] > _RANK.get(self.status.get(row_id, EXCLUDED), 0):
            self.status[row_id] = status

    def refuse(self, row_id: str, reason: str, in_favour_of: str = "") -> None:
        self.reasons.setdefault(row_id, (reason, in_favour_of))

    def account(self, row_id: str) -> Accounted:
        status = self.status.get(row_id, EXCLUDED)
        reason, other = self.reasons.get(row_id, ("not accounted for", "")) if status == EXCLUDED else ("", "")
        return Accounted(row_id, status, len(self.analyses[row_id]), reason, other)


def gate(result: Result, settings: Settings, populations: bool = True) -> str:
    """Why a row can enter no analysis at all; empty when it can. ``populations``: also when it is about other people."""
    if result.decision == "exclude":
        return "excluded by a decision: " + result.decision_reason
    if result.status in settings.exclude_status:
        return f"{result.status}: {result.status_source}"
    unwanted = sorted(result.flag_set & settings.exclude_flags)
    if unwanted:
        return "flagged by the extractor: " + ", ".join(unwanted)
    if result.treatment == result.comparator:
        return "both arms had the same treatment (dose or technique compared)"
    if populations and not any(p.holds(result.region, result.chronicity) for p in settings.populations):
        return f"population not in the review's settings ({result.region})"
    if result.outcome not in {o.domain for o in settings.outcomes}:
        return f"outcome not in the review's settings ({result.outcome})"
    return ""


def _no_effect(converted: Converted, settings: Settings) -> str:
    """Why a row has no effect on any measure that is pooled for its outcome; empty when it has one."""
    wanted = {m for o in settings.outcomes if o.domain == converted.result.outcome for m in o.measures}
    if wanted & converted.estimates.keys():
        return ""
    reasons = [converted.problems[m] for m in sorted(wanted) if m in converted.problems]
    if converted.estimates and not reasons:
        return f"measure not pooled for this outcome ({', '.join(sorted(converted.estimates))})"
    return "no effect: " + (reasons or sorted(converted.problems.values()))[0]


@dataclass(frozen=True, slots=True)
class Selection:
    """All analyses, and the account of every input row."""

    analyses: tuple[Analysis, ...]
    accounts: tuple[Accounted, ...]


Slot = tuple[AnalysisKey, str]
_ORDER = attrgetter(*AnalysisKey.__match_args__)  # as keys are ordered, without a call for each pair of them


def _slots(candidate: Candidate, settings: Settings, taxonomy: Taxonomy) -> Iterable[Slot]:
    """Every analysis (and measure) for which a candidate is eligible."""
    result, contrast = candidate.result, candidate.contrast
    groups = taxonomy.groups_of(contrast.subject, settings.levels)
    own = set(taxonomy.groups_of(contrast.versus, settings.levels))
    comparators = [g.comparator for g in settings.comparators if belongs(contrast, g, taxonomy)]
    populations = [p.population for p in settings.populations if p.holds(result.region, result.chronicity)]
    outcomes = [o for o in settings.outcomes if o.domain == result.outcome]
    for group in groups:
        if group in own:
            continue
        for outcome in outcomes:
            for measure in outcome.measures:
                if measure not in candidate.converted.estimates:
                    continue
                for comparator in comparators:
                    for population in populations:
                        yield AnalysisKey(group, comparator, outcome.outcome, candidate.timed.term, population), measure


def _candidates(converted: Sequence[Converted], settings: Settings, taxonomy: Taxonomy, ledger: _Ledger) -> Iterable[Candidate]:
    for order, item in enumerate(converted):
        result = item.result
        refusal = gate(result, settings) or _no_effect(item, settings)
        timed = None if refusal else window_of(result, settings.windows)
        if refusal or timed is None:
            ledger.refuse(result.row_id, refusal or "follow-up time not known")
            continue
        directions = list(contrasts(result, taxonomy))
        if not directions:
            ledger.refuse(result.row_id, "no arm had a treatment that the other had not")
        for contrast in directions:
            yield Candidate(item, contrast, timed, order)


def contribute(
    trial: Sequence[Candidate], outcome: Outcome, measure: str, settings: Settings
) -> tuple[list[Entry], list[Candidate], list[tuple[Candidate, str, str]]]:
    """What one trial contributes to an analysis, from which results, and those left out with reason and preferred row."""
    kept, dropped = prefer(trial, criteria(settings, outcome))
    kept, doubled = _same_arms(kept)
    entries = merge(_parts(kept, measure), measure, settings.multi_arm, settings.shared_arm_correlation)
    return entries, kept, dropped + doubled


_Known = dict[tuple[object, ...], tuple[list[Entry], list[Candidate], list[tuple[Candidate, str, str]]]]


def _study(
    trial: Sequence[Candidate], key: AnalysisKey, measure: str, settings: Settings, ledger: _Ledger, known: _Known
) -> list[Entry]:
    """What one trial contributes to an analysis, accounted for; ``known`` keeps it for analyses with the same results of it."""
    asked = (key.outcome, measure, *map(id, trial))
    if asked not in known:
        known[asked] = contribute(trial, settings.outcome(key.outcome), measure, settings)
    entries, kept, dropped = known[asked]
    analysis_id = key.analysis_id if entries else ""
    for candidate, reason, other in dropped:
        ledger.refuse(candidate.result.row_id, reason, other)
    for entry in entries:
        status = {1: USED}.get(len(kept), SPLIT if settings.multi_arm == SPLIT else MERGED)
        for row_id in entry.row_ids:
            ledger.enter(row_id, status, analysis_id)
    return entries


def _derive(
    converted: Sequence[Converted], settings: Settings, taxonomy: Taxonomy, ledger: _Ledger, only: Container[Slot] | None = None
) -> tuple[Analysis, ...]:
    slots: dict[Slot, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in _candidates(converted, settings, taxonomy, ledger):
        found = False
        for slot in _slots(candidate, settings, taxonomy):
            found = True
            if only is None or slot in only:
                slots[slot][candidate.result.trial_id].append(candidate)
        if not found:
            ledger.refuse(candidate.result.row_id, "no analysis compares its two arms (same family, or control arms only)")
    analyses, known = [], _Known()
    for (key, measure), trials in sorted(slots.items(), key=lambda slot: (_ORDER(slot[0][0]), slot[0][1])):
        entries = [e for name in sorted(trials) for e in _study(trials[name], key, measure, settings, ledger, known)]
        analyses.append(Analysis(key, measure, tuple(entries)))
    return tuple(analyses)


def select(converted: Sequence[Converted], settings: Settings, taxonomy: Taxonomy) -> Selection:
    """Derive all analyses from converted results, and account for every one of these.

    Raises RuntimeError when the accounts do not add up to the input: a row must not get lost.
    """
    ledger = _Ledger()
    analyses = _derive(converted, settings, taxonomy, ledger)
    accounts = tuple(ledger.account(c.result.row_id) for c in converted)
    _balance(converted, accounts)
    return Selection(analyses, accounts)


def select_only(
    converted: Sequence[Converted], settings: Settings, taxonomy: Taxonomy, only: Container[Slot]
) -> tuple[Analysis, ...]:
    """Those of all analyses that are asked for, by key and measure."""
    return _derive(converted, settings, taxonomy, _Ledger(), only)


def why_nothing(selection: Selection) -> str:
    """Why no result enters any analysis, by reason; empty where one does."""
    if selection.analyses:
        return ""
    reasons = Counter(a.reason for a in selection.accounts)
    listed = "".join(f"\n  {count}: {reason}" for reason, count in reasons.most_common())
    return f"no result enters an analysis. Results left out, by reason:{listed}"


def _balance(converted: Sequence[Converted], accounts: Sequence[Accounted]) -> None:
    counted: Mapping[str, int] = {a.row_id: 1 for a in accounts}
    lost = [a.row_id for a in accounts if a.status == EXCLUDED and a.reason == "not accounted for"]
    if len(counted) != len(converted) or lost:
        raise RuntimeError(f"row accounts do not add up: {len(converted)} rows in, {len(counted)} accounted, lost {lost}")
