"""What each column of a table holds, and the table's numbers as arrays: column names are guessed, or given by keyword."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evidence_synthesis.effects.elementary import Array
from evidence_synthesis.errors import UnknownName, UnusableInput
from evidence_synthesis.importers.names import NAMES, plain

_ARM = ("n", "mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3", "min", "max", "events", "none", "time")
_PAIRED = ("mean_pre", "sd_pre", "mean_post", "sd_post", "r")
_WHOLE = ("effect", "se", "ci_low", "ci_high", "ci_level", "t", "f", "p")
WORDS = ("study", "year", "treatment", "comparator")
NUMBERS = tuple(
    dict.fromkeys(
        [
            *("yi", "vi", "sei"),
            *(f"{name}_{side}" for side in "tc" for name in (*_ARM, *_PAIRED)),
            *_WHOLE,
            *("n", "mean", "sd", "median", "q1", "q3", "min", "max", "events", *_PAIRED),
        ]
    )
)
FIELDS = ("study", "year", *NUMBERS)  # of a meta-analysis; networks name their own
EMPTY = ("", "na", "n/a", "nan", "null", "not estimable")  # cells that hold no number

_BESIDE = {  # names beside a field's own, where other software's differ from what the importers know
    "study": ("studlab", "slab", "label", "authors"),
    "treatment": NAMES["arm"],
    "yi": (*NAMES["given"], "logrr", "logor", "loghr"),
    "vi": NAMES["given_variance"],
    "sei": ("sei", "sete"),
    "se": ("standard_error", "std_error"),
    "effect": ("estimate", *NAMES["effect"]),
    "events_t": ("x1i",),
    "events_c": ("x2i",),
    "time_t": ("t1i", "time_e"),
    "time_c": ("t2i",),
    "r": ("ri", "cor"),
    "q1": ("q25",),
    "q3": ("q75",),
}


def names_of(field: str) -> tuple[str, ...]:
    """The column names that are taken for a field, in the order of preference."""
    return tuple(dict.fromkeys((field, *NAMES.get(field, ()), *_BESIDE.get(field, ()))))


_FIELDS_OF: dict[str, list[tuple[str, int]]] = {}  # fields that a column name may hold, with the name's place among theirs
for _field in (*WORDS, *NUMBERS):
    for _rank, _name in enumerate(names_of(_field)):
        _FIELDS_OF.setdefault(_name, []).append((_field, _rank))


@dataclass(frozen=True, eq=False)
class StudyColumns:
    """A table's fields: numbers as arrays (NaN where a cell is empty), the studies' labels, and the rows as they came.

    ``found`` tells which column each field was read from. All of it is a copy, so that an analysis stays what it was when
    the table that it came from is changed.
    """

    numbers: Mapping[str, Array]
    size: int
    given: Mapping[str, Any]
    table: pd.DataFrame | None
    found: Mapping[str, str]

    @cached_property
    def studies(self) -> tuple[str, ...]:
        """The studies' labels; the row's label in the table, or its number, where none is given."""
        if "study" in self.given:
            return tuple(f"Study {i}" if pd.isna(v) or v == "" else str(v) for i, v in enumerate(self.given["study"], 1))
        if self.table is not None and not isinstance(self.table.index, pd.RangeIndex):
            return tuple(map(str, self.table.index))
        return tuple(f"Study {i}" for i in range(1, self.size + 1))

    @property
    def index(self) -> pd.Index:
        """The rows' labels."""
        return self.table.index if self.table is not None else pd.RangeIndex(self.size)

    @cached_property
    def moderators(self) -> pd.DataFrame:
        """Every column of the table, and what was given by keyword beside it."""
        frame = pd.DataFrame(index=self.index) if self.table is None else self.table.copy()
        for name, values in self.given.items():
            if name not in frame:
                frame[name] = np.asarray(values)
        return frame


def as_table(data: object) -> pd.DataFrame:
    """A DataFrame, or what makes one (a dict of lists, a list of dicts). Raises UnusableInput for anything else."""
    if isinstance(data, pd.DataFrame):
        return data
    try:
        return pd.DataFrame(data)
    except (ValueError, TypeError) as error:
        file = isinstance(data, (str, Path))
        hint = "; pd.read_csv(...) reads a file" if file else f" ({error})"
        kind = type(data).__name__
        raise UnusableInput("", f"a DataFrame, or what makes one, is expected, and {kind} is neither{hint}") from error


def _guessed(table: pd.DataFrame) -> dict[str, str]:
    """The column of each field, by the columns' names."""
    found: dict[str, tuple[int, str]] = {}
    for column in table.columns:
        for field, rank in _FIELDS_OF.get(plain(str(column)), ()):
            if field not in found or rank < found[field][0]:
                found[field] = rank, column
    return {field: column for field, (_, column) in found.items()}


def in_order(values: object, index: pd.Index) -> pd.Series:
    """Values as a Series; one that has exactly the labels of a table's rows comes in their order, as pandas would align it."""
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    same = series.index.is_unique and index.is_unique and len(series) == len(index)
    return series.reindex(index) if same and not series.index.equals(index) and index.isin(series.index).all() else series


def numeric(values: object, where: str) -> Array:
    """Values as numbers, NaN where empty. Raises UnusableInput with the first cells that are no numbers."""
    array = values if isinstance(values, pd.Series) else np.atleast_1d(np.asarray(values))
    if array.ndim > 1:
        raise UnusableInput(where, f"one value for each study is expected, not a table of {' x '.join(map(str, array.shape))}")
    if array.dtype == np.float64:
        return np.asarray(array)
    series = pd.Series(array)
    if pd.api.types.is_complex_dtype(series.dtype):
        raise UnusableInput(where, "real numbers are expected, not complex ones")
    if pd.api.types.is_datetime64_any_dtype(series.dtype) or pd.api.types.is_timedelta64_dtype(series.dtype):
        raise UnusableInput(where, "numbers are expected, not dates")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    empty = series.isna() | series.astype(str).str.strip().str.lower().isin(EMPTY)
    made = pd.to_numeric(series.where(~empty), errors="coerce")
    wrong = series[made.isna() & ~empty]
    if len(wrong):
        shown = ", ".join(f"{value!r} in row {row}" for row, value in wrong.head(5).items())
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise UnusableInput(where, f"numbers or empty cells are expected; found {shown}{more}")
    return np.asarray(made.to_numpy(dtype=np.float64, na_value=np.nan))


def _values(field: str, given: object, table: pd.DataFrame | None) -> Any:
    """What stands for a field: the column of a name, or values themselves (a single one for all rows)."""
    if not isinstance(given, str):
        return list(given) if isinstance(given, Iterator) else given
    if table is None:
        raise UnusableInput(field, f"there is no table with a column {given!r}; give a table first, or values")
    if given not in table.columns:
        raise UnknownName(f"column for {field}", given, table.columns)
    return table[given]


def _aligned(given: Mapping[str, Any], table: pd.DataFrame | None) -> dict[str, Any]:
    """What is given, each Series in the order of the table's rows, or of the first Series where there is no table."""
    first = next((values.index for values in given.values() if isinstance(values, pd.Series)), None)
    index = table.index if table is not None else first
    return {f: in_order(v, index) if index is not None and isinstance(v, pd.Series) else v for f, v in given.items()}


def _size(table: pd.DataFrame | None, given: Mapping[str, Any]) -> int:
    """The number of rows. Raises UnusableInput where what is given is not of one length."""
    lengths = {name: len(values) for name, values in given.items() if np.ndim(values) > 0}
    if table is not None:
        lengths["the table"] = len(table)
    if not lengths and given:
        return 1
    if not lengths:
        raise UnusableInput("", "nothing is given: a table, or values by keyword such as yi= and vi=")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise UnusableInput("", f"all values need one length; {told}")
    return next(iter(lengths.values()))


def read_columns(data: object, told: Mapping[str, object], fields: Sequence[str] = FIELDS) -> StudyColumns:
    """The fields of a table (or of None), ``told`` by keyword or guessed by name.

    ``data`` is a DataFrame or what makes one. Raises UnknownName for keywords and columns that do not exist, UnusableInput
    for cells that are no numbers and for what makes no table.
    """
    for name in told:
        if name not in fields:
            raise UnknownName("field", name, fields)
    table = None if data is None else as_table(data).copy()
    found = {} if table is None else {f: c for f, c in _guessed(table).items() if f in fields and told.get(f) is None}
    given = {f: _values(f, v, table) for f, v in told.items() if v is not None}
    found |= {f: str(v) for f, v in told.items() if isinstance(v, str)}
    if table is not None:
        given |= {f: table[c] for f, c in found.items() if f not in given}
    given = _aligned(given, table)
    size = _size(table, given)
    numbers = {}
    for field, values in given.items():
        if field not in WORDS:
            array = numeric(values, found.get(field, field))
            numbers[field] = array.copy() if array.size == size else np.full(size, array.item())
            numbers[field].setflags(write=False)
    words = {f: np.array(v, dtype=None if f == "year" else object) for f, v in given.items() if f in WORDS}
    return StudyColumns(numbers, size, words, table, found)
