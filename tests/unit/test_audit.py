"""The data audit: each rule finds what it is for, leaves sound rows alone, and together they reach the bars on known errors."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import DATA, ROOT, read_csv, trial_row

from evidence_synthesis.audit.lines import NOTE
from evidence_synthesis.audit.printed import FLAGS
from evidence_synthesis.audit.report import AUDIT_COLUMNS, audit, audit_rows, doubtful_rows
from evidence_synthesis.audit.spread import largest_sd
from evidence_synthesis.audit.whole import sd_fits, sums
from evidence_synthesis.trials import check_package
from evidence_synthesis.wording import DOUBTS

INSTRUMENTS = read_csv(DATA / "instruments.csv")
KNOWN = read_csv(ROOT / "tests/reference/known_source_errors.csv")


@pytest.fixture(scope="module")
def printed() -> list[dict[str, str]]:
    return [row for path in sorted((DATA / "trials").glob("*.csv")) for row in read_csv(path)]


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


RULES = {
    "impossible_sd": [trial_row("a", mean_t="0", sd_t="3")],
    "proportional_sd": [trial_row("a", mean_t="24.0", sd_t="25.68", mean_c="31.0", sd_c="33.17")],
    "identical_arms": [trial_row("a", mean_t="50", sd_t="20")],
    "outside_scale": [trial_row("a", mean_t="140")],
    "negative_final": [trial_row("a", mean_t="-30")],
    "slip": [
        trial_row("a", value_kind="change", scale_min="", scale_max="", mean_t="-5941", sd_t="7801", mean_c="0.8", sd_c="8")
    ],
    "implausible_effect": [trial_row("a", mean_t="20", sd_t="6", mean_c="50", sd_c="7")],
    "more_than_randomised": [trial_row("a", n_randomised_t="20")],
    "two_scales": [trial_row("a", mean_t="7", mean_c="7.5", baseline_mean_t="50", baseline_mean_c="50")],
    "entered_twice": [trial_row("a"), trial_row("b")],
    "same_arm_values": [trial_row("a"), trial_row("b", comparator="sham", mean_t="31")],
    "repeated_result": [trial_row("a"), trial_row("b", weeks="52")],
    "growing_n": [trial_row("a"), trial_row("b", weeks="52", n_t="39", mean_t="41.5", sd_t="18")],
    "uneven_start": [
        trial_row("a", **{"baseline_mean_t": "70", "baseline_sd_t": "10", "baseline_mean_c": "50", "baseline_sd_c": "10"})
    ],
    "p_and_interval": [
        trial_row(
            "a", effect_measure="MD", effect="-5", effect_ci_low="-9", effect_ci_high="-1", effect_p="0.6", sd_t="", sd_c=""
        )
    ],
    "review_effect": [trial_row("a", review_measure="MD", review_effect="-14")],
    "component_score": [trial_row("a", measured_as="SF-36 mental component", outcome="other", mean_t="88", mean_c="85")],
    "counted_twice": [trial_row("a", n_randomised_t="40"), trial_row("b", treatment="exercise_general", mean_t="40", sd_t="17")],
    "dominating_trial": [
        trial_row("a", trial_id="one", sd_t="2", sd_c="2"),
        trial_row("b", trial_id="two"),
        trial_row("c", trial_id="three"),
    ],
    "grimmer": [trial_row("a", instrument="nrs_11", scale_max="10", n_t="20", mean_t="0.45", sd_t="0.52")],
    "grim": [trial_row("a", instrument="rmdq_24", outcome="function", scale_max="24", n_t="19", mean_t="2.09", sd_t="2.5")],
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_what_it_is_for(rule: str) -> None:
    assert rule in rules(*RULES[rule])


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
    assert set(table[0]) == set(AUDIT_COLUMNS)
    assert any("excluded" in str(row["decision"]) for row in table)
    as_text = [{k: str(v) for k, v in row.items()} for row in table]
    settled = {r["row_id"] for r in checked if r["corrected_columns"]}
    assert not doubtful_rows(as_text, checked) & settled
