"""What spreadsheets do to files: named together, alike faults with their rows, put right where nothing is lost."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT

from evidence_synthesis.cli import main
from evidence_synthesis.review.package import Fault
from evidence_synthesis.review.told import fault_lines, row_words

YOGA = "results/yoga.csv"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for part in ("config", "data"):
        shutil.copytree(ROOT / part, tmp_path / part)
    return tmp_path / "data"


def check(data: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", str(data), *options])


def as_excel_saves(path: Path, change: Callable[[list[list[str]]], None] = lambda rows: None) -> None:
    """Semicolons, decimal commas, a mark, Windows line ends, two empty columns and an empty row."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    change(rows)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for number, cells in enumerate(rows):
        writer.writerow([*(re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", c) if number else c for c in cells), "", ""])
    writer.writerow([""] * (len(rows[0]) + 2))
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())


def test_all_that_a_spreadsheet_did_is_named_together(data: Path) -> None:
    last = len((data / YOGA).read_text(encoding="utf-8").splitlines()) + 1
    as_excel_saves(data / YOGA)
    refused = check(data)
    assert refused.exit_code == 1
    for told in (
        "found 'byte order mark'",
        "expected lines that end with a line feed only",
        "expected columns separated by commas, not semicolons",
        "found '2 without a name'; expected only columns of the schema: delete the empty columns",
        f"row {last}: found 'an empty row'",
    ):
        assert told in refused.output
    commas = [line for line in refused.output.split("\n") if "decimal point, not a comma" in line]
    assert len(commas) == 1
    assert re.search(r"rows 2-13, .*columns .*mean_t.*effect", commas[0])
    assert f"`check --fix` puts right, without loss, what a spreadsheet did to {YOGA}." in refused.output


def test_fixing_gives_back_every_byte(data: Path) -> None:
    before = (data / YOGA).read_bytes()
    as_excel_saves(data / YOGA)
    done = check(data, "--fix")
    assert done.exit_code == 0, done.output
    assert f"mended: {YOGA}: columns separated by commas instead of semicolons" in done.output
    assert (data / YOGA).read_bytes() == before


def test_what_may_mean_two_things_is_left_and_named(data: Path) -> None:
    def spoil(rows: list[list[str]]) -> None:
        rows[3][rows[0].index("mean_t")] = "03.Apr"

    as_excel_saves(data / YOGA, spoil)
    refused = check(data, "--fix")
    assert refused.exit_code == 1
    assert f"{YOGA}, row 4, column mean_t: found '03.Apr'; expected a number; this looks like a date" in refused.output
    assert refused.output.rstrip().endswith("1 fault; nothing was written.")


def test_a_fix_touches_only_the_lines_that_need_it(data: Path) -> None:
    path = data / "trials.csv"
    before = path.read_text(encoding="utf-8").split("\n")
    lines = list(before)
    at = next(i for i, line in enumerate(lines) if ",2016,low back," in line)
    lines[at] = lines[at].replace(",2016,low back,", ",2016.0,Low back,")
    assert lines != before
    path.write_text("\n".join(lines), encoding="utf-8")
    done = check(data, "--fix")
    assert f"mended: trials.csv: row {at + 1}, column year: '2016.0' to '2016'" in done.output
    assert path.read_text(encoding="utf-8").split("\n") == before


def test_a_sound_package_is_not_touched(data: Path) -> None:
    times = {p: p.stat().st_mtime_ns for p in data.rglob("*")}
    assert "mended" not in check(data, "--fix").output
    assert {p: p.stat().st_mtime_ns for p in data.rglob("*")} == times


def test_letters_of_an_unknown_encoding_are_left(data: Path) -> None:
    path = data / "sources.csv"
    path.write_bytes(path.read_bytes().replace(b"Abaspour", "Abaspoür".encode("cp1252")))
    before = path.read_bytes()
    refused = check(data, "--fix")
    assert re.search(r"sources\.csv, row 2: found .*xfc.*; expected UTF-8 text", refused.output)
    assert path.read_bytes() == before


def test_faults_of_different_stages_are_told_at_once(data: Path) -> None:
    """Of cells, columns, references, claims and settings."""
    trials = data / "trials.csv"
    trials.write_text(trials.read_text(encoding="utf-8").replace(",2016,", ",2O16,", 1), encoding="utf-8")
    risk = data / "risk_of_bias.csv"
    risk.write_text(risk.read_text(encoding="utf-8").replace("tool,domain", "tool,domein", 1), encoding="utf-8")
    (data / "sources.csv").unlink()
    yoga = data / YOGA
    yoga.write_text(yoga.read_text(encoding="utf-8").replace(",usual_care,", ",usual_car,", 1), encoding="utf-8")
    config = data.parent / "config/config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("default_icc: 0.05", "default_icc: 5", 1), encoding="utf-8")
    told = check(data).output
    for place in ("trials.csv, row", "risk_of_bias.csv, row 1, column domain", "sources.csv", YOGA, "config.yaml"):
        assert place in told, told
    assert "(perhaps usual_care?)" in told
    assert "only columns of the schema (perhaps domain?)" in told


def test_double_underscores_are_refused(data: Path) -> None:
    path = data / "treatments.csv"
    path.write_text(path.read_text(encoding="utf-8") + "cold__water,Cold water,passive,cold_,\n", encoding="utf-8")
    told = check(data).output
    assert "column treatment_id: found 'cold__water'; expected single underscores" in told
    assert "column family: found 'cold_'; expected single underscores" in told
    config = data.parent / "config/config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("\n  function:", "\n  func__tion:", 1), encoding="utf-8")
    assert "func__tion" in check(data).output


def test_alike_faults_stand_in_one_line_with_their_rows() -> None:
    faults = [Fault("a.csv", row, "n_t", "x", "a number") for row in (2, 3, 4, 9)] + [Fault("a.csv", 5, "n_c", "y", "a number")]
    assert fault_lines(faults) == [
        "a.csv, rows 2-4, 9, column n_t: found 'x'; expected a number",
        "a.csv, row 5, column n_c: found 'y'; expected a number",
    ]
    assert row_words([]) == ""


def test_a_year_to_come_and_a_mistyped_word_are_doubts(data: Path) -> None:
    path = data / "trials.csv"
    row = "zz-2999,Zz 2998,,2099,low back,chronic,,parallel,,,,,,,,,,\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    yoga = data / YOGA
    lines = yoga.read_text(encoding="utf-8").split("\n")
    at = lines[0].split(",").index("flags")
    lines[1] = ",".join([*lines[1].split(",")[:at], "scale_convertd", *lines[1].split(",")[at + 1 :]])
    yoga.write_text("\n".join(lines), encoding="utf-8")
    told = check(data).output
    assert "zz-2999 is of the year 2099, which is to come" in told
    assert "zz-2999 is of the year 2099, its name says 2998" not in told  # 2998 is no year of a trial
    assert "results, column flags: 'scale_convertd' stands once and 'scale_converted' " in told


def test_what_the_audit_says_of_new_rows_comes_first(data: Path) -> None:
    shutil.copytree(ROOT / "results/checked", data.parent / "results/checked")
    path = data / YOGA
    lines = path.read_text(encoding="utf-8").split("\n")
    at = lines[0].split(",").index("sd_t")
    cells = lines[1].split(",")
    assert cells[at] == "3.5"
    cells[at] = "0.035"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    told = check(data).output.split("\n")
    assert told[0].startswith("doubtful: ")
    assert "0.035" in told[0]
    assert cells[0] in told[0]
