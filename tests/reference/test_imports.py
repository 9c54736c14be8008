"""Importers against published numbers: Cochrane reviews' own analyses, and metadat's data sets under metafor's names."""

from __future__ import annotations

import csv
import json
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import real_rows

from evidence_synthesis.cli import main
from evidence_synthesis.importers import cochrane, review, tabular
from evidence_synthesis.importers.rows import StudyRow

HERE = Path(__file__).parent
FIELDS = {
    **{"Experimental mean": "mean_t", "Experimental SD": "sd_t", "Experimental cases": "events_t", "Experimental N": "n_t"},
    **{"Control mean": "mean_c", "Control SD": "sd_c", "Control cases": "events_c", "Control N": "n_c"},
    **{
        "Study": "study",
        "Weight": "review_weight",
        "Mean": "review_effect",
        "CI start": "review_ci_low",
        "CI end": "review_ci_high",
    },
}
# Trials whose printed effect does not follow from the printed numbers, and why (see test_cochrane.py).
NOT_REPRODUCED = {"Cecchi 2010"}


def published() -> dict[tuple[str, str], list[dict[str, str]]]:
    """The rows of each analysis of the Cochrane reviews in the data, as printed there."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in real_rows():
        if row["review_effect"]:
            found[row["read_in"], row["source_location"]].append(row)
    return dict(found)


ANALYSES = published()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, review.Imported]:
    """Each review, written as the Cochrane Library writes data rows and read back."""
    folder = tmp_path_factory.mktemp("data-rows")
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (name, place), group in ANALYSES.items():
        number = place.removeprefix("analysis ").split(",")[0]
        for row in group:
            cells = {header: row[column] for header, column in FIELDS.items()}
            first, _, second = number.partition(".")
            rows[name].append(
                {"Analysis group": first, "Analysis number": second, "Analysis name": place, "Subgroup": "", **cells}
            )
    made = {}
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(cochrane.HEADERS.values()))
            writer.writeheader()
            writer.writerows(lines)
        made[name] = review.bring_in(cochrane.read_cochrane(folder / f"{name}.csv"))
    return made


def test_every_published_analysis_gets_the_measure_that_its_review_used(imported: dict[str, review.Imported]) -> None:
    checked = 0
    for (name, place), group in ANALYSES.items():
        number = place.removeprefix("analysis ").split(",")[0]
        found = imported[name].analyses[number]
        assert found is not None
        measures = {r["review_measure"] for r in group}
        studies = {r.study for r, same in zip(found.rows, found.same, strict=True) if same is not True}
        assert {found.measure.name} == measures, (name, place)
        assert studies <= NOT_REPRODUCED, (name, place, studies)
        checked += 1
    assert checked >= 75


def test_the_model_is_known_wherever_the_printed_weights_are_whole(imported: dict[str, review.Imported]) -> None:
    models: dict[str, int] = defaultdict(int)
    for made in imported.values():
        for found in made.analyses.values():
            assert found is not None
            weights = [r.weight for r, e in zip(found.rows, found.estimates, strict=True) if e is not None]
            if len(weights) > 1 and abs(sum(w or 0 for w in weights) - 100) < 1:
                assert found.model, found.rows[0].name
                models[found.model] += 1
    assert sum(models.values()) >= 25
    assert {"fixed, IV", "random, IV", "random, MH"} <= set(models)


def from_r(name: str, folder: Path) -> Path:
    """A data set of metadat as CSV, with metafor's column names."""
    path = folder / f"{name}.csv"
    code = f"suppressPackageStartupMessages(library(metadat)); write.csv({name}, '{path}', row.names = FALSE, na = '')"
    subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)
    return path


def guessed(path: Path) -> tuple[tabular.ColumnMap, list[StudyRow]]:
    header, lines = tabular.read_any(path)
    mapping = tabular.guess(header, lines)
    return mapping, tabular.rows_of(lines, mapping, path.name)


@pytest.mark.parametrize(
    ("name", "measure", "known"),
    [
        ("dat.bcg", "RR", "bcg_rr"),
        ("dat.normand1999", "MD", "normand1999_md"),
        ("dat.raudenbush1985", "generic", "raudenbush1985"),
        ("dat.hackshaw1998", "generic", "hackshaw1998"),
        ("dat.lee2004", "RR", "lee2004"),
    ],
)
def test_metafor_data_sets_are_read_by_their_column_names(name: str, measure: str, known: str, tmp_path: Path) -> None:
    mapping, rows = guessed(from_r(name, tmp_path))
    assert (mapping.shape, mapping.measure) == ("wide", measure)
    made = review.bring_in(rows)
    (pooled,) = made.pooled.values()
    expected = json.loads((HERE / "metafor.json").read_text())["pooled"][known]["REML"]
    assert pooled["estimate"] == pytest.approx(expected["estimate"], rel=1e-6)
    assert pooled["tau2"] == pytest.approx(expected["tau2"], rel=1e-6, abs=1e-9)
    assert (pooled["ci_low"], pooled["ci_high"]) == pytest.approx((expected["adhoc_low"], expected["adhoc_high"]), rel=1e-6)


def test_a_data_set_with_one_row_for_each_arm(tmp_path: Path) -> None:
    header, lines = tabular.read_any(from_r("dat.hasselblad1998", tmp_path))
    entry = {"shape": "long", "reference": "no_contact", "measure": "OR"}
    entry["columns"] = {"study": "study", "arm": "trt", "n": "ni", "events": "xi"}
    with_reference = {row["study"] for _, row in lines if row["trt"] == "no_contact"}
    kept = [(n, row) for n, row in lines if row["study"] in with_reference]
    rows = tabular.rows_of(kept, tabular.mapping_of(entry, header, "mapping.yaml"), "hasselblad.csv")
    made = review.bring_in(rows)
    by_hand = next(r for r in rows if r.name == "self_help")
    assert by_hand.events_c == float(
        next(row["xi"] for _, row in kept if row["study"] == by_hand.study and row["trt"] == "no_contact")
    )
    assert {a.measure.name for a in made.analyses.values() if a} == {"OR"}
    assert set(made.analyses) == {"self_help", "ind_counseling", "grp_counseling"}


def test_metafor_reproduces_every_committed_analysis(tmp_path: Path) -> None:
    """The exported script pools all analyses of the committed results with metafor: six digits, every one of them."""
    root = HERE.parents[1]
    made = CliRunner().invoke(
        main,
        [
            *("export", "metafor", "--results", str(root / "results"), "--config", str(root / "config/config.yaml")),
            *("--out", str(tmp_path)),
        ],
    )
    assert made.exit_code == 0, made.output
    done = subprocess.run(["Rscript", "pool.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    counted = int(done.stdout.split(" analyses")[0].split()[-1])
    with (root / "results/tables/pooled.csv").open(newline="") as stream:
        assert counted == sum(1 for _ in csv.DictReader(stream))
