"""What people download from the report for print and Office: made from the results, and never kept with them.

Results are kept in git and change with every trial, so they are kept small: figures as SVG, tables as CSV, summaries of
findings as pages. PDF and PNG of every figure, every summary of findings and table for Word and Excel, and one archive for each
group follow from them. Only what changed is made again.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from evidence_synthesis.exports import archive
from evidence_synthesis.exports import table as office_table
from evidence_synthesis.exports.archive import (
    FINDINGS,
    TOGETHER,
    Parts,
    Store,
    comparisons_together,
    contents,
    documents_in,
    files,
    open_store,
    pack,
    published_figures,
    published_summaries,
)
from evidence_synthesis.exports.findings import findings_in
from evidence_synthesis.exports.former import DONE
from evidence_synthesis.exports.sof_documents import Shelves
from evidence_synthesis.exports.sof_documents import publish as publish_documents
from evidence_synthesis.plots.publish import Place, publish
from evidence_synthesis.review.settings import load_settings
from evidence_synthesis.storage.code import code_behind
from evidence_synthesis.storage.files import write_bytes, write_text
from evidence_synthesis.storage.folders import refresh_folder
from evidence_synthesis.storage.processors import cores
from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.wording import model_words

Tell = Callable[[str], None]


def _mark(parts: Parts, maker: ModuleType) -> str:
    """Digest of what a file is made of: its contents and the code that packs them."""
    basis = (sorted((name, hashlib.sha256(c).hexdigest()) for name, c in parts.items()), code_behind(Path(str(maker.__file__))))
    return hashlib.sha256(repr(basis).encode()).hexdigest()[:32]


def _office(path: Path, out: Path) -> None:
    """A published table as a workbook and as a Word document."""
    with path.open(encoding="utf-8", newline="") as stream:
        columns, *rows = csv.reader(stream)
    title = path.stem.replace("_", " ")
    write_bytes(out / f"{path.stem}.xlsx", office_table.workbook({title: (columns, rows)}))
    write_bytes(out / f"{path.stem}.docx", office_table.document(*office_table.to_read(path.stem, columns, rows)))


def _in_parallel(work: Callable[..., None], *items: Sequence[object], what: str, tell: Tell) -> None:
    """Call ``work`` with the first of every sequence, the second of every sequence, and so on, by several processes."""
    with ProcessPoolExecutor(cores()) as pool:
        for done, _ in enumerate(pool.map(work, *items), 1):
            tell(f"{done}/{len(items[0])} {what}")


def write_tables(results: Path, folder: Path, memory: Path, tell: Tell) -> None:
    """Every published table for Excel and for Word."""
    tables = {p.stem: p for p in sorted((results / "tables").glob("*.csv"))}
    marks = {name: _mark({name: p.read_bytes()}, office_table) for name, p in tables.items()}

    def fill(new: Path, stale: set[str]) -> None:
        largest_first = sorted((tables[name] for name in stale), key=lambda p: -p.stat().st_size)
        _in_parallel(partial(_office, out=new), largest_first, what="tables for Excel and Word", tell=tell)

    refresh_folder(folder, marks, fill, memory)


def _archive(path: Path, parts: Parts, tables: Mapping[str, Sequence[TableRow]]) -> None:
    write_bytes(path, pack(parts, tables))


def write_archives(store: Store, downloads: Path, memory: Path, tell: Tell) -> None:
    """One archive for each group, with its pictures for print from the downloads."""
    drawn = {g: files(store.results / "figures" / g) | files(downloads / "figures" / g) for g in store.groups()}
    parts = {
        group: contents(store, group, figures, documents_in(downloads, group), downloads) for group, figures in drawn.items()
    }
    marks = {group: _mark(p, archive) for group, p in parts.items()}

    def fill(new: Path, stale: set[str]) -> None:
        names = sorted(stale, key=lambda group: -sum(map(len, parts[group].values())))
        tables = [store.tables.get(group, {}) for group in names]
        _in_parallel(_archive, [new / f"{n}.zip" for n in names], [parts[n] for n in names], tables, what="archives", tell=tell)

    refresh_folder(downloads / "archives", marks, fill, memory)


def write_downloads(results: Path, folder: Path, memory: Path, entry: Mapping[str, Any], tell: Tell) -> None:
    """Bring the downloads of a folder of results up to date: ``figures/``, ``summaries/``, ``all_comparisons/``,
    ``sof/``, ``tables/`` and ``archives/``.

    ``entry`` is the content of the config, ``memory`` a folder for what is remembered of them. git passes the downloads over,
    wherever they are. Raises OSError where results lack.
    """
    dpi = entry["figures"]["dpi"]
    both = ("pdf", "png")
    for name, groups, endings in (
        ("figures", published_figures(results, entry), both),
        ("summaries", published_summaries(results, entry), both),
        (TOGETHER, comparisons_together(results, entry), ("pdf",)),
    ):
        publish(groups, Place(folder / name, memory / name, dpi, endings, numbers="none"), cores(), tell)
    model = model_words(load_settings(entry).model)
    publish_documents(findings_in(results, entry), Shelves(folder / FINDINGS, memory / FINDINGS, kept=False), model, tell)
    write_tables(results, folder / "tables", memory / "tables.txt", tell)
    write_archives(open_store(results, str(entry["title"])), folder, memory / "archives.txt", tell)
    write_text(folder / DONE, "*\n")
