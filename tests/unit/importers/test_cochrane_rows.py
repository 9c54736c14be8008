"""Rows of Cochrane reviews in all the ways in which RevMan makes them; expected values are what reviews printed."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from conftest import DATA, columns_of, read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.effects import formulas
from evidence_synthesis.effects.formulas import ArmSummary
from evidence_synthesis.importers import review
from evidence_synthesis.importers.cochrane import HEADERS, measure_stated, model_stated, read_cochrane
from evidence_synthesis.importers.infer import infer, swapped
from evidence_synthesis.importers.rows import StudyRow
from evidence_synthesis.importers.trial_rows import trial_rows

FIELDS = list(HEADERS)
LEVELS = {90.0: 1.6448536269514722, 95.0: 1.959963984540054, 99.0: 2.5758293035489004}


def data_rows(folder: Path, rows: list[dict[str, object]], *, applicability: bool = False) -> Path:
    """A table of data rows; fields by the importer's names, what is not given is empty."""
    path = folder / "rows.csv"
    header = [*HEADERS.values(), "Study year", *(["Applicability"] if applicability else [])]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        for row in rows:
            told = {"group": 1, "number": 1, "name": "Outcome"} | row
            writer.writerow({HEADERS.get(k, k): v for k, v in told.items()})
    return path


def events(study: str, a: float, n: float, c: float, m: float, **more: object) -> dict[str, object]:
    return {"study": study, "events_t": a, "n_t": n, "events_c": c, "n_c": m, **more}


def means(study: str, t: tuple[float, float, float], c: tuple[float, float, float], **more: object) -> dict[str, object]:
    arms = {"mean_t": t[0], "sd_t": t[1], "n_t": t[2], "mean_c": c[0], "sd_c": c[1], "n_c": c[2]}
    return {"study": study, **arms, **more}


def printed(weight: float | str, effect: float, low: float, high: float) -> dict[str, object]:
    return {"weight": weight, "effect": effect, "ci_low": low, "ci_high": high}


def brought(folder: Path, rows: list[dict[str, object]], **options: bool) -> tuple[review.Imported, dict[str, object]]:
    made = review.bring_in(read_cochrane(data_rows(folder, rows, **options)))
    (analysis,) = review.analysis_rows(made)
    return made, analysis


@pytest.mark.parametrize("nothing", [3.55271e-15, -1.11022e-16])
def test_what_a_calculation_leaves_of_a_difference_is_nothing(tmp_path: Path, nothing: float) -> None:
    """As CD015328 and three other reviews print it: no effect, and the study counts."""
    rows = [
        {"study": "A 2001", "given": nothing, "given_se": 0.5, **printed(50, 0, -0.98, 0.98)},
        {"study": "B 2002", "given": 2, "given_se": 0.5, **printed(50, 2, 1.02, 2.98)},
    ]
    _, analysis = brought(tmp_path, rows)
    assert (analysis["studies"], analysis["reproduced"], analysis["estimate"]) == (2, 2, pytest.approx(1.0))


def test_intervals_of_99_per_cent_are_known(tmp_path: Path) -> None:
    _, found = brought(
        tmp_path,
        [
            events("Alder 2000", 17, 36, 7, 17, **printed(9.97655, 1.278195, 0.27588, 5.92209)),
            events("Birch 2001", 12, 60, 20, 58, **printed(32.344007, 0.475, 0.159018, 1.418862)),
            events("Cedar 2002", 3, 30, 9, 31, **printed(15.837296, 0.271605, 0.041869, 1.761908)),
            events("Dogwood 2003", 25, 80, 31, 82, **printed(41.842147, 0.747801, 0.318189, 1.757465)),
        ],
    )
    assert (found["measure"], found["model"], found["level"], found["reproduced"]) == ("OR", "fixed, MH", 99.0, 4)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["MD", "RR", "RD"])
def test_the_level_of_intervals_is_found(level: float, measure: str) -> None:
    rows = []
    for i in range(5):
        row = StudyRow("1", "", "", f"S{i}", n_t=40 + i, n_c=41, events_t=10 + i, events_c=15)
        if measure == "MD":
            row = replace(row, events_t=None, events_c=None, mean_t=5.0 + i, sd_t=2.0, mean_c=6.0, sd_c=2.5)
        formula = {"MD": formulas.mean_difference, "RR": formulas.risk_ratio, "RD": formulas.risk_difference}[measure]
        assert row.arms is not None
        found = formula(*row.arms)
        values = [found.yi + side * LEVELS[level] * math.sqrt(found.vi) for side in (0, -1, 1)]
        effect, low, high = (round(math.exp(v) if measure == "RR" else v, 6) for v in values)
        rows.append(replace(row, effect=effect, ci_low=low, ci_high=high))
    inferred = infer(rows)
    assert inferred is not None
    assert (inferred.measure.name, inferred.level, inferred.reproduced) == (measure, level, (5, 5))


def test_peto_without_o_minus_e_comes_from_the_counts(tmp_path: Path) -> None:
    zero = {"given": 0, "mean_t": 0, "sd_t": 0, "mean_c": 0, "sd_c": 0, "o_e": 0}
    made, found = brought(
        tmp_path,
        [
            events("Alder 2000", 3, 22, 5, 20, **zero, variance=1.654775731, **printed(48.934887, 0.487035, 0.106135, 2.234926)),
            events(
                "Birch 2001", 4, 232, 1, 226, **zero, variance=1.238846432, **printed(36.635061, 3.268617, 0.561832, 19.016099)
            ),
            events("Cedar 2002", 0, 24, 2, 22, **zero, variance=0.487964713, **printed(14.430051, 0.11784, 0.007125, 1.949069)),
        ],
    )
    assert (found["measure"], found["model"], found["reproduced"]) == ("Peto OR", "fixed, Peto", 3)
    assert [float(str(r["effect"])) for r in review.study_rows(made)] == pytest.approx([0.487035, 3.268617, 0.11784], rel=1e-5)


def test_a_log_rank_o_minus_e_of_zero_that_is_printed_so_stays_zero(tmp_path: Path) -> None:
    row = events("Alder 2000", 3, 22, 5, 20, o_e=0, variance=4.0, **printed(100, 1.0, 0.375311, 2.664458))
    _, found = brought(tmp_path, [row])
    assert (found["measure"], found["reproduced"]) == ("Peto OR", 1)


def test_everybody_in_both_arms_keeps_its_weight_as_in_revman(tmp_path: Path) -> None:
    made, found = brought(
        tmp_path,
        [
            events("Alder 2000", 59, 59, 30, 30, **printed(33.292068, 1.0, 0.950573, 1.051997)),
            events("Birch 2001", 20, 20, 18, 18, **printed(16.079114, 1.0, 0.905173, 1.104761)),
            events("Cedar 2002", 40, 44, 35, 45, **printed(28.645855, 1.168831, 0.974348, 1.402134)),
            events("Dogwood 2003", 28, 30, 27, 31, **printed(21.982964, 1.071605, 0.90784, 1.264912)),
        ],
    )
    assert (found["measure"], found["model"], found["reproduced"]) == ("RR", "fixed, MH", 4)
    ours = [r["left_out"] for r in review.study_rows(made)]
    assert "the review counts it" in str(ours[0])  # our own pooling leaves it out (Handbook 10.4.4.1), and says so
    assert ours[2:] == ["", ""]


def test_subtotals_only_with_one_trial_in_a_subgroup(tmp_path: Path) -> None:
    made, found = brought(
        tmp_path,
        [
            means("Alder 2000", (-8, 12, 30), (-2, 11, 30), subgroup="A", **printed(33.590457, -6.0, -11.825194, -0.174806)),
            means("Birch 2001", (-3, 10, 40), (-1, 10, 41), subgroup="A", **printed(37.501271, -2.0, -6.355807, 2.355807)),
            means("Cedar 2002", (-15, 14, 25), (0, 13, 24), subgroup="A", **printed(28.908272, -15.0, -22.560907, -7.439093)),
            means("Dogwood 2003", (-5, 9, 50), (-3, 9, 52), subgroup="B", **printed(100.0, -2.0, -5.493848, 1.493848)),
        ],
    )
    assert (found["measure"], found["model"], found["reproduced"]) == ("MD", "random, IV", 4)
    assert "subgroups only" in str(found["no_total"])
    assert (found.get("own_estimate"), found.get("estimate"), found["pooled"]) == (None, None, 0)
    subtotals = {r["subgroup"]: r for r in review.subgroup_rows(made)}
    assert subtotals["B"]["own_estimate"] == pytest.approx(-2)
    assert subtotals["A"]["own_estimate"] == pytest.approx(-7.101693632, rel=1e-6)  # metafor, method DL


REML = [
    means("Alder 2000", (-8, 12, 30), (-2, 11, 30), **printed(18.771549, -6.0, -11.825194, -0.174806)),
    means("Birch 2001", (-3, 10, 40), (-1, 10, 41), **printed(21.340291, -2.0, -6.355807, 2.355807)),
    means("Cedar 2002", (-15, 14, 25), (0, 13, 24), **printed(15.814944, -15.0, -22.560907, -7.439093)),
    means("Dogwood 2003", (-5, 9, 150), (-4, 9, 152), **printed(24.695186, -1.0, -3.030143, 1.030143)),
    means("Elm 2004", (2, 11, 35), (1, 12, 33), **printed(19.37803, 1.0, -4.481168, 6.481168)),
]


def test_weights_by_restricted_likelihood_are_told_from_dersimonian_laird(tmp_path: Path) -> None:
    _, found = brought(tmp_path, REML)
    assert found["model"] == "random, IV, REML"
    assert found["own_estimate"] == pytest.approx(-3.978512, rel=1e-6)
    assert found["tau2"] == pytest.approx(23.519334, rel=1e-6)


def test_limits_of_any_size_are_read(tmp_path: Path) -> None:
    _, found = brought(
        tmp_path,
        [
            {"study": "Alder 2000", "given": 1, "given_se": 184, "n_t": 184, "n_c": 91}
            | printed(0.0001, 2.718282, 0, 1.13600026696671e157),
            {"study": "Birch 2001", "given": -0.2, "given_se": 0.1, "n_t": 100, "n_c": 100}
            | printed(99.9999, 0.818731, 0.673009, 0.996004),
        ],
    )
    assert (found["measure"], found["model"], found["reproduced"]) == ("generic ratio", "fixed, IV", 2)


def test_nobody_with_an_event_and_nothing_printed_tells_no_measure(tmp_path: Path) -> None:
    _, found = brought(tmp_path, [events("Alder 2000", 0, 100, 0, 109), events("Birch 2001", 0, 399, 0, 373)])
    assert (found["measure"], found["model"], found.get("estimate")) == ("not known", "not known", None)


TWICE = [
    means("Alder 2000", (-8, 12, 30), (-2, 11, 30), subgroup="Short term", **printed(35.861865, -6.0, -11.825194, -0.174806)),
    means("Birch 2001", (-3, 10, 40), (-1, 10, 41), subgroup="Short term", **printed(64.138135, -2.0, -6.355807, 2.355807)),
    means("Alder 2000", (-7, 12, 28), (-3, 11, 27), subgroup="Long term", **printed(35.058532, -4.0, -10.080419, 2.080419)),
    means("Birch 2001", (-2, 10, 38), (-1, 10, 39), subgroup="Long term", **printed(64.941468, -1.0, -5.467549, 3.467549)),
]


def test_a_study_in_two_subgroups_is_not_pooled_twice(tmp_path: Path) -> None:
    made, found = brought(tmp_path, TWICE)
    assert "Alder 2000, Birch 2001" in str(found["no_total"])
    assert (found.get("own_estimate"), found.get("estimate")) == (None, None)
    own = {r["subgroup"]: r["own_estimate"] for r in review.subgroup_rows(made)}
    assert own == pytest.approx({"Short term": -3.434475, "Long term": -2.051756}, rel=1e-6)
    assert "the same people would count twice" in review.report(made, "rows")


def test_effects_of_several_studies_without_weights_are_not_pooled(tmp_path: Path) -> None:
    _, found = brought(tmp_path, [{**row, "weight": ""} for row in REML])
    assert (found["no_total"], found.get("estimate")) == ("the review pools nothing here", None)


def test_rows_that_count_in_their_subgroup_only_stay_out_of_the_total(tmp_path: Path) -> None:
    rows = [{**r, "Applicability": "SUBGROUP_AND_OVERALL", "subgroup": "A", "weight": ""} for r in REML]
    rows[4] |= {"Applicability": "SUBGROUP", "subgroup": "B"}
    rows[0] |= {"weight": 100}
    _, found = brought(tmp_path, rows, applicability=True)
    assert (found["studies"], found["pooled"]) == (5, 4)


def test_zeros_that_fill_unused_columns_are_no_counts(tmp_path: Path) -> None:
    zero = {"mean_t": 0, "sd_t": 0, "events_t": 0, "mean_c": 0, "sd_c": 0, "events_c": 0, "o_e": 0, "variance": 0}
    rows = [
        {"study": "Alder 2000", "given": -5.4, "given_se": 1.427208, "n_t": 17, "n_c": 17}
        | zero
        | printed(2.877742, -5.4, -8.197276, -2.602724),
        {"study": "Birch 2001", "given": -2.3, "given_se": 0.927, "n_t": 42, "n_c": 40}
        | zero
        | printed(6.821297, -2.3, -4.116887, -0.483113),
        {"study": "Cedar 2002", "given": -0.57, "given_se": 0.254781, "n_t": 29, "n_c": 28}
        | zero
        | printed(90.30096, -0.57, -1.069362, -0.070638),
    ]
    path = data_rows(tmp_path, rows)
    about = {
        "treatment": "exercise",
        "comparator": "usual care",
        "outcome": "pain",
        "region": "low back",
        "chronicity": "chronic",
    }
    about |= {"measure": "MD", "scale_min": "0", "scale_max": "100", "higher_is_worse": "yes", "weeks": "12"}
    (tmp_path / "about.yaml").write_text(yaml.safe_dump({"1.1": about}))
    command = ["import", "cochrane", str(path), "--out", str(tmp_path / "o"), "--about", str(tmp_path / "about.yaml")]
    done = CliRunner().invoke(main, [*command, "--package", str(DATA)])
    assert done.exit_code == 0, done.output
    written = read_csv(tmp_path / "o/results/exercise.csv")
    assert list(written[0]) == columns_of("results")
    told = [
        (r["format"], r["effect_measure"], r["effect"], r["effect_ci_low"], r["effect_ci_high"], r["events_t"]) for r in written
    ]
    assert told[0] == ("contrast", "MD", "-5.4", "-8.197276", "-2.602724", "")
    assert {r[0] for r in told} == {"contrast"}


def test_one_arm_without_spread_is_read(tmp_path: Path) -> None:
    """RevMan: MD 5 - 6, its variance 2^2 / 40."""
    low, high = -1 - LEVELS[95.0] * 2 / math.sqrt(40), -1 + LEVELS[95.0] * 2 / math.sqrt(40)
    _, found = brought(tmp_path, [means("Alder 2000", (5, 2, 40), (6, 0, 41), **printed(100, -1, round(low, 6), round(high, 6)))])
    assert (found["measure"], found["reproduced"]) == ("MD", 1)


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_ratios_of_people_without_the_event_are_known(measure: str, tmp_path: Path) -> None:
    rows = []
    for i, (a, n, c, m) in enumerate([(10, 40, 15, 41), (22, 60, 30, 58), (5, 30, 9, 31), (40, 44, 35, 45)]):
        arms = ArmSummary(n, events=n - a), ArmSummary(m, events=m - c)
        found = formulas.risk_ratio(*arms) if measure == "RR" else formulas.odds_ratio(*arms)
        values = [round(math.exp(found.yi + side * LEVELS[95.0] * math.sqrt(found.vi)), 6) for side in (0, -1, 1)]
        rows.append(events(f"S{i}", a, n, c, m, **printed("", *values)))
    made, told = brought(tmp_path, rows)
    assert (told["measure"], told["counted"], told["reproduced"]) == (measure, "non-events", 4)
    assert [float(str(r["effect"])) for r in review.study_rows(made)] == pytest.approx(
        [float(str(r["effect"])) for r in rows], rel=1e-5
    )


def test_impossible_cells_cost_a_row_and_are_told(tmp_path: Path) -> None:
    rows = [
        events("Alder 2000", 40, 30, 7, 17),
        events("Birch 2001", 12, 60, 20, 58),
        events("Cedar 2002", 3, 30, 9, 31),
        events("Dogwood 2003", 3, -30, 9, 31),
    ]
    made, found = brought(tmp_path, rows)
    assert (found["studies"], found["pooled"]) == (4, 2)
    text = review.report(made, "rows")
    assert "Alder 2000 (row 2): Experimental cases: found '40', expected not more than 30 people" in text
    assert "Dogwood 2003 (row 5): Experimental N: found '-30'" in text


def test_an_impossible_cell_that_is_not_needed_is_told_and_the_row_kept(tmp_path: Path) -> None:
    rows = [means("Alder 2000", (5, 2, 40), (6, 2, 41), events_t=50), means("Birch 2001", (5, 2, 40), (6, 2, 41))]
    made, found = brought(tmp_path, rows)
    assert (found["measure"], found["pooled"]) == ("MD", 2)
    assert "kept, without Experimental cases: found '50'" in review.report(made, "rows")


def test_a_row_without_a_study_is_named(tmp_path: Path) -> None:
    made, _ = brought(tmp_path, [events("", 4, 30, 7, 17), events("Birch 2001", 12, 60, 20, 58)])
    assert "the row names no study" in review.report(made, "rows")


SETTINGS = (
    "Analysis group,Analysis number,Data type,Statistical method,Effect measure,Analysis model,Heterogeneity estimator,"
    "Overall estimates,Subgroup estimates,Swap event and non-event,Study CI\n"
)


def test_settings_of_the_download_win_over_inference(tmp_path: Path) -> None:
    path = data_rows(tmp_path, [events("Alder 2000", 4, 30, 7, 37), events("Birch 2001", 12, 60, 20, 58)])
    settings = tmp_path / "settings.csv"
    settings.write_text(
        SETTINGS + "1,1,Dichotomous,Inverse variance,Odds ratio,Random effects,Restricted maximum likelihood,No,Yes,Yes,90%\n"
    )
    rows = read_cochrane(path, settings)
    told = {(r.measure, r.model, r.totals, r.swapped, r.level) for r in rows}
    assert told == {("OR", "random, IV, REML", "SUB", True, 90.0)}
    inferred = infer(rows)
    assert inferred is not None
    assert (inferred.measure.name, inferred.swapped) == ("OR", True)
    assert swapped(rows[0]).events_t == 26


@pytest.mark.parametrize(
    ("words", "kind", "measure"),
    [
        *(("Score", "IV", "generic"), ("Symptom score (SMD)", "IV", "generic"), ("Hazard Ratio", "IV", "generic ratio")),
        *(
            ("log OR", "IV", "generic ratio"),
            ("Hazard ratio", "IPD", "HR"),
            ("PETO_OR", "IPD", "Peto OR"),
            ("Risk Ratio", "", "RR"),
        ),
        *(("Floor effect", "IV", "generic"), ("RATE_RATIO", "IV", "generic ratio"), ("Std. Mean Difference", "", "SMD")),
    ],
)
def test_measures_are_stated_by_whole_words(words: str, kind: str, measure: str) -> None:
    assert measure_stated(words, kind) == measure


def test_models_as_they_are_stated() -> None:
    assert model_stated("MH", "random") == "random, MH"
    assert model_stated("Mantel-Haenszel", "Fixed effect") == "fixed, MH"
    assert model_stated("PETO", "fixed") == "fixed, Peto"
    assert model_stated("IV", "Random effects", "REML") == "random, IV, REML"


def test_a_limit_of_a_millionth_is_read_with_its_digits(tmp_path: Path) -> None:
    """Cochrane's CD015083 prints 0.000001 for a limit of 8.76e-07: as near as six digits behind the point allow."""
    rows: list[dict[str, object]] = [
        {"study": "Alder 2000", "given": 0.293455, "given_se": 7.266100, **printed(0.17, 1.341053, 1e-06, 2052869.868695)},
        {"study": "Birch 2001", "given": -0.2, "given_se": 0.1, **printed(99.83, 0.818731, 0.673009, 0.996004)},
    ]
    _, found = brought(tmp_path, rows)
    assert (found["measure"], found["reproduced"]) == ("generic ratio", 2)


def test_an_entered_standard_error_comes_along_so_that_a_run_takes_no_t_interval(tmp_path: Path) -> None:
    """Of 17 against 17 people the width of the interval by t would give a variance of 1.886 in place of 2.037."""
    row = {
        "study": "Alder 2000",
        "given": -5.4,
        "given_se": 1.427208,
        "n_t": 17,
        "n_c": 17,
        **printed(100, -5.4, -8.197276, -2.602724),
    }
    made = review.bring_in(read_cochrane(data_rows(tmp_path, [row])))
    about = {"1.1": {"treatment": "drug", "comparator": "placebo", "outcome": "pain", "measure": "MD"}}
    [cells] = trial_rows(review.for_package(made), about, "review", {"effect", "effect_se", "effect_ci_low", "format"})
    assert cells == {"format": "contrast", "effect": "-5.4", "effect_se": "1.427208", "effect_ci_low": "-8.197276"}
