"""Another review, of another field: begun by new-review, run by run, its numbers checked with metafor."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import DATA, ROOT, columns_of, read_csv, write_csv

from evidence_synthesis.cli import main

EXAMPLE = ROOT / "examples/depression"
LATE = "st_johns_wort__placebo__response__late__depression"
MODELS = [
    ("[REML, PM]", "false", "Random effects, PM with Hartung-Knapp-Sidik-Jonkman intervals."),
    ("[DL, FE]", "true", "Fixed effect, inverse variance with Wald intervals."),
]
VOCABULARIES = {
    **{"trials": {"region", "chronicity"}, "results": {"chronicity", "outcome", "term_as_printed"}},
    **{"risk_of_bias": {"outcome"}, "treatments": {"class"}},
}


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews") / "mine"
    begun = command("new-review", str(folder), "--title", 'Herbs: "a" test')
    assert begun.exit_code == 0, begun.output
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 0, made.output
    return folder


def test_a_new_review_runs_at_once(review: Path) -> None:
    assert 'title: "Herbs: \\"a\\" test"' in (review / "config/config.yaml").read_text()
    assert "Herbs: &#34;a&#34; test" in (review / "results/report/index.html").read_text()
    pooled = {r["analysis_id"]: r for r in read_csv(review / "results/tables/pooled.csv")}
    late = pooled[LATE]
    assert (late["trials"], late["participants"], late["favours"]) == ("15", "2176", "treatment")
    verdicts = {c["claim"]: c["verdict"] for c in read_csv(review / "results/tables/claims.csv")}
    assert set(verdicts) == {"linde-2005-major-minimal", "linde-2005-inconsistent"}
    for name in (
        "figures/st_johns_wort/placebo__response__depression.svg",
        "summaries/overview/response.svg",
        "sof/st_johns_wort/sof.html",
    ):
        assert (review / "results" / name).stat().st_size > 3000


def test_a_run_says_that_it_removes_former_downloads(review: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(review, folder)
    made = command("run", "--downloads", "--directory", str(folder))
    assert (made.exit_code, "removed" in made.output) == (0, False), made.output
    assert (folder / "results/downloads/archives/st_johns_wort.zip").exists()
    again = command("run", "--directory", str(folder))
    assert (again.exit_code, "removed" in again.output) == (0, False), again.output
    config = folder / "config/config.yaml"
    config.write_text(re.sub(r"(?m)^title: .*$", "title: Another", config.read_text()))
    other = command("run", "--directory", str(folder))
    assert other.exit_code == 0, other.output
    assert (
        f"{folder}/results/downloads held what former results gave and was removed; run --downloads makes it again."
        in other.output
    )
    assert not (folder / "results/downloads").exists()
    (folder / "results/downloads/tables").mkdir(parents=True)  # what a killed run had begun, with nothing to do for the next
    last = command("run", "--directory", str(folder))
    assert (last.exit_code, "removed" in last.output) == (0, True), last.output


def test_nothing_of_the_first_topic_is_in_it(review: Path) -> None:
    for path in (review / "results").rglob("*"):
        if path.suffix in (".csv", ".html", ".svg", ".tex"):
            text = path.read_text(encoding="utf-8").lower()
            assert "back pain" not in text, path
            assert "massage" not in text, path


def test_metafor_gives_the_same_numbers(review: Path, tmp_path: Path) -> None:
    config = str(review / "config/config.yaml")
    made = command("export", "metafor", "--results", str(review / "results"), "--config", config, "--out", str(tmp_path))
    assert made.exit_code == 0, made.output
    done = subprocess.run(["Rscript", "pool.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("16 analyses")


@pytest.mark.parametrize(("models", "floor", "words"), MODELS)
def test_the_model_of_the_settings_is_used_throughout(review: Path, tmp_path: Path, models: str, floor: str, words: str) -> None:
    """Tables, claims, influence, documents, the page's own computing and exports pool as the settings say."""
    folder = tmp_path / "other"
    shutil.copytree(review, folder)
    config = folder / "config/config.yaml"
    text = (
        config.read_text()
        .replace("models: [FE, DL, PM, ML, REML]", f"models: {models}")
        .replace("floor: true", f"floor: {floor}")
    )
    config.write_text(text)
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 0, made.output
    tables = folder / "results/tables"
    row = next(r for r in read_csv(tables / "pooled.csv") if r["analysis_id"] == LATE)
    before = next(r for r in read_csv(review / "results/tables/pooled.csv") if r["analysis_id"] == LATE)
    ours = [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    assert ours != [float(before[c]) for c in ("estimate", "ci_low", "ci_high")]

    claim = next(r for r in read_csv(tables / "claims_detail.csv") if r["claim"] == "linde-2005-inconsistent")
    assert [float(claim[c]) for c in ("estimate", "ci_low", "ci_high")] == pytest.approx(ours)
    last = [r for r in read_csv(tables / "influence.csv") if r["analysis_id"] == LATE][-1]
    assert [float(last[f"cumulative_{c}"]) for c in ("estimate", "low", "high")] == pytest.approx(ours)
    page = (folder / "results/report/treatments/st_johns_wort.html").read_text(encoding="utf-8")
    estimator = models.strip("[]").split(", ")[-1]
    assert f'data-model="{estimator}" data-floor="{"yes" if floor == "true" else "no"}"' in page
    assert words in page
    assert words.replace("-", "") in (folder / "results/sof/st_johns_wort/sof.html").read_text(encoding="utf-8").replace("-", "")
    arguments = ("--results", str(folder / "results"), "--config", str(config))
    for made in (
        command("export", "metafor", *arguments, "--out", str(tmp_path / "r")),
        command("export", "fhir", *arguments, "--analysis", LATE, "--out", str(tmp_path / "e.json")),
        command("plot", "cumulative", *arguments, "--analysis", LATE, "--out", str(tmp_path / "c.svg")),
    ):
        assert made.exit_code == 0, made.output
    done = subprocess.run(["Rscript", "pool.R"], cwd=tmp_path / "r", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert words.partition(" with")[0].split(", ")[-1].split()[0] in (tmp_path / "c.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "cells", "settings"),
    [
        (1, {}, {}),
        (24, {"events_t": "9", "events_c": "9", "n_t": "20", "n_c": "20"}, {}),
        (
            24,
            {"year": "", "rob2_overall": "high"},
            {"use: from_randomisation": "use: one_window", "layout: house": "layout: jama"},
        ),
        (24, {}, {"multi_arm: combine": "multi_arm: split", "terms: [early, late]": "terms: [late]"}),
        (24, {}, {"measures: [RR]": "measures: [RD]", "thresholds: {RR: 1.25}": "thresholds: {RD: 0.1}"}),
    ],
    ids=["one trial", "trials that are all alike", "one window", "shared arms split", "a measure without a prior"],
)
def test_odd_data_and_other_settings_run_to_the_end(
    rows: int, cells: dict[str, str], settings: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    assert command("new-review", str(folder)).exit_code == 0
    path, config = folder / "data/results/st_johns_wort.csv", folder / "config/config.yaml"
    kept = [r | {c: v for c, v in cells.items() if c in r} for r in read_csv(path)[:rows]]
    write_csv(path, list(kept[0]), kept)
    trials = [r | {c: v for c, v in cells.items() if c in r} for r in read_csv(folder / "data/trials.csv")]
    write_csv(folder / "data/trials.csv", list(trials[0]), trials)
    about = {"tool": "RoB 2", "domain": "overall", "judgement": cells.get("rob2_overall", "")}
    judged = [about | {"trial_id": r["trial_id"]} for r in trials if about["judgement"]]
    write_csv(folder / "data/risk_of_bias.csv", columns_of("risk_of_bias"), judged)
    text = config.read_text(encoding="utf-8")
    for old, new in settings.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 0, made.output
    shown = (folder / "results/report/treatments/st_johns_wort.html").read_text(encoding="utf-8").replace("<", " ")
    assert not re.search(r"\b(nan|inf|None)\b", shown)


def test_a_review_without_a_usable_result_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    assert command("new-review", str(folder)).exit_code == 0
    path = folder / "data/results/st_johns_wort.csv"
    rows = [r | {"events_t": "0", "events_c": "0"} for r in read_csv(path)]
    write_csv(path, list(rows[0]), rows)
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 0
    assert made.output.splitlines()[-3:] == [
        "no result enters an analysis. Results left out, by reason:",
        f"  {len(rows)}: no effect: no event in either arm says nothing about a ratio",
        f"{folder}: done. Open {folder / 'results/index.html'}.",
    ]


def test_a_fault_in_its_data_is_told_and_results_stay(review: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faulty"
    shutil.copytree(review, folder)
    before = (folder / "results/tables/pooled.csv").read_bytes()
    path = folder / "data/trials.csv"
    path.write_text(path.read_text().replace(",depression,major depression,", ",mood,major depression,", 1))
    made = command("run", "--directory", str(folder))
    assert made.exit_code == 1
    assert "column region: found 'mood'" in made.output
    assert "Traceback" not in made.output
    assert (folder / "results/tables/pooled.csv").read_bytes() == before


def test_a_folder_that_is_no_review_is_refused(tmp_path: Path) -> None:
    assert "config.yaml is missing" in command("run", "--directory", str(tmp_path)).output
    (tmp_path / "something").touch()
    assert "not empty" in command("new-review", str(tmp_path)).output


@pytest.mark.parametrize("path", sorted((DATA / "schemas").glob("*.json")), ids=lambda p: p.stem)
def test_the_example_has_the_same_schemas_but_for_its_vocabularies(path: Path) -> None:
    ours, theirs = (json.loads(p.read_text(encoding="utf-8")) for p in (path, EXAMPLE / "data/schemas" / path.name))
    for schema in (ours, theirs):
        for field in schema.get("fields", ()):
            if field["name"] in VOCABULARIES.get(path.stem, ()):
                field["constraints"].pop("enum")
    assert ours == theirs


def many(folder: Path, numbers: Sequence[tuple[int, int, int, int]]) -> None:
    """A review of one comparison at one time, a trial for each four counts: events and people of both arms."""
    assert command("new-review", str(folder)).exit_code == 0
    path = folder / "data/results/st_johns_wort.csv"
    result, trial = read_csv(path)[0], read_csv(folder / "data/trials.csv")[0]
    ids = [f"trial-{i}" for i in range(len(numbers))]
    counts = ({"events_t": str(a), "n_t": str(n), "events_c": str(c), "n_c": str(m)} for a, n, c, m in numbers)
    rows = [result | {"row_id": i, "trial_id": i, "result_id": ""} | c for i, c in zip(ids, counts, strict=True)]
    write_csv(path, list(rows[0]), rows)
    write_csv(folder / "data/trials.csv", list(trial), [trial | {"trial_id": i, "label": i} for i in ids])
    write_csv(folder / "data/risk_of_bias.csv", columns_of("risk_of_bias"), [])
    write_csv(folder / "data/corrections.csv", columns_of("corrections"), [])
    write_csv(folder / "data/unusable_results.csv", columns_of("unusable_results"), [])


def test_a_review_of_more_trials_than_an_integer_has_bits(tmp_path: Path) -> None:
    """63 trials; metafor 3.8, rma(REML, test="adhoc"): RR 0.82199955 (0.60784052 to 1.11161272), tau2 1.1986882."""
    rows = read_csv(Path(__file__).parent / "trials63.csv")
    many(tmp_path / "r", [tuple(int(r[c]) for c in ("ai", "n1i", "ci", "n2i")) for r in rows])
    made = command("run", "--directory", str(tmp_path / "r"))
    assert made.exit_code == 0, made.output
    pooled = read_csv(tmp_path / "r/results/tables/pooled.csv")
    row = next(r for r in pooled if r["trials"] == "63" and r["measure"] == "RR" and r["level"] == "treatment")
    values = [float(row[c]) for c in ("estimate", "ci_low", "ci_high", "tau2")]
    assert values == pytest.approx([0.82199955, 0.60784052, 1.11161272, 1.1986882], rel=1e-6)
    subsets = read_csv(tmp_path / "r/results/tables/gosh.csv")
    assert {r["subsets"] for r in subsets if r["trials"] == "63"} == {"5000"}


def test_a_review_whose_every_row_is_in_doubt(tmp_path: Path) -> None:
    """Effects that stand at the same odd place of their intervals: nothing is left without them, and the table says so."""
    many(tmp_path / "r", [(4, 40, 8, 40), (5, 40, 9, 40)])
    path = tmp_path / "r/data/results/st_johns_wort.csv"
    printed = {"format": "contrast", "effect_measure": "RR", "effect": "0.6", "effect_ci_low": "0.35", "effect_ci_high": "1.9"}
    rows = [r | printed | {"events_t": "", "events_c": ""} for r in read_csv(path)]
    write_csv(path, list(rows[0]), rows)
    made = command("run", "--directory", str(tmp_path / "r"))
    assert made.exit_code == 0, made.output
    without = read_csv(tmp_path / "r/results/tables/without_doubtful.csv")
    assert without
    assert {r["trials_without"] for r in without} == {"0"}
