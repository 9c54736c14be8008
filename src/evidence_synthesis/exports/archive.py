"""Everything about one treatment in one ZIP, and every table for Word and Excel: what is handed to people without a clone."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.exports import table as office_table
from evidence_synthesis.exports.analyses import NoSuchAnalysis
from evidence_synthesis.exports.references import bibtex, ris
from evidence_synthesis.files import code_digest, csv_text, write_bytes, write_text
from evidence_synthesis.templates import environment
from evidence_synthesis.trials import read_checked

if TYPE_CHECKING:
    from evidence_synthesis.plots.publish import Pictures

Row = Mapping[str, str]
Parts = dict[str, bytes]

TABLES = ("pooled", "analysis_trials", "certainty", "summary_of_findings", "small_study_effects", "influence", "without_doubtful")
PRINT_DPI = 300
SUMMARIES = "summaries"  # the archive of the figures of all treatments together
_WHEN = (1980, 1, 1, 0, 0, 0)
_FIGURES = (".svg", ".pdf", ".png", ".csv")
_README = """{label}
{line}
From: {title}

figures/              SVG and PDF, PNG at {dpi} dots an inch, and the numbers drawn as CSV
summary_of_findings/  Word and LaTeX
tables/               CSV, and all of them in the workbook tables.xlsx
sources.ris, .bib     the sources of these results, for a reference manager

Differences below zero and the word "treatment" in the column "favours" mean that the treatment does better; what a
column means stands in the review's documentation. Cite the review and, for every number taken, its sources.
"""


@dataclass(frozen=True)
class Store:
    """What archives are made of: published tables, sources, labels, and the figures, to be drawn for print."""

    results: Path
    title: str
    tables: Mapping[str, Sequence[Row]]
    sources: Sequence[Row]
    taxonomy: Taxonomy
    pictures: Mapping[str, Pictures]

    def groups(self) -> list[str]:
        """Treatments, families and classes with figures or summaries of findings, and the figures of all together."""
        folders = [p.name for kind in ("figures", "sof") for p in (self.results / kind).glob("*") if p.is_dir()]
        together = [SUMMARIES] if (self.results / SUMMARIES).is_dir() else []
        return [*together, *sorted({name for name in folders if not name.startswith(".")})]

    def label(self, group: str) -> str:
        """The group's name for people."""
        return "All treatments together" if group == SUMMARIES else self.taxonomy.label(group)


def open_store(results: Path, entry: Mapping[str, Any]) -> Store:
    """The store of a folder of results; ``entry`` is the content of the config. Raises OSError where a table is missing."""
    from evidence_synthesis.plots.panels import all_figures
    from evidence_synthesis.settings import load_settings

    tables = {name: read_checked(results / f"tables/{name}.csv") for name in TABLES}
    drawn = {
        "pooled": tables["pooled"],
        "trials": tables["analysis_trials"],
        "unusable": read_checked(results / "checked/unusable_results.csv"),
        "checked": read_checked(results / "checked/trials.csv"),
        "audit": read_checked(results / "tables/audit.csv"),
    }
    taxonomy = Taxonomy(read_checked(results / "checked/treatments.csv"))
    pictures = all_figures(drawn, load_settings(entry), taxonomy, entry["pooling"])
    return Store(results, str(entry["title"]), tables, read_checked(results / "checked/sources.csv"), taxonomy, pictures)


def _of_group(rows: Iterable[Row], group: str) -> list[Row]:
    return [r for r in rows if (r.get("analysis_id", "").split("__")[0] or r.get("group", "")) == group]


def _files(folder: Path, where: str, endings: Sequence[str]) -> Parts:
    return {f"{where}/{p.name}": p.read_bytes() for p in sorted(folder.glob("*")) if p.suffix in endings}


def _text_parts(store: Store, group: str, dpi: int) -> Parts:
    """What an archive holds beside pictures for print and the workbook."""
    if group == SUMMARIES:
        folders = sorted(p for p in (store.results / SUMMARIES).glob("*") if p.is_dir())
        parts = {name: content for f in folders for name, content in _files(f, f"figures/{f.name}", _FIGURES).items()}
        return parts | _files(store.results / "sof", "summary_of_findings", (".xlsx",))
    parts = _files(store.results / "figures" / group, "figures", _FIGURES)
    parts |= _files(store.results / "sof" / group, "summary_of_findings", (".docx", ".tex"))
    refs: set[str] = set()
    for name, rows in store.tables.items():
        own = _of_group(rows, group)
        if own:
            parts[f"tables/{name}.csv"] = csv_text(list(own[0]), own).encode()
            refs |= {ref for r in own for ref in r.get("refs", "").split(";")}
    sources = [s for s in store.sources if s["ref"] in refs]
    label = store.label(group)
    words = _README.format(label=label, line="=" * len(label), title=store.title, dpi=dpi)
    return parts | {"sources.ris": ris(sources).encode(), "sources.bib": bibtex(sources).encode(), "README.txt": words.encode()}


def _made_parts(store: Store, group: str, dpi: int) -> Parts:
    """Pictures for print and the workbook, which take time to make."""
    from evidence_synthesis.plots.publish import draw

    pictures = store.pictures.get(group, {})
    made = {f"figures/{name}.png": draw(picture, dpi, ["png"])["png"] for name, picture in pictures.items()}
    own = {name: _of_group(rows, group) for name, rows in store.tables.items()}
    sheets = {name: (list(rows[0]), [list(r.values()) for r in rows]) for name, rows in own.items() if rows}
    return made | ({"tables/tables.xlsx": office_table.workbook(sheets)} if sheets else {})


def _packed(parts: Parts, comment: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.comment = comment.encode()
        for name, content in sorted(parts.items()):
            bundle.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _digest(parts: Parts, dpi: int) -> str:
    code = code_digest("plots", "exports", "office", "wording")
    return hashlib.sha256(repr((sorted(parts.items()), dpi, code)).encode()).hexdigest()[:32]


def _comment(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as bundle:
            return bundle.comment.decode()
    except (OSError, zipfile.BadZipFile):
        return ""


def write_archive(store: Store, group: str, out: Path, dpi: int = PRINT_DPI) -> bool:
    """Write the archive of a group unless the file there holds the same. Tells whether it was written.

    Raises NoSuchAnalysis where the results have no group of that name.
    """
    names = store.groups()
    if group not in names:
        raise NoSuchAnalysis(f"no results of {group}; there are {', '.join(names)}")
    parts = _text_parts(store, group, dpi)
    digest = _digest(parts, dpi)
    if _comment(out) == digest:
        return False
    write_bytes(out, _packed(parts | _made_parts(store, group, dpi), digest))
    return True


def office_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """A published table as a workbook and, where it is short enough to be read in one, as a Word document."""
    rows = read_checked(path)
    columns, cells = list(rows[0]) if rows else [], [list(r.values()) for r in rows]
    title = path.stem.replace("_", " ")
    yield ".xlsx", office_table.workbook({title: (columns, cells)})
    if len(rows) <= office_table.MOST_WORD_ROWS:
        yield ".docx", office_table.document(columns, cells, title)


_STORE: Store | None = None  # of a process at work: opened once, not sent with every task


def _begin(results: Path, entry: Mapping[str, Any]) -> None:
    global _STORE
    _STORE = open_store(results, entry)


def _work(task: tuple[str, Path, int]) -> str:
    assert _STORE is not None
    name, out, dpi = task
    if name.startswith("tables/"):
        table = _STORE.results / f"{name}.csv"
        for ending, content in office_files(table):
            write_bytes(out / f"{name}{ending}", content)
        return f"{name}: written"
    fresh = write_archive(_STORE, name, out / f"{name}.zip", dpi)
    return f"{name}: {'written' if fresh else 'unchanged'}"


def write_all(
    results: Path, entry: Mapping[str, Any], out: Path, dpi: int, processes: int, tell: Callable[[str], None]
) -> list[str]:
    """Write the archives of all groups, every table for Word and Excel, and a page that leads to them. Gives the groups."""
    store = open_store(results, entry)
    groups = store.groups()
    tables = sorted(p.stem for p in (results / "tables").glob("*.csv"))
    tasks = [(name, out, dpi) for name in (*groups, *(f"tables/{t}" for t in tables))]
    with ProcessPoolExecutor(processes, initializer=_begin, initargs=(results, entry)) as pool:
        for done, line in enumerate(pool.map(_work, tasks), 1):
            tell(f"{done}/{len(tasks)} {line}")
    words = [t for t in tables if len(read_checked(results / f"tables/{t}.csv")) <= office_table.MOST_WORD_ROWS]
    listing = [(f"{g}.zip", store.label(g), (out / f"{g}.zip").stat().st_size) for g in groups]
    page = (
        environment()
        .get_template("archives.html.j2")
        .render(title=store.title, groups=listing, tables=tables, words=words, most=office_table.MOST_WORD_ROWS)
    )
    write_text(out / "index.html", page)
    return groups
