"""Claims, summaries of findings and documents: verdicts as the claim file says, numbers that agree in every format."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import yaml
from conftest import DATA, ROOT, read_csv, read_members, row_of

from evidence_synthesis.conclusions import published, summary_of_findings
from evidence_synthesis.conclusions.claims.harms import exact_interval
from evidence_synthesis.conclusions.claims.rows import VERDICTS
from evidence_synthesis.conclusions.summary_of_findings import AbsoluteEffect, absolute_effect
from evidence_synthesis.exports import office, sof_documents
from evidence_synthesis.report.site import Site, render
from evidence_synthesis.review.settings import Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.keys import AnalysisKey
from evidence_synthesis.synthesis.rows.analyses import PooledResult
from evidence_synthesis.synthesis.rows.conclusions import Certainty, PublishedComparison
from evidence_synthesis.synthesis.rows.statements import CentralLine
from evidence_synthesis.wording import STATEMENT_WORDS, number

RESULTS = ROOT / "results"
TABLES = RESULTS / "tables"
TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))
MODEL = "Random effects."


def test_exact_limits_against_published_ones() -> None:
    # rule of three's exact form: no event in 100 people, upper one-sided 97.5 per cent limit 3.62 per cent (Hanley 1983)
    assert exact_interval(0, 100)[1] == pytest.approx(0.0362, abs=0.0001)
    # 10 of 100: 4.90 to 17.62 per cent, 5 of 5: from 47.82 per cent (R's binom.test)
    assert exact_interval(10, 100) == pytest.approx((0.0490, 0.1762), abs=0.0001)
    assert exact_interval(5, 5) == pytest.approx((0.4782, 1.0), abs=0.0001)


def test_every_statement_has_a_verdict_and_its_parts_in_words() -> None:
    claims, detail = read_csv(TABLES / "claims.csv"), read_csv(TABLES / "claims_detail.csv")
    content = yaml.safe_load((DATA / "claims.yaml").read_text("utf-8"))
    assert [c["claim"] for c in claims] == [c["id"] for c in content["claims"]]
    for claim, entry in zip(claims, content["claims"], strict=True):
        parts = [d for d in detail if d["claim"] == claim["claim"]]
        assert [d["says"] for d in parts] == [p["says"] for p in entry["parts"]]
        first = {d["verdict"] for d in parts if d["reading"] != "secondary"}
        assert claim["verdict"] == (first.pop() if len(first) == 1 else "mixed")
        assert claim["summary"].count(": ") >= len(parts)
        assert sum(int(claim[v]) for v in VERDICTS) == int(claim["parts"]) == len(parts)
        assert all(d["reason"] for d in parts if d["kind"] != "effect")


def test_statements_without_a_test_are_listed_with_the_reason() -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text("utf-8"))
    page = unescape((ROOT / "results/report/claims.html").read_text("utf-8"))
    for entry, row in zip(content["not_tested"], read_csv(TABLES / "claims_not_tested.csv"), strict=True):
        assert row == entry | {"document": content["documents"][entry["document"]]["title"]}
        assert row["statement"] in page
        assert row["why"] in page


def test_a_test_that_is_an_analysis_has_its_numbers_and_its_place() -> None:
    pooled = {(r["analysis_id"], r["measure"]): r for r in read_csv(TABLES / "pooled.csv")}
    page = (ROOT / "results/report/claims.html").read_text("utf-8")
    compared = linked = 0
    for d in read_csv(TABLES / "claims_detail.csv"):
        if not d["analysis_id"] or not d["estimate"] or d["measure"] == "RD":
            continue
        ours = pooled[d["analysis_id"], d["measure"]]
        for name in ("estimate", "ci_low", "ci_high", "trials"):
            assert float(d[name]) == pytest.approx(float(ours[name]), rel=1e-9), (d["claim"], name)
        compared += 1
        linked += f"#a-{d['analysis_id']}" in page
    assert compared > 30
    assert linked > 10


def test_the_page_of_a_treatment_shows_what_documents_say_of_it(site: Site) -> None:
    claims, views = {c.claim: c for c in site.tables.claims}, dict(site.views())
    pages = {path: unescape(render(view)) for path, view in views.items() if path.startswith("treatments/")}
    told = 0
    for part in site.tables.detail:
        claim = claims[part.claim]
        first, _, parts = claim.verdict_words.partition(": ")
        for text in (pages[p] for p in map("treatments/{}.html".format, part.groups) if p in pages):
            line = text.split(f'<a href="../claims.html#{part.claim}">')[0].rpartition("<li>")[2]
            assert f'class="verdict s-{claim.verdict}">{first}</strong>' in line
            assert parts in line
            assert claim.certainty in line
            told += 1
    assert told > 200


def test_claims_have_the_numbers_of_the_pooled_table() -> None:
    pooled = {(r["analysis_id"], r["measure"]): r for r in read_csv(TABLES / "pooled.csv")}
    detail = {(d["claim"], d["part"]): d for d in read_csv(TABLES / "claims_detail.csv")}
    pairs = {
        ("iqwig-2025-massage-short", "1"): "family-massage__untreated__pain__short__low_back_chronic",
        ("kaia-massage-neck-short", "4"): "family-massage__untreated__pain__short__neck",
        ("iqwig-2015-exercise-function", "1"): "family-exercise__untreated__function__short__low_back_chronic",
        ("toolkit-active-favoured", "1"): "class-active__passive__pain__short__low_back",
    }
    for key, analysis in pairs.items():
        for column in ("estimate", "ci_low", "ci_high", "trials"):
            assert float(detail[key][column]) == pytest.approx(float(pooled[analysis, "MD"][column]), rel=1e-8)


def test_people_that_are_not_printed_count_by_precision_in_the_published_table() -> None:
    """Every result on points: the trials without a number of people, as many as an SD of 20 needs for their variance."""
    hidden: dict[str, float] = {}
    for trial in read_members(ROOT / "results"):
        if trial["measure"] == "MD" and "" in (trial["n_t"], trial["n_c"]):
            hidden[trial["analysis_id"]] = hidden.get(trial["analysis_id"], 0.0) + 4 * 20**2 / float(trial["vi"])
    told = {r["analysis_id"]: r["imprecision_why"] for r in read_csv(TABLES / "certainty.csv") if r["measure"] == "MD"}
    assert len(hidden.keys() & told.keys()) > 100
    for analysis, why in told.items():
        assert ("as precise as" in why) == (analysis in hidden), analysis
        if analysis in hidden:
            assert f"as precise as {hidden[analysis]:,.0f} would be" in why, analysis


@pytest.fixture(scope="module")
def tables(settings: Settings) -> dict:
    return summary_of_findings.sof_tables(PooledResult.of(RESULTS), Certainty.of(RESULTS), settings, TAXONOMY)


def test_figure_and_page_print_the_same_numbers(tables: dict) -> None:
    page = unescape((ROOT / "results/report/treatments/family-massage.html").read_text(encoding="utf-8"))
    drawn = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "results/figures/family-massage").glob("*.svg")}
    rows = [r for r in read_csv(TABLES / "summary_of_findings.csv") if r["group"] == "family-massage"]
    assert rows
    for row in rows:
        assert row["effect"] in page
        asked = AnalysisKey.parse(row["analysis_id"]).question.within_group
        if row["measure"] == "MD" and asked in drawn:
            assert row["effect"] in drawn[asked]
    assert "inactive__pain__low_back" in drawn


def test_tables_explain_what_they_show_and_nothing_else(tables: dict) -> None:
    some = {name: summary_of_findings.explanation(MODEL, tables[name]) for name in ("class-active", "family-massage")}
    assert "A mean difference (points of 100) or standardised mean difference (SMD) below zero favours" in some["class-active"]
    assert "A risk ratio (RR) or hazard ratio (HR) above one means that the outcome is more frequent" in some["class-active"]
    for name, words in some.items():
        shown = [f for t in tables[name] for line in t.lines for f in line.findings.values() if f]
        assert ("NNT" in words) == any(f.nnt for f in shown)
        assert ("NNH" in words) == any(f.nnh for f in shown)
        assert ("ratio" in words) == any(f.measure in ("RR", "HR") for f in shown)
        assert MODEL in words
    assert summary_of_findings.explanation(MODEL, []) == MODEL


def test_a_line_of_the_table_says_its_unit(tables: dict, settings: Settings) -> None:
    lines = list(summary_of_findings.sof_rows(tables))
    assert {(line.measure, line.unit) for line in lines} >= {("MD", "points of 100"), ("RR", "")}
    for line in lines:
        assert line.unit == settings.outcome(line.outcome).unit_of(line.measure)


def test_an_smd_of_other_trials_says_how_many(tables: dict) -> None:
    counted = {r.key: r.trials for r in PooledResult.of(RESULTS)}
    shown = [f for group in tables.values() for t in group for line in t.lines for f in line.findings.values() if f]
    told = [(f, counted[f.analysis_id, "SMD"]) for f in shown if f.smd]
    assert {(f.trials == n) for f, n in told} == {True, False}
    for f, n in told:
        ending = f.smd.partition("), ")[2]
        assert ending == ("" if f.trials == n else f"{n} trial" + ("s" if n != 1 else ""))


def test_a_prediction_needs_three_trials_as_in_forest_plots(tables: dict) -> None:
    shown = [f for group in tables.values() for t in group for line in t.lines for f in line.findings.values() if f]
    assert {bool(f.prediction) for f in shown if f.trials < 3} == {False}
    assert {bool(f.prediction) for f in shown if f.trials > 2} == {True}
    assert any("," in f.size for f in shown)
    assert not any("," in f.participants for f in shown)


def test_nothing_in_a_text_runs_as_code() -> None:
    from openpyxl import load_workbook

    book = office.new_workbook()
    sheet = office.new_sheet(book, "t", ["=0"], 1)
    sheet.append([sof_documents._sheet_cell(sheet, text, None) for text in ("=1+1", "12")])
    head, row = load_workbook(io.BytesIO(office.workbook_bytes(book)))["t"].iter_rows()
    assert [(c.value, c.data_type) for c in (*head, *row) if c.value] == [("=0", "s"), ("=1+1", "s"), (12, "n")]
    assert "\\input" not in sof_documents.tex("\\input{x}")


def test_a_ratio_whose_interval_says_nothing_gives_no_absolute_effect() -> None:
    told = {"measure": "RR", "estimate": "1.9", "analysis_id": "a"}
    known = row_of(PooledResult, ci_low="0.5", ci_high="7", **told)
    assert absolute_effect(known, 0.1, None).change == "90 more per 1,000 (50 fewer to 600 more)"
    assert absolute_effect(replace(known, ci_high=18389.1), 0.1, None) == AbsoluteEffect("100 per 1,000")


def published_row(**cells: str) -> dict[str, str]:
    row = dict.fromkeys(read_csv(DATA / "published_estimates.csv")[0], "")
    usual = {"estimate_id": "pe1", "treatment": "massage", "comparator": "inactive", "region": "low back", "outcome": "pain"}
    more = {
        "term": "short",
        "measure": "MD",
        "scale_min": "0",
        "scale_max": "10",
        "estimate": "1.5",
        "ci_low": "0.5",
        "ci_high": "2.5",
    }
    return row | usual | more | {"negative_favours_treatment": "no", "k_trials": "3"} | cells


def compare(settings: Settings, **cells: str) -> PublishedComparison:
    return next(published.comparison_rows([published_row(**cells)], PooledResult.of(RESULTS), settings, TAXONOMY))


def test_published_questions_are_in_words(settings: Settings) -> None:
    what = {"treatment": "massage", "comparator": "usual_care", "outcome": "function", "term": "long", "population": "low_back"}
    row = row_of(PublishedComparison, **what)
    assert published.question(row, settings, TAXONOMY) == "Massage against usual care, function, long term"
    own = replace(row, treatment="yoga", comparator="inactive")
    assert published.question(own, settings, TAXONOMY) == "Yoga against no active care, function, long term"


def test_published_estimates_are_brought_to_our_scale(settings: Settings) -> None:
    row = compare(settings)
    assert (row.their_estimate, row.their_low, row.their_high) == (-15, -25, -5)
    assert row.analysis_id == "family-massage__inactive__pain__short__low_back"
    assert row.overlap is True
    assert compare(settings, estimate="30", ci_low="28", ci_high="32", scale_max="40").overlap is False


MMHG = Outcome(
    "blood_pressure", "Blood pressure", "other", ("MD",), (), None, "mmHg", {"MD": 5}, "blood pressure", "lowers it", "raises it"
)


@pytest.mark.parametrize(
    ("cells", "outcome", "values"),
    [
        ({"scale_max": "24", "estimate": "-2.4", "ci_low": "-4.8", "ci_high": "0"}, {}, (-10, -20, 0)),
        ({"scale_min": "", "scale_max": ""}, {}, None),  # points of what?
        ({"scale_min": "", "scale_max": "", "negative_favours_treatment": "yes"}, {"natural": True}, (1.5, 0.5, 2.5)),
        ({"scale_max": "24"}, {"natural": True}, None),  # points of a scale are no mmHg
        ({"scale_min": "", "scale_max": ""}, {"natural": True, "event_is_good": True}, (1.5, 0.5, 2.5)),
        ({"measure": "SMD"}, {"event_is_good": True}, (1.5, 0.5, 2.5)),
        ({"measure": "SMD", "negative_favours_treatment": "yes"}, {"event_is_good": True}, (-1.5, -2.5, -0.5)),
        ({"measure": "RR", "estimate": "1.5"}, {"event_is_good": True}, (1.5, 0.5, 2.5)),
    ],
)
def test_published_estimates_come_in_the_unit_and_direction_of_ours(
    cells: dict[str, str], outcome: dict[str, Any], values: tuple[float, ...] | None, settings: Settings
) -> None:
    own = MMHG if outcome.get("natural") else settings.outcome("function")
    row = {"negative_favours_treatment": "yes" if not outcome else "no"} | cells
    found = published.their_values(published_row(**row), replace(own, event_is_good=outcome.get("event_is_good")))
    assert found == (pytest.approx(values) if values else None)


def test_a_comparison_says_its_unit(settings: Settings) -> None:
    assert compare(settings).unit == "points of 100"
    own = replace(settings, outcomes=(replace(MMHG, outcome="pain"),))
    note = next(published.comparison_rows([published_row()], [], own, TAXONOMY)).note
    assert note == "not compared: theirs is in points of a scale from 0 to 10, ours in mmHg"
    row = published_row(scale_min="", scale_max="", negative_favours_treatment="yes")
    key = "family-massage__inactive__pain__short__low_back"
    ours = row_of(PooledResult, analysis_id=key, measure="MD", trials="3", estimate="2", ci_low="1", ci_high="3")
    found = next(published.comparison_rows([row], [ours], own, TAXONOMY))
    assert (found.unit, found.their_estimate, found.overlap, found.same_side) == ("mmHg", 1.5, True, True)


def beside(mine: tuple[str, str, str], theirs: tuple[str, str, str], settings: Settings, **cells: str) -> PublishedComparison:
    row = published_row(treatment="yoga", outcome="recovery", measure="RR", negative_favours_treatment="yes", **cells)
    row |= dict(zip(("estimate", "ci_low", "ci_high"), theirs, strict=True))
    what = {"analysis_id": "yoga__inactive__recovery__short__low_back", "measure": "RR", "trials": "3"}
    ours = row_of(PooledResult, **what, **dict(zip(("estimate", "ci_low", "ci_high"), mine, strict=True)))
    return next(published.comparison_rows([row], [ours], settings, TAXONOMY))


def test_ratios_are_on_one_side_of_1_and_intervals_may_touch(settings: Settings) -> None:
    ours = ("1.2", "1.0", "1.4")
    same = beside(ours, ("1.1", "0.8", "1.0"), settings)
    assert (same.same_side, same.overlap, same.note) == (True, True, "")
    other = beside(ours, ("0.8", "0.7", "0.9"), settings)
    assert (other.same_side, other.overlap) == (False, False)
    assert beside(("0.8", "0.7", "0.9"), ours, settings).overlap is False
    assert beside(("0.8", "0.7", "1.0"), ours, settings).overlap is True
    assert (same.our_estimate, same.our_low, same.our_high) == (1.2, 1.0, 1.4)


def test_what_differs_from_a_published_estimate_is_noted(settings: Settings) -> None:
    ours = ("1.2", "1.0", "1.4")
    assert beside(ours, ours, settings, k_trials="5").note == "their trials 5, ours 3"
    note = beside(ours, ours, settings, k_trials="", weeks_low="4", weeks_high="26", trust="secondary").note
    assert note == (
        "their number of trials is not printed; their window 4 to 26 weeks; read in an overview, not in the review itself"
    )
    assert beside(ours, ours, settings, weeks_low="4").note == "their window 4 to ? weeks"


def test_what_cannot_be_compared_says_why(settings: Settings) -> None:
    assert "follow-up is prevention" in compare(settings, term="prevention").note
    assert "no group of the review" in compare(settings, treatment="homeopathy").note
    assert "usual care only" in compare(settings, comparator="usual_care").note
    assert "no group of the review" in compare(settings, comparator="another_alone").note


def test_a_published_comparator_is_met_by_the_narrowest_group_that_names_it(settings: Settings) -> None:
    def met(name: str) -> str:
        return AnalysisKey.parse(compare(settings, comparator=name).analysis_id).comparator

    assert [met(name) for name in ("sham", "usual_care", "active", "another")] == ["sham", "untreated", "active", "another"]
    assert (met("other_active"), met("medical_care")) == ("another", "other")
    assert "population" in compare(settings, region="mixed musculoskeletal").note


def central_table(lines: Iterable[CentralLine]) -> list[str]:
    """The rows of the README's table: a comparison, short and long term, and the change within trials that measured both."""
    rows: dict[str, list[str]] = {}
    for line in lines:
        trials = f"{line.trials} trial{'' if line.trials == 1 else 's'}"
        people = f"{line.participants or 0:,.0f}{'+' if line.trials_without_n else ''} people"
        facts = f"{trials}, {people}, {line.certainty}"
        cells = rows.setdefault(line.comparison, [])
        cells.append(f"{readme_effect(line.estimate, line.ci_low, line.ci_high)}; {facts}" if line.trials else "no trial")
        if line.term == "long":
            several = f"{line.change_trials} trial{'' if line.change_trials == 1 else 's'}"
            change = readme_effect(line.change, line.change_low, line.change_high)
            cells.append(f"{change}; {several}" if line.change_trials else "no trial")
    return [f"| {' | '.join((comparison, *cells))} |" for comparison, cells in rows.items()]


def readme_effect(estimate: float | None, low: float | None, high: float | None) -> str:
    return f"{number(estimate, 1)} ({number(low, 1)} to {number(high, 1)})"


def test_the_readme_says_what_the_results_say() -> None:
    """The central message and the counts of statements in the README are those of the committed tables."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## What the evidence says today")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    assert lines[1:] == central_table(line for line in CentralLine.read(TABLES / "central_message.csv") if line.outcome == "pain")
    verdicts = Counter(c["verdict"] for c in read_csv(TABLES / "claims.csv"))
    words = " ".join(section.split())
    counted = ", ".join(f"{name} {verdicts[v]}" for v, name in STATEMENT_WORDS.items() if verdicts[v])
    first = (ROOT / "results/report/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<meta name="description" content="(.*?)">', first)[0] in words
    assert f"Of the {sum(verdicts.values())} statements" in words
    assert counted in words
    assert f"{len(read_csv(TABLES / 'claims_not_tested.csv'))} others are not put to one" in words


def test_the_central_message_has_the_numbers_of_the_pooled_table() -> None:
    pooled = {(r["analysis_id"], r["measure"]): r for r in read_csv(TABLES / "pooled.csv")}
    certainty = {(r["analysis_id"], r["measure"]): r["certainty"] for r in read_csv(TABLES / "certainty.csv")}
    rows = [r for r in read_csv(TABLES / "central_message.csv") if r["analysis_id"]]
    assert len(rows) > 15
    for row in rows:
        ours = pooled[row["analysis_id"], row["measure"]]
        for name in ("estimate", "ci_low", "ci_high", "trials", "participants", "i2"):
            assert float(row[name] or 0) == pytest.approx(float(ours[name] or 0), rel=1e-9, abs=1e-9), (row["analysis_id"], name)
        assert row["favours"] == ours["favours"]
        assert row["certainty"] == certainty[row["analysis_id"], row["measure"]]


@pytest.mark.parametrize(
    ("risk", "ratios", "words"),
    [
        (0.2, ("1.5", "1.2", "1.9"), ("300 per 1,000 (240 to 380)", "100 more per 1,000 (40 more to 180 more)", "10 (6 to 25)")),
        (
            0.2,
            ("0.65", "0.5", "0.9"),
            ("130 per 1,000 (100 to 180)", "70 fewer per 1,000 (100 fewer to 20 fewer)", "15 (10 to 50)"),
        ),
        (0.2, ("0.8", "0.6", "1.1"), ("160 per 1,000 (120 to 220)", "40 fewer per 1,000 (80 fewer to 20 more)", "")),
        (
            0.9,
            ("1.5", "1.2", "1.9"),
            ("1,000 per 1,000 (1,000 to 1,000)", "100 more per 1,000 (100 more to 100 more)", "10 (10 to 10)"),
        ),
    ],
)
def test_people_of_a_thousand_follow_from_the_risk_ratio(risk: float, ratios: tuple, words: tuple) -> None:
    """Handbook 15.4.4: the control's risk times the ratio, no more than everybody; NNT only where the interval is clear of 1.

    For a good event that is more frequent it is a number needed to treat, for a bad one to harm; fewer events the other way.
    """
    row = row_of(PooledResult, measure="RR", **dict(zip(("estimate", "ci_low", "ci_high"), ratios, strict=True)))
    for good in (True, False):
        found = absolute_effect(row, risk, good)
        assert (found.comparator, found.treatment, found.change) == (f"{1000 * risk:.0f} per 1,000", *words[:2])
        helps = (row.estimate > 1) == good
        assert (found.nnt, found.nnh) == ((words[2], "") if helps else ("", words[2]))
    assert absolute_effect(replace(row, measure="RD"), risk, True) == AbsoluteEffect()
    assert absolute_effect(row, None, True) == absolute_effect(row, 0.0, True) == AbsoluteEffect()


def test_a_cell_of_a_table_has_what_there_is(tables: dict) -> None:
    finding = next(f for t in tables["family-massage"] for line in t.lines for f in line.findings.values() if f)
    full = replace(
        finding, measure="RR", effect="1.5 (1.2 to 1.9)", smd="", absolute="100 more", nnt="10", prediction="0.9 to 2.5"
    )
    assert full.lines == ["RR 1.5 (1.2 to 1.9)", "100 more", "NNT 10", "prediction 0.9 to 2.5"]
    assert replace(full, nnt="", absolute="", prediction="").lines == ["RR 1.5 (1.2 to 1.9)"]
    points = replace(
        full, measure="MD", effect="-9 (-12 to -6)", smd="-0.5 (-0.7 to -0.3)", absolute="", nnt="", prediction="", unit="points"
    )
    assert points.lines == ["-9 (-12 to -6) points", "SMD -0.5 (-0.7 to -0.3)"]


def test_notes_and_certainty_have_their_signs() -> None:
    assert [summary_of_findings.letter(i) for i in (0, 25, 26, 27, 51, 52)] == ["a", "z", "aa", "ab", "az", "ba"]
    assert [summary_of_findings.signs(level) for level in ("very low", "low", "moderate", "high")] == [
        *("\u2295\u25ef\u25ef\u25ef", "\u2295\u2295\u25ef\u25ef", "\u2295\u2295\u2295\u25ef", "\u2295\u2295\u2295\u2295"),
    ]
