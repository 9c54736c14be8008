"""Guess which column holds what, by the names of the columns and a look at what they hold."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evidence_synthesis.importers.arms import Arms, Rows, by_outcome, long_table, numbered, of_one_spread, of_sides, people_told
from evidence_synthesis.importers.cells import as_number, cleaned, is_missing
from evidence_synthesis.importers.comparators import CONTROL_ARM, controls_among
from evidence_synthesis.importers.effect_columns import RATIO_MEASURES, bare, effect_columns
from evidence_synthesis.importers.entered import measure_of_entered
from evidence_synthesis.importers.facts import FACTS
from evidence_synthesis.importers.headers import Header
from evidence_synthesis.importers.mapping import FIELDS, STUDY_FIELDS, TIMES, ColumnMap
from evidence_synthesis.importers.names import NAMES, STUDY_NAMES, meaning_of, plain
from evidence_synthesis.importers.numbered_groups import in_order, is_number_of_group, labels_of
from evidence_synthesis.importers.percentages import percentages
from evidence_synthesis.importers.printed import printed
from evidence_synthesis.importers.refusals import why_nothing
from evidence_synthesis.importers.spreadsheet import WHOLE
from evidence_synthesis.review.package import DataFaults, Fault

_TABLES = ("table", "forest_plot", "figure", "meta_analysis")
_STATED = ("HR", "IRR", "RoM", "Peto OR")  # measures that counts of one time do not give


class NothingFits(DataFaults):
    """No guess gives studies with effects. ``best`` is what was found, to be mended."""

    def __init__(self, faults: Iterable[Fault], best: ColumnMap) -> None:
        super().__init__(faults)
        self.best = best


_NUMBERS_OF_STUDIES = ("study", "study_id", "studyid", "trial", "trial_id", "id", "record_id", "study_label")


# --- the whole -------------------------------------------------------------------------------------------------------


def _study_columns(header: Header, rows: Rows, taken: Iterable[str], notes: list[str]) -> dict[str, str]:
    """Columns that tell which study a row is: the name with the most to say, and the year."""
    used = set(taken)
    found = {f: c for f in ("year", "analysis", "subgroup") if (c := header.named(f)) and c not in used}
    if "year" not in found and (year := next((h for h in header.names if _is_year(h, rows)), None)):
        found["year"] = year
    used |= set(found.values())
    names = [h for n in STUDY_NAMES if (h := header.plain.get(n)) and h not in used]
    worded = [h for h in names if not rows or any(not _is_number(r.get(h)) for _, r in rows)]
    study = next(iter(worded or names), None)
    if study is None:
        parts = [m.header for m in header.meanings if re.search(r"study|author|trial|citation", m.header, re.IGNORECASE)]
        study = next((h for h in parts if h not in used and (not rows or any(not _is_number(r.get(h)) for _, r in rows))), None)
    if study is None:
        study = next((h for h in header.names if h not in used and _tells_apart(h, rows)), None)
        if study is not None:
            notes.append(f"no column is called study; {study!r} is taken for the names of the studies")
    number = next((h for h in names if h != study), None)
    if study in worded and number is not None and plain(number) in _NUMBERS_OF_STUDIES:
        found["study_id"] = number
    return {**({"study": study} if study else {}), **found}


def _is_year(column: str, rows: Rows) -> bool:
    """Whether a column may hold years alone: ``Study year``, but not ``Author, year``."""
    named = re.search(r"\byear$", column, re.IGNORECASE) is not None
    return named and (
        not re.search("author", column, re.IGNORECASE) if not rows else all(_is_number(r.get(column)) for _, r in rows)
    )


def _is_number(cell: Any) -> bool:
    if is_missing(cell):
        return True
    try:
        as_number(cell)
    except ValueError:
        return False
    return True


def _tells_apart(column: str, rows: Rows) -> bool:
    values = [cleaned(r.get(column)) for _, r in rows]
    words = [v for v in values if v and not _is_number(v)]
    return len(words) >= 2 and len(set(words)) == len(words) and len(words) >= 0.8 * len(values)


def fits(names: Sequence[str]) -> float:
    """How much of a header is understood: at least ``WHOLE`` where it gives studies with effects."""
    header = Header(tuple(names))
    try:
        found = _columns(header, (), [])[1].columns
    except DataFaults:
        return WHOLE + 0.5 * (not any(" (column " in n for n in names))
    known = len(found) + len([n for n in names if meaning_of(n).quantity]) / 100
    again = {n.partition(" (column ")[0] for n in names if " (column " in n}  # a line above may tell them apart
    known -= (len(found) + 1) * (header.twice or not again.isdisjoint(c.partition(" (column ")[0] for c in found.values()))
    values = 0 if found else len([n for n in names if n and _is_number(n)]) / 2  # a line of cells is no header
    values -= 0.6 * ({"t", "c"} <= {meaning_of(n).side for n in names})  # whose cells may hold several numbers
    return known - values + (WHOLE if found else 0) + any(n in header.plain for n in STUDY_NAMES)


def _columns(header: Header, rows: Rows, notes: list[str]) -> tuple[str, Arms, str]:
    """Shape, columns with other outcomes that fit as well, and measure; columns are empty where nothing gives an effect."""
    arms = of_sides(header)
    effect, stated, adjusted = effect_columns(header, rows, arms.columns.values(), arms.whole, notes)
    pair = {f: c for f in ("treatment", "comparator") if (c := header.named(f))}
    by_number = numbered(header)
    entered = bool({"given", "effect", "effect_ci", "o_e"} & effect.keys())
    if by_number and not (entered and len(pair) == 2):
        return "arms", Arms(by_number), ""
    long = None if arms.whole or len(pair) == 2 or entered else long_table(header, rows)
    if long is not None:
        return "long", long, ""
    arms = arms if arms.whole or entered else of_one_spread(header, arms) or by_outcome(header, rows) or arms
    beside = header.beside_effects()
    named_pair = pair if len(pair) == 2 else {}
    if entered and (adjusted or stated in _STATED or not arms.whole):
        if arms.whole:
            kind = "an adjusted effect" if adjusted else f"the {stated}"
            unused = ", ".join(c for f, c in arms.columns.items() if not f.startswith("n_"))
            notes.append(f"{kind} is printed and pooled as it stands; the arms' numbers ({unused}) are not used")
        people = {f: c for f, c in arms.columns.items() if f in ("n_t", "n_c")}
        return "wide", Arms({**people, **effect, **beside, **named_pair}), stated
    if not (arms.whole or "effect_p" in arms.columns):
        return "wide", Arms({}), ""
    arms = people_told(header, arms)
    arms, said = in_order(arms, header.reference, (*header.remarks, *labels_of(header.names, rows)), header.twice)
    notes += said
    return "wide", replace(arms, columns={**arms.columns, **effect, **beside, **named_pair}), stated


def guess(
    names: Iterable[str], rows: Rows = (), reference: str = "", outcome: str = "", remarks: tuple[str, ...] = ()
) -> ColumnMap:
    """A mapping by the columns' names; its ``notes`` say what was assumed. Raises NothingFits where nothing fits.

    ``reference`` is the comparator's name, ``outcome`` that of an outcome of several, where a person says it; ``remarks`` are
    texts around the table, which may tell which group is the control.
    """
    header, notes = Header(tuple(names), reference, outcome, remarks), list[str]()
    try:
        shape, arms, measure = _columns(header, rows, notes)
    except DataFaults as error:
        raise NothingFits(error.faults, _partial(header, rows)) from error
    columns = arms.columns
    if not columns:
        raise NothingFits([Fault("columns", 1, "", ", ".join(header.names), why_nothing(header, rows))], _partial(header, rows))
    notes += arms.notes
    study = _study_columns(header, rows, columns.values(), notes)
    columns = {**study, **{k: v for k, v in columns.items() if v not in study.values()}}
    used = {*columns.values()}
    columns |= {f: c for f in FACTS if (c := header.named(f)) and c not in used}
    try:
        columns |= _treatments_apart(header, shape, columns, rows, notes)
    except DataFaults as error:
        raise NothingFits(error.faults, _partial(header, rows)) from error
    columns |= _parts_of_studies(header, columns, rows, notes)
    found = ColumnMap(
        *(shape, columns, measure, reference, (), _unused(header, columns), level_of(header.names)), value_kind=arms.value_kind
    )
    if "study" not in columns:
        raise NothingFits([Fault("columns", 1, "", ", ".join(header.names), "a column that names the studies")], found)
    if header.tied and shape == "wide" and not {"given", "effect", "effect_ci"} & columns.keys():
        told = f"the group that is the comparator; say with --reference which of {', '.join(header.tied)}"
        raise NothingFits([Fault("columns", 0, "reference", "", told)], found)
    if shape == "wide" and (header.groups() or is_number_of_group(reference)):
        found, reference = replace(found, reference=""), ""
    elif (
        shape == "wide" and reference and "treatment" not in columns and not any(bare(reference) in bare(c) for c in header.names)
    ):
        told = "an arm that the table names; here the columns tell which arm is the comparator, and none has this name"
        raise NothingFits([Fault("columns", 1, "--reference", reference, told)], replace(found, reference=""))
    if arms.others:
        told = f"one outcome of {', '.join(dict.fromkeys(arms.others))}: say which with --outcome, or map each with --map"
        raise NothingFits([Fault("columns", 1, "", ", ".join(columns.values()), told)], found)
    if outcome and not any(bare(outcome) in bare(c) for c in arms.columns.values()):
        told = "an outcome of the table; no column that would be read has this name"
        raise NothingFits([Fault("columns", 1, "--outcome", outcome, told)], found)
    found = percentages(found, rows) or found
    _check_counts(found, rows)
    found = _with_measure(found, rows, notes)
    if shape != "wide" or "treatment" in columns:
        found = _with_reference(found, rows, notes)
    return replace(found, notes=tuple(notes))


def _treatments_apart(header: Header, shape: str, columns: Mapping[str, str], rows: Rows, notes: list[str]) -> dict[str, str]:
    """The column that names each row's treatment where there are several: one analysis for each, not all pooled as one.

    Raises DataFaults where effects without a comparator stand in rows that are the arms of studies.
    """
    if shape != "wide" or {"treatment", "analysis"} & columns.keys():
        return {}
    numbers = [c for f, c in columns.items() if f in FIELDS and f not in STUDY_FIELDS]
    named = [h for n in NAMES["arm"] if n != "group" and (h := header.plain.get(n)) and h not in columns.values()]
    for column in named:
        told = {cleaned(r.get(column)) for _, r in rows if any(not is_missing(r.get(c)) for c in numbers)} - {""}
        if not 1 < len(told) < len(rows):
            continue
        effect = columns.get("effect", columns.get("given", ""))
        if effect and "n_t" not in columns and controls_among(list(told)) and _are_arms(column, columns, rows):
            wanted = (
                f"effects between two arms; {column!r} names controls, too, so {effect!r} may be of one arm: say with "
                "--map (shape: long; mean and sd or se of each arm) or give the effects of pairs"
            )
            raise DataFaults([Fault("columns", 1, column, ", ".join(sorted(told)[:6]), wanted)])
        notes.append(f"{column!r} names several treatments: one analysis for each")
        return {"analysis": column}
    return {}


def _are_arms(column: str, columns: Mapping[str, str], rows: Rows) -> bool:
    """Whether a column differs inside most studies."""
    inside: dict[tuple[str, ...], set[str]] = {}
    by = [columns[f] for f in ("study", "study_id", "year") if f in columns]
    for _, row in rows:
        inside.setdefault(tuple(cleaned(row.get(c)) for c in by), set()).add(cleaned(row.get(column)))
    return bool(inside) and sum(len(names) > 1 for names in inside.values()) > len(inside) / 2


def _check_counts(found: ColumnMap, rows: Rows) -> None:
    """A column of people with the event holds whole numbers. Raises NothingFits where most of its cells have decimals."""
    for field, column in found.columns.items():
        if field.startswith("events"):
            cells = [r.get(column) for _, r in rows if not is_missing(r.get(column)) and _is_number(r.get(column))]
            parts = [c for c in cells if as_number(c) % 1]
            if cells and len(parts) > len(cells) / 2:
                told = (
                    "whole numbers of people with the event, or percentages that whole numbers give: say what it holds with --map"
                )
                raise NothingFits([Fault("columns", 1, column, str(parts[0]), told)], found)


def _parts_of_studies(header: Header, columns: Mapping[str, str], rows: Rows, notes: list[str]) -> dict[str, str]:
    """The column that tells apart rows of one study that would count the same people twice: of times, or of tables."""
    if "subgroup" in columns or "study" not in columns:
        return {}
    by = [columns[f] for f in ("study", "study_id", "year", "analysis", "arm", "treatment", "comparator") if f in columns]
    keys = [tuple(cleaned(r.get(c)) for c in by) for _, r in rows]
    if len(set(keys)) == len(keys):
        return {}
    taken = {c for f, c in columns.items() if f != "weeks"}

    def apart(column: str) -> int:
        return len({(*key, cleaned(r.get(column))) for key, (_, r) in zip(keys, rows, strict=True)}) - len(set(keys))

    for names, field, what in ((TIMES, "subgroup", "times"), (_TABLES, "analysis", "tables")):
        column = next((h for n in names if (h := header.plain.get(n)) and h not in taken), None)
        if column is not None and field not in columns and apart(column) > 0:
            notes.append(f"studies stand at several {what}; {column!r} is taken for the {field}")
            return {field: column}
    doubled = len(keys) - len(set(keys))
    several = [h for h in header.names if h not in taken and 2 * apart(h) >= doubled and not _all_differ(h, rows)]
    if several:
        notes.append(
            f"studies stand several times; {', '.join(map(repr, several[:4]))} would tell their rows apart: give it for the "
            "analysis or the subgroup with --map"
        )
    return {}


def _all_differ(column: str, rows: Rows) -> bool:
    values = [cleaned(r.get(column)) for _, r in rows]
    return len(set(values)) == len(values) or all(_is_number(v) for v in values)


def _partial(header: Header, rows: Rows) -> ColumnMap:
    """What of a table is understood, though it gives no effect."""
    columns: dict[str, str] = {}
    for meaning in header.meanings:
        field = f"{meaning.quantity}_{meaning.side}" if meaning.side in ("t", "c") else meaning.quantity
        if field in FIELDS and meaning.time != "early":
            columns.setdefault(field, meaning.header)
    study = _study_columns(header, rows, columns.values(), [])
    return ColumnMap("wide", {**study, **columns}, "", "", (), _unused(header, {**study, **columns}))


def _unused(header: Header, columns: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(h for h in header.names if h not in columns.values())


def level_of(names: Iterable[str]) -> float | None:
    """The level of intervals where a column's name tells another than 95 per cent."""
    told = {m[1] for n in names if (m := re.search(r"(?<!\d)(80|90|99)\s*%?\s*-?\s*(CI|conf)", n, re.IGNORECASE))}
    return float(told.pop()) if len(told) == 1 else None


def _with_measure(found: ColumnMap, rows: Rows, notes: list[str]) -> ColumnMap:
    """The measure that is taken when no name tells it: means differ, events have a ratio, entered effects stand as they are."""
    columns = found.columns
    if found.measure or "effect_measure" in columns:
        return found
    means = {"mean_t", "median_t", "mean", "median", "mean.1", "median.1"} & columns.keys()
    events = {"events_t", "events", "events.1", "percent_t", "percent", "percent.1"} & columns.keys()
    if means or events:
        rates = not means and bool({"time_t", "time", "time.1"} & columns.keys())
        measure = "MD" if means else "IRR" if rates else "RR"
        if means and events:
            notes.append("the means are pooled, not the events beside them (say the columns with --map for these)")
        if rates:
            beside = (
                "; for the risk ratio of its people give measure: RR with --map" if {"n_t", "n", "n.1"} & columns.keys() else ""
            )
            beside += "; in a review of risk ratios its rows have the flag printed_as_irr"
            notes.append(f"events stand in person-time, so the measure is the rate ratio (IRR){beside}")
        if "given" in columns:
            return _with_entered(found, rows, notes, measure)
        if "effect" not in columns and not rates:
            notes.append(f"the measure {measure} is assumed: nothing printed tells it")
        return replace(found, measure=measure if "effect" not in columns else "")
    if "o_e" in columns:
        return found
    if "given" in columns and (told := _logged(found, rows)):
        notes.append(f"{columns['given']!r} is the logarithm of {told[0]!r}")
        return replace(found, measure=told[1])
    if "given" in columns:
        notes.append(f"the effects in {columns['given']!r} are pooled as they stand: no name tells their measure")
        return replace(found, measure="generic")
    ratio = _looks_like_ratio(columns, rows)
    notes.append(
        "the printed effects are taken for "
        + ("ratios" if ratio else "differences")
        + ": their intervals are even on "
        + ("the logarithmic scale" if ratio else "the scale as printed")
    )
    return replace(found, measure="generic ratio" if ratio else "generic")


def _logged(found: ColumnMap, rows: Rows) -> tuple[str, str] | None:
    """The column of ratios whose logarithms are the entered effects, and its measure."""
    for meaning in map(meaning_of, found.unused):
        if meaning.quantity != "effect" or meaning.measure not in RATIO_MEASURES or meaning.log:
            continue
        pairs = [(r.get(meaning.header), r.get(found.columns["given"])) for _, r in rows]
        known = [
            (as_number(a), as_number(b))
            for a, b in pairs
            if _is_number(a) and _is_number(b) and not (is_missing(a) or is_missing(b))
        ]
        same = [a > 0 and abs(math.log(a) - b) <= 0.5 * 10 ** -_places(a) / a + 1e-3 for a, b in known]
        if same and all(same):
            return meaning.header, meaning.measure
    return None


def _places(value: float) -> int:
    """Digits behind the point of a printed number."""
    return len(f"{value:.10g}".partition(".")[2])


def _with_entered(found: ColumnMap, rows: Rows, notes: list[str], usual: str) -> ColumnMap:
    """Effects that stand beside the arms they come from, as in tables of metafor, tell the measure."""
    column = found.columns["given"]
    measure = measure_of_entered(found, rows)
    if measure:
        notes.append(f"{column!r} is the {measure} that the arms give, on the scale of pooling")
        return replace(found, measure=measure)
    kept = {f: c for f, c in found.columns.items() if not f.startswith("given")}
    notes.append(f"{column!r} is no measure that the arms give and is not used; the measure {usual} of the arms is assumed")
    return replace(found, measure=usual, columns=kept, unused=(*found.unused, column))


def _looks_like_ratio(columns: Mapping[str, str], rows: Rows) -> bool:
    """Whether printed intervals are even about their effects on the logarithmic scale rather than as they stand."""
    uneven = [0.0, 0.0]
    for _, row in rows:
        told = printed(row.get(columns.get("effect_ci", columns.get("effect", ""))))
        cells = [row.get(columns.get(f, "")) for f in ("effect", "ci_low", "ci_high")]
        if told is not None:
            cells = [told.effect if told.effect is not None else cells[0], told.low, told.high]
        try:
            effect, low, high = (as_number(cell, True) for cell in cells)
        except ValueError:
            continue
        if not low < effect < high:
            continue
        if low <= 0:
            return False
        uneven[0] += abs(math.log(high * low) - 2 * math.log(effect)) / math.log(high / low)
        uneven[1] += abs(high + low - 2 * effect) / (high - low)
    return uneven[0] < uneven[1]


def _names_of_arms(found: ColumnMap, rows: Rows) -> Counter[str]:
    columns = [c for f, c in found.columns.items() if f in ("arm", "treatment", "comparator") or f.startswith("arm.")]
    first: dict[str, str] = {}
    named = [name for _, r in rows for c in columns if not is_missing(r.get(c)) and (name := cleaned(r.get(c)))]
    return Counter(first.setdefault(name.casefold(), name) for name in named)


def checked_reference(found: ColumnMap, rows: Rows) -> ColumnMap:
    """The mapping, whose reference must be an arm of the table. Raises NothingFits."""
    counts = _names_of_arms(found, rows)
    if found.reference and found.reference not in counts:
        told = f"an arm of the table ({', '.join(list(counts)[:12])})"
        raise NothingFits([Fault("columns", 0, "--reference", found.reference, told)], replace(found, reference=""))
    return found


def _with_reference(found: ColumnMap, rows: Rows, notes: list[str]) -> ColumnMap:
    """The arm that is the comparator: the one that a person named, or that is called a control. Raises NothingFits on a tie."""
    counts = _names_of_arms(found, rows)
    if found.reference:
        return checked_reference(found, rows)
    controls = controls_among(list(counts)) or [a for a in counts if CONTROL_ARM.search(a)]
    if set(counts) == {"0", "1"}:
        controls = ["0"]
        notes.append("the arm 0 is taken for the comparator, the arm 1 for the treatment")
    most = [a for a in controls if counts[a] == max(counts[c] for c in controls)]
    if len(counts) > 2 and found.shape != "wide":
        told = f", with {', '.join(map(repr, controls))} for the comparator where it stands" if controls else ""
        notes.append(f"each pair of arms is an analysis{told} (--reference NAME compares with one arm only)")
        return found
    if len(most) == 1:
        if controls != ["0"]:
            notes.append(f"the arm {most[0]!r} is taken for the comparator, by its name")
        return replace(found, reference=most[0])
    if found.shape == "wide":  # the table itself says which is compared with which
        return found
    tied = most or list(counts)
    told = f"the arm that is the comparator; say with --reference which of {', '.join(tied[:12])}"
    raise NothingFits([Fault("columns", 0, "reference", "", told)], found)
