"""Everything about one treatment, family or class in one ZIP: what is handed to people without a clone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evidence_synthesis.exports.analyses import NoSuchAnalysis
from evidence_synthesis.exports.references import bibtex, ris
from evidence_synthesis.exports.table import workbook
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.storage.files import Cells, read_checked
from evidence_synthesis.storage.same_bytes import zipped
from evidence_synthesis.storage.table_row import TableRow
from evidence_synthesis.synthesis.rows.analyses import AnalysisRow, AnalysisTrial, PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty, FindingLine, WithoutDoubtful
from evidence_synthesis.synthesis.rows.figures import NUMBERS
from evidence_synthesis.synthesis.rows.robustness import SmallStudyEffects, TrialInfluence
from evidence_synthesis.synthesis.trials_in_analyses import trials_of

if TYPE_CHECKING:
    from evidence_synthesis.plots.panels import DrawnEvidence
    from evidence_synthesis.plots.publish import Pictures

Parts = dict[str, bytes]

TABLES: tuple[type[AnalysisRow] | type[FindingLine], ...] = (
    PooledResult,
    Certainty,
    FindingLine,
    SmallStudyEffects,
    TrialInfluence,
    WithoutDoubtful,
)
FINDINGS = "sof"  # folder of the summaries of findings
TOGETHER = "all_comparisons"  # folder of the forest plots of all comparisons of an outcome, for print
SUMMARIES = "summaries"  # the archive of the figures of all treatments together
_FIGURES = (".svg", ".pdf", ".png", ".csv")
_README = """{label}
{line}
From: {title}

{content}
Differences below zero and the word "treatment" in the column "favours" mean that the treatment does better; what a
column means stands in the review's documentation. Cite the review and, for every number taken, its sources.
"""
_OF_GROUP = """figures/              SVG, PDF, PNG for print, and the numbers drawn as CSV
all_comparisons/      forest plots of all comparisons of an outcome, as PDF
summary_of_findings/  Word (landscape, portrait, evidence profile), HTML and LaTeX
tables/               CSV, and all of them in the workbook tables.xlsx
sources.ris, .bib     the sources of these results, for a reference manager
"""
_OF_ALL = """figures/              SVG, PDF, PNG for print, and the numbers drawn as CSV
summary_of_findings/  one Excel workbook of all groups
"""


@dataclass(frozen=True)
class Store:
    """What archives are made of: published tables (by group and name), sources and labels."""

    results: Path
    title: str
    tables: Mapping[str, Mapping[str, Sequence[TableRow]]]
    sources: Sequence[Cells]
    taxonomy: Taxonomy

    def groups(self) -> list[str]:
        """Treatments, families and classes with figures or summaries of findings, and the figures of all together."""
        folders = [p.name for kind in ("figures", FINDINGS) for p in (self.results / kind).glob("*") if p.is_dir()]
        together = [SUMMARIES] if (self.results / SUMMARIES).is_dir() else []
        return [*together, *sorted({name for name in folders if not name.startswith(".")})]

    def label(self, group: str) -> str:
        """The group's name for people."""
        return "All treatments together" if group == SUMMARIES else self.taxonomy.label(group)


def open_store(results: Path, title: str) -> Store:
    """The store of a folder of results. Raises OSError where a table is missing."""
    tables: dict[str, dict[str, list[TableRow]]] = {}

    def put(rows: Iterable[AnalysisRow | FindingLine | AnalysisTrial]) -> None:
        for row in rows:
            group = AnalysisKey.parse(row.analysis_id).group
            tables.setdefault(group, {}).setdefault(Path(row.FILE).stem, []).append(row)

    for kind in TABLES:
        put(kind.of(results))
    put(trials_of(results))
    taxonomy = Taxonomy(read_checked(results / "checked/treatments.csv"))
    return Store(results, title, tables, read_checked(results / "checked/sources.csv"), taxonomy)


def _evidence(results: Path, entry: Mapping[str, Any]) -> DrawnEvidence:
    from evidence_synthesis.audit.table import AuditLine
    from evidence_synthesis.plots.panels import DrawnEvidence
    from evidence_synthesis.review.settings import load_settings

    return DrawnEvidence(
        PooledResult.of(results),
        trials_of(results),
        AuditLine.of(results),
        read_checked(results / "checked/trials.csv"),
        load_settings(entry),
        Taxonomy(read_checked(results / "checked/treatments.csv")),
    )


def published_figures(results: Path, entry: Mapping[str, Any]) -> dict[str, Pictures]:
    """The figures of every group, to be drawn anew from published tables; ``entry`` is the content of the config."""
    from evidence_synthesis.plots.panels import all_figures

    return dict(all_figures(_evidence(results, entry)))


def comparisons_together(results: Path, entry: Mapping[str, Any]) -> dict[str, Pictures]:
    """The forest plots of all comparisons of an outcome, to be printed; ``entry`` is the content of the config."""
    from evidence_synthesis.plots.panels import all_together

    return dict(all_together(_evidence(results, entry), read_checked(results / "checked/unusable_results.csv")))


def published_summaries(results: Path, entry: Mapping[str, Any]) -> dict[str, Pictures]:
    """The figures of all treatments together, to be drawn anew from published tables; ``entry`` is the content of the config."""
    from evidence_synthesis.plots.together import FILES, all_summaries
    from evidence_synthesis.review.settings import load_settings

    files = {name: results / path for name, path in FILES.items()}
    return all_summaries(files, load_settings(entry), Taxonomy(read_checked(results / "checked/treatments.csv")))


def printed(pictures: Pictures, dpi: int) -> Parts:
    """A group's figures for print and their numbers, by file name."""
    from evidence_synthesis.plots.publish import draw, numbers_drawn

    parts = {f"{name}.{ending}": c for name, p in pictures.items() for ending, c in draw(p, dpi).items()}
    return parts | ({NUMBERS: numbers_drawn(pictures).encode()} if pictures else {})


def files(folder: Path, endings: Sequence[str] = _FIGURES) -> Parts:
    """The files of a folder with these endings, by name."""
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*")) if p.suffix in endings}


def _within(folder: str, parts: Parts) -> Parts:
    return {f"{folder}/{name}": content for name, content in parts.items()}


def documents_in(downloads: Path, group: str) -> Parts:
    """The summaries of findings of a group among the downloads; for all together the workbook of all."""
    folder = downloads / FINDINGS
    return files(folder, (".xlsx",)) if group == SUMMARIES else files(folder / group, (".docx", ".html", ".tex"))


def written_documents(results: Path, group: str, entry: Mapping[str, Any]) -> Parts:
    """The same, made from published tables; ``entry`` is the content of the config."""
    from evidence_synthesis.exports.findings import findings_in
    from evidence_synthesis.exports.sof_documents import WORKBOOK, documents, excel
    from evidence_synthesis.review.settings import load_settings
    from evidence_synthesis.wording import model_words

    groups = findings_in(results, entry)
    if group == SUMMARIES:
        return {WORKBOOK: excel(groups)}
    return documents(groups[group], model_words(load_settings(entry).model)) if group in groups else {}


def contents(store: Store, group: str, figures: Parts, documents: Parts, downloads: Path | None = None) -> Parts:
    """The files of a group's archive but for the workbook; ``figures`` and ``documents`` are those of the group.

    What is made for print alone comes from the folder of ``downloads``.

    Raises NoSuchAnalysis where the results have no group of that name.
    """
    names = store.groups()
    if group not in names:
        raise NoSuchAnalysis(f"no results of {group}; there are {', '.join(names)}")
    label = store.label(group)
    words = {"label": label, "line": "=" * len(label), "title": store.title}
    if group == SUMMARIES:
        roots = [store.results / SUMMARIES, *([downloads / SUMMARIES] if downloads else [])]
        folders = [p for root in roots for p in sorted(root.glob("*")) if p.is_dir()]
        parts = {name: content for f in folders for name, content in _within(f"figures/{f.name}", files(f)).items()}
        parts |= _within("figures", files(roots[0]))
        readme = _README.format(**words, content=_OF_ALL).encode()
        return {**parts, **_within("summary_of_findings", documents), "README.txt": readme}
    parts = _within("figures", figures) | _within("summary_of_findings", documents)
    parts |= _within(TOGETHER, files(downloads / TOGETHER / group)) if downloads else {}
    refs: set[str] = set()
    for name, rows in store.tables.get(group, {}).items():
        parts[f"tables/{name}.csv"] = type(rows[0]).text(rows).encode()
        refs |= {r.refs for r in rows if isinstance(r, AnalysisTrial)}
    sources = [s for s in store.sources if s["ref"] in refs]
    readme = _README.format(**words, content=_OF_GROUP).encode()
    return parts | {"sources.ris": ris(sources).encode(), "sources.bib": bibtex(sources).encode(), "README.txt": readme}


def pack(parts: Parts, tables: Mapping[str, Sequence[TableRow]]) -> bytes:
    """The ZIP of a group from its contents, with its tables as one workbook added; the same bytes every time."""
    sheets = {name: (rows[0].columns(), [r.cells() for r in rows]) for name, rows in tables.items()}
    made = {"tables/tables.xlsx": workbook(sheets)} if sheets else {}
    return zipped(dict(sorted((parts | made).items())))
