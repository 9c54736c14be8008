"""From a table to a report in three commands: reviews of other fields, each from a description, their numbers by metafor.

The tables and what metafor makes of them are written by ``begun/make.R`` from data sets of the R package metadat.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from conftest import read_csv

from evidence_synthesis.cli import main

HERE = Path(__file__).parent / "begun"
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
RATIO = {"measure": "RR", "better": "fewer", "worthwhile": 0.8}
STANDARD = {"measure": "SMD", "better": "lower", "worthwhile": 0.2}
REVIEWS: dict[str, dict[str, Any]] = {
    "bcg": {  # counts of people
        "title": "BCG vaccine against tuberculosis",
        "people": "people at risk of tuberculosis",
        "treatments": {"bcg": "BCG vaccine"},
        "comparators": {"no_vaccine": "No vaccine"},
        "outcomes": {"tuberculosis": {"label": "Tuberculosis", **RATIO}},
    },
    "stroke": {  # means
        "title": "Organised care after stroke",
        "people": "stroke",
        "treatments": {"stroke_unit": "Specialist care"},
        "comparators": {"usual_care": "Usual care"},
        "outcomes": {"stay": {"label": "Length of stay", **STANDARD}},
        "windows": {"discharge": {"label": "At discharge", "up_to": 52}},
    },
    "mycn": {  # survival
        "title": "MYC-N and death in neuroblastoma",
        "people": "neuroblastoma",
        "treatments": {"amplified": "Amplified MYC-N"},
        "comparators": {"not_amplified": "Not amplified"},
        "outcomes": {"death": {"label": "Death", "measure": "HR", "better": "fewer", "worthwhile": 0.8}},
    },
    "diabetes": {  # several treatments, a row an arm
        "title": "Drugs added to sulfonylurea",
        "people": "type 2 diabetes",
        "treatments": {"metformin": {"label": "Metformin", "class": "drug"}, "acarbose": {"label": "Acarbose", "class": "drug"}},
        "comparators": {"placebo": "Placebo"},
        "outcomes": {"hba1c": {"label": "HbA1c", **STANDARD}},
    },
    "herb": {  # with subgroups
        "title": "St John's wort for depression",
        "people": "depression",
        "treatments": {"st_johns_wort": "St John's wort"},
        "comparators": {"placebo": "Placebo"},
        "outcomes": {"response": {"label": "Response", "measure": "RR", "better": "more", "worthwhile": 1.25}},
    },
    "catheters": {  # events in person-time
        "title": "Coated catheters against infections of the blood",
        "people": "people with a central venous catheter",
        "treatments": {"coated": "Coated catheter"},
        "comparators": {"standard": "Standard catheter"},
        "outcomes": {"infection": {"label": "Infections", "measure": "IRR", "better": "fewer", "worthwhile": 0.8}},
    },
    "hours": {  # means in a natural unit, of which more is better
        "title": "A drug for Parkinson's disease",
        "people": "Parkinson's disease",
        "treatments": {"drug": "Drug"},
        "comparators": {"placebo": "Placebo"},
        "outcomes": {
            "on_time": {
                "label": "On time",
                "measure": "MD",
                "better": "higher",
                "worthwhile": 1,
                "unit": "hours a day",
                "sd": 3,
            }
        },
    },
    "names": {  # in other alphabets
        "title": "针刺治疗失眠",
        "people": "失眠",
        "treatments": {"acu": "针刺"},
        "comparators": {"sham": "假针刺"},
        "outcomes": {"insomnia": {"label": "失眠", **RATIO}},
    },
}
NAMES = "study,ai,n1i,ci,n2i\n王 2015,5,40,9,42\n李 2015,3,30,7,31\nИванов 2015,6,50,12,51\nSmith 2010,4,60,9,61\n"


def command(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def made(name: str, folder: Path, table: Path) -> Mapping[str, Mapping[str, str]]:
    """The pooled results of a review by their analyses."""
    (folder / "about.yaml").write_text(yaml.safe_dump(REVIEWS[name], allow_unicode=True), encoding="utf-8")
    review = folder / "review"
    command("new-review", str(review), "--from", str(folder / "about.yaml"))
    command("import", "csv", str(table), "--guess", "--into", str(review / "data"))
    command("run", "--directory", str(review))
    assert (review / "results/report/index.html").exists()
    return {r["analysis_id"]: r for r in read_csv(review / "results/tables/pooled.csv")}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_review_of_another_field(name: str, tmp_path: Path) -> None:
    pooled = made(name, tmp_path, HERE / f"{name}.csv")
    told = REVIEWS[name]
    window = next(iter(told.get("windows", {"any_time": {}})))
    ids = (next(iter(told[key])) for key in ("treatments", "comparators", "outcomes"))
    row = pooled["{}__{}__{}__{}__people".format(*ids, window)]
    assert row["measure"] == next(iter(told["outcomes"].values()))["measure"]
    got = [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    assert got == pytest.approx(EXPECTED[name], rel=1e-5)


def test_names_in_other_alphabets_stay_different_trials(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(NAMES, encoding="utf-8")
    pooled = made("names", tmp_path, tmp_path / "table.csv")
    assert pooled["acu__sham__insomnia__any_time__people"]["trials"] == "4"
    trials = read_csv(tmp_path / "review/data/trials.csv")
    assert {t["label"] for t in trials} == {"王 2015", "李 2015", "Иванов 2015", "Smith 2010"}


def test_more_is_better_in_a_natural_unit_keeps_the_printed_direction(tmp_path: Path) -> None:
    """metafor: MD -0.934837 (-1.976401 to 0.106726) hours, whichever direction is good."""
    table = "study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nA1,40,3.1,2.7,41,4.4,3.1\nA2,37,2.1,2.7,38,2.6,2.5\n"
    (tmp_path / "t.csv").write_text(table + "A3,63,2.6,3.4,58,3.3,3.1\nA4,29,2.0,3.2,28,3.7,3.4\n", encoding="utf-8")
    row = made("hours", tmp_path, tmp_path / "t.csv")["drug__placebo__on_time__any_time__people"]
    assert [float(row[c]) for c in ("estimate", "ci_low", "ci_high")] == pytest.approx([-0.934837, -1.976401, 0.106726], rel=1e-5)
