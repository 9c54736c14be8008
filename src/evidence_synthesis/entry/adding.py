"""Add a filled workbook to a data package: checked as the package would be afterwards, written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from evidence_synthesis.entry.forms import forms
from evidence_synthesis.entry.plan import Plan, Planner
from evidence_synthesis.entry.reading import read_workbook
from evidence_synthesis.review.describe import FILE, descriptor, is_described
from evidence_synthesis.review.package import DataFaults, Fault
from evidence_synthesis.storage.files import write_together

Tables = Mapping[str, list[dict[str, str]]]
_PARTS = ("*.csv", "*.json", "*.yaml", "results/*.csv", "schemas/*")  # of a package, that its check reads


def _copied(directory: Path, folder: Path) -> None:
    """The parts of a package that its check reads, in another folder."""
    for part in _PARTS:
        for path in directory.glob(part):
            target = folder / path.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _placed(faults: list[Fault], plan: Plan) -> Iterator[Fault]:
    """Faults of the package as it would be, those of added rows with their place in the workbook; each once."""
    told = {f.place for f in plan.faults}
    for fault in faults:
        entered = plan.origins.get((fault.file, fault.row))
        placed = entered.fault(plan.book, fault.column, fault.expected, fault.value) if entered else fault
        if placed.place not in told:
            yield placed


def planned(
    directory: Path,
    book: Path,
    check: Callable[[Path], Tables],
    update: bool = False,
    directions: Mapping[str, str] | None = None,
) -> tuple[Plan, Tables]:
    """What adding a workbook does to a package, and the checked tables of the package as it would be.

    ``check`` gives the checked tables of a folder or raises DataFaults, as do faults of the workbook: all together, with
    sheet, row, column, value and what to do. ``directions`` say of outcomes whether higher is worse. Nothing is written.
    """
    filled = read_workbook(book, forms(directory, everything=True))
    plan = Planner(directory, filled, update, directions or {}).make()
    plan.told += filled.notes
    faults = list(plan.faults)
    tables: Tables = {}
    try:
        tables = as_it_would_be(directory, plan.texts, check)
    except DataFaults as found:
        faults += _placed(found.faults, plan)
    if faults:
        raise DataFaults(faults)
    return plan, tables


def as_it_would_be(directory: Path, texts: Mapping[str, str], check: Callable[[Path], Tables]) -> Tables:
    """What ``check`` gives for a package with other files; raises DataFaults as it does. Nothing of the package is changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copied(directory, folder)
        write_together(folder, texts)
        return check(folder)


def write(directory: Path, texts: Mapping[str, str]) -> None:
    """Write files of a package and, where it was described, its descriptor."""
    described = is_described(directory)
    write_together(directory, texts)
    if described and texts:
        write_together(directory, {FILE: descriptor(directory)})
