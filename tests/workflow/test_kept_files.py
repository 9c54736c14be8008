"""How many files of the results, which git keeps, one change touches: tens, not hundreds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DATA, ROOT, read_csv, write_csv
from folders import contents

from evidence_synthesis.review.evidence import read_state, version_text

LIMIT = 60
NAMING = {f"report/{name}" for name in ("index.html", "methods.html", "state.js", "versions.html")}
NAMING |= {"checked/evidence_version.csv", "checked/evidence_changes.csv"}
Results = dict[str, bytes]


class Repository:
    """A copy of the data with its results; ``edit`` changes one number of one trial, as people do after a version."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.results = folder, folder / "data", contents(ROOT / "results")
        shutil.copytree(DATA, self.data)
        shutil.copytree(ROOT / "config", folder / "config")

    def edit(self, row_id: str, column: str, value: str) -> None:
        (path,) = (p for p in (self.data / "results").glob("*.csv") if row_id in p.read_text(encoding="utf-8"))
        rows = read_csv(path)
        (row,) = (row for row in rows if row["row_id"] == row_id)
        assert row[column] != value
        row[column] = value
        write_csv(path, list(rows[0]), rows)

    def release(self, version: str = "") -> None:
        """Name the state of the data: a new version, or the last one's number again."""
        state, _ = read_state(self.data)
        if version:
            history = self.data / "CHANGELOG.md"
            introduction, newest, rest = history.read_text(encoding="utf-8").partition("\n## ")
            entry = f"\n## {version} ({state.date})\n\nOne number of two trials.\n"
            history.write_text(introduction + entry + newest + rest, encoding="utf-8")
        (self.data / "VERSION").write_text(version_text(version or state.version, state.date, state.digest), encoding="utf-8")

    def touched(self) -> set[str]:
        """Run, and name the files that are not as they were."""
        command = [sys.executable, "-m", "evidence_synthesis", "run", "--directory", str(self.folder), "--cores", "2"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        before, self.results = self.results, contents(self.folder / "results")
        return {name for name in before.keys() | self.results.keys() if before.get(name) != self.results.get(name)}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


def test_one_edited_number_touches_few_kept_files(repository: Repository) -> None:
    """A trial of the largest network moves the ranks of all treatments, and no page but that of networks."""
    repository.edit("miyamoto-2013_pilates_vs_patient-education_pain_nrs-0-10_6w", "effect", "-2.0")
    repository.release()
    touched = repository.touched()
    assert {"report/networks.html", "report/treatments/pilates.html", "tables/network_league.csv"} <= touched
    assert "report/treatments/massage_classic.html" not in touched
    assert len(touched) <= LIMIT, sorted(touched)


def test_a_trial_with_many_others_changes_no_page_of_theirs(repository: Repository) -> None:
    """Its weight moves all others' weights."""
    repository.edit("kerr-2003_acupuncture_vs_sham_pain_vas-0-100-as-entered-by-the-review_0w", "sd_t", "16.4")
    repository.release()
    touched = repository.touched()
    assert {name for name in touched if name.startswith("report/trials/")} == {"report/trials/kerr-2003.html"}
    assert len(touched) <= LIMIT, sorted(touched)


def test_a_new_version_touches_the_files_that_name_it(repository: Repository) -> None:
    repository.release("2099.1")
    assert repository.touched() == NAMING
