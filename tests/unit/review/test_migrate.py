"""No cell is lost on the way from the earlier layout to the present one, and what cannot be turned is left as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import DATA, ROOT, Rows, columns_of, read_csv, write_csv

from evidence_synthesis.cli import main
from evidence_synthesis.review.migrate import migrate
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.schema import TABLES
from evidence_synthesis.review.split import split
from evidence_synthesis.review.trials import check_package

OLD = Path(__file__).parent / "old_layout"
TEMPLATES = ROOT / "examples/depression/data/schemas"


def wide(folder: Path) -> Rows:
    return [row for path in sorted((folder / "trials").glob("*.csv")) for row in read_csv(path)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A package of the earlier layout: trials with several names, judged in part, by results and by data sets."""
    folder = tmp_path / "data"
    shutil.copytree(OLD, folder)
    for table in TABLES:
        shutil.copy(DATA / f"schemas/{table}.json", folder / "schemas")
        rows = [] if table in ("corrections", "published_estimates", "unusable_results") else read_csv(DATA / f"{table}.csv")
        write_csv(folder / f"{table}.csv", columns_of(table), rows)
    return folder


def test_every_cell_is_there_after_as_before(old: Path) -> None:
    before = wide(old)
    made = migrate(old, TEMPLATES)
    after = check_package(old)["trials"]
    assert (made.results, made.trials) == (len(before), len({r["trial_id"] for r in before})) == (len(after), 4)
    for was, now in zip(before, after, strict=True):
        assert {c: now[c] for c in was} == was
    assert list(before[0]) == [c for c in after[0] if c in before[0]]
    assert not (old / "trials").exists()


def test_the_fixture_has_what_is_hard_to_keep(old: Path) -> None:
    """Names, years and populations that differ within a trial, and judgements on some of its results alone."""
    made = split(wide(old))
    assert {f for facts in made.disputed.values() for f in facts} >= {"study", "year", "chronicity", "design"}
    assert {bool(j["row_id"]) for j in made.judgements} == {True, False}
    assert {j["tool"] for j in made.judgements} == {"RoB 2", "RoB 1"}
    assert any(t["aliases"] for t in made.trials)


def test_a_trial_says_once_what_all_its_results_said(old: Path) -> None:
    migrate(old, TEMPLATES)
    trials = {t["trial_id"]: t for t in read_csv(old / "trials.csv")}
    lamb = trials["lamb-2010"]
    assert (lamb["label"], lamb["region"]) == ("Lamb 2010", "low back")
    assert set(lamb["aliases"].split(";")) == {"Lamb 2010 (BeST)", "Lamb 2012 (BeST long-term)"}
    results = [row for path in (old / "results").glob("*.csv") for row in read_csv(path)]
    own = [r for r in results if r["trial_id"] == "ebadi-2012"]
    assert own
    assert not any(r[c] for r in own for c in ("chronicity", "population_note", "design", "study", "year"))


def test_vocabularies_and_own_columns_stay(old: Path) -> None:
    path = old / "schemas/trials.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    next(f for f in schema["fields"] if f["name"] == "region")["constraints"]["enum"].append("elbow")
    schema["fields"].append({"name": "our_own", "type": "string", "description": "A column of the review's own."})
    path.write_text(json.dumps(schema), encoding="utf-8")
    for file in (old / "trials").glob("*.csv"):
        rows = [r | {"our_own": "x", "region": "elbow"} for r in read_csv(file)]
        write_csv(file, list(rows[0]), rows)
    migrate(old, TEMPLATES)
    assert {(r["our_own"], r["region"]) for r in check_package(old)["trials"]} == {("x", "elbow")}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda b: b.replace(b"lamb-2010,", b",", 1), "a value"),
        (lambda b: b + b"too,few\n", "as many cells"),
        (lambda b: b"\xff" + b, "a readable CSV file"),
    ],
)
def test_what_cannot_be_read_stays_as_it_was(old: Path, spoil, words: str) -> None:
    path = old / "trials/cbt.csv"
    path.write_bytes(spoil(path.read_bytes()))
    before = {p.relative_to(old): p.read_bytes() for p in old.rglob("*") if p.is_file()}
    with pytest.raises(DataFaults, match=words):
        migrate(old, TEMPLATES)
    assert {p.relative_to(old): p.read_bytes() for p in old.rglob("*") if p.is_file()} == before


def test_the_check_tells_the_way_and_the_command_goes_it(old: Path) -> None:
    with pytest.raises(DataFaults, match="evidence-synthesis migrate"):
        check_package(old)
    made = CliRunner().invoke(main, ["migrate", str(old)])
    assert made.exit_code == 0, made.output
    assert "every cell is as it was" in made.output
    assert "kim-2017: its results do not agree about name" in made.output
    check_package(old)
    again = CliRunner().invoke(main, ["migrate", str(old)])
    assert again.exit_code == 1
    assert "nothing is to be done" in again.output
