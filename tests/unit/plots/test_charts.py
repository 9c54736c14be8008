"""Charts of single analyses and networks, drawn from the published tables through the command line."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import ROOT, Package, outside, read_csv, read_members, row_of

from evidence_synthesis.cli import main
from evidence_synthesis.cli.look import CHARTS
from evidence_synthesis.plots.drawing.chart import Axis, Chart
from evidence_synthesis.plots.journals import LAYOUTS
from evidence_synthesis.plots.network import graph_of
from evidence_synthesis.plots.one_analysis import KINDS, AnalysisData, NotDrawn
from evidence_synthesis.review.settings import Model
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial
from evidence_synthesis.synthesis.rows.networks import SplitNode
from evidence_synthesis.synthesis.trials_in_analyses import trials_of
from evidence_synthesis.wording import number, p_value

RESULTS = ROOT / "results"
EXERCISE = "family-exercise__active__pain__short__low_back"
YOGA = "yoga__inactive__pain__short__low_back"
EVENTS = "family-manual_therapy__active__recovery__short__low_back"


def draw(*arguments: str) -> object:
    return CliRunner().invoke(main, ["plot", *arguments, "--results", str(RESULTS)])


def largest(measure: str, least: int = 10) -> str:
    """An analysis of the measure with many trials."""
    rows = [r for r in read_csv(RESULTS / "tables/pooled.csv") if r["measure"] == measure and least <= int(r["trials"]) <= 40]
    return max(rows, key=lambda r: int(r["trials"]))["analysis_id"]


@pytest.mark.parametrize("kind", [k for k in CHARTS if k != "labbe"])
def test_a_chart_of_an_analysis(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    made = draw(kind, "--analysis", largest("MD"), "--measure", "MD", "--out", str(out))
    assert made.exit_code == 0, made.output
    svg = out.read_text(encoding="utf-8")
    assert "<svg" in svg
    with out.with_suffix(".csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    first = out.read_bytes()
    draw(kind, "--analysis", largest("MD"), "--measure", "MD", "--out", str(out))
    assert out.read_bytes() == first


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_title_stays_on_the_page_and_above_the_plot(kind: str) -> None:
    key = (largest("RR", 3), "RR") if kind == "labbe" else (EXERCISE, "MD")
    trials = [t for t in trials_of(RESULTS) if t.key == key]
    ((page, _),) = KINDS[kind](AnalysisData("A long name of a treatment " * 6, key[1], trials, Model())).lay_out()
    assert not outside(page)
    title = [label for label in page.texts if label.size == 11]
    assert len(title) > 1
    assert max(label.y for label in title) + 0.1 < min(y for lines in page.lines.values() for line in lines for _, y in line)


def chart(kind: str, key: tuple[str, str]) -> Chart:
    trials = sorted((t for t in trials_of(RESULTS) if t.key == key), key=lambda t: t.age)
    return KINDS[kind](AnalysisData("few", key[1], trials, Model()))


def table(name: str, key: tuple[str, str]) -> list[dict[str, str]]:
    return [r for r in read_csv(RESULTS / f"tables/{name}.csv") if (r["analysis_id"], r["measure"]) == key]


def places(drawn: Chart, look: str) -> np.ndarray:
    return np.array([(d.x, d.y) for d in drawn.dots if d.look == look])


@pytest.mark.parametrize(
    "analysis", ["family-exercise__inactive__pain__short__low_back", "family-manual_therapy__passive__pain__short__low_back"]
)
def test_a_funnel_shows_its_trials_and_those_filled_in(analysis: str) -> None:
    """Those filled in are as many as the table says, and with them the pooled result is the table's."""
    drawn, (known,) = chart("funnel", (analysis, "MD")), table("small_study_effects", (analysis, "MD"))
    trials, filled = places(drawn, "trial"), places(drawn, "filled")
    assert len(filled) == int(known["filled"]) > 0
    every = np.vstack([trials, filled])
    at = pool(make_batch([(every[:, 0], every[:, 1] ** 2)]), hksj=False).at(0)
    assert at["estimate"] == pytest.approx(float(known["filled_estimate"]))
    assert (at["ci_low"], at["ci_high"]) == pytest.approx((float(known["filled_low"]), float(known["filled_high"])))
    assert f"Open: {known['filled']} trial" in drawn.describe()


def test_charts_of_influence_show_the_table() -> None:
    for kind, columns in (("leave-one-out", "{}_without"), ("cumulative", "cumulative_{}")):
        drawn, known = chart(kind, (EXERCISE, "MD")), table("influence", (EXERCISE, "MD"))
        assert sorted(places(drawn, "trial")[:, 0]) == pytest.approx(sorted(float(r[columns.format("estimate")]) for r in known))


def test_the_bubble_plot_shows_the_meta_regression() -> None:
    drawn, known = chart("bubble", (EXERCISE, "MD")), table("meta_regression", (EXERCISE, "MD"))[0]
    (x0, y0), (x1, y1) = next(c for c in drawn.curves if c.name == "regression").points
    assert 10 * (y1 - y0) / (x1 - x0) == pytest.approx(float(known["per_decade"]))
    assert f"p {p_value(float(known['p']))} for the year" in drawn.describe()


def test_a_labbe_plot_shows_the_shares_of_both_arms() -> None:
    drawn = chart("labbe", (EVENTS, "RR"))
    trials = [t for t in read_members(RESULTS) if (t["analysis_id"], t["measure"]) == (EVENTS, "RR") and t["events_t"]]
    shares = {(float(t["events_c"]) / float(t["n_c"]), float(t["events_t"]) / float(t["n_t"])) for t in trials}
    assert set(map(tuple, places(drawn, "trial"))) == shares


def test_a_specification_curve_shows_every_set_of_effects(tmp_path: Path) -> None:
    question = "iqwig-2025-massage-short__1"
    made = draw("curve", "--analysis", question, "--out", str(tmp_path / "c.svg"), "--config", str(ROOT / "config/config.yaml"))
    assert made.exit_code == 0, made.output
    wanted = {"question": question, "measure": "MD", "estimator": "REML"}
    known = [r for r in read_csv(RESULTS / "tables/multiverse_sets.csv") if wanted.items() <= r.items()]
    shown = [float(r["value"]) for r in read_csv(tmp_path / "c.csv") if r["kind"] != "line"]
    assert shown == pytest.approx(sorted(float(r["estimate"]) for r in known))


def test_the_graph_of_a_network_shows_who_was_compared_with_whom(tmp_path: Path) -> None:
    network = "pain__short__family__low_back"
    made = draw("network", "--analysis", network, "--out", str(tmp_path / "n.svg"), "--config", str(ROOT / "config/config.yaml"))
    assert made.exit_code == 0, made.output
    splits = [r for r in read_csv(RESULTS / "tables/network_splits.csv") if r["network"] == network]
    labels = {r["treatment"]: r["label"] for r in read_csv(RESULTS / "tables/network_ranking.csv") if r["network"] == network}
    known = {(labels[r["treatment"]], labels[r["versus"]], r["studies"]) for r in splits if r["direct"]}
    shown = {(r["block"], r["label"], r["weight"]) for r in read_csv(tmp_path / "n.csv") if r["kind"] == "pair"}
    assert len(known) > 10
    assert shown == known


def test_titles_are_in_words(tmp_path: Path) -> None:
    network, question = "pain__short__treatment__low_back", "iqwig-2025-active-best__1"
    for kind, name, title in (
        ("funnel", EXERCISE, "Exercise (all): pain, short term, against active treatments (low back pain): funnel"),
        ("network", network, "Network for pain, short term, low back pain: who was compared with whom"),
        ("league", network, "Network for pain, short term, low back pain: league"),
        (
            "curve",
            question,
            "All active treatments against passive treatments: pain, short term (low back, chronic): specification curve",
        ),
    ):
        made = draw(kind, "--analysis", name, "--out", str(tmp_path / "a.svg"))
        assert made.exit_code == 0, made.output
        assert f"<title>{title}</title>" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert draw("network", "--analysis", "none", "--out", str(tmp_path / "b.svg")).exit_code == 1


def test_a_chart_of_events(tmp_path: Path) -> None:
    made = draw("labbe", "--analysis", largest("RR", 2), "--measure", "RR", "--out", str(tmp_path / "labbe.png"))
    assert made.exit_code == 0, made.output
    assert (tmp_path / "labbe.png").read_bytes().startswith(b"\x89PNG")


def test_names_around_a_network_do_not_overlap() -> None:
    ranking, splits = read_csv(RESULTS / "tables/network_ranking.csv"), SplitNode.of(RESULTS)
    networks = {r["network"] for r in ranking}
    assert networks
    for network in networks:
        labels = {r["treatment"]: r["label"] for r in ranking if r["network"] == network}
        graph = graph_of(network, "Network", splits, labels)
        ((page, height),) = graph.lay_out()
        title, *names = page.texts
        assert sorted(label.text for label in names) == sorted(graph.names)
        for align in ("left", "right"):
            column = sorted((label for label in names if label.align == align), key=lambda label: label.y)
            assert all(below.y - above.y > above.size / 72 for above, below in pairwise(column)), network
            assert all(title.y + title.size / 72 < label.y < height for label in column)


FORMS = {"house": "(", "revman": "[", "bmj": " to ", "jama": "P"}


@pytest.mark.parametrize("layout", FORMS)
def test_a_forest_in_a_journals_layout(layout: str, tmp_path: Path) -> None:
    out = tmp_path / "forest.svg"
    name = "family-exercise__inactive__pain__short__low_back"
    made = draw("forest", "--analysis", name, "--measure", "MD", "--layout", layout, "--out", str(out))
    assert made.exit_code == 0, made.output
    svg = out.read_text(encoding="utf-8")
    row = next(r for r in read_csv(RESULTS / "tables/pooled.csv") if r["analysis_id"] == name and r["measure"] == "MD")
    values = [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    digits = 2 if layout == "revman" else 1
    assert f">{number(values[0], digits)} " in svg
    assert LAYOUTS[layout].effect("MD", *values) in svg
    assert FORMS[layout] in svg


def test_one_comparison_and_population_at_all_terms(tmp_path: Path) -> None:
    out = tmp_path / "forest.svg"
    made = draw("forest", "--analysis", "yoga__inactive__pain__low_back", "--layout", "revman", "--out", str(out))
    assert made.exit_code == 0, made.output
    drawn = read_csv(out.with_suffix(".csv"))
    asked = {r["analysis_id"] for r in read_csv(RESULTS / "tables/pooled.csv")}
    wanted = {a for a in asked if a.startswith("yoga__inactive__pain__") and a.endswith("__low_back")}
    pooled = {r["label"] for r in drawn if r["kind"] == "pooled"}
    assert pooled <= wanted
    assert len({r["section"] for r in drawn}) == len(wanted) > 1
    assert len({r["block"] for r in drawn}) == 1
    wrong = draw("forest", "--analysis", "yoga__none__pain__low_back", "--out", str(out))
    assert "no analysis yoga__none__pain__low_back" in wrong.output
    by = draw("forest", "--analysis", "yoga__inactive__pain__low_back", "--by", "technique", "--out", str(out))
    assert "at one term" in by.output


def test_a_family_by_its_techniques(tmp_path: Path) -> None:
    analysis, out = "family-manual_therapy__inactive__pain__short__low_back", tmp_path / "forest.svg"
    config = ("--config", str(ROOT / "config/config.yaml"), "--by", "technique", "--measure", "MD")
    made = draw("forest", "--analysis", analysis, *config, "--out", str(out))
    assert made.exit_code == 0, made.output
    drawn = read_csv(out.with_suffix(".csv"))
    pooled = {r["analysis_id"]: r for r in read_csv(RESULTS / "tables/pooled.csv") if r["measure"] == "MD"}
    shown = {r["section"]: r for r in drawn if r["kind"] == "pooled"}
    assert shown["All of them"]["effect"] == pooled[analysis]["estimate"]
    for treatment, label in (
        ("spinal_manipulation", "Spinal manipulation (thrust)"),
        ("spinal_mobilisation", "Spinal mobilisation (non-thrust)"),
    ):
        assert shown[label]["effect"] == pooled[f"{treatment}__inactive__pain__short__low_back"]["estimate"]


def test_p_values_as_journals_print_them() -> None:
    """RevMan: one significant digit below 0.01. JAMA and BMJ: two digits, three where two hide what they say (AMA style)."""
    asked = (0.0421, 0.00037, 0.0000001, 0.0463, 0.0049, 0.23456, 0.996)
    printed = {name: [layout.p_value(p) for p in asked] for name, layout in LAYOUTS.items()}
    assert printed["house"][:4] == ["p = 0.042", "p < 0.001", "p < 0.001", "p = 0.046"]
    assert LAYOUTS["revman"].p_value(0.00002) == "P < 0.0001"
    assert printed["revman"] == ["P = 0.04", "P = 0.0004", "P < 0.00001", "P = 0.05", "P = 0.005", "P = 0.23", "P = 1.00"]
    assert printed["bmj"] == ["P=0.04", "P<0.001", "P<0.001", "P=0.046", "P=0.005", "P=0.23", "P>0.99"]
    assert printed["jama"] == ["P = .04", "P < .001", "P < .001", "P = .046", "P = .005", "P = .23", "P > .99"]


def test_networks_and_specification_curves(tmp_path: Path) -> None:
    for kind, name in (
        ("network", "pain__short__family__low_back"),
        ("league", "pain__short__family__low_back"),
        ("curve", "iqwig-2025-massage-short__1"),
    ):
        made = draw(kind, "--analysis", name, "--out", str(tmp_path / f"{kind}.pdf"))
        assert made.exit_code == 0, made.output
        assert (tmp_path / f"{kind}.pdf").read_bytes().startswith(b"%PDF")


WRONG = [
    (("funnel", "--analysis", "nonsense", "--out", "x.svg"), "no analysis nonsense"),
    (("network", "--analysis", "nonsense", "--out", "x.svg"), "no network nonsense"),
    (("curve", "--analysis", "nonsense", "--out", "x.svg"), "no set of effects"),
    (("funnel", "--analysis", EXERCISE, "--measure", "RR", "--out", "x.svg"), "has no RR"),
    (("funnel", "--analysis", EXERCISE, "--layout", "bmj", "--out", "x.svg"), "are for forest plots"),
    (("forest", "--analysis", YOGA, "--by", "technique", "--out", "x.svg"), "Yoga is one treatment"),
    (("forest", "--analysis", YOGA, "--dpi", "0", "--out", "x.png"), "not in the range 20<=x<=1200"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_a_wrong_name_says_what_to_do(arguments: tuple[str, ...], words: str) -> None:
    made = draw(*arguments)
    assert made.exit_code != 0
    assert words in made.output
    assert "Traceback" not in made.output


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    made = draw("funnel", "--analysis", largest("MD"), "--measure", "MD", "--out", str(tmp_path / "x.docx"))
    assert made.exit_code == 2
    assert ".svg, .pdf, .png" in made.output


def few(k: int) -> AnalysisData:
    rng = np.random.default_rng(3)
    trials = [row_of(AnalysisTrial, study=f"T{i}", year=str(2000 + i), yi=str(rng.normal()), vi="0.2") for i in range(k)]
    return AnalysisData("few", "MD", trials, Model())


def test_figures_say_when_there_is_too_little() -> None:
    for kind in ("funnel", "baujat", "leave-one-out", "gosh", "bubble"):
        with pytest.raises(NotDrawn, match="needs"):
            KINDS[kind](few(2))
    with pytest.raises(NotDrawn, match="no trial with counts"):
        KINDS["labbe"](few(5))
    assert "Fewer than 10 trials" in KINDS["funnel"](few(5)).describe()


def test_ticks_are_round_and_inside() -> None:
    ticks = Axis("", -23.0, 41.0).ticks()
    assert ticks == [-20, 0, 20, 40]
    assert Axis("", 0.0, 0.7, "RR").text(float(np.log(2))) == "2"


def test_checking_a_package(package: Package) -> None:
    config = str(ROOT / "config/config.yaml")
    good = CliRunner().invoke(main, ["check", str(package.folder), "--config", config])
    assert good.exit_code == 0
    assert "6 results of 2 trials, no fault" in good.output
    package.cell("a", n_t="0")
    bad = CliRunner().invoke(main, ["check", str(package.folder), "--config", config])
    assert bad.exit_code == 1
    assert "results/yoga.csv, row 2, column n_t" in bad.output


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    for option in ("--results", "--config"):
        asked = ["plot", "funnel", "--analysis", EXERCISE, "--out", str(tmp_path / "a.svg"), "--results", str(RESULTS)]
        made = CliRunner().invoke(main, [*asked, option, str(tmp_path / "none")])
        assert made.exit_code == 1
        assert made.output.startswith(f"Error: {tmp_path / 'none'}")
        assert "run this in the folder of a review" in made.output
        assert not (tmp_path / "a.svg").exists()
