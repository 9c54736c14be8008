"""The comment on a pull request: statements, then what a reader must check, then numbers; never longer than it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from evidence_synthesis.cli import main
from evidence_synthesis.compare.changes import Changes
from evidence_synthesis.compare.comment import pull_request
from evidence_synthesis.compare.moved import Moved
from evidence_synthesis.compare.text import statements_table

NAN = float("nan")


def moved(number: int) -> Moved:
    name = f"yoga-{number}__inactive__pain__short__low_back"
    return Moved(name, "MD", "-5.0", "-6.0", 0.5, "", ("a",), (), NAN, NAN)


@pytest.fixture
def changes() -> Changes:
    several = tuple(moved(n) for n in range(400))
    return Changes(
        claims=(("c1", "Yoga <b>helps</b>.", "open", "supported"),),
        rows=tuple((f"row-{n}", "added", "") for n in range(400)),
        analyses=several,
        doubts=("Smith 2001, small sd (doubt): SD 0.1 of 10 [a]",),
        unused=("jones-2002: 1 row is not used (no spread): b",),
        trials=("Smith 2001: a new trial, 1 result added.",),
        headlines=("Yoga: pain: was -5.0, is -6.0.",),
        kept=tuple((m, 2) for m in several),
    )


def test_statements_stand_first_then_what_to_check_then_numbers(changes: Changes) -> None:
    lines = pull_request(changes).splitlines()
    wanted = [
        *("## Statements", "| c1 | Yoga &lt;b&gt;helps&lt;/b&gt;. | open | **supported** |", "## For a reader to check"),
        *("- [ ] Smith 2001, small sd (doubt): SD 0.1 of 10 \\[a\\]", "- [ ] jones-2002: 1 row is not used (no spread): b"),
        *("## Numbers", "1 statement moved, 400 rows differ, 400 analyses moved.", "- Smith 2001: a new trial, 1 result added."),
        *("- Yoga: pain: was -5.0, is -6.0.", "<details><summary>Analyses that moved (400)</summary>"),
        "<details><summary>Rows (400)</summary>",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert statements_table(changes)[0] in lines


@pytest.mark.parametrize("longest", [1_000, 5_000, 30_000, 40_000])
def test_it_is_cut_at_whole_lines_and_says_so(changes: Changes, longest: int) -> None:
    whole, cut = pull_request(changes, 10**9), pull_request(changes, longest)
    assert len(cut) <= longest < len(whole)
    assert "see the summary of the run." in cut
    assert "see the summary of the run." not in whole
    assert cut.count("<details>") == cut.count("</details>")
    told = set(whole.splitlines())
    assert all(line in told or "see the summary of the run." in line for line in cut.splitlines())
    assert "- [ ] Smith 2001" in cut


def test_a_change_without_doubts_says_so(changes: Changes) -> None:
    calm = Changes((), changes.rows, ())
    text = pull_request(calm)
    assert "No verdict on a statement moved." in text
    assert "No new doubt, and every new or changed result is used." in text
    assert "Nothing: rows" in pull_request(Changes((), (), ()))


def test_the_command_writes_the_comment(tmp_path: Path) -> None:
    results, out = str(ROOT / "results"), tmp_path / "comment.md"
    done = CliRunner().invoke(main, ["diff", results, results, "--comment", "--out", str(out), "--results", results])
    assert done.exit_code == 0, done.output
    assert out.read_text(encoding="utf-8").startswith("# What this change does to the evidence")
    both = CliRunner().invoke(main, ["diff", results, results, "--comment", "--statements"])
    assert both.exit_code == 2


def test_pull_requests_get_that_comment() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert 'diff "origin/$BASE" --comment --out comment.md' in workflow
