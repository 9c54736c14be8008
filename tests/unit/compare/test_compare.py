"""What changed between two results folders: rows, the analyses that they moved, certainty and claims."""

from __future__ import annotations

import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv, read_members, write_csv
from states import cut_results

from evidence_synthesis import wording
from evidence_synthesis.cli import main
from evidence_synthesis.compare.apart import apart
from evidence_synthesis.compare.changes import Changes
from evidence_synthesis.compare.changes import compare as compare_states
from evidence_synthesis.compare.judge import Judge
from evidence_synthesis.compare.states import from_folder, from_texts, texts_in
from evidence_synthesis.compare.text import markdown, page, table
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.statements import JudgedClaim
from evidence_synthesis.synthesis.trials_in_analyses import effects_of, numbered, trials_of


def compare(old: Path, new: Path) -> Changes:
    """What differs, which is the same without most of what two states have in common."""
    whole = compare_states(from_folder(old), from_folder(new))
    states = map(from_texts, ("old", "new"), apart(texts_in(old), texts_in(new)))
    assert repr(compare_states(*states)) == repr(whole)
    return whole


GROUPS = ("acupuncture", "yoga", "family-exercise", "family-massage")


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed results, of the analyses of some groups."""
    return cut_results(tmp_path_factory.mktemp("some"), GROUPS)


@pytest.fixture
def states(some: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of them."""
    for name in ("old", "new"):
        shutil.copytree(some, tmp_path / name)
    return tmp_path / "old", tmp_path / "new"


def change(path: Path, key: str, value: str, **cells: str) -> None:
    rows = read_csv(path)
    for row in rows:
        if row[key] == value:
            row |= cells
    write_csv(path, list(rows[0]), rows)


def write_members(folder: Path, rows: list[AnalysisTrial]) -> None:
    names = TrialEffect.columns()[1:]
    ids, brought = numbered([TrialEffect("", *(getattr(row, n) for n in names)) for row in rows])
    members = [Membership(*row.key, name, row.weight) for row, name in zip(rows, ids, strict=True)]
    Membership.write(folder / Membership.FILE, members)
    TrialEffect.write(folder / TrialEffect.FILE, brought)


def test_results_with_one_table_of_trials_can_still_be_compared(states: tuple[Path, Path]) -> None:
    old, new = states
    rows = read_members(old)
    write_csv(old / Membership.FILE, list(rows[0]), rows)
    (old / TrialEffect.FILE).unlink()
    assert compare(old, new).nothing
    change(new / "tables/pooled.csv", "analysis_id", rows[0]["analysis_id"], estimate="99")
    assert compare(old, new).analyses


def test_statements_of_former_results_are_told_by_their_opinion(states: tuple[Path, Path]) -> None:
    old, new = states
    former = [{"claim": c["claim"], "statement": c["statement"], "opinion": "agrees"} for c in read_csv(old / JudgedClaim.FILE)]
    write_csv(old / JudgedClaim.FILE, list(former[0]), former)
    assert {was for _, _, was, _ in compare(old, new).claims} == {"agrees"}


def test_most_of_what_two_states_have_in_common_is_left_out(states: tuple[Path, Path], config: dict) -> None:
    old, new = states
    trial = next(t for t in read_members(old) if t["measure"] == "MD")
    change(new / "checked/trials.csv", "row_id", trial["row_ids"].split(";")[0], mean_t="12345")
    change(new / "tables/pooled.csv", "analysis_id", trial["analysis_id"], estimate="-1.5")
    texts = apart(texts_in(old), texts_in(new))
    assert all(len(some[PooledResult.FILE].splitlines()) <= 3 for some in texts)  # a heading, and MD and SMD
    assert len(texts[0]["checked/trials.csv"]) < len(texts_in(old)["checked/trials.csv"]) / 4
    whole, rest = (compare_states(*map(from_texts, "ab", some), config) for some in ((texts_in(old), texts_in(new)), texts))
    assert repr(rest) == repr(whole)


@pytest.mark.parametrize("where", ["a cell with two lines", "another version"])
def test_states_that_cannot_be_told_apart_by_lines_are_compared_whole(states: tuple[Path, Path], where: str) -> None:
    old, new = states
    if where == "another version":
        rows = [{**row, "further": ""} for row in read_csv(new / "tables/pooled.csv")]
        write_csv(new / "tables/pooled.csv", list(rows[0]), rows)
    else:
        change(new / "checked/trials.csv", "row_id", read_csv(new / "checked/trials.csv")[0]["row_id"], flags="one\ntwo")
    texts = texts_in(old), texts_in(new)
    assert apart(*texts) == texts
    assert compare(old, new).nothing == (where == "another version")


def test_the_same_state_has_no_changes(states: tuple[Path, Path]) -> None:
    changes = compare(*states)
    assert changes.nothing
    assert "Nothing" in markdown(changes)


def test_a_changed_row_is_named_as_the_cause(states: tuple[Path, Path]) -> None:
    old, new = states
    trial = next(t for t in read_members(old) if t["measure"] == "MD")
    row_id = trial["row_ids"].split(";")[0]
    change(new / "checked/trials.csv", "row_id", row_id, mean_t="12345")
    change(new / "tables/pooled.csv", "analysis_id", trial["analysis_id"], estimate="-1.5")
    changes = compare(old, new)
    assert changes.rows[0][:2] == (row_id, "changed")
    assert "mean_t" in changes.rows[0][2]
    moved = next(m for m in changes.analyses if m.measure == "MD")
    assert row_id in moved.rows
    assert moved.shift > 0
    assert row_id in markdown(changes)


@pytest.mark.parametrize("measure", ["MD", "RR"])
def test_analyses_move_by_standard_errors_on_the_scale_of_pooling(states: tuple[Path, Path], measure: str) -> None:
    old, new = states
    row = next(r for r in read_csv(old / "tables/pooled.csv") if r["measure"] == measure and int(r["trials"]) > 2)
    estimate, by = float(row["estimate"]), 1.5 * float(row["se"])
    moved = estimate - by if measure == "MD" else estimate * math.exp(-by)
    change(new / "tables/pooled.csv", "analysis_id", row["analysis_id"], estimate=repr(moved))
    found = next(m for m in compare(old, new).analyses if (m.analysis_id, m.measure) == (row["analysis_id"], measure))
    assert found.shift == pytest.approx(1.5)


def test_only_the_cells_that_changed_are_named(states: tuple[Path, Path]) -> None:
    old, new = states
    row = read_csv(old / "checked/trials.csv")[0]
    change(new / "checked/trials.csv", "row_id", row["row_id"], mean_t="12345", flags="x")
    ((_, _, words),) = compare(old, new).rows
    assert words == f"flags: {row['flags']!r} to 'x'; mean_t: {row['mean_t']!r} to '12345'"


def test_statements_that_moved_come_first(states: tuple[Path, Path]) -> None:
    old, new = states
    claim = read_csv(old / "tables/claims.csv")[0]
    change(new / "tables/claims.csv", "claim", claim["claim"], verdict="contradicted", verdict_words="contradicted")
    yoga = "yoga__inactive__pain__short__low_back"
    change(new / "tables/certainty.csv", "analysis_id", yoga, certainty="high", imprecision="not serious")
    text = markdown(compare(old, new))
    assert text.index("Statements whose verdict moved") < text.index("## Analyses")
    certainty = f" ({claim['certainty']} certainty)" if claim["certainty"] else ""
    assert f"| {claim['verdict_words']}{certainty} | **contradicted{certainty}** |" in text
    assert "certainty very low to high" in text or "certainty low to high" in text
    assert "imprecision serious to not serious" in text or "imprecision very serious to not serious" in text


def test_added_and_removed_rows_and_analyses(states: tuple[Path, Path]) -> None:
    old, new = states
    for file in ("checked/trials.csv", "tables/pooled.csv"):
        lines = (new / file).read_text(encoding="utf-8").splitlines(keepends=True)
        (new / file).write_text("".join([*lines[:5], *lines[6:]]), encoding="utf-8")
    gone = compare(old, new)
    assert [r[1] for r in gone.rows] == ["removed"]
    assert any(m.new == "none" for m in gone.analyses)
    back = compare(new, old)
    assert [r[1] for r in back.rows] == ["added"]


def test_the_command(states: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = states
    change(
        new / "tables/claims.csv",
        "claim",
        read_csv(old / "tables/claims.csv")[0]["claim"],
        verdict="contradicted",
        verdict_words="contradicted",
    )
    out = tmp_path / "changes.md"
    made = CliRunner().invoke(main, ["diff", str(old), str(new), "--out", str(out), "--fail-on-change"])
    assert made.exit_code == 2
    assert "1 statement moved" in out.read_text(encoding="utf-8")
    alone = CliRunner().invoke(main, ["diff", str(old), str(new), "--statements"]).output
    assert alone.startswith("# Which verdicts moved\n\n| id |")
    assert alone.count("**contradicted") == 1
    assert "No verdict" in CliRunner().invoke(main, ["diff", str(old), str(old), "--statements"]).output
    assert CliRunner().invoke(main, ["diff", str(old), str(old), "--fail-on-change"]).exit_code == 0
    wrong = CliRunner().invoke(main, ["diff", str(tmp_path), str(new)])
    assert wrong.exit_code == 1
    assert "results folder" in wrong.output


def test_a_moved_analysis_is_put_down_to_its_trials(states: tuple[Path, Path]) -> None:
    old, new = states
    analysis = "family-exercise__active__pain__short__low_back"
    trials = [t for t in trials_of(old) if t.key == (analysis, "MD")]
    first, second = trials[0], trials[1]
    kept = []
    for row in trials_of(new):
        mine = row.key == (analysis, "MD")
        if mine and row.trial_id == second.trial_id:
            continue
        kept.append(replace(row, yi=row.yi - 60) if mine and row.trial_id == first.trial_id else row)
    write_members(new, kept)
    change(new / "tables/pooled.csv", "analysis_id", analysis, estimate="-20", tau2="500")
    moved = next(m for m in compare(old, new).analyses if (m.analysis_id, m.measure) == (analysis, "MD"))
    assert [(c.trial_id, c.what) for c in moved.causes] == [(first.trial_id, "changed"), (second.trial_id, "removed")]
    without = [t for t in trials if t.trial_id != second.trial_id]
    known = pool(make_batch([effects_of(without)])).estimate[0]
    assert moved.causes[1].estimate == pytest.approx(known)
    text = markdown(compare(old, new))
    assert f"{first.study} changed (alone: " in text
    assert " to 500.000 |" in text


def test_names_in_the_data_run_nowhere(states: tuple[Path, Path]) -> None:
    old, new = states
    rows = read_csv(new / "tables/claims.csv")
    change(
        new / "tables/claims.csv",
        "claim",
        rows[0]["claim"],
        verdict="contradicted",
        verdict_words="contradicted",
        statement="<script>alert(1)</script> | x",
    )
    changes = compare(old, new)
    assert "<script>" not in markdown(changes)
    assert "<script>" not in page(changes)
    assert next(iter(table(changes)))["kind"] == "claim"


def test_a_git_revision_is_a_state(states: tuple[Path, Path], tmp_path: Path) -> None:
    old, _ = states
    repository = tmp_path / "repository"
    shutil.copytree(old, repository / "results")

    def git(*arguments: str) -> None:
        names = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *names, *arguments], cwd=repository, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    change(
        repository / "results/tables/claims.csv",
        "claim",
        read_csv(old / "tables/claims.csv")[0]["claim"],
        verdict="contradicted",
        verdict_words="contradicted",
    )
    results = ["--results", str(repository / "results")]
    now = CliRunner().invoke(main, ["diff", "HEAD", *results])
    assert "1 statement moved" in now.output
    for ending in ("html", "csv"):
        made = CliRunner().invoke(main, ["diff", "HEAD", *results, "--out", str(tmp_path / f"c.{ending}")])
        assert made.exit_code == 0, made.output
        assert "contradicted" in (tmp_path / f"c.{ending}").read_text()
    assert CliRunner().invoke(main, ["diff", "HEAD", "HEAD", *results, "--fail-on-change"]).exit_code == 0
    wrong = CliRunner().invoke(main, ["diff", "nothing", *results])
    assert "neither a results folder nor a git revision" in wrong.output
    assert CliRunner().invoke(main, ["diff", "--", "--output=x", *results]).exit_code != 0


def test_a_change_alone_is_judged_by_the_rules_of_the_review(config: dict) -> None:
    """The judge gives the published verdict and certainty where nothing changed, so that what it says of a change counts."""
    state = from_folder(ROOT / "results")
    judge = Judge(state, state, config)
    trials: dict[tuple[str, str], list] = {}
    for row in state.trials:
        trials.setdefault(row.key, []).append(row)
    checked = 0
    for rated in state.certainty[::7]:
        key, inside = rated.key, trials[rated.key]
        pooled = next(pool(make_batch([effects_of(inside)])).rows())
        published = f'"{wording.finding(rated.verdict, rated.certainty)}", certainty {rated.certainty}'
        assert judge(key, inside, pooled) == published, key
        checked += 1
    assert checked > 150


def test_the_text_says_what_a_change_alone_does_to_the_verdict(states: tuple[Path, Path], config: dict) -> None:
    old, new = states
    analysis = "family-massage__inactive__pain__short__low_back"
    rows = trials_of(new)
    mine = [r for r in rows if r.key == (analysis, "MD")]
    kept = [r for r in rows if r.key != (analysis, "MD") or r is mine[0]]
    write_members(new, kept)
    change(new / "tables/pooled.csv", "analysis_id", analysis, trials="1")
    changes = compare_states(from_folder(old), from_folder(new), config)
    moved = next(m for m in changes.analyses if (m.analysis_id, m.measure) == (analysis, "MD"))
    assert len(moved.causes) == len(mine) - 1
    assert all("certainty " in c.judged for c in moved.causes)
    assert moved.causes[0].judged in markdown(changes)
