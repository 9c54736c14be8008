"""The figure of a trial sequential analysis: what it draws are the looks of the table."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_csv

from evidence_synthesis.cli import main
from evidence_synthesis.plots.publish import draw
from evidence_synthesis.plots.sequential import sequential_chart
from evidence_synthesis.synthesis.rows.through_time import SequentialLook


def look(
    year: int | None, people: float, z: float | None, boundary: float | None, futility: float | None = None
) -> SequentialLook:
    return SequentialLook("c", 1, year, None if z is None else 2, people, 800.0, people / 800, z, boundary, futility)


LOOKS = [
    look(2001, 80, -1.0, None),
    look(2008, 300, -3.9, 3.5, 0.1),
    look(2015, 600, -1.9, 2.4, 1.1),
    look(None, 800, None, 2.02),
]


def test_marks_boundaries_and_the_wedge_are_those_of_the_looks() -> None:
    chart = sequential_chart("Yoga", LOOKS, "crossed")
    assert [(d.x, d.y, d.label, d.look) for d in chart.dots] == [
        (80, -1.0, "2001", "trial"),
        (300, -3.9, "2008", "marked"),  # beyond the boundary
        (600, -1.9, "2015", "trial"),
    ]
    assert chart.subtitle == "2 trials, 600 of 800 people (75 %): boundary crossed by the end of 2008, and z has come back since."
    curves = {c.name: c for c in chart.curves}
    upper, lower = (c for c in chart.curves if c.name == "boundary")
    assert [(x, -y) for x, y in upper.points] == list(lower.points)
    assert upper.points[1:4] == ((300, 3.5), (600, 2.4), (800, 2.02))
    assert upper.points[0][1] == chart.y.high  # out of reach: off the chart
    assert curves["futility"].points == ((300, 0.1), (600, 1.1), (800, 2.02), (800, -2.02), (600, -1.1), (300, -0.1))
    assert {x for x, _ in curves["required information"].points} == {800}
    assert curves["z"].points == ((0.0, 0.0), *((d.x, d.y) for d in chart.dots))
    assert "below zero it favours the treatment" in chart.describe()


def test_full_information_needs_no_wedge_and_years_need_room() -> None:
    (one,) = [look(2010, 1500, 1.0, 1.96, 1.96)]
    chart = sequential_chart("Yoga", [one], "reached")
    assert not any(c.shaded for c in chart.curves)
    assert chart.x.high > 1500
    near = [look(2000 + i, 100 + 5 * i, -0.1, 6.0, 0.0) for i in range(8)]
    assert sum(d.named for d in sequential_chart("Yoga", near, "open").dots) == 1
    unknown = sequential_chart("Yoga", [look(None, 100, -9.0, 5.0)], "crossed").dots[0]
    assert (unknown.label, unknown.look) == ("year unknown", "marked")
    assert abs(unknown.y) <= 8


def test_it_is_drawn_with_the_same_bytes() -> None:
    first, second = (draw(sequential_chart("Yoga", LOOKS, "open"), 96, ["svg", "png"]) for _ in range(2))
    assert first == second


def test_the_command_draws_a_part_and_an_analysis(tmp_path: Path) -> None:
    rows = read_csv(ROOT / "results/tables/sequential_looks.csv")
    detail = {(r["claim"], r["part"]): r["analysis_id"] for r in read_csv(ROOT / "results/tables/claims_detail.csv")}
    place = next(p for p in dict.fromkeys((r["claim"], r["part"]) for r in rows) if detail[p])
    outputs = []
    for name in ("__".join(place), detail[place]):
        done = CliRunner().invoke(
            main, ["plot", "sequential", "--analysis", name, "--results", str(ROOT / "results"), "--out", str(tmp_path / "z.svg")]
        )
        assert done.exit_code == 0, done.output
        outputs.append((tmp_path / "z.svg").read_bytes())
    assert outputs[0] == outputs[1]
    drawn = [r for r in read_csv(tmp_path / "z.csv") if r["kind"] in ("trial", "marked")]
    seen = [r for r in rows if (r["claim"], r["part"]) == place and r["z"]]
    assert [float(r["value"]) for r in drawn] == pytest.approx([max(-8, min(8, float(r["z"]))) for r in seen], rel=1e-6)
    assert all(math.isfinite(float(r["effect"])) for r in drawn)
    wrong = CliRunner().invoke(
        main, ["plot", "sequential", "--analysis", "none", "--results", str(ROOT / "results"), "--out", "z.svg"]
    )
    assert wrong.exit_code == 1
    assert "sequential_looks.csv" in wrong.output
