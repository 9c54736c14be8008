"""Everything about one treatment, family or class in one ZIP: what is handed to people without a clone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence_synthesis.exports.analyses import NoSuchAnalysis
from evidence_synthesis.exports.references import bibtex, ris
from evidence_synthesis.exports.table import workbook
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.storage.files import csv_text, read_checked
from evidence_synthesis.storage.same_bytes import zipped
from evidence_synthesis.synthesis.trials_in_analyses import read_members

if TYPE_CHECKING:
    from evidence_synthesis.plots.publish import Pictures

Row = Mapping[str, str]
Parts = dict[str, bytes]

TABLES = ("pooled", "certainty", "summary_of_findings", "small_study_effects", "influence", "without_doubtful")
SUMMARIES = "summaries"  # the archive of the figures of all treatments together
_FIGURES = (".svg", ".pdf", ".png", ".csv")
_README = """{label}
{line}
From: {title}

{content}
Differences below zero and the word "treatment" in the column "favours" mean that the treatment does better; what a
column means stands in the review's documentation. Cite the review and, for every number taken, its sources.
"""
_OF_GROUP = """figures/              SVG with its fonts, PDF, PNG for print, and the numbers drawn as CSV
summary_of_findings/  Word and LaTeX
tables/               CSV, and all of them in the workbook tables.xlsx
sources.ris, .bib     the sources of these results, for a reference manager
"""
_OF_ALL = """figures/              SVG with its fonts, PDF, PNG for print, and the numbers drawn as CSV
summary_of_findings/  one Excel workbook of all groups
"""


@dataclass(frozen=True)
class Store:
    """What archives are made of: published tables (by group and name), sources and labels."""

    results: Path
    title: str
    tables: Mapping[str, Mapping[str, Sequence[Row]]]
    sources: Sequence[Row]
    taxonomy: Taxonomy

    def groups(self) -> list[str]:
        """Treatments, families and classes with figures or summaries of findings, and the figures of all together."""
        folders = [p.name for kind in ("figures", "sof") for p in (self.results / kind).glob("*") if p.is_dir()]
        together = [SUMMARIES] if (self.results / SUMMARIES).is_dir() else []
        return [*together, *sorted({name for name in folders if not name.startswith(".")})]

    def label(self, group: str) -> str:
        """The group's name for people."""
        return "All treatments together" if group == SUMMARIES else self.taxonomy.label(group)


def open_store(results: Path, title: str) -> Store:
    """The store of a folder of results. Raises OSError where a table is missing."""
    tables: dict[str, dict[str, list[Row]]] = {}
    published = {name: read_checked(results / f"tables/{name}.csv") for name in TABLES}
    for name, rows in {**published, "analysis_trials": read_members(results)}.items():
        for row in rows:
            group = row.get("analysis_id", "").split("__")[0] or row.get("group", "")
            tables.setdefault(group, {}).setdefault(name, []).append(row)
    taxonomy = Taxonomy(read_checked(results / "checked/treatments.csv"))
    return Store(results, title, tables, read_checked(results / "checked/sources.csv"), taxonomy)


def published_figures(results: Path, entry: Mapping[str, Any]) -> dict[str, Pictures]:
    """The figures of every group, to be drawn anew from published tables; ``entry`` is the content of the config."""
    from evidence_synthesis.plots.panels import all_figures
    from evidence_synthesis.review.settings import load_settings

    names = {"pooled": "tables/pooled", "audit": "tables/audit"}
    names |= {"unusable": "checked/unusable_results", "checked": "checked/trials"}
    drawn = {name: read_checked(results / f"{path}.csv") for name, path in names.items()}
    drawn["trials"] = read_members(results)
    taxonomy = Taxonomy(read_checked(results / "checked/treatments.csv"))
    return dict(all_figures(drawn, load_settings(entry), taxonomy))


def published_summaries(results: Path, entry: Mapping[str, Any]) -> dict[str, Pictures]:
    """The figures of all treatments together, to be drawn anew from published tables; ``entry`` is the content of the config."""
    from evidence_synthesis.plots.together import TABLES as NAMES
    from evidence_synthesis.plots.together import all_summaries
    from evidence_synthesis.review.settings import load_settings

    tables = {name: read_checked(results / f"{path}.csv") for name, path in NAMES.items()}
    return all_summaries(tables, load_settings(entry), Taxonomy(read_checked(results / "checked/treatments.csv")))


def printed(pictures: Pictures, dpi: int) -> Parts:
    """A group's figures for print and their numbers, by file name."""
    from evidence_synthesis.plots.publish import DRAWN_COLUMNS, draw

    parts = {f"{name}.{ending}": c for name, p in pictures.items() for ending, c in draw(p, dpi).items()}
    return parts | {f"{name}.csv": csv_text(DRAWN_COLUMNS, p.drawn()).encode() for name, p in pictures.items()}


def files(folder: Path, endings: Sequence[str] = _FIGURES) -> Parts:
    """The files of a folder with these endings, by name."""
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*")) if p.suffix in endings}


def _within(folder: str, parts: Parts) -> Parts:
    return {f"{folder}/{name}": content for name, content in parts.items()}


def contents(store: Store, group: str, figures: Parts, downloads: Path | None = None) -> Parts:
    """The files of a group's archive but for the workbook; ``figures`` are those of the group.

    The archive of all treatments together takes its pictures for print from the folder of ``downloads``.

    Raises NoSuchAnalysis where the results have no group of that name.
    """
    names = store.groups()
    if group not in names:
        raise NoSuchAnalysis(f"no results of {group}; there are {', '.join(names)}")
    label, sof = store.label(group), store.results / "sof"
    words = {"label": label, "line": "=" * len(label), "title": store.title}
    if group == SUMMARIES:
        roots = [store.results / SUMMARIES, *([downloads / SUMMARIES] if downloads else [])]
        folders = [p for root in roots for p in sorted(root.glob("*")) if p.is_dir()]
        parts = {name: content for f in folders for name, content in _within(f"figures/{f.name}", files(f)).items()}
        readme = _README.format(**words, content=_OF_ALL).encode()
        return {**parts, **_within("summary_of_findings", files(sof, (".xlsx",))), "README.txt": readme}
    parts = _within("figures", figures) | _within("summary_of_findings", files(sof / group, (".docx", ".tex")))
    refs: set[str] = set()
    for name, rows in store.tables.get(group, {}).items():
        parts[f"tables/{name}.csv"] = csv_text(list(rows[0]), rows).encode()
        refs |= {ref for r in rows for ref in r.get("refs", "").split(";")}
    sources = [s for s in store.sources if s["ref"] in refs]
    readme = _README.format(**words, content=_OF_GROUP).encode()
    return parts | {"sources.ris": ris(sources).encode(), "sources.bib": bibtex(sources).encode(), "README.txt": readme}


def pack(parts: Parts, tables: Mapping[str, Sequence[Row]]) -> bytes:
    """The ZIP of a group from its contents, with its tables as one workbook added; the same bytes every time."""
    sheets = {name: (list(rows[0]), [list(r.values()) for r in rows]) for name, rows in tables.items()}
    made = {"tables/tables.xlsx": workbook(sheets)} if sheets else {}
    return zipped(dict(sorted((parts | made).items())))
