"""Whatever interrupts a run, the next one completes with the same bytes and nothing that was there before is harmed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Package, read_csv, write_csv
from folders import contents

from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.trials import check_package

KILLS = 30
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount")


def environment() -> dict[str, str]:
    names = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE")}
    return names | {"PYTHONPATH": str(ROOT / "src")}


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "evidence_synthesis", "run", "--directory", str(folder), "--cores", "2"]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder), capture_output=True, text=True, check=False, env=environment())


def begin(folder: Path) -> Package:
    """A review that has not run yet: config/ and data/ in a folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "config").mkdir()
    shutil.copy(ROOT / "config/config.yaml", folder / "config")
    return Package(folder / "data")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A review after an undisturbed run, and what it gave."""
    folder = tmp_path_factory.mktemp("clean") / "review"
    begin(folder)
    made = run(folder)
    assert made.returncode == 0, made.stderr
    return folder, contents(folder / "results")


@pytest.fixture
def review(tmp_path: Path) -> Path:
    begin(tmp_path / "review")
    return tmp_path / "review"


@pytest.fixture
def copy(done: tuple[Path, dict[str, bytes]], tmp_path: Path) -> Path:
    """A copy of the finished review, with its times."""
    return Path(shutil.copytree(done[0], tmp_path / "review", symlinks=True, copy_function=shutil.copy2))


def test_killed_at_thirty_random_moments(done: tuple[Path, dict[str, bytes]], review: Path) -> None:
    """kill -9 of everything that runs, again and again without tidying up; the bytes are those of an undisturbed run."""
    moments = random.Random(7)
    completed = kills = 0
    while kills < KILLS:
        process = subprocess.Popen(
            command(review), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=environment()
        )
        try:
            assert process.wait(moments.uniform(0.3, 6.0)) == 0
            completed += 1
            shutil.rmtree(review / "results")
            shutil.rmtree(review / ".snakemake")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
    made = run(review)
    assert made.returncode == 0, made.stderr
    assert contents(review / "results") == done[1]


def test_what_a_killed_run_began_to_write_is_removed(done: tuple[Path, dict[str, bytes]], review: Path) -> None:
    assert run(review).returncode == 0
    (review / "results/tables/.pooled.csv.123.tmp").write_bytes(b"half")
    (review / "results/figures/.yoga.tmp").mkdir(parents=True)
    (review / "results/figures/.yoga.tmp/inactive__pain__low_back.svg").write_bytes(b"half")
    assert run(review).returncode == 0
    assert contents(review / "results") == done[1]


def test_two_runs_at_once(done: tuple[Path, dict[str, bytes]], review: Path) -> None:
    first = subprocess.Popen(command(review), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    while not (review / "logs/run.lock").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    second = run(review)
    assert second.returncode == 1
    assert "another run is at work" in second.stderr
    assert first.wait() == 0
    assert contents(review / "results") == done[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@ROOT_ONLY
def test_a_full_disk(done: tuple[Path, dict[str, bytes]], small_disk: Path) -> None:
    folder = small_disk / "review"
    begin(folder)
    (small_disk / "ballast").write_bytes(bytes(2_900_000))
    full = run(folder)
    assert full.returncode == 1
    assert "No space left" in full.stderr
    known = done[1]
    written = contents(folder / "results") if (folder / "results").exists() else {}
    half = [n for n, b in written.items() if n.startswith(("checked/", "tables/")) and b != known[n]]
    assert not half, "tables are whole or not there"
    (small_disk / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    again = run(folder)
    assert again.returncode == 0, again.stderr
    assert contents(folder / "results") == known


@ROOT_ONLY
def test_results_that_cannot_be_written(done: tuple[Path, dict[str, bytes]], copy: Path) -> None:
    results = copy / "results"
    bound = subprocess.run(["mount", "--bind", str(results), str(results)], check=False, capture_output=True)
    if bound.returncode:
        pytest.skip("mounting is not allowed here")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(results)], check=True)
    try:
        data = copy / "data/results/yoga.csv"
        before = data.read_text()
        data.write_text(before.replace(",35,20,", ",36,20,"))
        refused = run(copy)
        assert refused.returncode == 1
        assert "Read-only file system" in refused.stderr
        assert contents(results) == done[1]
    finally:
        subprocess.run(["umount", "-l", str(results)], check=True)
    data.write_text(before)
    assert run(copy).returncode == 0
    assert contents(results) == done[1]


def test_a_clock_that_was_set_back(done: tuple[Path, dict[str, bytes]], copy: Path) -> None:
    """Everything that exists is from tomorrow; an edit of today is noticed all the same, and taking it back is, too."""
    tomorrow = time.time() + 86400
    for path in [*copy.rglob("*"), copy]:
        os.utime(path, (tomorrow, tomorrow))
    data = copy / "data/results/yoga.csv"
    before = data.read_text()
    assert ",35,20," in before
    data.write_text(before.replace(",35,20,", ",36,20,"))
    assert run(copy).returncode == 0
    assert contents(copy / "results")["tables/pooled.csv"] != done[1]["tables/pooled.csv"]
    data.write_text(before)
    made = run(copy)
    assert made.returncode == 0, made.stderr
    assert contents(copy / "results") == done[1]


def test_a_data_file_cut_off_while_it_was_written(tmp_path: Path) -> None:
    """At every length the answer is a list of faults or a smaller table, never a crash, and never a row half read."""
    package = begin(tmp_path / "review")
    path = package.folder / "results/yoga.csv"
    whole = path.read_bytes()
    lengths = random.Random(3).sample(range(len(whole)), 60)
    rows = {len(whole[:i]) for i in range(len(whole)) if whole[i - 1 : i] == b"\n"}
    for length in sorted({*lengths, *rows}):
        path.write_bytes(whole[:length])
        kept = [line for line in whole[:length].split(b"\n") if line.strip()]
        try:
            found = check_package(package.folder)["trials"]
        except DataFaults:
            continue  # every fault as a message; any other exception fails the test
        assert length in rows or whole[length:].strip(b",\n") == b"" or whole[length : length + 1] in (b"\n", b",")
        assert len(found) == len(kept) - 1 + 2  # without the header, with the other treatment's two rows


@pytest.mark.parametrize("name", ["results/yoga.csv", "trials.csv", "treatments.csv", "schemas/results.json", "corrections.csv"])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    package = begin(tmp_path / "review")
    path = package.folder / name
    path.unlink()
    path.mkdir()  # unreadable for everybody, also where the tests run as root
    with pytest.raises(DataFaults) as found:
        check_package(package.folder)
    assert any(f.file == name for f in found.value.faults)


def test_as_in_a_container_without_a_network_or_a_name(done: tuple[Path, dict[str, bytes]], review: Path) -> None:
    """The same bytes where nothing can be fetched and the system does not know the user."""
    alone = ["unshare", "--net", "--user", "--map-user=54321"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("namespaces are not allowed here")
    nameless = {k: v for k, v in environment().items() if k not in ("LOGNAME", "USER", "LNAME", "USERNAME")}
    made = subprocess.run([*alone, *command(review)], capture_output=True, text=True, check=False, env=nameless)
    assert made.returncode == 0, made.stderr
    assert contents(review / "results") == done[1]


SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"


def test_nothing_in_the_data_runs_in_a_page_a_figure_or_a_document(review: Path) -> None:
    """Names, details and statements that are markup stand in every output as text."""
    package = Package.__new__(Package)
    package.folder = review / "data"
    rows = read_csv(package.folder / "results/yoga.csv")
    hostile = [r | {"treatment_detail": IMAGE, "measured_as": "{{ 7*7 }} " + IMAGE} for r in rows]
    write_csv(package.folder / "results/yoga.csv", list(rows[0]), hostile)
    trials = read_csv(package.folder / "trials.csv")
    named = [t | {"label": f"Smith {SCRIPT} 2001", "aliases": IMAGE, "status_source": IMAGE} for t in trials]
    write_csv(package.folder / "trials.csv", list(trials[0]), named)
    treatments = read_csv(package.folder / "treatments.csv")
    named = [t | {"label": f"Yoga {IMAGE} \\input{{x}} & co"} if t["treatment_id"] == "yoga" else t for t in treatments]
    write_csv(package.folder / "treatments.csv", list(treatments[0]), named)
    made = run(review)
    assert made.returncode == 0, made.stderr
    texts = [p for p in (review / "results").rglob("*") if p.suffix in (".html", ".svg", ".js", ".tex", ".md")]
    seen = 0
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert SCRIPT not in text, path
        assert path.suffix == ".tex" or "<img src=x" not in text, path  # in TeX that is text
        assert path.suffix != ".tex" or "\\input{x}" not in text, path
        seen += "alert(1)" in text
    assert seen > 3, "the names do stand in the pages, as text"
