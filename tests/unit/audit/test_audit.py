"""The data audit: each rule finds what it is for, leaves sound rows alone, and together they reach the bars on known errors."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import CONTRAST, DATA, EVENTS, ROOT, Rows, read_csv, real_rows, trial_row

from evidence_synthesis.audit.lines import NOTE
from evidence_synthesis.audit.printed import FLAGS
from evidence_synthesis.audit.report import audit, audit_rows
from evidence_synthesis.audit.spread import largest_sd
from evidence_synthesis.audit.table import doubtful_rows
from evidence_synthesis.audit.whole import sd_fits, sums
from evidence_synthesis.review.trials import check_package
from evidence_synthesis.wording import DOUBTS

INSTRUMENTS = read_csv(DATA / "instruments.csv")
KNOWN = read_csv(ROOT / "tests/reference/known_source_errors.csv")


@pytest.fixture(scope="module")
def printed() -> list[dict[str, str]]:
    return [dict(row) for row in real_rows()]


@pytest.fixture(scope="module")
def found(printed: list[dict[str, str]]) -> dict[str, set[str]]:
    """Severities found about each row."""
    severities: dict[str, set[str]] = {}
    for finding in audit(printed, INSTRUMENTS):
        for row_id in finding.row_ids:
            severities.setdefault(row_id, set()).add(finding.severity)
    return severities


def test_every_kind_of_finding_has_words() -> None:
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/evidence_synthesis/audit").glob("*.py"))
    assert {*re.findall(r'(?:about|_row)\("\w+", "(\w+)"', sources), *FLAGS.values()} == set(DOUBTS)


def test_findings_name_arms_in_words(printed: list[dict[str, str]]) -> None:
    ids = {row[side] for row in printed for side in ("treatment", "comparator") if "_" in row[side]}
    assert len(ids) > 10
    assert [f.evidence for f in audit(printed, INSTRUMENTS) if any(i in f.evidence for i in ids)] == []


@pytest.mark.parametrize(("certainty", "bar"), [("certain", 0.85), ("likely", 0.70)])
def test_known_errors_are_found(found: dict[str, set[str]], certainty: str, bar: float) -> None:
    listed = [k["row_ids"].split(";") for k in KNOWN if k["certainty"] == certainty]
    hits = sum(any(found.get(r, set()) - {NOTE} for r in rows) for rows in listed)
    assert hits / len(listed) >= bar


def test_clean_rows_are_left_alone(found: dict[str, set[str]], printed: list[dict[str, str]]) -> None:
    dirty = {r for k in KNOWN for r in k["row_ids"].split(";")}
    clean = [r["row_id"] for r in printed if r["row_id"] not in dirty]
    assert 15 * sum("error" in found.get(r, set()) for r in clean) < len(clean)


def rules(*rows: dict[str, str]) -> set[str]:
    return {f.rule for f in audit(rows, INSTRUMENTS)}


def test_a_sound_row_has_no_finding() -> None:
    assert rules(trial_row("a"), trial_row("b", weeks="26", mean_t="38", sd_t="19.5", mean_c="47", sd_c="21")) == set()


@pytest.mark.parametrize("part", range(4))
def test_no_missing_or_odd_value_stops_the_audit(printed: list[dict[str, str]], part: int) -> None:
    """Rows that a decision excludes need not obey the rules about values, and the audit reads them as well."""
    draw, share = np.random.default_rng(part), (0.02, 0.1, 0.3, 0.6)[part]
    numbers = ("mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3", "baseline_mean", "baseline_sd")
    columns = [f"{name}_{side}" for name in (*numbers, "n", "events") for side in "tc"]
    columns += ["weeks", "effect", "effect_ci_low", "effect_ci_high", "effect_se", "effect_p", "scale_min", "scale_max"]
    rows = [dict(row) for row in printed]
    for row in rows:
        for column in columns:
            if row[column] and draw.random() < share:
                odd = ("", "0", "-1", "100000") if column.rpartition("_")[0] in numbers else ("",)
                row[column] = odd[int(draw.integers(len(odd)))]
    assert audit(rows, INSTRUMENTS)


def test_a_visit_without_a_spread_is_no_shift_of_scale() -> None:
    first = trial_row("a", mean_t="4", sd_t="", mean_c="4.2", sd_c="", weeks="4")
    assert "scale_shift" not in rules(first, trial_row("b", mean_t="40", sd_t="20", mean_c="42", sd_c="21", weeks="26"))


def usual(**odd: str) -> Rows:
    """Eight trials with means around 45 and SDs of 20, and a ninth with an odd value."""
    rows = [trial_row(f"u{i}", trial=f"u{i}", mean_t=str(38 + i), mean_c=str(47 + i), sd_t="20.1", sd_c="19.9") for i in range(8)]
    return [*rows, trial_row("odd", trial="odd", **odd)]


def printed_effect(effect: str, low: str, high: str, **cells: str) -> dict[str, str]:
    row = trial_row("odd", trial="odd", **CONTRAST | cells)
    return row | {"effect": effect, "effect_ci_low": low, "effect_ci_high": high}


def second(**cells: str) -> Rows:
    """A visit after 12 weeks and another row of the trial, with other values where nothing is said of them."""
    return [trial_row("a", sd_t="20.1", sd_c="19.9"), trial_row("b", **{"mean_t": "38", "mean_c": "47"} | cells)]


def exchanged(last: str) -> Rows:
    arms = [("usual_care", "12", "15"), ("usual_care", "26", "25"), ("sham", "12", "25"), ("sham", "26", last)]
    return [trial_row(f"r{i}", comparator=c, weeks=w, sd_c=sd, mean_c=str(50 + i)) for i, (c, w, sd) in enumerate(arms)]


def moved(after: str) -> Rows:
    base = {"baseline_mean_t": "60", "baseline_mean_c": "60", "measured_as": "VAS"}
    worse = {"baseline_mean_t": "30", "baseline_mean_c": "30", "measured_as": "McGill"}
    return [trial_row("a", **base, mean_c="45"), trial_row("b", **worse | {"mean_t": after, "mean_c": after, "sd_t": "20.1"})]


def filled_in(*trials: str) -> Rows:
    cells = {"baseline_sd_t": "15.3", "baseline_sd_c": "15.3", "read_in": "review"}
    return [trial_row(t, trial=t, **cells) for t in trials]


def lasting(*weeks: str) -> Rows:
    return [trial_row(w, weeks=w, n_t="60", n_c="58", mean_t=str(40 + i)) for i, w in enumerate(weeks)]


def among_finals(place: str) -> Rows:
    table = {"read_in": "review", "source_location": "table 1"}
    change = {"value_kind": "change", "review_measure": "SMD", "mean_t": "-10", "mean_c": "-5", "read_in": "review"}
    return [trial_row("a", trial="one", **table), trial_row("b", trial="two", **change | {"source_location": place})]


SF = {"outcome": "function", "instrument": "", "measured_as": "SF-36"}
COUNTS = EVENTS | {"measured_as": "recovered"}

# what a rule finds, and what lies just within its limit
LIMITS: dict[str, tuple[Rows, Rows]] = {
    "effect_of_arms": (
        [trial_row("a", effect_measure="MD", effect="-9.3")],
        [trial_row("a", effect_measure="MD", effect="-9.4")],
    ),
    "effect_sign": ([trial_row("a", effect_measure="MD", effect="10")], [trial_row("a", effect_measure="MD", effect="-10")]),
    "off_centre": ([printed_effect("-5.0", "-9.0", "-2.4")], [printed_effect("-5.0", "-9.0", "-2.1")]),
    "p_and_interval": (
        [printed_effect("-5", "-9.9", "-0.1", effect_p="0.1")],
        [printed_effect("-5", "-9.9", "-0.1", effect_p="0.1", ci_level="90")],
    ),
    "large_effect": ([trial_row("a", mean_t="25")], [trial_row("a", mean_t="25.1")]),
    "implausible_effect": (
        [trial_row("a", mean_t="19.9", sd_t="10", sd_c="10")],
        [trial_row("a", mean_t="20.1", sd_t="10", sd_c="10")],
    ),
    "turning_effect": (
        [trial_row("a", mean_t="33"), trial_row("b", weeks="26", mean_t="45", mean_c="36")],
        [trial_row("a", mean_t="33"), trial_row("b", weeks="26", mean_t="45", mean_c="37.5")],
    ),
    "before_the_end": ([trial_row("a", course_weeks="25")], [trial_row("a", course_weeks="24")]),
    "sources_differ": (second(read_in="review", mean_t="30"), second(read_in="review", mean_t="33")),
    "extractor_flag": ([trial_row("a", flags="x;n_contradicted")], [trial_row("a", flags="x")]),
    "review_effect": (
        [trial_row("a", review_measure="SMD", review_effect="-0.52", sd_c="10", n_t="10")],
        # 10 points by the SD of both arms, root of (9 x 400 + 29 x 100) / 38, and Hedges' correction 1 - 3/151
        [trial_row("a", review_measure="SMD", review_effect="-0.75", sd_c="10", n_t="10")],
    ),
    "impossible_change_sd": (
        [trial_row("a", value_kind="change", mean_t="-10", sd_t="41", baseline_sd_t="20")],
        [trial_row("a", value_kind="change", mean_t="-10", sd_t="40.5", baseline_sd_t="20")],
    ),
    "se_for_sd": (usual(sd_t="4.9"), usual(sd_t="5.1")),
    "small_sd": (usual(sd_t="7.9"), usual(sd_t="8.1")),
    "large_sd": (usual(sd_t="44.5"), usual(sd_t="43.5")),
    "implied_sd": (
        [*usual()[:8], printed_effect("-5", "-9", "-1")],
        [*usual()[:8], printed_effect("-5", "-9", "-1", ci_level="90")],
    ),
    "unequal_sds": ([trial_row("a", sd_t="9", sd_c="22")], [trial_row("a", sd_t="9.5", sd_c="22")]),
    "slip": ([trial_row("a", sd_t="1.3", sd_c="20")], [trial_row("a", sd_t="1.4", sd_c="20")]),
    "repeated_sd": ([trial_row("a", sd_t="20.3", sd_c="20.3")], [trial_row("a", sd_t="20.3", sd_c="20.4")]),
    "sd_equals_mean": ([trial_row("a", mean_t="41.5", sd_t="41.5")], [trial_row("a", mean_t="41.5", sd_t="41.4")]),
    "constant_baseline_sd": (filled_in("one", "two", "three"), filled_in("one", "two")),
    "exchanged_sds": (exchanged("15"), exchanged("16")),
    "imputed": ([trial_row("a", flags="sd_imputed")], [trial_row("a", flags="imputed")]),
    "same_arm_scale": (second(comparator="sham", mean_t="40", sd_t="2.4"), second(comparator="sham", mean_t="40", sd_t="3")),
    "same_values": (
        [*second(treatment="exercise_general", mean_t="41.5", sd_t="18.7"), trial_row("c", comparator="sham", mean_t="41.5")],
        [*second(treatment="exercise_general", mean_t="41.6", sd_t="18.7"), trial_row("c", comparator="sham", mean_t="41.5")],
    ),
    "two_names": (
        [trial_row("a", mean_t="41.53", sd_t="20.4"), trial_row("b", "exercise_general", mean_t="41.53", sd_t="20.4")],
        [trial_row("a", mean_t="41.53", sd_t="20.4"), trial_row("b", "exercise_general", mean_t="41.53", sd_t="20.4", n_t="31")],
    ),
    "label": (
        [
            *(trial_row("a", mean_t="41.53", sd_t="20.4"), trial_row("b", "exercise_general", mean_t="41.53", sd_t="20.4")),
            trial_row("c", comparator="sham", mean_t="55", sd_t="12"),
        ],
        [
            *(trial_row("a", mean_t="41.53", sd_t="20.4"), trial_row("b", "exercise_general", mean_t="41.53", sd_t="20.4")),
            trial_row("c", comparator="sham", mean_t="55", sd_t="12", weeks="52"),
        ],
    ),
    "same_arm_n": (
        [trial_row("a"), trial_row("b", comparator="sham", n_t="28")],
        [trial_row("a"), trial_row("b", comparator="sham")],
    ),
    "one_slot": (second(), second(measured_as="pain at night")),
    "visit_n": (second(**SF, n_t="28"), second(**SF, n_t="29")),
    "nobody_lost": (lasting("4", "12", "26"), lasting("4", "12", "25")),
    "change_among_finals": (among_finals("table 1"), among_finals("table 2")),
    "direction": (moved("40.5"), moved("39.5")),
    "event_arm": (
        [trial_row("a", **COUNTS), trial_row("b", **COUNTS | {"n_t": "28"}, comparator="sham")],
        [trial_row("a", **COUNTS), trial_row("b", **COUNTS, comparator="sham")],
    ),
    "not_converted": (usual(mean_t="9.9", mean_c="9", sd_t="2", sd_c="2"), usual(mean_t="10.1", mean_c="9", sd_t="2", sd_c="2")),
    "short_scale": (usual(mean_t="25", mean_c="28", sd_t="9", sd_c="9"), usual(mean_t="25", mean_c="33", sd_t="9", sd_c="9")),
    "unusual_level": (usual(mean_t="66"), usual(mean_t="62")),
    "reversed": (
        [trial_row("a", mean_t="-40", mean_c="-50")],
        [trial_row("a", mean_t="-40", mean_c="-50", higher_is_worse="no")],
    ),
    "scale_shift": (
        second(weeks="26", mean_t="15", mean_c="19", sd_t="8", sd_c="8"),
        second(weeks="26", mean_t="17", mean_c="21", sd_t="8", sd_c="8"),
    ),
    "sign": (second(weeks="26", mean_t="-55"), second(weeks="26", mean_t="-57")),
    "growing_n": (second(weeks="26", n_t="33"), second(weeks="26", n_t="32")),
    "more_than_randomised": ([trial_row("a", n_randomised_t="29")], [trial_row("a", n_randomised_t="30")]),
    "impossible_sd": ([trial_row("a", mean_t="50", sd_t="52")], [trial_row("a", mean_t="50", sd_t="51.8")]),
    "proportional_sd": (
        [trial_row("a", mean_t="24.0", sd_t="25.68", mean_c="31.0", sd_c="33.17")],
        [trial_row("a", mean_t="24.0", sd_t="25.68", mean_c="31.0", sd_c="33.5")],
    ),
    "identical_arms": ([trial_row("a", mean_t="50", sd_t="20")], [trial_row("a", mean_t="50", sd_t="20.1")]),
    "outside_scale": ([trial_row("a", mean_t="100.1")], [trial_row("a", mean_t="100")]),
    "negative_final": ([trial_row("a", mean_t="-30")], [trial_row("a", mean_t="-30", value_kind="change")]),
    "two_scales": (
        [trial_row("a", mean_t="9.8", mean_c="9.9", baseline_mean_t="50", baseline_mean_c="50")],
        [trial_row("a", mean_t="9.8", mean_c="10.1", baseline_mean_t="50", baseline_mean_c="50")],
    ),
    "entered_twice": ([trial_row("a"), trial_row("b")], second()),
    "same_arm_values": (
        [trial_row("a"), trial_row("b", comparator="sham", mean_t="31")],
        [trial_row("a"), trial_row("b", comparator="sham", mean_t="31", weeks="26")],
    ),
    "repeated_result": ([trial_row("a"), trial_row("b", weeks="52")], second(weeks="52")),
    "uneven_start": (
        # p is 0.001 at 3.466 standard errors (58 degrees of freedom), each 10 by the root of 15
        [trial_row("a", baseline_mean_t="59", baseline_sd_t="10", baseline_mean_c="50", baseline_sd_c="10")],
        [trial_row("a", baseline_mean_t="58.9", baseline_sd_t="10", baseline_mean_c="50", baseline_sd_c="10")],
    ),
    "component_score": (
        [trial_row("a", measured_as="SF-36 mental component", outcome="other", mean_t="70.1", mean_c="70")],
        [trial_row("a", measured_as="SF-36 mental component", outcome="other", mean_t="69", mean_c="70")],
    ),
    "counted_twice": (
        [trial_row("a", n_randomised_t="57"), trial_row("b", "exercise_general", mean_t="40", sd_t="17")],
        [trial_row("a", n_randomised_t="58"), trial_row("b", "exercise_general", mean_t="40", sd_t="17")],
    ),
    "dominating_trial": (
        [trial_row("a", trial="one", sd_t="4.5", sd_c="4.5"), trial_row("b", trial="two"), trial_row("c", trial="three")],
        [trial_row("a", trial="one", sd_t="5", sd_c="5"), trial_row("b", trial="two"), trial_row("c", trial="three")],
    ),
    # nine ones among twenty whole numbers: their SD is the root of 20/19 x 0.45 x 0.55
    "grimmer": (
        [trial_row("a", instrument="nrs_11", scale_max="10", n_t="20", mean_t="0.45", sd_t="0.52")],
        [trial_row("a", instrument="nrs_11", scale_max="10", n_t="20", mean_t="0.45", sd_t="0.51")],
    ),
    # 40 of 19 is 2.105
    "grim": (
        [trial_row("a", instrument="rmdq_24", outcome="function", scale_max="24", n_t="19", mean_t="2.09", sd_t="2.5")],
        [trial_row("a", instrument="rmdq_24", outcome="function", scale_max="24", n_t="19", mean_t="2.11", sd_t="2.5")],
    ),
}


# other ways to break a rule
SCORES = {"value_kind": "change", "scale_min": "", "scale_max": "", "sd_t": "80", "mean_c": "0.8", "sd_c": "8"}
RISK = EVENTS | {"review_measure": "RR"}
MORE: list[tuple[str, Rows, Rows]] = [
    ("slip", [trial_row("a", **SCORES, mean_t="-481")], [trial_row("a", **SCORES, mean_t="-479")]),
    (
        "review_effect",
        [trial_row("a", review_measure="MD", review_effect="-10.2")],
        [trial_row("a", review_measure="MD", review_effect="-10.1")],
    ),
    ("review_effect", [trial_row("a", **RISK, review_effect="1.53")], [trial_row("a", **RISK, review_effect="1.52")]),
    (
        # 12 of 18 against 8 of 22
        "review_effect",
        [trial_row("a", **RISK | {"review_measure": "OR"}, review_effect="1.5")],
        [trial_row("a", **RISK | {"review_measure": "OR"}, review_effect="1.83")],
    ),
    (
        "p_and_interval",
        [printed_effect("-5", "-9", "-1", effect_p="0.06")],
        [printed_effect("-5", "-9", "-1", effect_p="0.02")],
    ),
]


@pytest.mark.parametrize(("rule", "found", "alone"), [*((r, *rows) for r, rows in LIMITS.items()), *MORE])
def test_each_rule_finds_what_is_beyond_its_limit_and_nothing_within(rule: str, found: Rows, alone: Rows) -> None:
    assert rule in rules(*found)
    assert rule not in rules(*alone)


def test_every_rule_is_tested() -> None:
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/evidence_synthesis/audit").glob("*.py"))
    assert set(re.findall(r'(?:about|_row|Finding)\("(\w+)", ', sources)) == set(LIMITS)


def test_whole_numbers_have_only_some_means_and_sds() -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        n = int(rng.integers(5, 40))
        scores = rng.integers(0, 11, n)
        mean, sd = f"{scores.mean():.2f}", f"{scores.std(ddof=1):.2f}"
        totals = sums(float(mean), n, 2)
        assert int(scores.sum()) in totals
        assert sd_fits(totals, n, float(sd), 2)
    # Brown & Heathers' own example: 28 whole numbers have no mean of 5.19
    assert sums(5.18, 28, 2) == [145]
    assert sums(5.19, 28, 2) == []


def test_the_largest_sd_is_that_of_values_at_both_ends() -> None:
    # half of the people at 0, half at 100
    assert largest_sd(50, 0, 100, None) == pytest.approx(50)
    assert largest_sd(0, 0, 100, 20) == 0


def test_the_table_tells_what_was_decided() -> None:
    checked = check_package(DATA)["trials"]
    table = list(audit_rows(audit(checked), checked))
    assert any("excluded" in row.decision for row in table)
    settled = {r["row_id"] for r in checked if r["corrected_columns"]}
    assert not doubtful_rows(table, checked) & settled
