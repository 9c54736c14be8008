"""What every importer gives: one row for each study in an analysis, with the numbers as its source holds them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from evidence_synthesis.effects.formulas import ArmSummary
from evidence_synthesis.review.package import LARGEST, SMALLEST, DataFaults, Fault, read_text


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study in one analysis of a review; what the source does not hold is empty or None.

    ``analysis`` is the number that the source gives (1.2). Arms: treatment (t) and comparator (c). ``given`` with its
    standard error is an effect that was entered as such (on the log scale for ratios), ``o_e`` and ``variance`` are the
    log-rank or Peto statistics. ``effect`` with its interval and ``weight`` (per cent) is what the source prints.
    ``line`` tells where the row stands in its file.
    """

    analysis: str
    name: str
    subgroup: str
    study: str
    year: str = ""
    n_t: float | None = None
    mean_t: float | None = None
    sd_t: float | None = None
    events_t: float | None = None
    n_c: float | None = None
    mean_c: float | None = None
    sd_c: float | None = None
    events_c: float | None = None
    given: float | None = None
    given_se: float | None = None
    o_e: float | None = None
    variance: float | None = None
    weight: float | None = None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    footnote: str = ""
    measure: str = ""
    model: str = ""
    line: int = 0

    @property
    def arms(self) -> tuple[ArmSummary, ArmSummary] | None:
        """Both arms as the effect formulas need them; None where nobody is counted."""
        if not self.n_t or not self.n_c:
            return None
        return (
            ArmSummary(self.n_t, self.mean_t, self.sd_t, self.events_t),
            ArmSummary(self.n_c, self.mean_c, self.sd_c, self.events_c),
        )

    @property
    def has_means(self) -> bool:
        """Whether both arms have a mean and a spread (RevMan writes zeros where it has none)."""
        return bool(self.arms and self.mean_t is not None and self.mean_c is not None and self.sd_t and self.sd_c)

    @property
    def has_events(self) -> bool:
        """Whether both arms have a count of events."""
        return bool(self.arms and self.events_t is not None and self.events_c is not None)


TEXT = ("analysis", "name", "subgroup", "study", "year", "footnote", "measure", "model")
NUMBERS = tuple(f.name for f in fields(StudyRow) if f.name not in (*TEXT, "line"))


class Cells:
    """Cells of a table turned into study rows, with every cell that is no number collected as a fault."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def number(self, text: object, line: int, column: str) -> float | None:
        """A cell as a finite number; empty cells are None, and what is no number is a fault."""
        words = str(text if text is not None else "").strip()
        if words.lower() in ("", "na", "n/a", "nan", "null", "not estimable"):
            return None
        try:
            value = float(words)
        except ValueError:
            value = float("inf")
        if not abs(value) <= LARGEST or 0 < abs(value) < SMALLEST:
            self.faults.append(Fault(self.file, line, column, words, "a number with a decimal point, or nothing"))
            return None
        return value

    def row(self, cells: Mapping[str, object], line: int, names: Mapping[str, str]) -> StudyRow:
        """A study row from a table's row; ``names`` gives the table's column for each field."""
        text = {field: str(cells.get(names[field]) or "").strip() for field in TEXT if field in names}
        numbers = {f: self.number(cells.get(names[f]), line, names[f]) for f in NUMBERS if f in names}
        for side in ("t", "c"):
            self._arm(numbers, side, line, names)
        text = {"analysis": "1", "name": "", "subgroup": "", "study": ""} | text
        return StudyRow(**text, **numbers, line=line)  # type: ignore[arg-type]

    def _arm(self, numbers: dict[str, float | None], side: str, line: int, names: Mapping[str, str]) -> None:
        """Faults of one arm: negative counts and SDs, more events than people."""
        n, events = numbers.get(f"n_{side}"), numbers.get(f"events_{side}")
        for field, value in ((f"n_{side}", n), (f"events_{side}", events), (f"sd_{side}", numbers.get(f"sd_{side}"))):
            if value is not None and value < 0:
                self.faults.append(Fault(self.file, line, names[field], f"{value:g}", "a number not below zero"))
        if n is not None and events is not None and events > n:
            self.faults.append(Fault(self.file, line, names[f"events_{side}"], f"{events:g}", f"not more than {n:g} people"))

    def done(self, rows: Sequence[StudyRow]) -> list[StudyRow]:
        """The rows, or all faults together. Raises DataFaults."""
        if not rows and not self.faults:
            self.faults.append(Fault(self.file, 0, "", "", "at least one study with numbers"))
        if self.faults:
            raise DataFaults(self.faults)
        return list(rows)


def csv_rows(path: Path, separator: str | None = None) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """Header and numbered rows of a CSV file (comma, semicolon or tab), byte order mark allowed. Raises DataFaults."""
    text, faults = read_text(path, path.name)
    real = [f for f in faults if f.value not in ("byte order mark", "\\r")]
    if real or not text:
        raise DataFaults(real or faults)
    first = text.split("\n", 1)[0]
    separator = separator or max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [h.strip() for h in next(reader)]
        lines = [(reader.line_num, cells) for cells in reader if any(c.strip() for c in cells)]
    except csv.Error as error:
        raise DataFaults([Fault(path.name, reader.line_num, "", "", f"well-formed CSV ({error})")]) from error
    wrong = [
        Fault(path.name, n, "", f"{len(c)} cells", f"{len(header)} cells, as in the header")
        for n, c in lines
        if len(c) != len(header)
    ]
    doubled = sorted({h for h in header if header.count(h) > 1})
    wrong += [Fault(path.name, 1, h, h, "each column once") for h in doubled]
    if wrong:
        raise DataFaults(wrong)
    return header, ((n, dict(zip(header, c, strict=True))) for n, c in lines)


def by_analysis(rows: Iterable[StudyRow]) -> dict[str, list[StudyRow]]:
    """The rows of each analysis, in the order of the file."""
    found: dict[str, list[StudyRow]] = {}
    for row in rows:
        found.setdefault(row.analysis, []).append(row)
    return found
