"""The review's networks: which studies enter them, and the tables of what they say.

Nodes are the treatments, or their classes (with controls by family). A trial enters once, with all its arms: the same
choice of source, instrument, time and kind of value as in a pairwise analysis.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import numpy as np

from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.effects.formulas import ArmSummary, NotEstimable, combine_arms
from evidence_synthesis.review.schema import CONTROL_CLASS, CROSSOVER
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Candidate, criteria, gate, prefer
from evidence_synthesis.selection.contrasts import Contrast, contrasts
from evidence_synthesis.selection.follow_up import window_of
from evidence_synthesis.selection.keys import NetworkKey
from evidence_synthesis.stats.network import Network, Study, components, fit_network, net_heat, split_nodes, study_of_arms
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.storage.table_row import TableRow, known
from evidence_synthesis.synthesis.rows.networks import HeatCell, LeagueLine, NetworkSummary, RankedTreatment, SplitNode

_SHOWN_HEAT = 2.0  # change of Q from which a cell of the heat table is kept


def node(taxonomy: Taxonomy, treatment: str, level: str) -> str:
    """The node of a condition: itself, its family, or its class (controls: their family)."""
    if level == "treatment":
        return treatment
    condition = taxonomy[treatment]
    if level == "family":
        return condition.family
    return condition.family if condition.kind == CONTROL_CLASS else condition.kind


def _informative(item: Converted, taxonomy: Taxonomy) -> bool:
    """Whether the nodes of a row say what differs between its arms: not 'X added to Y against Y' under the name of X."""
    result = item.result
    kinds = (taxonomy[result.treatment].kind, taxonomy[result.comparator].kind)
    if kinds == (CONTROL_CLASS, CONTROL_CLASS):
        return result.treatment != result.comparator
    forward = [c for c in contrasts(result, taxonomy) if not c.turned]
    return bool(forward) and not (kinds[1] in forward[0].added_to and kinds[0] != "combined")


def _by_trial(
    converted: Sequence[Converted], key: NetworkKey, measure: str, settings: Settings, taxonomy: Taxonomy
) -> dict[str, list[Candidate]]:
    population = {p.population: p for p in settings.populations}[key.population]
    trials: dict[str, list[Candidate]] = defaultdict(list)
    for order, item in enumerate(converted):
        result = item.result
        timed = window_of(result, settings.windows)
        if timed is None or timed.term != key.term or result.outcome != settings.outcome(key.outcome).domain:
            continue
        nodes = {node(taxonomy, t, key.level) for t in (result.treatment, result.comparator)}
        if measure not in item.estimates or len(nodes) < 2 or gate(result, settings) or not _informative(item, taxonomy):
            continue
        if population.holds(result.region, result.chronicity):
            contrast = Contrast(result.row_id, result.treatment, result.comparator, False, frozenset())
            trials[result.trial_id].append(Candidate(item, contrast, timed, order))
    return trials


def _arms(kept: Sequence[Candidate], taxonomy: Taxonomy, level: str) -> list[tuple[str, float, float]] | None:
    """The arms of a trial by node with mean and its variance; None where a row prints an effect only, or periods are paired."""
    named: dict[str, dict[tuple[object, ...], ArmSummary]] = defaultdict(dict)
    for candidate in kept:
        result, item = candidate.result, candidate.converted
        if (
            result.format == "contrast"
            or result.design == CROSSOVER
            or item.arm_t is None
            or item.arm_c is None
            or item.arm_t.mean is None
        ):
            return None
        sides = (
            (result.treatment, result.treatment_detail, item.arm_t),
            (result.comparator, result.comparator_detail, item.arm_c),
        )
        for treatment, detail, arm in sides:
            known = named[node(taxonomy, treatment, level)]
            identity = (treatment, detail, arm.mean, arm.sd)
            if identity not in known or known[identity].n < arm.n:
                known[identity] = arm
    arms = []
    for name, members in sorted(named.items()):
        whole = combine_arms(list(members.values()))
        if whole.mean is None or whole.sd is None:
            raise NotEstimable("an arm has no mean")
        arms.append((name, whole.mean, whole.sd**2 / whole.n))
    return arms


def _study(trial: str, kept: Sequence[Candidate], measure: str, settings: Settings, taxonomy: Taxonomy, level: str) -> Study:
    """A trial as a study: from its arms, or from printed effects against one comparator, correlated where they share it."""
    arms = _arms(kept, taxonomy, level) if measure == "MD" else None
    if arms is not None and len(arms) > 1:
        return study_of_arms(trial, arms)
    base = node(taxonomy, kept[0].result.comparator, level)
    chosen: dict[str, Candidate] = {}
    for candidate in kept:
        if node(taxonomy, candidate.result.comparator, level) == base:
            chosen.setdefault(node(taxonomy, candidate.result.treatment, level), candidate)
    estimates = [c.converted.estimates[measure] for c in chosen.values()]
    roots = np.sqrt(np.array([e.vi for e in estimates]))
    correlation = np.full((roots.size, roots.size), settings.shared_arm_correlation)
    np.fill_diagonal(correlation, 1.0)
    return Study(
        trial, tuple((n, base) for n in chosen), np.array([e.yi for e in estimates]), correlation * np.outer(roots, roots)
    )


def gather_studies(
    converted: Sequence[Converted], key: NetworkKey, measure: str, settings: Settings, taxonomy: Taxonomy
) -> list[Study]:
    """The studies of one network, a trial each."""
    order = criteria(settings, settings.outcome(key.outcome))
    studies = []
    for trial, candidates in sorted(_by_trial(converted, key, measure, settings, taxonomy).items()):
        kept, _ = prefer(candidates, order)
        studies.append(_study(trial, sorted(kept, key=lambda c: c.order), measure, settings, taxonomy, key.level))
    return studies


def _league(key: NetworkKey, part: int, network: Network, measure: str) -> Iterator[LeagueLine]:
    values = (network.effects, *network.interval())
    for i, first in enumerate(network.treatments):
        for j, second in enumerate(network.treatments):
            if i < j:
                estimate, low, high = (scales.natural(measure, matrix[i, j].item()) for matrix in values)
                yield LeagueLine(key.name, part, first, second, estimate, low, high)


def _ranks(key: NetworkKey, part: int, network: Network, taxonomy: Taxonomy) -> Iterator[RankedTreatment]:
    for treatment, score in sorted(zip(network.treatments, network.p_scores.tolist(), strict=True), key=lambda x: (-x[1], x[0])):
        single = key.level == "treatment"
        label = taxonomy[treatment].label if single else treatment.replace("_", " ").capitalize()
        yield RankedTreatment(key.name, part, treatment, label, score)


def _splits(key: NetworkKey, part: int, studies: Sequence[Study], network: Network, measure: str) -> Iterator[SplitNode]:
    for split in split_nodes(studies, network):
        yield SplitNode(
            key.name,
            part,
            split.first,
            split.second,
            split.studies,
            direct=scales.natural(measure, split.direct),
            direct_se=split.direct_se,
            indirect=known(scales.natural(measure, split.indirect)),
            indirect_se=known(split.indirect_se),
            difference=known(scales.natural(measure, split.difference)),
            p=known(split.p),
        )


def _summary(key: NetworkKey, part: int, studies: Sequence[Study], network: Network, measure: str) -> NetworkSummary:
    return NetworkSummary(
        key.name,
        key.outcome,
        key.term,
        key.level,
        key.population,
        part,
        measure,
        treatments=len(network.treatments),
        studies=len(studies),
        contrasts=sum(len(s.pairs) for s in studies),
        tau2=network.tau2,
        q=network.q,
        q_df=network.q_df,
        q_p=known(network.q_p),
        q_within=network.q_within,
        q_within_df=network.q_within_df,
        q_between=network.q_between,
        q_between_df=network.q_between_df,
        inconsistency=known(network.inconsistency),
        inconsistency_df=network.inconsistency_df,
        inconsistency_p=known(network.inconsistency_p),
        note="" if network.q_between_df else "no closed loop: inconsistency cannot be tested",
    )


def _heat(key: NetworkKey, part: int, studies: Sequence[Study]) -> Iterator[HeatCell]:
    """The cells of the net heat matrix in which detaching a design changes another one's Q by 2 or more."""
    for design, detached, before, after in net_heat(studies):
        if abs(before - after) >= _SHOWN_HEAT:
            yield HeatCell(key.name, part, " ".join(design), " ".join(detached), before, after)


@dataclass(frozen=True, slots=True)
class NetworkTables:
    """The tables of all networks."""

    summary: list[NetworkSummary] = field(default_factory=list)
    league: list[LeagueLine] = field(default_factory=list)
    ranking: list[RankedTreatment] = field(default_factory=list)
    splits: list[SplitNode] = field(default_factory=list)
    heat: list[HeatCell] = field(default_factory=list)

    @classmethod
    def of_cells(cls, cells: Sequence[Sequence[Sequence[str]]]) -> NetworkTables:
        """The tables of their rows' cells, in order. Raises ValueError or TypeError for what is none."""
        kinds: tuple[type[TableRow], ...] = (NetworkSummary, LeagueLine, RankedTreatment, SplitNode, HeatCell)
        rows: list[Any] = [kind.from_cells(own, kind.FILE) for kind, own in zip(kinds, cells, strict=True)]
        return cls(*rows)

    def extend(self, other: NetworkTables) -> None:
        """Add the rows of other tables."""
        for own in fields(self):
            getattr(self, own.name).extend(getattr(other, own.name))


def _part_cells(
    key: NetworkKey, number: int, studies: Sequence[Study], measure: str, good: bool, taxonomy: Taxonomy
) -> list[list[list[str]]]:
    """One connected part of a network, fitted: the cells of each table's rows. ``good``: whether large effects are."""
    network = fit_network(studies, negative_is_better=not good)
    tables: tuple[Iterable[TableRow], ...] = (
        [_summary(key, number, studies, network, measure)],
        _league(key, number, network, measure),
        _ranks(key, number, network, taxonomy),
        _splits(key, number, studies, network, measure),
        _heat(key, number, studies),
    )
    return [[row.cells() for row in rows] for rows in tables]


def network_tables(
    converted: Sequence[Converted], keys: Iterable[NetworkKey], settings: Settings, taxonomy: Taxonomy, memo: Memo | None = None
) -> NetworkTables:
    """Fit every connected part of every network.

    Parts are numbered from the largest. Effects are on the outcome's first measure, ratios as ratios (their standard errors
    on the scale of logarithms); treatments rank by what is good in the outcome. A part whose studies are the same as in a
    former run is not fitted again.
    """
    tables = NetworkTables()
    for key in keys:
        outcome = settings.outcome(key.outcome)
        measure = outcome.measures[0]
        studies = gather_studies(converted, key, measure, settings, taxonomy)
        for number, part in enumerate(components(studies), 1):
            inside = [s for s in studies if s.design <= part]
            cells = partial(_part_cells, key, number, inside, measure, bool(outcome.event_is_good), taxonomy)
            told = [(s.study, s.pairs, s.effects.tolist(), s.covariance.tolist()) for s in inside]
            asked = (key, number, measure, outcome.event_is_good, told)
            tables.extend(
                NetworkTables.of_cells(cells()) if memo is None else memo.answer(asked, [], cells, NetworkTables.of_cells)
            )
    return tables
