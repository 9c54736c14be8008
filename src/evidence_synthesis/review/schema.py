"""The data model: which tables a review consists of and which columns the engine reads.

Types, units, vocabularies and the meaning of every column stand in the Table Schema files of the data package
(``schemas/*.json``, https://specs.frictionlessdata.io/table-schema/); this module names the columns that the engine
itself computes with. A review may add columns of its own: they are carried along and never interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

TRIALS = "trials"
TABLES = ("treatments", "instruments", "sources", "corrections", "published_estimates", "unusable_results")
OPTIONAL_TABLES = ("certainty_overrides", "harms_outside_trials")  # may be absent
MAY_BE_EMPTY = (
    "certainty_overrides",
    "harms_outside_trials",
    "instruments",
    "corrections",
    "published_estimates",
    "unusable_results",
)  # no rows

ARM_FIELDS = ("n", "mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3")
CONTINUOUS = ("MD", "SMD")
RATIOS = ("RR", "OR", "HR")
EVENTS = (*RATIOS, "RD")  # of an event, which may be a good or a bad one
CONTROL_CLASS = "control"

# Kinds of decision in the corrections table: those that put another value in a cell, and those about a whole row.
CELL_DECISIONS = frozenset({"value", "scale", "time", "direction", "label"})
ROW_DECISIONS = frozenset({"exclude", "keep"})


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm at one time as a source printed it. Unprinted values are None; means stand on the row's own scale."""

    n: float | None = None
    mean: float | None = None
    sd: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    events: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One result of one trial: two arms, one outcome, one instrument, one time. One row of a trial file.

    Numbers that were not printed are None, words that were not printed are empty. ``effect`` is treatment minus
    comparator on the instrument as scored, or the ratio treatment / comparator.
    """

    row_id: str
    trial_id: str
    source_id: str
    result_id: str
    study: str
    year: float | None
    region: str
    chronicity: str
    design: str
    treatment: str
    treatment_detail: str
    comparator: str
    comparator_detail: str
    components_t: str
    components_c: str
    outcome: str
    instrument: str
    measured_as: str
    scale_min: float | None
    scale_max: float | None
    higher_is_worse: str
    weeks: float | None
    weeks_from: str
    course_weeks: float | None
    term_as_printed: str
    format: str
    value_kind: str
    icc: float | None
    cluster_size: float | None
    effect_measure: str
    effect: float | None
    effect_ci_low: float | None
    effect_ci_high: float | None
    ci_level: float | None
    effect_se: float | None
    effect_p: float | None
    rob2_overall: str
    shared_control: str
    flags: str
    source_kind: str
    read_in: str
    source_location: str
    decision: str
    decision_reason: str
    arm_t: Arm
    arm_c: Arm

    @property
    def flag_set(self) -> frozenset[str]:
        """The extractor's flags."""
        return frozenset(f for f in self.flags.split(";") if f)


# Columns that the check adds to the printed ones: the decision about the whole row, and why.
DECISION_COLUMNS = ("decision", "decision_reason")
_PLAIN = tuple(f for f in fields(Result) if f.name not in ("arm_t", "arm_c"))
_ARM_COLUMNS = tuple(f"{name}_{side}" for side in ("t", "c") for name in (*ARM_FIELDS, "events"))
TRIAL_COLUMNS = tuple(f.name for f in _PLAIN if f.name not in DECISION_COLUMNS) + _ARM_COLUMNS


def number(text: str) -> float | None:
    """A cell as a number; empty is None. Raises ValueError for anything else."""
    return float(text) if text else None


def parse_result(cells: Mapping[str, str]) -> Result:
    """A checked row of text cells as a Result."""
    plain = {f.name: number(cells[f.name]) if "float" in str(f.type) else cells[f.name] for f in _PLAIN}
    arms = {
        f"arm_{side}": Arm(**{name: number(cells[f"{name}_{side}"]) for name in (*ARM_FIELDS, "events")}) for side in ("t", "c")
    }
    return Result(**plain, **arms)  # type: ignore[arg-type]
