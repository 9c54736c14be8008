"""A new version of the evidence: its entry is made by comparison, and what is no new version is refused."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import DATA, ROOT, read_csv, write_csv
from states import cut_results

from evidence_synthesis.cli import main
from evidence_synthesis.compare.changes import compare
from evidence_synthesis.compare.release import entry
from evidence_synthesis.compare.states import State, from_folder
from evidence_synthesis.review.evidence import HISTORY, VERSION, EvidenceState, evidence_digest, read_history, read_state
from evidence_synthesis.synthesis.rows.statements import JudgedClaim

TRIAL = "miyamoto-2013"


@pytest.fixture(scope="module")
def state() -> State:
    return from_folder(ROOT / "results")


def begun(tmp_path: Path) -> Path:
    """The review with the committed results of two groups, said to be made from its data."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns(VERSION, HISTORY))
    cut_results(tmp_path / "results", ("pilates", "reflexology"))
    made(tmp_path)
    return tmp_path


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """A review without a version."""
    return begun(tmp_path)


def made(review: Path) -> None:
    """Say that the results were made from the data as they are."""
    EvidenceState.write(review / "results" / EvidenceState.FILE, [read_state(review / "data")[0]])


def edit(review: Path) -> str:
    """Change what one result prints, in data and results; its id."""
    file, checked = review / "data/results/pilates.csv", review / "results/checked/trials.csv"
    row_id = next(row["row_id"] for row in read_csv(file) if row["trial_id"] == TRIAL)
    for path in (file, checked):
        rows = read_csv(path)
        for row in rows:
            row["measured_as"] += " read again" if row["row_id"] == row_id else ""
        write_csv(path, list(rows[0]), rows)
    made(review)
    return row_id


def release(review: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["release", *options, "--directory", str(review)])


def test_an_entry_tells_what_was_added_changed_and_taken_out(state: State, config: dict) -> None:
    """Statements, trials, results by treatment and rows of other tables, as counted here by hand."""
    mine = [row for row in state.rows if row["trial_id"] == TRIAL]
    one = next(row for row in state.rows if row["trial_id"] != TRIAL)
    gone = {**one, "row_id": "gone", "trial_id": "gone-1999", "study": "Gone 1999"}
    others = [row | ({"measured_as": "otherwise"} if row is one else {}) for row in state.rows if row["trial_id"] != TRIAL]
    claims = [replace(state.claims[0], verdict_words="was told"), *state.claims[1:]]
    sources = state.others["sources"]
    old = replace(state, rows=[*others, gone], claims=claims, others={"sources": sources[2:]})
    lines = entry("2026.12", "2026-12-05", "version 2026.11", (old, state), compare(old, state, config), config)
    told = [(line.heading, line.words) for line in lines]
    assert told[0][1].startswith(
        f"Compared with version 2026.11. Trials: 1 added, 1 changed, 1 taken out; results: {len(mine)} added, 1 changed, "
        "1 taken out. 1 verdict on a statement moved"
    )
    assert told[1][0] == "Statements that moved"
    assert f"{claims[0].claim}, \u201c{claims[0].statement}\u201d: was was told" in told[1][1]
    assert ("Trials", f"Added (1): {mine[0]['study']}.") in told
    assert ("Trials", f"With other results (1): {one['study']}.") in told
    assert ("Trials", "Taken out (1): Gone 1999.") in told
    assert sum("added" in words for heading, words in told if heading == "Results") == len({r["treatment"] for r in mine})
    assert ("Other tables", "sources.csv, rows: 2 added (a row with another cell is both).") in told
    assert {line.version for line in lines} == {"2026.12"}


def test_what_settings_make_of_judgements_is_no_change_of_the_evidence(state: State, config: dict) -> None:
    rows = [{**row, "risk_of_bias": "otherwise"} for row in state.rows]
    old = replace(state, rows=rows)
    (line,) = entry("2026.12", "2026-12-05", "x", (old, state), compare(old, state, config), config)
    assert line.words == "Compared with x. Trials: the same; results: the same. 0 verdicts on statements moved, and 0 analyses."


def test_a_first_version_says_what_it_holds(review: Path) -> None:
    done = release(review, "2026.11", "--date", "2026-11-30")
    assert done.exit_code == 0, done.output
    rows = read_csv(review / "results/checked/trials.csv")
    (line,), faults = read_history(review / "data")
    assert not faults
    assert f"{len(rows)} results of {len({r['trial_id'] for r in rows})} trials" in line.words
    assert (review / "data" / VERSION).read_text().split() == ["2026.11", "2026-11-30", evidence_digest(review / "data")]
    again = release(review, "2026.12")
    assert (again.exit_code, "nothing changed" in again.output) == (1, True)


def test_a_version_is_compared_with_the_commit_of_the_last_one(review: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=review, check=True, capture_output=True)

    assert release(review, "2026.11", "--date", "2026-11-30").exit_code == 0
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "Version 2026.11")
    edit(review)
    claims = JudgedClaim.of(review / "results")
    JudgedClaim.write(review / "results" / JudgedClaim.FILE, [replace(claims[0], verdict_words="now told"), *claims[1:]])
    git("commit", "-q", "-a", "-m", "A later commit that is no version")
    done = release(review, "2026.12", "--date", "2026-12-05")
    assert done.exit_code == 0, done.output
    changes, _ = read_history(review / "data")
    newest = [c for c in changes if c.version == "2026.12"]
    assert newest[0].words.startswith("Compared with version 2026.11. Trials: 1 changed; results: 1 changed. 1 verdict")
    assert any(c.heading == "Statements that moved" and "is now told" in c.words for c in newest)
    assert changes[-1].version == "2026.11"


def test_faults_are_told_and_nothing_is_written(review: Path) -> None:
    path = review / "data/results/pilates.csv"
    rows = read_csv(path)
    rows[0]["n_t"] = "many"
    write_csv(path, list(rows[0]), rows)
    done = release(review, "2026.11")
    assert done.exit_code == 1
    assert "results/pilates.csv, row 2, column n_t: found 'many'" in done.output
    assert not (review / "data" / VERSION).exists()
    assert not (review / "data" / HISTORY).exists()


def test_results_of_other_data_are_refused(review: Path) -> None:
    path = review / "data/results/pilates.csv"
    rows = read_csv(path)
    rows[0]["measured_as"] += " read again"
    write_csv(path, list(rows[0]), rows)
    done = release(review, "2026.11")
    assert (done.exit_code, "run first" in done.output) == (1, True)
    (review / "results" / EvidenceState.FILE).unlink()
    assert "run first" in release(review, "2026.11").output
    assert not (review / "data" / VERSION).exists()


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review whose data changed after its version 2026.11."""
    folder = begun(tmp_path_factory.mktemp("released"))
    assert release(folder, "2026.11", "--date", "2026-11-30").exit_code == 0
    edit(folder)
    return folder


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("11.2026",), "is no version"),
        (("2026.13",), "is no version"),
        (("2026.12", "--date", "5 December"), "is no day"),
        (("2026.9",), "not after 2026.11"),
        (("2026.11",), "not after 2026.11"),
        (("2026.12", "--date", "2026-11-29"), "is before 2026-11-30"),
        (("2026.12", "--since", "no-such-state"), "neither a results folder nor a git revision"),
        (("2026.12",), "by --since"),
        (("2026.12", "--since", "results"), "Nothing differs from"),
    ],
)
def test_what_is_no_new_version_is_refused(released: Path, options: tuple[str, ...], words: str) -> None:
    before = [(released / "data" / name).read_bytes() for name in (VERSION, HISTORY)]
    done = release(released, *(str(released / "results") if o == "results" else o for o in options))
    assert done.exit_code == 1
    assert words in done.output
    assert [(released / "data" / name).read_bytes() for name in (VERSION, HISTORY)] == before
