"""A tiny review that tests can write to a folder and spoil: two treatments, six results."""

from __future__ import annotations

import csv
import json
import shutil
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

from evidence_synthesis.plots.drawing.canvas import Page, text_width
from evidence_synthesis.report.shelf import read_tables
from evidence_synthesis.report.site import Site
from evidence_synthesis.review.describe import describe
from evidence_synthesis.review.joined import columns_of as joined_columns
from evidence_synthesis.review.risk_of_bias import TOOLS
from evidence_synthesis.review.schema import CORRECTED, DECISION_COLUMNS, FACTS, RATING_COLUMNS
from evidence_synthesis.review.settings import Settings, load_settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import as_printed, check_package
from evidence_synthesis.storage.files import csv_text
from evidence_synthesis.storage.table_row import TableRow

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"

Rows = list[dict[str, str]]
R = TypeVar("R", bound=TableRow)


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_members(results: Path) -> Rows:
    """The trials of all analyses as text cells, each with its effect and its weight."""
    effects = {row["effect_id"]: row for row in read_csv(results / "tables/trial_effects.csv")}
    return [m | effects[m["effect_id"]] | {"weight": m["weight"]} for m in read_csv(results / "tables/analysis_trials.csv")]


def row_of(kind: type[R], **cells: str) -> R:
    """A typed row of a table from some of its cells; the others are empty."""
    (row,) = kind.parse_former(csv_text(list(cells), [cells]), "test")
    return row


def write_csv(path: Path, columns: list[str], rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def outside(page: Page) -> list[str]:
    """The texts that begin before a figure's page or end beyond it."""
    found = []
    for label in page.texts:
        width = text_width(label.text, label.size, label.bold)
        left = label.x - {"left": 0, "center": width / 2, "right": width}[label.align]
        if left <= 0 or left + width >= page.width:
            found.append(label.text)
    return found


@cache
def columns_of(table: str) -> list[str]:
    schema = json.loads((DATA / f"schemas/{table}.json").read_text(encoding="utf-8"))
    return [f["name"] for f in schema["fields"]]


@cache
def real_rows() -> Rows:
    """The review's own results as their sources print them, with what their trials and judgements say."""
    tables = check_package(DATA)
    return [dict(row) for row in as_printed(tables["trials"], tables["printed"])]


def wide_columns() -> list[str]:
    """The columns of the checked copy that sources fill."""
    joined = joined_columns(columns_of("results"), columns_of("trials"))
    return [c for c in joined if c not in (CORRECTED, *DECISION_COLUMNS, *RATING_COLUMNS)]


TRIAL = {
    "source_id": "smith-2001",
    "study": "Smith 2001",
    "year": "2001",
    "region": "low back",
    "chronicity": "chronic",
    "design": "parallel",
    "comparator": "usual_care",
    "outcome": "pain",
    "instrument": "vas_100",
    "scale_min": "0",
    "scale_max": "100",
    "higher_is_worse": "yes",
    "weeks": "12",
    "weeks_from": "randomisation",
    "format": "arm_means",
    "value_kind": "final",
    "n_t": "30",
    "mean_t": "40",
    "sd_t": "20",
    "n_c": "30",
    "mean_c": "50",
    "sd_c": "20",
    "source_kind": "full text",
}


def trial_row(row_id: str, treatment: str = "yoga", trial: str = "smith-2001", **cells: str) -> dict[str, str]:
    """A valid row of the checked copy before decisions and ratings, with the given cells replaced."""
    row = dict.fromkeys(wide_columns(), "")
    return row | TRIAL | {"row_id": row_id, "trial_id": trial, "treatment": treatment} | cells


EVENTS = {
    "outcome": "recovery",
    "instrument": "",
    "scale_min": "",
    "scale_max": "",
    "higher_is_worse": "no",
    "format": "arm_events",
    "value_kind": "",
    "mean_t": "",
    "sd_t": "",
    "mean_c": "",
    "sd_c": "",
    "events_t": "12",
    "events_c": "8",
}
CONTRAST = {
    "format": "contrast",
    "mean_t": "",
    "sd_t": "",
    "mean_c": "",
    "sd_c": "",
    "effect_measure": "MD",
    "effect": "-5",
    "effect_ci_low": "-9",
    "effect_ci_high": "-1",
    "ci_level": "95",
}

YOGA = [
    trial_row("a"),
    trial_row("b", trial="jones-2002", study="Jones 2002", source_id="jones-2002", mean_t="35"),
    trial_row("c", **EVENTS),
    trial_row("d", **CONTRAST, weeks="52"),
]
MASSAGE = [
    trial_row("e", "massage_classic", mean_t="41"),
    trial_row("f", "massage_classic", trial="jones-2002", study="Jones 2002", source_id="jones-2002", comparator="yoga"),
]


def tables_of(rows: Rows) -> tuple[Rows, Rows, Rows]:
    """Wide rows as rows of trials.csv, of results and of risk_of_bias.csv: the first row of a trial tells its facts.

    Written apart from the library's own, which is to be tested; it takes any cells.
    """
    facts = {f: c for f, c in FACTS.items() if f in rows[0]} if rows else {}
    trials: dict[str, dict[str, str]] = {}
    results, judgements = [], []
    others = [c for c in columns_of("trials") if c not in {"aliases", "trial_id", *FACTS.values()}]
    for row in rows:
        first = {"trial_id": row["trial_id"], **{c: row[f] for f, c in facts.items()}, **{c: row[c] for c in others}}
        trial = trials.setdefault(row["trial_id"], first)
        own = {f: row[f] if row[f] != trial[c] else "" for f, c in facts.items()}
        results.append({c: own.get(c, row.get(c, "")) for c in columns_of("results")})
        for tool in TOOLS:
            about = {"trial_id": row["trial_id"], "row_id": row["row_id"], "tool": tool.tool}
            judgements += [about | {"domain": d, "judgement": row[c]} for c, d in tool.words.items() if row[c]]
    return list(trials.values()), results, judgements


class Package:
    """A data package in a folder, with ways to spoil it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trials = {"yoga": [dict(r) for r in YOGA], "massage_classic": [dict(r) for r in MASSAGE]}
        shutil.copytree(DATA / "schemas", folder / "schemas")
        for table in ("treatments", "instruments"):
            shutil.copy(DATA / f"{table}.csv", folder)
        sources = [
            {"source_id": s, "ref": str(i), "kind": "trial report", "label": s}
            for i, s in enumerate(("smith-2001", "jones-2002"), 1)
        ]
        self.write("sources", sources)
        self.write("corrections", [{"row_id": "a", "column": "", "kind": "keep", "reason": "looked at"}])
        for table in ("published_estimates", "unusable_results"):
            told = [row for row in read_csv(DATA / f"{table}.csv") if row["treatment"] in ("massage_classic", "tens", "yoga")]
            self.write(table, told)
        self.save()

    def write(self, table: str, rows: Rows) -> None:
        write_csv(self.folder / f"{table}.csv", columns_of(table), rows)

    def save(self) -> None:
        """Write trials, results, judgements and the descriptor."""
        every = [row for rows in self.trials.values() for row in rows]
        trials, results, judgements = tables_of(every)
        self.write("trials", trials)
        self.write("risk_of_bias", judgements)
        rest = iter(results)
        for name, rows in self.trials.items():
            write_csv(self.folder / f"results/{name}.csv", columns_of("results"), [next(rest) for _ in rows])
        describe(self.folder)

    def cell(self, row_id: str, /, **cells: str) -> None:
        """Replace cells of a row, and of the other rows of its trial what the trial alone can say, and save."""
        every = [row for rows in self.trials.values() for row in rows]
        trial = next(row["trial_id"] for row in every if row["row_id"] == row_id)
        alone = {c: v for c, v in cells.items() if c not in columns_of("results") and not c.startswith("rob")}
        for row in every:
            row |= (alone if row["trial_id"] == trial else {}) | (cells if row["row_id"] == row_id else {})
        self.save()

    def raw(self, change: Callable[[bytes], bytes], file: str = "results/yoga.csv") -> None:
        """Change the bytes of a file."""
        path = self.folder / file
        path.write_bytes(change(path.read_bytes()))


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """The tiny review, written to a folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Package(folder)


@pytest.fixture(scope="session")
def config() -> dict:
    """The review's own config."""
    return yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def settings(config: dict) -> Settings:
    """The review's own settings."""
    return load_settings(config)


REPORT_INPUTS = {
    **{name: f"checked/{file}.csv" for name, file in (("checked", "trials"), ("unusable", "unusable_results"))},
    **{name: f"checked/{name}.csv" for name in ("sources", "corrections")},
    **{name: f"tables/{name}.csv" for name in ("pooled", "effects", "influence", "certainty", "networks", "audit", "claims")},
    **{name: f"tables/{name}.csv" for name in ("figures", "summaries")},
    **{"trials": "tables/analysis_trials.csv", "brought": "tables/trial_effects.csv", "accounts": "tables/row_accounting.csv"},
    **{"small": "tables/small_study_effects.csv", "without": "tables/without_doubtful.csv"},
    **{"ranking": "tables/network_ranking.csv", "detail": "tables/claims_detail.csv"},
    **{"not_tested": "tables/claims_not_tested.csv", "readings": "tables/document_readings.csv"},
    **{"published": "tables/published_comparison.csv", "central": "tables/central_message.csv"},
    **{"twice": "tables/documents_then_and_now.csv", "moved": "tables/verdicts_moved.csv"},
    **{"pairs": "tables/document_pairs.csv", "apart": "tables/documents_apart.csv", "beside": "tables/beside_reviews.csv"},
    **{"overlap": "tables/review_overlap.csv", "inclusions": "tables/review_inclusions.csv"},
    **{"coverage": "tables/coverage.csv", "missing": "tables/missing_trials.csv"},
    **{"information": "tables/information_missing.csv"},
    **{"version": "checked/evidence_version.csv", "history": "checked/evidence_changes.csv"},
}


@pytest.fixture(scope="session")
def site(config: dict) -> Site:
    """The report, made from the tables of the repository's results by the code under test."""
    tables = read_tables({name: ROOT / "results" / file for name, file in REPORT_INPUTS.items()})
    return Site(config, Taxonomy(read_csv(DATA / "treatments.csv")), tables, [("numpy", "1")])


@pytest.fixture
def other_zlib(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, Python's ``zlib`` packs otherwise, as that of another machine may."""
    real = zlib.compressobj

    def weak(_: int = -1, method: int = zlib.DEFLATED, wbits: int = zlib.MAX_WBITS, *__: object) -> object:
        return real(1, method, wbits)

    def use() -> None:
        monkeypatch.setattr(zlib, "compressobj", weak)

    return use
