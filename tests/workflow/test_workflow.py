"""The workflow itself: full runs, no-op runs, edits, faults in the data, kills, other folders, lint and report."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, Package, read_csv, trial_row
from folders import contents
from html_pages import broken_links
from PIL import Image

from evidence_synthesis.storage.manifest import compare, read_manifest, survey
from evidence_synthesis.storage.processors import same_sums
from evidence_synthesis.storage.warm import kept


def snakemake(folder: Path, *arguments: str, data: Path | None = None, cores: int = 2) -> subprocess.CompletedProcess[str]:
    """Run the workflow in a folder of its own."""
    return call(command(folder, *arguments, data=data, cores=cores))


def call(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment())


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE")}


def command(folder: Path, *arguments: str, data: Path | None = None, cores: int = 2) -> list[str]:
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    base += ["--configfile", str(ROOT / "config/config.yaml"), "--cores", str(cores)]
    return [*base, *arguments, "--config", f"data={data or folder / 'data'}"]


@pytest.fixture
def review(package: Package) -> Package:
    """The tiny review with a third treatment that shares nothing with the others."""
    package.trials["tens"] = [trial_row("g", "tens", trial="brown-2003", source_id="smith-2001", comparator="sham")]
    package.save()
    return package


@pytest.fixture
def done(review: Package, tmp_path: Path) -> Path:
    """A folder in which the tiny review has been run."""
    made = snakemake(tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path


def test_a_full_run_makes_everything(done: Path) -> None:
    results = done / "results"
    names = contents(results)
    for table in ("effects", "pooled", "row_accounting", "summary", "pooled_models", "analysis_trials", "figures"):
        assert f"tables/{table}.csv" in names
    for figure in ("figures/yoga/inactive__pain__low_back.svg", "summaries/overview/pain.svg"):
        assert figure in names
    assert {"figures/yoga/numbers_drawn.csv", "summaries/numbers_drawn.csv"} <= names.keys()
    assert [n for n in names if n.endswith((".png", ".pdf"))] == ["summaries/central/central.png"]
    assert "index.html" in names
    assert len(read_csv(results / "tables/row_accounting.csv")) == 7
    assert "trials: 7 rows" in (done / "logs/check.log").read_text()
    assert (done / "logs/benchmarks/synthesise.tsv").exists()


def test_a_second_run_has_nothing_to_do(done: Path) -> None:
    for path in (done / "data").rglob("*.csv"):
        path.touch()
    again = snakemake(done)
    assert "Nothing to be done" in again.stderr
    assert "profiles/default for setting default" in again.stderr  # Snakemake reads it here only if it lies beside Snakefile


def test_an_edit_remakes_only_what_depends_on_it(done: Path, review: Package) -> None:
    results = done / "results"
    stamp = {p: p.stat().st_mtime_ns for p in results.rglob("*.svg")}
    before = contents(results)
    review.cell("g", mean_t="30")
    assert snakemake(done).returncode == 0
    redrawn = {p.relative_to(results).as_posix() for p, t in stamp.items() if p.stat().st_mtime_ns != t}
    summaries = (
        "overview/pain",
        "overview/harvest_pain",
        "published/published",
        "central/central",
        "central/guideline",
        "central/class-passive__sham__pain",
    )
    figures = {f"figures/{group}/inactive__pain__low_back.svg" for group in ("tens", "class-passive")}
    assert redrawn == figures | {f"summaries/{name}.svg" for name in summaries}
    after = contents(done / "results")
    assert after["tables/pooled.csv"] != before["tables/pooled.csv"]
    changed = {n for n in after if after[n] != before.get(n)}
    assert changed >= {"figures/tens/numbers_drawn.csv", "report/treatments/tens.html"}


def test_downloads_of_former_results_do_not_stay(done: Path, review: Package) -> None:
    """The report leads to them: they belong to the results beside them, or are not there."""
    downloads = done / "results/downloads"
    assert snakemake(done, "all", "downloads").returncode == 0
    made = {p: p.read_bytes() for p in downloads.rglob("*") if p.is_file()}
    assert downloads / "archives/tens.zip" in made
    assert not broken_links(done / "results/report")
    assert snakemake(done).returncode == 0
    assert {p: p.read_bytes() for p in downloads.rglob("*") if p.is_file()} == made
    review.cell("g", mean_t="30")
    again = snakemake(done, "all", "downloads")
    assert again.returncode == 0, again.stderr
    changed = {p.relative_to(downloads).as_posix() for p in made if p.read_bytes() != made[p]}
    assert {"archives/tens.zip", "figures/tens/inactive__pain__low_back.png", "tables/pooled.xlsx"} <= changed
    assert "figures/yoga/inactive__pain__low_back.png" not in changed
    review.cell("g", mean_t="31")
    assert snakemake(done).returncode == 0
    assert not downloads.exists()


def test_results_edited_by_hand_are_made_again(done: Path) -> None:
    results = done / "results"
    shutil.copytree(ROOT / "config", done / "config")
    run = [sys.executable, "-m", "evidence_synthesis", "run", "--directory", str(done)]
    assert call(run).returncode == 0
    before = contents(results)
    figure = "figures/yoga/inactive__pain__low_back.svg"
    for name in ("tables/claims.csv", figure, "report/claims.html", "sof/yoga/sof.html", "checked/trials.csv"):
        (results / name).write_bytes(before[name].replace(b"a", b"b", 1))
    again = call(run)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("is not as the last run left it: made again from the data.") == 5
    assert contents(results) == before
    assert call(run).stdout.startswith("Nothing changed since the last run.")
    for name in before.keys() & {f"tables/{path.name}" for path in (results / "tables").iterdir()}:
        (results / name).unlink()  # also those that nothing reads
    assert "Nothing changed" not in call(run).stdout
    assert contents(results) == before


def test_a_removed_treatment_takes_its_figures_along(done: Path, review: Package) -> None:
    del review.trials["tens"]
    (review.folder / "results/tens.csv").unlink()
    review.save()
    assert snakemake(done).returncode == 0
    assert not (done / "results/figures/tens").exists()


def test_a_changed_setting_reruns_what_uses_it(done: Path) -> None:
    config = (ROOT / "config/config.yaml").read_text(encoding="utf-8").replace("floor: true", "floor: false")
    (done / "other.yaml").write_text(config)
    arguments = [a if a != str(ROOT / "config/config.yaml") else str(done / "other.yaml") for a in command(done)]
    again = call(arguments)
    assert "Params have changed" in again.stderr
    assert "rule check:" not in again.stderr


def test_faulty_data_is_refused_with_all_faults_and_nothing_is_written(review: Package, tmp_path: Path) -> None:
    review.cell("a", n_t="0")
    review.cell("g", region="foot")
    made = snakemake(tmp_path)
    assert made.returncode != 0
    assert "results/yoga.csv, row 2, column n_t: found '0'" in made.stderr
    assert "trials.csv, row 4, column region: found 'foot'" in made.stderr
    assert "Traceback" not in made.stderr
    assert not list((tmp_path / "results").rglob("*.csv")) if (tmp_path / "results").exists() else True


def test_good_results_survive_faulty_data(done: Path, review: Package) -> None:
    before = contents(done / "results")
    review.cell("a", n_t="0")
    assert snakemake(done).returncode != 0
    assert contents(done / "results") == before


def test_a_typo_in_the_config_is_an_error(review: Package, tmp_path: Path) -> None:
    (tmp_path / "typo.yaml").write_text((ROOT / "config/config.yaml").read_text(encoding="utf-8") + "\npoolling: {}\n")
    arguments = [a if a != str(ROOT / "config/config.yaml") else str(tmp_path / "typo.yaml") for a in command(tmp_path)]
    made = call(arguments)
    assert made.returncode != 0
    assert "poolling" in made.stderr


@pytest.mark.parametrize("after", [0.8, 2.2, 3.2])
def test_a_killed_run_is_completed_by_the_next(review: Package, tmp_path: Path, after: float) -> None:
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    for folder in (clean, killed):
        folder.mkdir()
    assert snakemake(clean, data=review.folder).returncode == 0
    process = subprocess.Popen(
        command(killed, data=review.folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment(),
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    half_written = [p for p in killed.rglob("*.csv") if p.stat().st_size == 0]
    assert not half_written
    unlocked = snakemake(killed, "--unlock", data=review.folder)
    assert unlocked.returncode == 0, unlocked.stderr
    again = snakemake(killed, "--rerun-incomplete", data=review.folder)
    assert again.returncode == 0, again.stderr
    assert contents(killed / "results") == contents(clean / "results")


def test_results_can_go_elsewhere(review: Package, tmp_path: Path) -> None:
    made = snakemake(tmp_path, data=review.folder)
    other = tmp_path / "module"
    other.mkdir()
    (other / "Snakefile").write_text(
        f'configfile: "{ROOT}/config/config.yaml"\nconfig["data"] = "{review.folder}"\n'
        f'module synthesis:\n    snakefile: "{ROOT}/Snakefile"\n    config: config\n'
        '    pathvars: results="out", logs="out/logs"\n'
        "use rule * from synthesis\n"
    )
    arguments = [
        sys.executable,
        "-m",
        "snakemake",
        "--directory",
        str(other),
        "--snakefile",
        str(other / "Snakefile"),
        "--cores",
        "2",
        "out/index.html",
        "out/sof",
        *(f"out/tables/{name}.csv" for name in ("bayes", "networks", "claims", "subgroups")),
    ]
    moved = call(arguments)
    assert made.returncode == 0
    assert moved.returncode == 0, moved.stderr
    ours = {n: b for n, b in contents(other / "out").items() if not n.startswith("logs/")}
    assert ours == contents(tmp_path / "results")


def test_snakemake_makes_its_report(done: Path) -> None:
    made = snakemake(done, "--report", "report.html")
    assert made.returncode == 0, made.stderr
    text = (done / "report.html").read_text(encoding="utf-8")
    assert "Forest plot" in text
    assert "figures/yoga/inactive__pain__low_back.svg" in text


def test_lint_and_format_are_clean() -> None:
    lint = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, capture_output=True, text=True, check=False, env=environment()
    )
    assert lint.returncode == 0, lint.stderr
    tool = Path(sys.executable).with_name("snakefmt")
    if tool.exists():
        subprocess.run([tool, "--check", "Snakefile", "workflow"], cwd=ROOT, check=True, capture_output=True)


def test_every_rule_logs_and_measures() -> None:
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        text = path.read_text(encoding="utf-8")
        rules = text.count("\nrule ")
        for directive in ("log:", "benchmark:", "conda:", "script:"):
            assert text.count(f"    {directive}\n") == rules, (path.name, directive)
        assert "run:" not in text


def test_committed_results_equal_a_fresh_run(tmp_path: Path) -> None:
    """The proof: everything rebuilt from the committed data gives the committed bytes."""
    made = snakemake(tmp_path, "all", "downloads", data=ROOT / "data")
    assert made.returncode == 0, made.stderr
    fresh, committed = contents(tmp_path / "results"), contents(ROOT / "results")
    assert set(fresh) == set(committed)
    differing = [n for n in fresh if fresh[n] != committed[n]]
    assert not differing, differing[:20]
    assert sum(map(len, committed.values())) <= 60_000_000
    listed = compare(read_manifest(ROOT / "results"), survey(tmp_path / "results"))
    assert not listed.lines, listed.lines[:20]
    assert listed.same > len(fresh)  # also what nobody keeps
    _downloads_are_whole(tmp_path / "results")
    shutil.rmtree(tmp_path / "results")


def _nothing_touches_the_edge(picture: Image.Image) -> None:
    pixels = np.asarray(picture.convert("L"))
    assert min(pixels[:3].min(), pixels[-3:].min(), pixels[:, :3].min(), pixels[:, -3:].min()) == 255, picture.filename


def _downloads_are_whole(results: Path) -> None:
    """All that the report offers is there: figures for print, tables for Office, archives, working links."""
    assert not broken_links(results / "report")
    downloads, figures = results / "downloads", read_csv(results / "tables/figures.csv")
    archives = {p.stem: zipfile.ZipFile(p) for p in (downloads / "archives").glob("*.zip")}
    assert set(archives) == {p.name for kind in ("figures", "sof") for p in (results / kind).iterdir() if p.is_dir()} | {
        "summaries"
    }
    for row in figures:
        with Image.open(downloads / f"{row['file']}.png") as picture:
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert picture.width == pytest.approx(int(row["width"]) * 300 / 96, abs=4)
            _nothing_touches_the_edge(picture)
        names = archives[row["group"]].namelist()
        assert {f"figures/{row['outcome']}.{ending}" for ending in ("svg", "pdf", "png")} <= set(names)
        wanted = {"figures/numbers_drawn.csv"}
        if (results / "sof" / row["group"]).is_dir():  # analyses without a verdict have no summary of findings
            wanted |= {"summary_of_findings/sof.docx", "summary_of_findings/sof.tex"}
        assert wanted <= set(names)
    for path in (results / "tables").glob("*.csv"):
        assert all((downloads / "tables" / path.with_suffix(ending).name).exists() for ending in (".xlsx", ".docx"))


def test_jobs_are_handed_to_a_process_that_has_the_library_loaded(review: Package, tmp_path: Path) -> None:
    """And give the same bytes as jobs of their own, which the fixture of other tests runs."""
    (alone := tmp_path / "alone").mkdir()
    (warm := tmp_path / "warm").mkdir()
    assert snakemake(alone, data=review.folder).returncode == 0
    keeper, told = tmp_path / "keeper.py", tmp_path / "told"
    keeper.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'workflow/scripts')!r})\n"
        "from _warm import load, read_on\nfrom _work import work\nfrom evidence_synthesis.storage.warm import keep\n"
        f"def noted(snakemake):\n    print(snakemake.rule, file=open({str(told)!r}, 'a'))\n    return work(snakemake)\n"
        "keep(int(sys.argv[1]), load, noted, read_on)\n"
    )
    with kept([sys.executable, str(keeper)], {**environment(), **same_sums(), "PYTHONPATH": str(ROOT / "src")}) as asked:
        done = subprocess.run(command(warm, data=review.folder), capture_output=True, text=True, check=False, env=asked)
    assert done.returncode == 0, done.stderr
    rules = {path.stem for path in (warm / "logs").glob("*.log")}
    assert len(rules) > 10
    assert sorted(told.read_text().split()) == sorted(rules)
    assert contents(warm / "results") == contents(alone / "results")
