"""Study rows from tables of every shape, by a mapping: one row a study, one row an arm, numbered arms, pairs of treatments."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence_synthesis.effects.conversions import degrees_of_freedom
from evidence_synthesis.effects.formulas import NotEstimable, se_from_ci, se_from_p
from evidence_synthesis.importers.cells import Cells, cleaned, is_missing
from evidence_synthesis.importers.comparators import second_is_treatment
from evidence_synthesis.importers.derived import DERIVED, completed
from evidence_synthesis.importers.effect_columns import RATIO_MEASURES
from evidence_synthesis.importers.facts import FACTS, designs_told, facts_of
from evidence_synthesis.importers.headings import filled_down, headed, without_beginning
from evidence_synthesis.importers.mapping import ARM_FIELDS, NUMBERED, STUDY_FIELDS, ColumnMap
from evidence_synthesis.importers.measures import BY_NAME
from evidence_synthesis.importers.names import meaning_of
from evidence_synthesis.importers.percentages import counted
from evidence_synthesis.importers.printed import printed
from evidence_synthesis.importers.rows import NUMBERS, SPREAD_FIELDS, TEXT, StudyRow
from evidence_synthesis.importers.totals import is_total
from evidence_synthesis.review.schema import PERSON_TIME

Cell = Any
Lines = Sequence[tuple[int, Mapping[str, Cell]]]
_CODES = frozenset((-77.0, -88.0, -99.0, -888.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0))
_FAR = 5  # times smaller than a code are all other values of its column
_PARTS = frozenset(("analysis", "subgroup", "treatment", "comparator"))  # of a study, which a row may be about
FROM_P = ("flags", "means_without_spread")  # the error of their difference follows from a p value
ROW_FIELDS = frozenset((*TEXT, *NUMBERS, *SPREAD_FIELDS))


@dataclass
class Told:
    """What is said of a table besides its studies."""

    notes: list[str]

    def add(self, note: str) -> None:
        """Say something once."""
        if note not in self.notes:
            self.notes.append(note)


def rows_of(
    lines: Iterable[tuple[int, Mapping[str, Cell]]],
    mapping: ColumnMap,
    file: str,
    notes: list[str] | None = None,
    decimal_comma: bool = False,
) -> list[StudyRow]:
    """The study rows of a table by a mapping; ``notes`` takes what was passed over. Raises DataFaults where nothing is left."""
    in_time = any(f.partition("_")[0].partition(".")[0] == "time" for f in mapping.columns)
    cells, told = Cells(file, decimal_comma, in_time), Told(notes if notes is not None else [])
    lines, mapping = counted(_one_spelling(list(lines), mapping, told), mapping, told.notes)
    lines = without_beginning(lines, mapping, told.notes)
    lines = filled_down(lines, mapping, is_total, told.notes)
    lines, mapping = headed(lines, mapping, is_total, told.notes)
    kept = _numbered_apart(list(_studies(lines, mapping, cells, told)), mapping, told)
    if mapping.shape == "long":
        made = list(_from_arms(_grouped(kept, mapping), mapping, cells, told))
    elif mapping.shape == "arms":
        made = list(_from_arms(_numbered(kept, mapping), mapping, cells, told))
    else:
        made = [_wide(line, row, mapping, cells, told) for line, row in kept]
    if (mapping.shape == "wide" and "treatment" in mapping.columns) or (mapping.shape != "wide" and not mapping.reference):
        made = _one_way(made, mapping.reference)
    made = _by_measure(_of_one(_without_codes(made, mapping, cells), mapping, told), told)
    for said in designs_told(made):
        told.add(said)
    if cells.marked:
        told.add("marks behind numbers are taken for footnotes: " + ", ".join(list(dict.fromkeys(cells.marked))[:8]))
    return cells.done(_tell_studies_apart(made, told))


def _one_spelling(lines: Lines, mapping: ColumnMap, told: Told) -> Lines:
    """The lines with names of arms that differ in capital letters only in the first spelling of each."""
    columns = [c for f, c in mapping.columns.items() if f in ("arm", "treatment", "comparator") or f.startswith("arm.")]
    first: dict[str, str] = {}
    made = []
    for line, row in lines:
        names = {c: cleaned(row.get(c)) for c in columns if not is_missing(row.get(c))}
        changed = {c: spelt for c, name in names.items() if (spelt := first.setdefault(name.casefold(), name)) != name}
        for column, spelt in changed.items():
            told.add(f"{names[column]!r} is taken for {spelt!r}")
        made.append((line, {**row, **changed} if changed else row))
    return made


def _studies(
    lines: Iterable[tuple[int, Mapping[str, Cell]]], mapping: ColumnMap, cells: Cells, told: Told
) -> Iterator[tuple[int, Mapping[str, Cell]]]:
    """The lines that are studies: not totals, not remarks, not without a name."""
    column = mapping.columns["study"]
    held = [c for f, c in mapping.columns.items() if f not in STUDY_FIELDS]
    before: tuple[str, str] = ("", "")
    for line, row in lines:
        study = cleaned(row.get(column))
        numbers = [row.get(c) for c in held]
        if study and is_total(study):
            told.add(f"row {line} {study!r} is a total or its test, no study")
            before = ("", "")
            continue
        if all(is_missing(n) for n in numbers):
            told.add(f"row {line} {study[:60]!r} has no numbers" if study else f"row {line} has neither a name nor numbers")
            continue
        if not study and mapping.shape == "long" and before[0]:  # the arms of a study below its name, as merged cells leave them
            row = {**row, column: before[0]}
            study = before[0]
        parted = any(not is_missing(row.get(c)) for f, c in mapping.columns.items() if f in _PARTS)
        if not study and parted and before[0]:  # several outcomes or subgroups of a study below its name
            told.add(f"row {line} names no study and is taken for {before[0]!r}, which stands above")
            row, study = {**row, column: before[0]}, before[0]
        if not study or is_missing(study):
            cells.refuse(line, column, row.get(column) or "", "the name of the study")
            told.add(f"row {line} names no study and is left out")
            continue
        before = (study, column)
        yield line, row


def _numbered_apart(lines: Lines, mapping: ColumnMap, told: Told) -> Lines:
    """Studies of one name and year that the table numbers apart, with the number behind the name."""
    columns = mapping.columns
    if "study_id" not in columns:
        return lines
    numbers: dict[tuple[str, str], set[str]] = {}
    keys = [tuple(cleaned(row.get(columns.get(f, ""))) for f in ("study", "year")) for _, row in lines]
    for key, (_, row) in zip(keys, lines, strict=True):
        numbers.setdefault((key[0], key[1]), set()).add(cleaned(row.get(columns["study_id"])))
    made = []
    for key, (line, row) in zip(keys, lines, strict=True):
        if len(numbers[key[0], key[1]]) > 1:
            row = {**row, columns["study"]: f"{key[0]} ({cleaned(row.get(columns['study_id']))})"}
        made.append((line, row))
    if doubled := [name for (name, _), found in numbers.items() if len(found) > 1]:
        named = ", ".join(map(repr, list(dict.fromkeys(doubled))[:6])) + (" ..." if len(set(doubled)) > 6 else "")
        told.add(f"several studies are called {named}: their number is put behind the name")
    return made


# --- one row a study -------------------------------------------------------------------------------------------------


def _wide(line: int, row: Mapping[str, Cell], mapping: ColumnMap, cells: Cells, told: Told) -> StudyRow:
    columns = mapping.columns
    names = {k: v for k, v in columns.items() if k in ROW_FIELDS}
    row, level = _with_interval(row, columns, names)
    made = cells.row(row, line, names)
    measure, adjusted = mapping.measure, False
    if "effect_measure" in columns:
        said = meaning_of(cleaned(row.get(columns["effect_measure"])))
        measure = said.measure or measure
        adjusted = said.adjusted == "yes"
    made = replace(made, measure=measure or made.measure, level=mapping.level or level)
    made = replace(made, facts=facts_of(row, columns, line, cells) + _kind_of_values(mapping))
    made = _completed(made, row, mapping, cells, told)
    made = _of_means(_of_statistic(made, row, columns, cells))
    entered = _entered(made, adjusted, columns)
    if made.has_events and entered.given is not None and not entered.has_events:
        what = "adjusted effects are taken before what the arms give" if adjusted else "the arms do not give what is printed"
        told.add(f"{what}: the printed {made.measure} of {made.study} is pooled as it stands, its events are not used")
    return entered


def _with_interval(
    row: Mapping[str, Cell], columns: Mapping[str, str], names: dict[str, str]
) -> tuple[Mapping[str, Cell], float | None]:
    """Effect and limits out of one cell, ``0.70 (0.40 to 1.22)``, or limits alone; and the level that the cell tells."""
    told, level = dict(row), None
    for field in ("effect", "effect_ci"):
        found = printed(row.get(columns[field])) if field in columns else None
        if found is None or (field == "effect" and found.effect is None):
            continue
        level = found.level
        names |= {"ci_low": "its lower limit", "ci_high": "its upper limit"}
        told |= {"its lower limit": found.low, "its upper limit": found.high}
        if found.effect is not None:
            names["effect"] = "its effect"
            told["its effect"] = found.effect
    return told, level


def _completed(made: StudyRow, row: Mapping[str, Cell], mapping: ColumnMap, cells: Cells, told: Told) -> StudyRow:
    """What follows from other numbers of the arms, and the standard error from a variance."""
    columns = mapping.columns

    def cell(field: str, side: str) -> float | None:
        column = columns.get(f"{field}_{side}")
        return cells.number(row.get(column), made.line, column) if column else None

    made = _derived(made, cell, lambda field, side: columns[f"{field}_{side}"], mapping.measure, cells, told)
    if "given_variance" not in columns or made.given_se is not None:
        return made
    column = columns["given_variance"]
    variance = cells.number(row.get(column), made.line, column)
    if variance is not None and variance > 0:
        return replace(made, given_se=variance**0.5)
    if variance is None:
        return made
    cells.refuse(made.line, column, f"{variance:g}", "a variance above zero")
    return replace(made, fault=f"{column}: found '{variance:g}', expected a variance above zero")


def _derived(
    made: StudyRow,
    cell: Callable[[str, str], float | None],
    column: Callable[[str, str], str],
    measure: str,
    cells: Cells,
    told: Told,
) -> StudyRow:
    """A study with what follows from other numbers of its arms; faults are told with their ``column``."""
    before = len(cells.faults)

    def refuse(field: str, side: str, value: float, expected: str) -> None:
        cells.refuse(made.line, column(field, side), f"{value:g}", expected)

    complete, notes = completed(made, cell, refuse, measure)
    for note in notes:
        told.add(note)
    faults = [f"{f.column}: found {f.value!r}, expected {f.expected}" for f in cells.faults[before:]]
    return replace(complete, fault="; ".join(filter(None, (complete.fault, *faults)))) if faults else complete


def _of_means(made: StudyRow) -> StudyRow:
    """The difference of two means without a spread, where a p value tells its standard error (Handbook 6.5.2.3)."""
    lone = made.effect is None and made.given is None and not made.has_means and not made.has_events
    if not lone or "effect_p" not in made.spread or made.mean_t is None or made.mean_c is None:
        return made
    return replace(made, effect=made.mean_t - made.mean_c, measure="MD", facts=(*made.facts, FROM_P))


def _of_statistic(made: StudyRow, row: Mapping[str, Cell], columns: Mapping[str, str], cells: Cells) -> StudyRow:
    """The standard error of an effect from its t or z: the one divided by the other (Handbook 6.5.2.3)."""
    column = columns.get("effect_z", "")
    statistic = cells.number(row.get(column), made.line, column) if column else None
    value = made.effect if made.given is None else made.given
    if not statistic or value is None:
        return made
    ratio = made.given is None and (made.measure in RATIO_MEASURES or made.measure == "generic ratio")
    if ratio and value <= 0:
        return made
    error = abs((math.log(value) if ratio else value) / statistic)
    if made.given is not None:
        return replace(made, given_se=error) if error else made
    return replace(made, spread={**made.spread, "effect_se": error}) if error else made


def _entered(made: StudyRow, adjusted: bool, columns: Mapping[str, str]) -> StudyRow:
    """A printed effect as one that is pooled as it stands, where the arms do not give it or it is adjusted.

    The standard error follows from what is printed, in this order: standard error, interval (Handbook 6.3.2), exact p; of
    differences between small groups by t (6.5.2.3), as where these rows are run in a review.
    """
    if made.given is not None:
        if made.given_se is None and "ci_low" in columns and made.ci_low is not None and made.ci_high is not None:
            return replace(made, given_se=(made.ci_high - made.ci_low) / _width(made.level), ci_low=None, ci_high=None)
        return made
    counts = made.has_events or made.has_means
    if made.effect is None or (counts and not adjusted and made.measure in ("", "RR", "OR", "RD", "MD", "SMD")):
        return made
    ratio = made.measure in RATIO_MEASURES or made.measure == "generic ratio"
    try:
        given, se = _effect_and_error(made, ratio)
    except NotEstimable as error:
        return replace(made, fault="; ".join(filter(None, (made.fault, str(error)))))
    bare = {f"{f}_{s}": None for f in ("events", "mean", "sd") for s in "tc"}
    kept = {k: v for k, v in made.spread.items() if k.startswith("effect")}
    return replace(made, given=given, given_se=se, spread=kept, derived=True, **bare)  # type: ignore[arg-type]


def _kind_of_values(mapping: ColumnMap) -> tuple[tuple[str, str], ...]:
    """The fact that means are of the end or of the change, where the mapping tells it."""
    return (("value_kind", mapping.value_kind),) if mapping.value_kind else ()


def _width(level: float | None) -> float:
    """The width of an interval in standard errors."""
    return 1 / se_from_ci(0.0, 1.0, level or 95.0)


def _effect_and_error(made: StudyRow, ratio: bool) -> tuple[float, float]:
    effect = made.effect if made.effect is not None else math.nan
    if ratio and effect <= 0:
        raise NotEstimable(f"a ratio of {effect:g} has no logarithm")
    given = math.log(effect) if ratio else effect
    design = dict(made.facts).get("design", "")
    df = None if ratio else degrees_of_freedom(made.n_t, made.n_c, design)  # as a review that these rows enter has it
    if (se := made.spread.get("effect_se", made.given_se)) is not None:
        return given, se
    low, high = made.ci_low, made.ci_high
    if low is not None and high is not None:
        if not low < high or (ratio and low <= 0):
            raise NotEstimable(f"the interval {low:g} to {high:g} gives no standard error")
        if not low <= effect <= high:
            raise NotEstimable(f"the effect {effect:g} lies outside its interval {low:g} to {high:g}")
        limits = (math.log(low), math.log(high)) if ratio else (low, high)
        return given, se_from_ci(*limits, made.level or 95.0, df)
    if (p := made.spread.get("effect_p")) is not None:
        return given, se_from_p(given, p, df)
    raise NotEstimable("the effect has neither standard error nor interval nor exact p value")


# --- arms ------------------------------------------------------------------------------------------------------------


_Arm = tuple[str, int, Mapping[str, Cell]]  # name, line, cells by field


@dataclass(frozen=True)
class _Arms:
    """The arms of one study, with its text fields and the line where it begins."""

    line: int
    told: Mapping[str, Cell]
    arms: Sequence[_Arm]

    @property
    def name(self) -> str:
        """The study's name."""
        return cleaned(self.told.get("study"))


def _grouped(lines: Lines, mapping: ColumnMap) -> list[_Arms]:
    """Studies of a table with one row for each arm."""
    columns = mapping.columns
    groups: dict[tuple[str, ...], list[tuple[int, Mapping[str, Cell]]]] = {}
    by = ("analysis", "subgroup", "study")
    for line, row in lines:
        key = tuple(cleaned(row.get(columns[f])) if f in columns else "" for f in by)
        groups.setdefault(key, []).append((line, row))
    made = []
    for key, group in groups.items():
        told = {f: group[0][1].get(columns[f]) for f in ("year", "name", "footnote", *FACTS) if f in columns}
        arms = [
            (cleaned(row.get(columns["arm"])), line, {f: row.get(columns[f]) for f in ARM_FIELDS if f in columns})
            for line, row in group
        ]
        made.append(_Arms(group[0][0], told | dict(zip(by, key, strict=True)), arms))
    return made


def _numbered(lines: Lines, mapping: ColumnMap) -> list[_Arms]:
    """Studies of a table with numbered arms in each row."""
    columns = mapping.columns
    numbers = sorted({m[2] for f in columns if (m := NUMBERED.fullmatch(f))}, key=int)
    made = []
    for line, row in lines:
        fields = ("year", "name", "footnote", "analysis", "subgroup", "study", *FACTS)
        told = {f: row.get(columns[f]) for f in fields if f in columns}
        arms = []
        for number in numbers:
            name = row.get(columns.get(f"arm.{number}", ""))
            cells = {f: row.get(columns[f"{f}.{number}"]) for f in ARM_FIELDS if f"{f}.{number}" in columns}
            if not is_missing(name) and not all(map(is_missing, cells.values())):
                arms.append((cleaned(name), line, cells))
        made.append(_Arms(line, told, arms))
    return made


def _from_arms(studies: Iterable[_Arms], mapping: ColumnMap, cells: Cells, told: Told) -> Iterator[StudyRow]:
    """Each other arm of a study beside the reference arm, or each pair of arms where there is no reference."""
    for study in studies:
        names = [name for name, _, _ in study.arms]
        many = names.count(mapping.reference) != 1 if mapping.reference else False
        if len(names) < 2 or many:
            place = mapping.columns.get("arm", "arms")
            wanted = (
                f"one arm {mapping.reference!r} of {study.name} and another" if mapping.reference else f"two arms of {study.name}"
            )
            cells.refuse(study.line, place, ", ".join(names), wanted)
            told.add(
                f"row {study.line} {study.name!r} is left out: its arms are {', '.join(names) or 'none'}, and needed are {wanted}"
            )
            continue
        if mapping.reference:
            base = study.arms[names.index(mapping.reference)]
            pairs = [(arm, base, arm[0]) for arm in study.arms if arm is not base]
        else:
            pairs = [(*_turn(t, c), "") for i, t in enumerate(study.arms) for c in study.arms[i + 1 :] if t[0] != c[0]]
            if doubled := sorted({name for name in names if names.count(name) > 1}):
                told.add(f"{study.name} has several arms called {', '.join(doubled)}: these are not compared with each other")
        for t, c, name in pairs:
            yield _paired(study, t, c, name or f"{t[0]} vs {c[0]}", mapping, cells, told)


def _turn(first: _Arm, second: _Arm) -> tuple[_Arm, _Arm]:
    """Two arms as treatment and comparator: a control is the comparator, else the one that comes second."""
    return (second, first) if second_is_treatment(first[0], second[0]) else (first, second)


def _paired(study: _Arms, t: _Arm, c: _Arm, name: str, mapping: ColumnMap, cells: Cells, notes: Told) -> StudyRow:
    """Two arms of a study as a row; pairs are kept the same way round by ``_one_way``."""
    said = cleaned(study.told.get("analysis"))
    told = {**study.told, "analysis": f"{said}, {name}" if said else name, "name": name, "treatment": t[0], "comparator": c[0]}
    named = {k: k for k in told if k not in FACTS}
    for side, arm in (("t", t), ("c", c)):
        for field, held in arm[2].items():
            if field not in DERIVED:
                told[f"{field} of {arm[0]} ({side})"] = held
                named[f"{field}_{side}"] = f"{field} of {arm[0]} ({side})"
    made = replace(cells.row(told, t[1], named), measure=mapping.measure, level=mapping.level)
    arms = {"t": t, "c": c}

    def cell(field: str, side: str) -> float | None:
        _, line, fields = arms[side]
        return cells.number(fields[field], line, field) if field in fields else None

    made = _derived(made, cell, lambda field, side: f"{field} of {arms[side][0]}", mapping.measure, cells, notes)
    facts = facts_of(study.told, {f: f for f in FACTS if f in study.told}, study.line, cells)
    return replace(made, facts=made.facts + facts + _kind_of_values(mapping))


# --- several rows together -------------------------------------------------------------------------------------------


def _one_way(rows: Iterable[StudyRow], reference: str) -> list[StudyRow]:
    """Rows of pairs of treatments, each pair one analysis and always the same way round; a control is the comparator."""
    way: dict[frozenset[str], tuple[str, str]] = {}
    made = []
    for row in rows:
        pair = frozenset((row.treatment, row.comparator))
        if pair not in way:
            turn = row.treatment == reference if reference else second_is_treatment(row.treatment, row.comparator)
            way[pair] = (row.comparator, row.treatment) if turn else (row.treatment, row.comparator)
        t, c = way[pair]
        row = row if row.treatment == t else turned(row)
        name = f"{t} vs {c}"
        said = (
            row.analysis.removesuffix(f"{c} vs {t}").removesuffix(name).removesuffix(", ")
            if row.name in (name, f"{c} vs {t}")
            else row.analysis
        )
        made.append(replace(row, analysis=f"{said}, {name}" if said not in ("", "1") else name, name=name))
    return made


def turned(row: StudyRow) -> StudyRow:
    """A study the other way round: its arms change places, differences their sign, ratios become their inverse.

    A printed effect that is pooled as it stands is no longer as printed, so only what is pooled stays.
    """
    sides = {f"{f}_{a}": getattr(row, f"{f}_{b}") for f in ("n", "mean", "sd", "events") for a, b in ("tc", "ct")}
    swap = {"t": "c", "c": "t"}
    spread = {(k if k in ("effect_se", "effect_p") else f"{k[:-1]}{swap[k[-1]]}"): v for k, v in row.spread.items()}
    ratio = row.measure in RATIO_MEASURES or row.measure == "generic ratio"
    times = dict(zip(PERSON_TIME, reversed(PERSON_TIME), strict=True))
    facts = tuple((times.get(name, name), cell) for name, cell in row.facts)

    def other(value: float | None) -> float | None:
        return None if value is None or (ratio and value == 0) else 1 / value if ratio else -value

    return replace(
        row,
        **sides,
        spread=spread,
        facts=facts,
        treatment=row.comparator,
        comparator=row.treatment,
        given=None if row.given is None else -row.given,
        o_e=None if row.o_e is None else -row.o_e,
        effect=None if row.given is not None else other(row.effect),
        ci_low=None if row.given is not None else other(row.ci_high),
        ci_high=None if row.given is not None else other(row.ci_low),
    )


def _without_codes(rows: Sequence[StudyRow], mapping: ColumnMap, cells: Cells) -> list[StudyRow]:
    """The rows without -99 or 999 in columns whose other values are all far smaller: codes for missing values, to be named."""
    made = list(rows)
    for field in ("mean_t", "mean_c", "sd_t", "sd_c", "effect", "given"):
        values = [v for r in rows if (v := getattr(r, field)) is not None]
        for code in _CODES.intersection(values):
            others = [abs(v) for v in values if v != code]
            if not others or max(others) >= abs(code) / _FAR:
                continue
            column = mapping.columns.get(field, field)
            why = "a number; this one looks like a code for a missing value (leave the cell empty if it is)"
            for i, row in enumerate(made):
                if getattr(row, field) == code:
                    cells.refuse(row.line, column, f"{code:g}", why)
                    fault = f"{column}: found '{code:g}', expected {why}"
                    made[i] = replace(row, **{field: None}, fault="; ".join(filter(None, (row.fault, fault))))  # type: ignore[arg-type]
    return made


def _of_one(rows: Sequence[StudyRow], mapping: ColumnMap, told: Told) -> list[StudyRow]:
    """Risk differences in per cent as parts of one, in which they are pooled: where their column says so or they exceed 1."""
    effect = mapping.columns.get("effect", mapping.columns.get("given", ""))
    says = re.search(r"\(\s*%\s*\)|%\s*$|percent|per cent|\bpp\b", effect, re.IGNORECASE) is not None
    of = {
        r.analysis for r in rows if r.measure == "RD" and (says or any(abs(v) > 1 for v in (r.given, r.effect) if v is not None))
    }
    if not of:
        return list(rows)
    told.add(f"the risk differences in {effect!r} are in per cent, and divided by 100 as they are pooled")
    numbers = ("given", "given_se", "effect", "ci_low", "ci_high")

    def smaller(row: StudyRow) -> StudyRow:
        spread = {k: v / 100 if k == "effect_se" else v for k, v in row.spread.items()}
        return replace(row, spread=spread, **{f: v / 100 for f in numbers if (v := getattr(row, f)) is not None})

    return [smaller(r) if r.measure == "RD" and r.analysis in of and not r.has_events else r for r in rows]


def _by_measure(rows: Sequence[StudyRow], told: Told) -> list[StudyRow]:
    """Effects that are pooled as they stand on different measures are different analyses."""
    by: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.measure and not row.fault:
            by.setdefault(row.analysis, {})[row.measure] = None
    mixed = {a: list(m) for a, m in by.items() if len(m) > 1}
    for analysis, measures in mixed.items():
        told.add(f"analysis {analysis}: {', '.join(measures)} stand side by side and are not pooled together")
    return [
        replace(r, analysis=f"{r.analysis}, {r.measure}") if r.analysis in mixed and r.measure in BY_NAME else r for r in rows
    ]


def _tell_studies_apart(rows: Sequence[StudyRow], told: Told) -> list[StudyRow]:
    """Studies that share a name and differ in the year get the year beside it; the same study twice is said."""
    seen: dict[tuple[str, str, str], list[StudyRow]] = {}
    for row in rows:
        seen.setdefault((row.analysis, row.subgroup, row.study), []).append(row)
    doubled = {r.study for group in seen.values() if len({g.year for g in group}) > 1 for r in group}
    made = [
        replace(r, study=f"{r.study} {r.year}") if r.study in doubled and r.year and r.year not in r.study else r for r in rows
    ]
    if doubled:
        told.add(f"several studies are called {', '.join(sorted(doubled))}: the year is put beside the name")
    return made
