"""A tiny review that tests can write to a folder and spoil: two treatments, six results."""

from __future__ import annotations

import csv
import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

from evidence_synthesis.plots.drawing.canvas import Page, text_width
from evidence_synthesis.review.settings import Settings, load_settings
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


def columns_of(table: str) -> list[str]:
    schema = json.loads((DATA / f"schemas/{table}.json").read_text(encoding="utf-8"))
    return [f["name"] for f in schema["fields"]]


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
    """A valid row of a trial file, with the given cells replaced."""
    row = dict.fromkeys(columns_of("trials"), "")
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
            shutil.copy(DATA / f"{table}.csv", folder)
        self.save()

    def write(self, table: str, rows: Rows) -> None:
        write_csv(self.folder / f"{table}.csv", columns_of(table), rows)

    def save(self) -> None:
        """Write the trial files and the descriptor."""
        resources = []
        for name, rows in self.trials.items():
            write_csv(self.folder / f"trials/{name}.csv", columns_of("trials"), rows)
            resources.append(
                {"name": f"trials-{name.replace('_', '-')}", "path": f"trials/{name}.csv", "schema": "schemas/trials.json"}
            )
        for table in ("treatments", "instruments", "sources", "corrections", "published_estimates", "unusable_results"):
            resources.append({"name": table, "path": f"{table}.csv", "schema": f"schemas/{table}.json"})
        (self.folder / "datapackage.json").write_text(json.dumps({"name": "tiny", "resources": resources}), encoding="utf-8")

    def cell(self, row_id: str, /, **cells: str) -> None:
        """Replace cells of a trial row and save."""
        for rows in self.trials.values():
            for row in rows:
                if row["row_id"] == row_id:
                    row |= cells
        self.save()

    def raw(self, change: Callable[[bytes], bytes], file: str = "trials/yoga.csv") -> None:
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


@pytest.fixture
def other_zlib(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, Python's ``zlib`` packs otherwise, as that of another machine may."""
    real = zlib.compressobj

    def weak(_: int = -1, method: int = zlib.DEFLATED, wbits: int = zlib.MAX_WBITS, *__: object) -> object:
        return real(1, method, wbits)

    def use() -> None:
        monkeypatch.setattr(zlib, "compressobj", weak)

    return use
