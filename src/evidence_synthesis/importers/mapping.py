"""Which column of a table holds what: as guessed, as a file says it, and as a file to be mended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence_synthesis.importers.measures import BY_NAME
from evidence_synthesis.review.package import DataFaults, Fault, nearest

SHAPES = {
    "wide": "one row a study",
    "long": "one row an arm",
    "arms": "one row a study, the arms numbered: arm.1, n.1, events.1, arm.2 ...",
}
TIMES = ("timepoint", "time_point", "time", "visit", "follow_up", "followup", "weeks", "week", "months", "month")
VALUE_KINDS = ("", "final", "change")
STUDY_FIELDS = {
    "study": "the name of the study",
    "study_id": "its number, for studies of one name and year",
    "year": "its year",
    "analysis": "the analysis or outcome that a row belongs to",
    "name": "the name of the analysis",
    "subgroup": "the subgroup of the analysis",
    "footnote": "a remark",
    "treatment": "the treatment, where a table compares many: one analysis for each pair",
    "comparator": "what it is compared with",
    "design": "parallel, crossover, cluster or factorial",
    "icc": "the correlation inside clusters",
    "cluster_size": "people in a cluster",
    "weeks": "weeks from randomisation",
}
_OF_ARM = {
    "n": "people",
    "events": "people with the event",
    "none": "people without the event",
    "percent": "people with the event in per cent",
    "mean": "mean",
    "sd": "standard deviation",
    "var": "variance, the square of the standard deviation",
    "se": "standard error of the mean",
    "ci_low": "lower limit of the interval of the mean",
    "ci_high": "upper limit of the interval of the mean",
    "median": "median",
    "q1": "lower quartile",
    "q3": "upper quartile",
    "iqr": "interquartile range as one number, upper minus lower quartile",
    "min": "smallest value",
    "max": "largest value",
    "time": "person-time (years or any one unit) in which the events are counted",
}
ARM_FIELDS = tuple(_OF_ARM)
WIDE_FIELDS = {
    f"{name}_{side}": f"{words}, {'treatment' if side == 't' else 'comparator'} arm"
    for side in ("t", "c")
    for name, words in _OF_ARM.items()
}
EFFECT_FIELDS = {
    "effect": "the printed effect, treatment against comparator; its interval may stand in the same cell",
    "ci_low": "lower limit of its interval",
    "ci_high": "upper limit of its interval",
    "effect_ci": "both limits in one cell",
    "effect_se": "its standard error (of the logarithm for ratios)",
    "effect_p": "its exact two-sided p value",
    "effect_z": "its z or t, by which it is divided for its standard error",
    "effect_measure": "the measure, where it differs by row (HR, aOR ...)",
    "given": "the effect as it is pooled (the logarithm for ratios)",
    "given_se": "its standard error",
    "given_variance": "its variance",
    "o_e": "observed minus expected events",
    "variance": "the variance of o_e",
    "weight": "the printed weight in per cent",
}
LONG_FIELDS = {"arm": "the name of the arm", **_OF_ARM}
FIELDS = {**STUDY_FIELDS, **WIDE_FIELDS, **EFFECT_FIELDS, **LONG_FIELDS}
NUMBERED = re.compile(rf"(arm|{'|'.join(ARM_FIELDS)})\.(\d+)")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column holds what: ``columns`` from field to column; ``reference`` names the arm that is the comparator.

    ``measure`` is what the effects are (MD, SMD, RR ...), ``level`` of intervals in per cent, ``value_kind`` tells whether means
    are of the end or of the change. ``notes`` say what was assumed, ``unused`` are columns that hold nothing the import reads.
    """

    shape: str
    columns: Mapping[str, str]
    measure: str = ""
    reference: str = ""
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    level: float | None = None
    value_kind: str = ""

    def as_entry(self) -> dict[str, Any]:
        """The mapping as it is written to a file."""
        entry: dict[str, Any] = {"shape": self.shape, "measure": self.measure, "columns": dict(self.columns)}
        if self.shape != "wide" or self.reference:
            entry["reference"] = self.reference
        told = {"level": self.level, "value_kind": self.value_kind}
        return entry | {k: v for k, v in told.items() if v}


def mapping_of(entry: object, header: Iterable[str], file: str) -> ColumnMap:
    """A mapping as a file holds it, checked against the table's header. Raises DataFaults with every fault."""
    if not isinstance(entry, dict) or not isinstance(entry.get("columns"), dict):
        raise DataFaults([Fault(file, 0, "columns", "", "a list of fields and the columns that hold them")])
    known = list(header)
    columns = {str(k): str(v) for k, v in entry["columns"].items() if v not in (None, "")}
    faults = [
        Fault(file, 0, k, k, f"one of {', '.join(FIELDS)}") for k in columns if k not in FIELDS and not NUMBERED.fullmatch(k)
    ]
    faults += [
        Fault(file, 0, k, v, f"a column of the table ({', '.join(known)}){nearest(v, known)}")
        for k, v in columns.items()
        if v not in known
    ]
    shape, measure, level = str(entry.get("shape", "wide")), str(entry.get("measure") or ""), entry.get("level")
    if shape not in SHAPES:
        faults.append(Fault(file, 0, "shape", shape, ", ".join(f"{k} ({v})" for k, v in SHAPES.items())))
    if measure and measure not in BY_NAME:
        faults.append(Fault(file, 0, "measure", measure, f"one of {', '.join(BY_NAME)}"))
    if level is not None and not (isinstance(level, int | float) and 50 <= level < 100):
        faults.append(Fault(file, 0, "level", str(level), "the level of the intervals in per cent, such as 95"))
    kind = str(entry.get("value_kind") or "")
    if kind not in VALUE_KINDS:
        faults.append(Fault(file, 0, "value_kind", kind, "final or change"))
    if "study" not in columns:
        faults.append(Fault(file, 0, "study", "", "the column that names the study"))
    if shape == "long" and "arm" not in columns:
        faults.append(Fault(file, 0, "arm", "", "the column that names the arms"))
    if faults:
        raise DataFaults(faults)
    unused = tuple(h for h in known if h not in columns.values())
    return ColumnMap(
        *(shape, columns, measure, str(entry.get("reference") or ""), (), unused),
        level=float(level) if level is not None else None,
        value_kind=kind,
    )


def _entry(text: str) -> str:
    """A text as YAML writes it after a key."""
    import yaml

    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("\n").removesuffix("\n...")


def skeleton(header: Sequence[str], best: ColumnMap, why: Sequence[str] = ()) -> str:
    """A mapping file to be mended: the best guess filled in, every other field and the table's columns as comments."""
    lines = ["# Which column of the table holds what. Put a column's name behind a field, or take the # away.", "#"]
    lines += [f"# {line}" for text in why for line in text.splitlines()]
    lines += ["# Columns of the table:", *(f"#   {h}" for h in header), ""]
    lines += [f"shape: {best.shape}  # " + "; ".join(f"{k}: {v}" for k, v in SHAPES.items())]
    lines += [f"measure: {best.measure or chr(39) * 2}  # empty (found from printed effects), or one of {', '.join(BY_NAME)}"]
    if best.reference:
        lines.append(f"reference: {_entry(best.reference)}  # the arm that is the comparator")
    else:
        lines.append("# reference:  # the arm that is the comparator (long, arms, and wide with a treatment column)")
    lines += ["# level: 95  # of printed intervals, in per cent", "# value_kind: final  # or change, of means"]
    lines.append("columns:")
    parts = [("The study", STUDY_FIELDS), ("Arms, one row a study", WIDE_FIELDS), ("A printed or entered effect", EFFECT_FIELDS)]
    for title, fields in (*parts, ("One row an arm", LONG_FIELDS)):
        lines.append(f"  # {title}")
        for field, meaning in fields.items():
            column = best.columns.get(field)
            lines.append(f"  {field}: {_entry(column)}  # {meaning}" if column else f"  # {field}:  # {meaning}")
    numbered = [f"  {k}: {_entry(v)}" for k, v in best.columns.items() if NUMBERED.fullmatch(k)]
    return "\n".join([*lines, "  # Numbered arms (shape: arms): arm.1, n.1, events.1, arm.2 ...", *numbered]) + "\n"
