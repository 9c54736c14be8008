"""The descriptor of a data package (``datapackage.json``), written from the files that are there and their schemas.

A Frictionless tabular data package, so that other people's tools read the data (https://specs.frictionlessdata.io/
tabular-data-package/). Its head (name, title, version, licences) is kept; its resources are never edited by hand.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path, PurePosixPath
from typing import Any

from evidence_synthesis.review.package import table_files
from evidence_synthesis.review.schema import RESULTS
from evidence_synthesis.storage.files import write_text

FILE = "datapackage.json"
_BARE = {"name": "trial-results", "profile": "tabular-data-package"}  # the head of a package that nobody has described


def _head(directory: Path) -> dict[str, Any]:
    """What a descriptor says of the package as a whole; of a new one its name alone."""
    try:
        told = json.loads((directory / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        told = {}
    kept = {k: v for k, v in told.items() if k != "resources"} if isinstance(told, dict) else {}
    return {**kept, **{k: v for k, v in _BARE.items() if k not in kept}}


def _labels(directory: Path) -> dict[str, str]:
    """The names of the treatments for readers, as far as they can be read."""
    try:
        with (directory / "treatments.csv").open(encoding="utf-8", newline="") as stream:
            return {row["treatment_id"]: row["label"] for row in csv.DictReader(stream)}
    except (OSError, ValueError, KeyError, csv.Error):
        return {}


def _title(directory: Path, table: str) -> str:
    try:
        return str(json.loads((directory / f"schemas/{table}.json").read_text(encoding="utf-8"))["title"])
    except (OSError, ValueError, KeyError, TypeError):
        return table.replace("_", " ").capitalize()


def descriptor(directory: Path) -> str:
    """The descriptor of the package in ``directory`` as JSON text: a resource for each CSV file of a table."""
    labels, resources = _labels(directory), []
    for path, table in table_files(directory):
        stem = PurePosixPath(path).stem
        title = _title(directory, table) + (f": {labels.get(stem, stem)}" if table == RESULTS else "")
        name = f"{RESULTS}-{stem}" if table == RESULTS else stem
        resources.append(
            {
                **{"name": name.replace("_", "-") if table == RESULTS else name, "title": title, "path": path},
                **{"profile": "tabular-data-resource", "scheme": "file", "format": "csv", "encoding": "utf-8"},
                "schema": f"schemas/{table}.json",
            }
        )
    return json.dumps({**_head(directory), "resources": resources}, ensure_ascii=False, indent=2) + "\n"


def is_described(directory: Path) -> bool:
    """Whether the descriptor that is there is the one that would be written."""
    try:
        return (directory / FILE).read_text(encoding="utf-8") == descriptor(directory)
    except (OSError, ValueError):
        return False


def describe(directory: Path) -> None:
    """Write the descriptor of the package in ``directory``."""
    write_text(directory / FILE, descriptor(directory))
