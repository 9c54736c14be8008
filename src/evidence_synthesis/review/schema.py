"""The data model: which tables a review consists of and which columns the engine reads.

Types, units, vocabularies and the meaning of every column stand in the Table Schema files of the data package
(``schemas/*.json``, https://specs.frictionlessdata.io/table-schema/); this module names the columns that the engine
itself computes with. A review may add columns of its own: they are carried along and never interpreted.

People enter what is said once in one place: a trial in ``trials.csv``, its results in ``results/<treatment>.csv``, the
judgements about it in ``risk_of_bias.csv``. The checked copy joins the three, one row a result (``joined``). How much of
a treatment was given (``sessions``, ``minutes_per_session``, ``course_weeks``) belongs to the result, because it belongs
to a pair of arms: a trial may compare six sessions with twelve, or two treatments of different length with one control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

TRIALS, RESULTS, JUDGEMENTS = "trials", "results", "risk_of_bias"
TABLES = ("treatments", "instruments", "sources", "corrections", "published_estimates", "unusable_results")
SEARCHES, READINGS = "search_log", "second_reading"
REVIEW_TRIALS = "review_trials"
OPTIONAL_TABLES = ("certainty_overrides", "harms_outside_trials", JUDGEMENTS, SEARCHES, READINGS, REVIEW_TRIALS)  # may be absent
MAY_BE_EMPTY = ("instruments", "corrections", "published_estimates", "unusable_results", *OPTIONAL_TABLES)  # no rows

# Columns of tables of which packages of before have no schema.
LATER_TABLES: Mapping[str, Sequence[str]] = {
    REVIEW_TRIALS: ("review", "trial_id", "trial", "doi", "pmid", "treatment", "outcome", "complete", "url")
}

ARM_FIELDS = ("n", "mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3")
CONTINUOUS = ("MD", "SMD")
RATIOS = ("RR", "OR", "HR", "IRR")
EVENTS = (*RATIOS, "RD")  # of an event, which may be a good or a bad one
# Columns of results that a file may have without a word of its schema: what few trials print. Table Schema fields.
SUBGROUP = "subgroup"
PERSON_TIME = ("person_time_t", "person_time_c")
_SHARE = {"minimum": 0, "maximum": 1}
OPTIONAL_COLUMNS: Mapping[str, Mapping[str, object]] = {
    "period_correlation": {
        **{"type": "number", "constraints": {"minimum": -1, "maximum": 1}},
        "description": "Correlation of a person's outcomes in the two periods of a crossover trial.",
    },
    SUBGROUP: {"type": "string", "description": "Subgroup of the review that the result was read in, as printed there."},
    "effect_t": {"type": "number", "description": "t statistic of the printed mean difference, where no error is printed."},
    **{
        name: {
            **{"type": "number", "constraints": {"minimum": 0}},
            "description": f"Person-time of the {words} in which its events are counted, in one unit for both (years).",
        }
        for name, words in zip(PERSON_TIME, ("treatment arm", "comparator arm"), strict=True)
    },
    "assumed_risk": {
        **{"type": "number", "constraints": _SHARE},
        "description": "Risk with the comparator from which the absolute effect of a ratio is reckoned, as a share.",
    },
}

CONTROL_CLASS = "control"
# How the periods of a crossover trial were taken, by the step of its conversion.
PAIRINGS: Mapping[str, str] = {"paired": "periods paired", "crossover_as_parallel": "periods as parallel groups"}
CROSSOVER, FIRST_PERIOD = "crossover", "crossover, first period"  # designs: results of both periods, or of the first alone

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
    """One result of one trial: two arms, one outcome, one instrument, one time. One row of the checked copy.

    Numbers that were not printed are None, words that were not printed are empty. ``effect`` is treatment minus
    comparator on the instrument as scored, or the ratio treatment / comparator. ``risk_of_bias`` is low, some concerns or
    high by the mapping in the settings, empty where unknown; ``status`` is that of the trial, with its source. ``own`` has
    the other cells that are filled: further columns of the engine that a package may lack, and columns of the review's own.
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
    n_randomised_t: float | None
    n_randomised_c: float | None
    shared_control: str
    flags: str
    source_kind: str
    read_in: str
    source_location: str
    decision: str
    decision_reason: str
    status: str
    status_source: str
    risk_of_bias: str
    risk_of_bias_otherwise: str
    arm_t: Arm
    arm_c: Arm
    own: Mapping[str, str] = field(default_factory=dict, compare=False)

    def extra(self, name: str) -> float | None:
        """The number in a column of ``own``; None where it is empty. Raises ValueError where it holds no number."""
        return number(self.own.get(name, ""))

    @property
    def flag_set(self) -> frozenset[str]:
        """The extractor's flags."""
        return frozenset(f for f in self.flags.split(";") if f)


# Columns that the check adds to the printed ones: what was corrected, the decision about the whole row, and why.
CORRECTED = "corrected_columns"
DECISION_COLUMNS = ("decision", "decision_reason")
# Risk of bias by the settings, whose judgement it rests on, and what it is by the settings' other mapping.
RATING_COLUMNS = ("risk_of_bias", "risk_of_bias_tool", "risk_of_bias_otherwise")

# What a trial says once, by its name in the checked copy. A row of results may say otherwise of its own people, in a
# column of the same name.
FACTS = {
    **{"study": "label", "year": "year", "region": "region", "chronicity": "chronicity"},
    **{"population_note": "population_note", "design": "design", "icc": "icc", "cluster_size": "cluster_size"},
}
_FIRST_FACTS = ("study", "year", "region", "chronicity", "population_note", "design")  # after result_id
_CLUSTER_FACTS = ("icc", "cluster_size")  # after value_kind

_PLAIN = tuple(f for f in fields(Result) if f.name not in ("arm_t", "arm_c", "own"))
_NUMBERS = tuple(f.name for f in _PLAIN if "float" in str(f.type))
_TEXTS = tuple(f.name for f in _PLAIN if f.name not in _NUMBERS)
_LATER = ("status", "status_source", "risk_of_bias", "risk_of_bias_otherwise")  # columns that checked copies of before lack
_ARMS = tuple(tuple(f"{name}_{side}" for name in (*ARM_FIELDS, "events")) for side in ("t", "c"))
_ARM_COLUMNS = (*_ARMS[0], *_ARMS[1])
_ADDED = {*FACTS, *DECISION_COLUMNS, *RATING_COLUMNS}
TRIAL_COLUMNS = ("trial_id", *FACTS.values(), "aliases", "registry", "status", "status_source")
_READ = {*(f.name for f in _PLAIN), *_ARM_COLUMNS}
RESULT_COLUMNS = tuple(f.name for f in _PLAIN if f.name not in _ADDED | set(TRIAL_COLUMNS[1:])) + _ARM_COLUMNS
JUDGEMENT_COLUMNS = ("trial_id", "row_id", "outcome", "tool", "domain", "judgement")


def joined_columns(results: Sequence[str], trials: Sequence[str], judged: Sequence[str]) -> list[str]:
    """The columns of the checked copy, from those of results and trials and the ``judged`` domains.

    What a trial says stands where a reader looks for it; what a review adds of its own stands at the end.
    """
    first = results[: results.index("n_randomised_c") + 1]
    found: list[str] = []
    for name in (*first, *judged, *results[len(first) :]):
        found += [] if name in FACTS else [name]
        found += _FIRST_FACTS if name == "result_id" else _CLUSTER_FACTS if name == "value_kind" else ()
    own = [name for name in trials if name not in {"trial_id", *FACTS.values(), *found}]
    return [*found, CORRECTED, *DECISION_COLUMNS, *own, *RATING_COLUMNS]


def number(text: str) -> float | None:
    """A cell as a number; empty is None. Raises ValueError for anything else."""
    return float(text) if text else None


def parse_result(cells: Mapping[str, str]) -> Result:
    """A checked row of text cells as a Result. Checked copies of before know RoB 2 alone, and of no status."""
    if any(name not in cells for name in _LATER):
        rated = cells.get("risk_of_bias", cells.get("rob2_overall", ""))
        cells = {"status": "", "status_source": "", "risk_of_bias": rated, "risk_of_bias_otherwise": rated, **cells}
    words = {name: cells[name] for name in _TEXTS}
    numbers = {name: float(cells[name]) if cells[name] else None for name in _NUMBERS}
    arm_t, arm_c = (Arm(*[float(cells[c]) if cells[c] else None for c in columns]) for columns in _ARMS)
    own = {name: cell for name, cell in cells.items() if cell and name not in _READ}
    return Result(**words, **numbers, arm_t=arm_t, arm_c=arm_c, own=own)  # type: ignore[arg-type]
