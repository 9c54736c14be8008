"""The published edition of a review: its report with everything that people download, for print and for Office.

Results hold what is reproduced and compared at each change, so they are kept small: pictures for screens, tables as
CSV. The edition is made from them and holds pictures for print (300 dots to the inch), every table for Excel and Word,
and one archive for each group. Only what changed is made again.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from evidence_synthesis.exports import archive
from evidence_synthesis.exports import table as office_table
from evidence_synthesis.exports.archive import Parts, Row, Store, contents, files, open_store, pack, published_figures
from evidence_synthesis.files import code_behind, keep_files, refresh_folder, write_bytes
from evidence_synthesis.plots.publish import cores, publish
from evidence_synthesis.plots.rendering import PRINT

Tell = Callable[[str], None]

_COPIED = ("checked", "report", "sof", "summaries")  # folders of results that the edition holds as they are


def _mark(parts: Parts, maker: ModuleType) -> str:
    """Digest of what a file is made of: its contents and the code that packs them."""
    basis = (sorted((name, hashlib.sha256(c).hexdigest()) for name, c in parts.items()), code_behind(Path(str(maker.__file__))))
    return hashlib.sha256(repr(basis).encode()).hexdigest()[:32]


def _office(path: Path, out: Path) -> None:
    """A published table as a workbook and as a Word document."""
    with path.open(encoding="utf-8", newline="") as stream:
        columns, *rows = csv.reader(stream)
    title = path.stem.replace("_", " ")
    write_bytes(out / f"{path.stem}.csv", path.read_bytes())
    write_bytes(out / f"{path.stem}.xlsx", office_table.workbook({title: (columns, rows)}))
    write_bytes(out / f"{path.stem}.docx", office_table.document(columns, rows, title))


def _in_parallel(work: Callable[..., None], *items: Sequence[object], what: str, tell: Tell) -> None:
    """Call ``work`` with the first of every sequence, the second of every sequence, and so on, by several processes."""
    with ProcessPoolExecutor(cores()) as pool:
        for done, _ in enumerate(pool.map(work, *items), 1):
            tell(f"{done}/{len(items[0])} {what}")


def write_tables(results: Path, folder: Path, tell: Tell) -> None:
    """Every published table as CSV, for Excel and for Word."""
    tables = {p.stem: p for p in sorted((results / "tables").glob("*.csv"))}
    marks = {name: _mark({name: p.read_bytes()}, office_table) for name, p in tables.items()}

    def fill(new: Path, stale: set[str]) -> None:
        largest_first = sorted((tables[name] for name in stale), key=lambda p: -p.stat().st_size)
        _in_parallel(partial(_office, out=new), largest_first, what="tables for Excel and Word", tell=tell)

    refresh_folder(folder, marks, fill)


def _archive(path: Path, parts: Parts, tables: Mapping[str, Sequence[Row]]) -> None:
    write_bytes(path, pack(parts, tables))


def write_archives(store: Store, figures: Path, folder: Path, tell: Tell) -> dict[str, int]:
    """One archive for each group, from the figures in a folder. Gives the sizes of the files in bytes, by group."""
    parts = {group: contents(store, group, files(figures / group)) for group in store.groups()}
    marks = {group: _mark(p, archive) for group, p in parts.items()}

    def fill(new: Path, stale: set[str]) -> None:
        names = sorted(stale, key=lambda group: -sum(map(len, parts[group].values())))
        tables = [store.tables.get(group, {}) for group in names]
        _in_parallel(_archive, [new / f"{n}.zip" for n in names], [parts[n] for n in names], tables, what="archives", tell=tell)

    refresh_folder(folder, marks, fill)
    return {group: (folder / f"{group}.zip").stat().st_size for group in parts}


def _mirror(source: Path, target: Path) -> None:
    """Make a folder hold the files of another one."""
    found = [p.relative_to(source) for p in source.rglob("*") if p.is_file() and not p.name.startswith(".")]
    keep_files(target, map(str, found))
    for name in found:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def write_edition(results: Path, site: Path, entry: Mapping[str, Any], tell: Tell, dpi: int = PRINT) -> dict[str, int]:
    """Bring the published edition of a folder of results up to date, but for the pages that lead to its downloads.

    ``entry`` is the content of the config. Gives the sizes of the archives by group. Raises OSError where results lack.
    """
    publish(published_figures(results, entry), site / "figures", dpi, cores(), tell, results / "figures")
    write_tables(results, site / "tables", tell)
    sizes = write_archives(open_store(results, str(entry["title"])), site / "figures", site / "archives", tell)
    for name in _COPIED:
        _mirror(results / name, site / name)
    write_bytes(site / "index.html", (results / "index.html").read_bytes())
    return sizes
