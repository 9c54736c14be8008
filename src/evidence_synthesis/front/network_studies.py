"""The studies of a network, from a row for each arm or for each contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from evidence_synthesis.effects import continuous
from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnknownName, UnusableInput, one_of
from evidence_synthesis.front.columns import StudyColumns, read_columns
from evidence_synthesis.importers.names import NAMES, plain
from evidence_synthesis.stats import network as engine

FIELDS = ("study", "treatment", "comparator", "yi", "vi", "sei", "n", "mean", "sd", "events")
_OF_ARMS = {
    "MD": ("n", "mean", "sd"),
    "SMD": ("n", "mean", "sd"),
    "OR": ("n", "events"),
    "RR": ("n", "events"),
    "RD": ("n", "events"),
}
_ROUNDED = 0.2  # standard errors by which contrasts of one study may differ from each other, as rounded numbers do
_Contrasts = Mapping[frozenset[str], tuple[tuple[str, str], float, float]]
_NOTHING = "no event, or events only, in every arm says nothing about a ratio"


def _arm_values(measure: str, table: dict[str, Array], rows: Sequence[int]) -> list[tuple[float, float]]:
    """Estimate and variance of each arm of a study, whose differences are its effects."""
    n = table["n"][rows]
    if measure in ("MD", "SMD"):
        mean, sd = table["mean"][rows], table["sd"][rows]
        if measure == "MD":
            return list(zip(mean, sd**2 / n, strict=True))
        pooled = float(np.sqrt(((n - 1) * sd**2).sum() / (n.sum() - n.size)))
        j = continuous.hedges_correction(float(n.sum() - n.size))
        return list(zip(j * mean / pooled, 1 / n, strict=True))  # g^2 / 2N of the variance is shared out below
    events = table["events"][rows]
    if measure == "RD":
        x, m = (events + 0.5, n + 1) if ((events == 0) | (events == n)).any() else (events, n)
        return list(zip(events / n, x * (m - x) / m**3, strict=True))
    if (events == 0).all() or (events == n).all():
        return []
    half = 0.5 if ((events == 0) | (events == n)).any() else 0.0
    x, y = events + half, n - events + half
    if measure == "OR":
        return list(zip(np.log(x / y), 1 / x + 1 / y, strict=True))
    return list(zip(np.log(x / (x + y)), 1 / x - 1 / (x + y), strict=True))


def _standardised(study: engine.Study, arms: Sequence[tuple[str, float, float]], people: float) -> engine.Study:
    """The part of an SMD's covariance that its size brings: g_i g_j / 2N, N the people of the study.

    Gleser & Olkin 2009, in The Handbook of Research Synthesis and Meta-Analysis, formula 19.19.
    """
    return engine.Study(
        study.study, study.pairs, study.effects, study.covariance + np.outer(study.effects, study.effects) / (2 * people)
    )


def _from_arms(
    measure: str, labels: Sequence[str], treatments: Sequence[str], table: dict[str, Array]
) -> tuple[list[engine.Study], list[tuple[str, str]]]:
    """The studies, and those that say nothing with the reason."""
    studies, silent = [], []
    for name in dict.fromkeys(labels):
        rows = [i for i, label in enumerate(labels) if label == name]
        told = [treatments[i] for i in rows]
        if len(set(told)) < len(told):
            raise UnusableInput("treatment", f"{name} has two arms of one treatment; combine them into one row first")
        if len(rows) < 2:
            raise UnusableInput("study", f"{name} has one arm only")
        values = _arm_values(measure, table, rows)
        if not values:
            silent.append((str(name), _NOTHING))
            continue
        arms = [(t, float(e), float(v)) for t, (e, v) in zip(told, values, strict=True)]
        study = engine.study_of_arms(str(name), arms)
        studies.append(_standardised(study, arms, float(table["n"][rows].sum())) if measure == "SMD" else study)
    return studies, silent


def _turned(known: _Contrasts, first: str, second: str) -> float:
    """The effect of one treatment against another, whichever way it was given."""
    pair, y, _ = known[frozenset((first, second))]
    return y if pair == (first, second) else -y


def _covariance(name: str, pairs: Sequence[tuple[str, str]], yi: Array, vi: Array) -> engine.Study:
    """A study of contrasts: those against its last treatment, their covariances from the variances of the others.

    cov(ac, bc) = (v_ac + v_bc - v_ab) / 2, so a study of several arms needs every contrast between them.
    """
    known = {frozenset(p): (p, float(y), float(v)) for p, y, v in zip(pairs, yi, vi, strict=True)}
    arms = list(dict.fromkeys(t for pair in pairs for t in pair))
    wanted = [frozenset((a, b)) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    if len(pairs) > len(known):
        raise UnusableInput("study", f"{name} has a contrast twice; each is needed once")
    if len(known) < len(wanted):
        raise UnusableInput(
            "study", f"{name} compares {len(arms)} treatments: every one of its {len(wanted)} contrasts is needed"
        )
    *others, base = arms
    effects = [_turned(known, arm, base) for arm in others]
    for (one, effect), (two, beside) in combinations(zip(others, effects, strict=True), 2):
        told, error = _turned(known, one, two), float(np.sqrt(known[frozenset((one, two))][2]))
        if abs(effect - beside - told) > _ROUNDED * error:
            raise UnusableInput(
                "yi",
                f"the contrasts of {name} contradict each other: {one} against {two} is {told:g}, by those against {base} "
                f"{effect - beside:g}; rows of arms give contrasts that agree",
            )
    v = [[known[frozenset((a, base))][2] if a == b else 0.0 for b in others] for a in others]
    for i, a in enumerate(others):
        for j, b in enumerate(others):
            if i != j:
                v[i][j] = (known[frozenset((a, base))][2] + known[frozenset((b, base))][2] - known[frozenset((a, b))][2]) / 2
    if np.linalg.eigvalsh(np.array(v)).min() <= 0:
        raise UnusableInput("vi", f"the variances of {name}'s contrasts cannot be of one study: no covariance gives them")
    return engine.Study(name, tuple((a, base) for a in others), np.array(effects), np.array(v))


def _from_contrasts(
    labels: Sequence[str], first: Sequence[str], second: Sequence[str], yi: Array, vi: Array
) -> list[engine.Study]:
    studies = []
    for name in dict.fromkeys(labels):
        rows = [i for i, label in enumerate(labels) if label == name]
        studies.append(_covariance(str(name), [(first[i], second[i]) for i in rows], yi[rows], vi[rows]))
    return studies


def _column(columns: StudyColumns, field: str) -> str:
    """How a field is called in the table that was given."""
    return columns.found.get(field, field)


def _rows(columns: StudyColumns, wrong: np.ndarray) -> str:
    """The first rows of those that are wrong, by their labels."""
    return ", ".join(map(str, columns.index[wrong][:5])) + (" ..." if wrong.sum() > 5 else "")


def _lacking(columns: StudyColumns, field: str) -> Exception:
    """That a field is needed which nothing gives."""
    if columns.table is None:
        return UnusableInput(field, f"is needed: give {field}=, or a table with a column of that name")
    return UnknownName(f"column for {field}", field, columns.table.columns)


def _words(columns: StudyColumns, field: str) -> list[str]:
    """The names in a column. Raises where there is none, or a cell is empty."""
    if field not in columns.given:
        raise _lacking(columns, field)
    found = ["" if pd.isna(value) else str(value).strip() for value in columns.given[field]]
    if len(found) != columns.size:
        raise UnusableInput(_column(columns, field), "a name is needed for every row")
    empty = np.array([value == "" for value in found], dtype=bool)
    if empty.any():
        raise UnusableInput(
            _column(columns, field), f"a name is needed in every row; there is none in row {_rows(columns, empty)}"
        )
    return found


def _numbers(columns: StudyColumns, fields: Sequence[str]) -> dict[str, Array]:
    """Columns of numbers. Raises where one is missing, a cell is empty, or a number cannot be."""
    found = {}
    for field in fields:
        if field not in columns.numbers:
            raise _lacking(columns, field)
        found[field] = values = columns.numbers[field]
        people = 2.0 if "sd" in fields else 1.0  # one person has no SD
        least = {"n": people, "events": 0.0}.get(field, -np.inf)
        above = {"vi": 0.0, "sd": 0.0}.get(field, -np.inf)
        wrong = ~np.isfinite(values)
        if wrong.any():
            raise UnusableInput(
                _column(columns, field), f"a number is needed in every row; there is none in row {_rows(columns, wrong)}"
            )
        wrong = (values < least) | (values <= above)
        if wrong.any():
            asked = f"{least:g} or more" if least > -np.inf else "above zero"
            raise UnusableInput(_column(columns, field), f"numbers are {asked}; that of row {_rows(columns, wrong)} is not")
    if {"events", "n"} <= found.keys() and (more := found["events"] > found["n"]).any():
        raise UnusableInput(_column(columns, "events"), f"more events than people in row {_rows(columns, more)}")
    return found


def _of_contrasts(columns: StudyColumns, told: object) -> bool:
    """Whether rows are contrasts: a comparator is named, or a column has the name that belongs to the treatment's.

    A column ``t2`` beside ``treatment`` may hold anything.
    """
    if told is not None or "comparator" not in columns.given:
        return told is not None
    first, second = (plain(columns.found.get(field, "")) for field in ("treatment", "comparator"))
    return second == "comparator" or (first, second) in zip(NAMES["treatment"], NAMES["comparator"], strict=True)


def read_network(data: object, measure: str, told: Mapping[str, object]) -> tuple[list[engine.Study], list[tuple[str, str]]]:
    """The studies of a table, or of values by keyword, and those that say nothing with the reason; see ``network``."""
    columns = read_columns(data, told, FIELDS)
    labels, first = _words(columns, "study"), _words(columns, "treatment")
    if _of_contrasts(columns, told.get("comparator")):
        second = _words(columns, "comparator")
        alike = np.array([a == b for a, b in zip(first, second, strict=True)], dtype=bool)
        if alike.any():
            raise UnusableInput("comparator", f"row {_rows(columns, alike)} compares a treatment with itself")
        if "vi" not in columns.numbers and "sei" in columns.numbers:
            errors = _numbers(columns, ("yi", "sei"))
            return _from_contrasts(labels, first, second, errors["yi"], errors["sei"] ** 2), []
        values = _numbers(columns, ("yi", "vi"))
        return _from_contrasts(labels, first, second, values["yi"], values["vi"]), []
    return _from_arms(measure, labels, first, _numbers(columns, _OF_ARMS[one_of("measure for arms", measure, _OF_ARMS)]))
