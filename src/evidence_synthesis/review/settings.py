"""The review's settings as typed values; their meaning and defaults stand in the config's schema."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from evidence_synthesis.review.schema import CONTINUOUS

FOREST_COLUMNS = ("year", "source_kind", "handling", "trial_id")  # further ones that every forest plot may have
POINTS_UNIT = "points of 100"  # the unit that asks for values brought from each scale to 0 to 100


@dataclass(frozen=True, slots=True)
class Window:
    """A follow-up window in weeks from randomisation: ``after < weeks <= up_to``, results nearest ``target`` first.

    ``says`` is the term in running text ("in the short term").
    """

    term: str
    label: str
    after: float
    up_to: float
    target: float
    says: str

    @property
    def heading(self) -> str:
        """The label without its limits in brackets."""
        return self.label.partition(" (")[0]

    def holds(self, weeks: float) -> bool:
        """Whether a time lies in the window."""
        return self.after < weeks <= self.up_to


@dataclass(frozen=True, slots=True)
class Population:
    """A population as the regions and durations of complaint that it takes in (None: all)."""

    population: str
    label: str
    regions: frozenset[str] | None
    chronicities: frozenset[str] | None

    def holds(self, region: str, chronicity: str) -> bool:
        """Whether a result's population belongs to it."""
        return (self.regions is None or region in self.regions) and (self.chronicities is None or chronicity in self.chronicities)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome to analyse: the domain in the data, the measures to pool, first one is shown first.

    ``event_is_good`` tells which way event counts are turned before a ratio is taken, and of means whether more of them is
    good and effects keep the unit's own direction; where it is None, means are turned so that less is better. ``unit`` is
    that of the means: "points of 100" brings them from their scales to 0 to 100, any other leaves them as they are printed.
    ``thresholds`` are the smallest worthwhile effects by measure, ``sd`` the standard deviation of one arm in the unit (None:
    that of the trials), ``assumed_risk`` the risk with the comparator for absolute effects (None: that of the trials).
    ``noun``, ``better`` and ``worse`` are the outcome, its change for the good and for the bad in running text ("pain",
    "reduces pain", "increases pain").
    """

    outcome: str
    label: str
    domain: str
    measures: tuple[str, ...]
    instruments: tuple[str, ...]
    event_is_good: bool | None
    unit: str
    thresholds: Mapping[str, float]
    noun: str
    better: str
    worse: str
    sd: float | None = None
    assumed_risk: float | None = None

    @property
    def natural(self) -> bool:
        """Whether mean differences are pooled in the unit in which trials print them."""
        return "MD" in self.measures and self.unit != POINTS_UNIT

    def unit_of(self, measure: str) -> str:
        """The unit in which effects on a measure are read; empty where they have none."""
        return self.unit if measure == "MD" or ("MD" not in self.measures and measure == self.measures[0]) else ""

    def first_of(self, measures: Container[str]) -> str:
        """The first of its measures that is among some; empty where none is."""
        return next((m for m in self.measures if m in measures), "")

    def own_unit(self, measure: str) -> str:
        """The unit of mean differences that are pooled as trials print them; empty for other measures, and for points."""
        return self.unit if measure == "MD" and self.natural else ""


@dataclass(frozen=True, slots=True)
class ComparatorGroup:
    """A group of comparators, by id, family or class; ``added_to`` marks the set 'treatment plus X against X alone'."""

    comparator: str
    label: str
    ids: frozenset[str]
    families: frozenset[str]
    classes: frozenset[str]
    everything: bool
    added_to: str | None


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of trials or of results that the engine has no meaning for: words to group trials by, or a number.

    ``cuts`` are the values at which the groups of a number begin; without them effects are regressed on it, and ``per`` is
    the difference of it for which the change is given.
    """

    name: str
    label: str
    number: bool
    cuts: tuple[float, ...]
    per: float

    def level(self, cell: str) -> str:
        """The group that a cell belongs to; empty where it is empty, or a number that is not grouped."""
        if not self.number or not cell:
            return cell
        if not self.cuts:
            return ""
        below = sum(float(cell) >= cut for cut in self.cuts)
        ends = [f"{cut:g}" for cut in self.cuts]
        if not below:
            return f"under {ends[0]}"
        return f"{ends[below - 1]} or more" if below == len(ends) else f"{ends[below - 1]} to under {ends[below]}"


class Model(NamedTuple):
    """The model that pools, in the order of the parameters of ``pooling.pool``.

    FE or the estimator of tau2, whether intervals are HKSJ, and whether their variance factor is kept at 1 or above.
    """

    estimator: str = "REML"
    hksj: bool = True
    floor: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a reviewer may choose."""

    windows: tuple[Window, ...]
    populations: tuple[Population, ...]
    outcomes: tuple[Outcome, ...]
    comparators: tuple[ComparatorGroup, ...]
    levels: tuple[str, ...]
    source_order: tuple[str, ...]
    value_order: tuple[str, ...]
    smd_value_kinds: frozenset[str]
    people_randomised: bool
    avoid_flags: frozenset[str]
    exclude_flags: frozenset[str]
    exclude_status: frozenset[str]
    multi_arm: str
    shared_arm_correlation: float
    default_icc: float
    default_cluster_size: float | None
    period_correlation: float | None
    model: Model
    columns: tuple[OwnColumn, ...]
    figures: Mapping[str, Any]
    central: Mapping[str, Any]

    @property
    def terms(self) -> tuple[Window, ...]:
        """The windows that are set side by side."""
        by_term = {w.term: w for w in self.windows}
        return tuple(by_term[t] for t in self.figures["terms"] if t in by_term)

    @property
    def natural_units(self) -> frozenset[str]:
        """The outcome domains whose mean differences are pooled in the unit in which trials print them."""
        return frozenset(o.domain for o in self.outcomes if o.natural)

    @property
    def more_is_better(self) -> frozenset[str]:
        """The outcome domains whose means are pooled so that higher ones are better."""
        return frozenset(o.domain for o in self.outcomes if o.event_is_good and set(o.measures) & set(CONTINUOUS))

    @property
    def event_orientation(self) -> dict[str, bool]:
        """For each outcome domain in the data whether the event that is pooled is a good one."""
        return {o.domain: o.event_is_good for o in self.outcomes if o.event_is_good is not None}

    def outcome(self, name: str) -> Outcome:
        """The outcome of that id. Raises KeyError when the config has none."""
        return {o.outcome: o for o in self.outcomes}[name]


def _windows(config: Mapping[str, Any]) -> tuple[Window, ...]:
    preset = config["windows"]["presets"][config["windows"]["use"]]
    return tuple(
        Window(term, w["label"], float(w["after"]), float(w["up_to"]), float(w["target"]), w["says"])
        for term, w in preset.items()
    )


def _population(name: str, entry: Mapping[str, Any]) -> Population:
    def choose(key: str) -> frozenset[str] | None:
        return frozenset(entry[key]) if entry.get(key) else None

    return Population(name, entry["label"], choose("regions"), choose("chronicities"))


def _outcome(name: str, entry: Mapping[str, Any]) -> Outcome:
    return Outcome(
        outcome=name,
        label=entry["label"],
        domain=entry.get("domain", name),
        measures=tuple(entry["measures"]),
        instruments=tuple(entry.get("instruments", ())),
        event_is_good=entry.get("event_is_good", entry.get("higher_is_better")),
        unit=entry.get("unit", ""),
        thresholds={m: float(v) for m, v in entry.get("thresholds", {}).items()},
        noun=entry["says"]["noun"],
        better=entry["says"]["better"],
        worse=entry["says"]["worse"],
        sd=entry.get("sd"),
        assumed_risk=entry.get("assumed_risk"),
    )


def _comparator(name: str, entry: Mapping[str, Any]) -> ComparatorGroup:
    return ComparatorGroup(
        comparator=name,
        label=entry["label"],
        ids=frozenset(entry.get("ids", ())),
        families=frozenset(entry.get("families", ())),
        classes=frozenset(entry.get("classes", ())),
        everything=bool(entry.get("everything", False)),
        added_to=entry.get("added_to"),
    )


def _own_column(name: str, entry: Mapping[str, Any]) -> OwnColumn:
    cuts = tuple(map(float, entry.get("cuts", ())))
    return OwnColumn(name, entry["label"], bool(entry.get("number", False)), cuts, float(entry.get("per", 1)))


def names_of(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """The ids that claims may use: of comparators, outcomes and follow-up terms."""
    preset = config["windows"]["presets"][config["windows"]["use"]]
    return {"comparator": list(config["comparators"]), "outcome": list(config["outcomes"]), "term": list(preset)}


def directions_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Whether higher is worse (``yes``, ``no``) of each outcome in a unit of its own: it is the same in all trials."""
    settings = load_settings(config)
    return {name: "no" if name in settings.more_is_better else "yes" for name in settings.natural_units}


def load_settings(config: Mapping[str, Any]) -> Settings:
    """The settings of a config that its schema has accepted."""
    choice = config["selection"]
    return Settings(
        windows=_windows(config),
        populations=tuple(_population(k, v) for k, v in config["populations"].items()),
        outcomes=tuple(_outcome(k, v) for k, v in config["outcomes"].items()),
        comparators=tuple(_comparator(k, v) for k, v in config["comparators"].items()),
        levels=tuple(config["levels"]),
        source_order=tuple(choice["source_order"]),
        value_order=tuple(choice["value_order"]),
        smd_value_kinds=frozenset(choice["smd_value_kinds"]),
        people_randomised=bool(choice.get("people_randomised", False)),
        avoid_flags=frozenset(choice["avoid_flags"]),
        exclude_flags=frozenset(choice["exclude_flags"]),
        exclude_status=frozenset(choice.get("exclude_status", ("retracted",))),
        multi_arm=choice["multi_arm"],
        shared_arm_correlation=float(choice["shared_arm_correlation"]),
        default_icc=float(config["clusters"]["default_icc"]),
        default_cluster_size=config["clusters"]["default_cluster_size"],
        period_correlation=config.get("crossover", {}).get("default_correlation"),
        model=Model(config["pooling"]["models"][-1], floor=bool(config["pooling"]["floor"])),
        columns=tuple(_own_column(k, v) for k, v in config.get("columns", {}).items()),
        figures=config["figures"],
        central=config["central_message"],
    )
