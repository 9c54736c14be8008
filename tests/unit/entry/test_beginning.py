"""A new review from a description or from answers: natural units, other alphabets, what is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.importers.identity import same_name

PRESSURE = {"label": "Systolic pressure", "measure": "MD", "better": "lower", "worthwhile": 5, "unit": "mmHg"}


def told(**outcome: Any) -> dict[str, Any]:
    return {
        "title": "T",
        "people": "hypertension",
        "treatments": {"drug": "Drug"},
        "comparators": {"placebo": "Placebo"},
        "outcomes": {"pressure": {k: v for k, v in {**PRESSURE, **outcome}.items() if v is not None}},
    }


def command(*arguments: str, answers: Sequence[str] = ()) -> Result:
    return CliRunner().invoke(main, list(arguments), input="".join(f"{a}\n" for a in answers) or None)


def begun(folder: Path, description: dict[str, Any]) -> Result:
    (folder / "about.yaml").write_text(yaml.safe_dump(description, allow_unicode=True), encoding="utf-8")
    return command("new-review", str(folder / "r"), "--from", str(folder / "about.yaml"))


def settings(folder: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((folder / "config/config.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({}, {"unit": "mmHg"}),
        ({"better": "higher", "unit": "hours a day", "sd": 2.5}, {"unit": "hours a day", "higher_is_better": True, "sd": 2.5}),
        ({"unit": None, "scale": [0, 10]}, {"unit": "points of 100"}),
        ({"measure": "SMD", "better": "higher", "worthwhile": 0.2}, {"higher_is_better": True}),
        (
            {"measure": "HR", "better": "fewer", "worthwhile": 0.8, "assumed_risk": 0.211},
            {"assumed_risk": 0.211, "event_is_good": False},
        ),
    ],
)
def test_what_an_outcome_says_stands_in_the_settings_and_they_are_sound(
    outcome: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    done = begun(tmp_path, told(**outcome))
    assert done.exit_code == 0, done.output
    made = settings(tmp_path / "r")["outcomes"]["pressure"]
    assert {k: made.get(k) for k in expected} == expected
    assert "higher_is_better" in made or outcome.get("better") != "higher"
    means = "study,n_t,mean_t,sd_t,n_c,mean_c,sd_c\nA,40,5.2,1.1,42,6.0,1.3\n"
    ratios = "study,HR (95% CI)\nA,0.7 (0.4 to 1.22)\n"
    (tmp_path / "t.csv").write_text(ratios if outcome.get("measure") == "HR" else means, encoding="utf-8")
    done = command("import", "csv", str(tmp_path / "t.csv"), "--guess", "--into", str(tmp_path / "r/data"))
    assert done.exit_code == 0, done.output
    done = command("check", str(tmp_path / "r/data"))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("outcome", "place", "wanted"),
    [
        ({"unit": None}, "outcomes.pressure.unit", "the unit in which trials print it"),
        ({"unit": "points of 100"}, "outcomes.pressure.unit", "the scale: [lowest, highest]"),
        ({"unit": None, "scale": [10, 0]}, "outcomes.pressure.scale", "the lowest value, then the highest"),
        ({"assumed_risk": 0.2}, "outcomes.pressure.assumed_risk", "an outcome with RR, OR, RD, HR or IRR"),
        ({"measure": "RR", "better": "fewer", "worthwhile": 0.8, "sd": 1}, "outcomes.pressure.sd", "an outcome with MD or SMD"),
    ],
)
def test_what_an_outcome_cannot_mean_is_refused(outcome: dict[str, Any], place: str, wanted: str, tmp_path: Path) -> None:
    done = begun(tmp_path, told(**outcome))
    assert done.exit_code == 1
    assert place in done.output
    assert wanted in done.output
    assert not (tmp_path / "r/config").exists()


def test_answers_make_a_review_in_natural_units(tmp_path: Path) -> None:
    answers = (
        "Title",
        "adults",
        "Drug A, Drug B, drug a",
        "Placebo",
        "Walk, Death",
        "MD",
        "higher",
        "30",
        "m",
        "RR",
        "fewer",
        "0.8",
    )
    done = command("new-review", str(tmp_path / "r"), "--ask", answers=(*answers, "52, 12"))
    assert done.exit_code == 0, done.output
    made = yaml.safe_load((tmp_path / "r/review.yaml").read_text(encoding="utf-8"))
    assert list(made["treatments"].values()) == ["Drug A", "Drug B"] or list(made["treatments"]) == ["drug_a", "drug_b"]
    assert [w["up_to"] for w in made["windows"].values()] == [12, 52]
    walk = settings(tmp_path / "r")["outcomes"]["walk"]
    assert (walk["unit"], walk["higher_is_better"], walk["thresholds"]) == ("m", True, {"MD": 30.0})


def test_answers_that_make_no_sense_are_asked_for_again(tmp_path: Path) -> None:
    answers = ("T", "p", ",", "Drug", "Drug", "Cure", "XX", "RR", "lower", "more", "0.8", "abc", "1.25", "twelve", "-1", "12")
    done = command("new-review", str(tmp_path / "r"), "--ask", answers=answers)
    assert done.exit_code == 0, done.output
    for words in ("at least one name", "a ratio above 1", "'abc' is no number", "numbers of weeks", "numbers above zero"):
        assert words in done.output
    made = yaml.safe_load((tmp_path / "r/review.yaml").read_text(encoding="utf-8"))
    assert (made["treatments"], made["comparators"]) == ({"drug": "Drug"}, {"drug_2": "Drug"})


def test_answers_on_a_scale_and_in_other_alphabets(tmp_path: Path) -> None:
    answers = ("降压", "高血压", "针刺, 中药, 2-mg drug", "安慰剂", "疼痛", "MD", "lower", "1", "points of 100", "0", "10", "0")
    done = command("new-review", str(tmp_path / "r"), "--ask", answers=answers)
    assert done.exit_code == 0, done.output
    made = yaml.safe_load((tmp_path / "r/review.yaml").read_text(encoding="utf-8"))
    assert made["treatments"] == {"treatment_1": "针刺", "treatment_2": "中药", "treatment_2_mg_drug": "2-mg drug"}
    assert made["outcomes"]["outcome_1"]["scale"] == [0, 10]


def test_a_description_may_stand_in_the_folder_of_its_review(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    path = tmp_path / "r/review.yaml"
    path.write_text(yaml.safe_dump(told()), encoding="utf-8")
    done = command("new-review", str(tmp_path / "r"), "--from", str(path))
    assert done.exit_code == 0, done.output
    assert "is not empty" in command("new-review", str(tmp_path / "r"), "--from", str(path)).output


def test_names_of_other_alphabets_are_not_one_name(tmp_path: Path) -> None:
    assert not same_name("针刺", "中药")
    assert same_name(" Usual  care", "usual care")
    assert same_name("usual-care", "Usual care")
    assert not same_name("草", "")
    about = told() | {"treatments": {"acu": "针刺", "herb": "中药"}, "comparators": {"sham": "安慰剂"}}
    assert begun(tmp_path, about).exit_code == 0
    arms = "study,arm,n,mean,sd\n王,中药,30,140,9\n王,安慰剂,31,145,9\n李,中药,30,140,9\n李,安慰剂,31,146,9\n"
    (tmp_path / "t.csv").write_text(arms, encoding="utf-8")
    done = command("import", "csv", str(tmp_path / "t.csv"), "--guess", "--into", str(tmp_path / "r/data"))
    assert done.exit_code == 0, done.output
    assert {r["treatment"] for r in read_csv(tmp_path / "r/data/results/herb.csv")} == {"herb"}
