"""Tables in JSON, as R, Python and web services write them: records, columns, or several tables under their names."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from evidence_synthesis.review.package import DataFaults, Fault

NamedLines = tuple[str, list[tuple[int, list[Any]]]]  # a table's name, its header and rows with their numbers
_WANTED = 'a list with one record a study or an arm, such as [{"study": "A", "events_t": 5, ...}, ...]'


def looks_like_json(text: str) -> bool:
    """Whether a text begins as JSON does and no line of a table would.

    >>> looks_like_json('[{"study": "A"}]'), looks_like_json("[study],n")
    (True, False)
    """
    start = "".join(text.lstrip()[:80].split())
    return start.startswith(("[{", '{"', "[[", "[]", "{}"))


class _Reader:
    """Reads one file; ``faults`` are those of its records."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def _once(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        """An object whose names stand once each."""
        names = [name for name, _ in pairs]
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.faults.append(Fault(self.name, 0, name, name, "each name once in a record"))
        return dict(pairs)

    def content(self, text: str) -> Any:
        """What the file holds: one JSON value, or a record in each line."""
        try:
            return json.loads(text, object_pairs_hook=self._once)
        except RecursionError as error:
            raise DataFaults([Fault(self.name, 0, "", "lists within lists", _WANTED)]) from error
        except json.JSONDecodeError as error:
            try:
                return [json.loads(line, object_pairs_hook=self._once) for line in text.splitlines() if line.strip()]
            except (json.JSONDecodeError, RecursionError):
                told = f"well-formed JSON ({error.msg}, column {error.colno})"
                raise DataFaults([Fault(self.name, error.lineno, "", "", told)]) from error

    def cell(self, value: Any, record: int, column: str) -> Any:
        """A plain value as a cell."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) and not math.isfinite(value):
            return None if math.isnan(value) else str(value)
        if isinstance(value, (dict, list)):
            if isinstance(value, list) and len(value) == 1:  # as R writes a scalar
                return self.cell(value[0], record, column)
            self.faults.append(
                Fault(self.name, record, column, json.dumps(value)[:60], "one value; give each arm or time a record")
            )
            return None
        return value

    def flat(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record whose groups of values, such as those of an arm, are columns of their own names."""
        cells: dict[str, Any] = {}
        for name, value in record.items():
            if isinstance(value, dict):
                cells |= {f"{name} {inner}": v for inner, v in value.items()}
            else:
                cells[name] = value
        return cells

    def lines(self, records: Sequence[Mapping[str, Any]]) -> list[tuple[int, list[Any]]]:
        """Header and rows; the first record has number 2, as the first row of a table has."""
        flat = [self.flat(record) for record in records]
        header = list(dict.fromkeys(name for record in flat for name in record))
        rows = [(i, [self.cell(record.get(name), i, name) for name in header]) for i, record in enumerate(flat, 2)]
        return [(1, list(header)), *rows]

    def table(self, value: Any) -> list[tuple[int, list[Any]]] | None:
        """The lines of a value that is a table: records, lists with a header, or columns. None where it is none."""
        if isinstance(value, list) and value and all(isinstance(r, dict) for r in value):
            return self.lines(value)
        if isinstance(value, list) and len(value) > 1 and all(isinstance(r, list) for r in value):
            return [(i, [self.cell(v, i, "") for v in row]) for i, row in enumerate(value, 1)]
        if not isinstance(value, dict) or not value:
            return None
        if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
            return self.table([value["columns"], *value["data"]])
        columns = [list(v.values()) if isinstance(v, dict) else v for v in value.values()]
        plain = all(isinstance(c, list) and c and not any(isinstance(v, (dict, list)) for v in c) for c in columns)
        if plain and len({len(c) for c in columns}) == 1 and len(columns) > 1:
            return self.lines([dict(zip(value, cells, strict=True)) for cells in zip(*columns, strict=True)])
        return None


def json_tables(text: str, name: str) -> list[NamedLines]:
    """The tables that a JSON text holds, each with its name where it has one. Raises DataFaults.

    >>> json_tables('{"study": ["A", "B"], "n": [1, 2]}', "t.json")
    [('', [(1, ['study', 'n']), (2, ['A', 1]), (3, ['B', 2])])]
    """
    reader = _Reader(name)
    content = reader.content(text)
    whole = reader.table(content)
    found = [("", whole)] if whole else []
    if not found and isinstance(content, dict):
        tables = ((key, reader.table(value)) for key, value in content.items())
        found = [(key, lines) for key, lines in tables if lines]
    if reader.faults:
        raise DataFaults(reader.faults)
    if not found:
        raise DataFaults([Fault(name, 0, "", "JSON without a table", _WANTED)])
    return found
