"""Which results enter which analysis, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from conftest import CONTRAST, DATA, EVENTS, read_csv, real_rows, trial_row

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.effects.formulas import ArmSummary, combine_arms, effect_of_arms
from evidence_synthesis.review.schema import Result, parse_result
from evidence_synthesis.review.settings import Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Analysis, Selection, select, select_only
from evidence_synthesis.selection.contrasts import contrasts
from evidence_synthesis.selection.follow_up import window_of

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))


def result(row_id: str, treatment: str = "yoga", **cells: str) -> Result:
    return parse_result({"decision": "", "decision_reason": ""} | trial_row(row_id, treatment, **cells) | cells)


def run(results: Sequence[Result], settings: Settings) -> Selection:
    return select([convert(r, settings) for r in results], settings, TAXONOMY)


def analysis(selection: Selection, key: str, measure: str = "MD") -> Analysis | None:
    found = [a for a in selection.analyses if a.key.analysis_id == key and a.measure == measure]
    return found[0] if found else None


def rows_in(selection: Selection, key: str, measure: str = "MD") -> list[str]:
    found = analysis(selection, key, measure)
    return [r for e in found.entries for r in e.row_ids] if found else []


def reasons(selection: Selection) -> dict[str, str]:
    return {a.row_id: a.reason for a in selection.accounts if a.status == "excluded"}


def test_a_result_enters_at_every_level(settings: Settings) -> None:
    selection = run([result("a")], settings)
    for group in ("yoga", "family-exercise", "class-active"):
        for comparator in ("inactive", "any"):
            for population in ("low_back", "low_back_chronic"):
                assert rows_in(selection, f"{group}__{comparator}__pain__short__{population}") == ["a"]
    assert rows_in(selection, "yoga__sham__pain__short__low_back") == []
    assert rows_in(selection, "yoga__inactive__pain__short__low_back_acute") == []
    assert rows_in(selection, "yoga__inactive__pain__short__low_back", "SMD") == ["a"]


def test_analyses_that_are_asked_for_are_those_of_all(settings: Settings) -> None:
    converted = [convert(parse_result(row), settings) for row in real_rows()[:400]]
    every = select(converted, settings, TAXONOMY).analyses
    some = {(a.key, a.measure) for a in every[::7]}
    assert select_only(converted, settings, TAXONOMY, some) == every[::7]
    assert select_only(converted, settings, TAXONOMY, set()) == ()


def test_a_contrast_informs_both_its_arms(settings: Settings) -> None:
    selection = run([result("a", "spinal_manipulation", comparator="exercise_general", mean_t="40", mean_c="50")], settings)
    forward = analysis(selection, "spinal_manipulation__active__pain__short__low_back")
    back = analysis(selection, "exercise_general__passive__pain__short__low_back")
    assert forward is not None
    assert back is not None
    assert forward.entries[0].estimate.yi == pytest.approx(-10)
    assert back.entries[0].estimate.yi == pytest.approx(10)
    assert back.entries[0].estimate.vi == pytest.approx(forward.entries[0].estimate.vi)
    assert back.entries[0].arm_t == forward.entries[0].arm_c


def test_controls_are_never_judged(settings: Settings) -> None:
    selection = run([result("a", "sham", comparator="usual_care")], settings)
    assert selection.analyses == ()
    assert selection.accounts[0].status == "excluded"


def test_what_both_arms_received_is_not_judged(settings: Settings) -> None:
    selection = run([result("a", "manual_therapy_plus_exercise", comparator="exercise_general")], settings)
    groups = {a.key.group for a in selection.analyses}
    assert "exercise_general" not in groups
    assert rows_in(selection, "manual_therapy_plus_exercise__active__pain__short__low_back") == ["a"]
    assert rows_in(selection, "manual_therapy_plus_exercise__active_alone__pain__short__low_back") == ["a"]


def test_a_treatment_added_to_exercise_is_not_compared_with_exercise(settings: Settings) -> None:
    added = {"comparator": "exercise_general", "components_t": "acupuncture;exercise_general", "components_c": "exercise_general"}
    selection = run([result("a", "acupuncture", **added)], settings)
    assert rows_in(selection, "acupuncture__active_alone__pain__short__low_back") == ["a"]
    assert rows_in(selection, "acupuncture__active__pain__short__low_back") == []


def test_the_same_treatment_in_both_arms(settings: Settings) -> None:
    selection = run([result("a", "yoga", comparator="yoga")], settings)
    assert "same treatment" in reasons(selection)["a"]
    assert list(contrasts(result("a", "yoga", comparator="yoga"), TAXONOMY)) == []


def test_the_same_content_differently_delivered_is_a_comparison(settings: Settings) -> None:
    same = {"comparator": "exercise_general", "components_t": "exercise_general", "components_c": "exercise_general"}
    selection = run([result("a", "self_management_digital", **same)], settings)
    assert rows_in(selection, "self_management_digital__active__pain__short__low_back") == ["a"]
    assert rows_in(selection, "exercise_general__active__pain__short__low_back") == ["a"]


def test_two_members_of_a_family_are_compared_as_treatments_only(settings: Settings) -> None:
    selection = run([result("a", "yoga", comparator="pilates")], settings)
    assert rows_in(selection, "yoga__active__pain__short__low_back") == ["a"]
    assert not [a for a in selection.analyses if a.key.group in ("family-exercise", "class-active")]


@pytest.mark.parametrize(
    ("weeks", "term"),
    [
        (0, "immediate"),
        (1, "immediate"),
        (1.1, "short"),
        (17, "short"),
        (17.1, "intermediate"),
        (42, "intermediate"),
        (43, "long"),
        (148, "long"),
    ],
)
def test_windows(settings: Settings, weeks: float, term: str) -> None:
    timed = window_of(result("a", weeks=str(weeks)), settings.windows)
    assert timed is not None
    assert timed.term == term


def test_the_course_is_added_to_a_time_from_the_end_of_treatment(settings: Settings) -> None:
    known = window_of(result("a", weeks="13", weeks_from="end of treatment", course_weeks="6"), settings.windows)
    unknown = window_of(result("a", weeks="13", weeks_from="end of treatment"), settings.windows)
    assert known is not None
    assert unknown is not None
    assert (known.term, unknown.term) == ("intermediate", "short")


def test_an_unknown_time_stays_unknown_unless_the_source_names_its_term(settings: Settings) -> None:
    selection = run([result("a", weeks=""), result("b", weeks="", term_as_printed="long", trial_id="other")], settings)
    assert "time not known" in reasons(selection)["a"]
    assert rows_in(selection, "yoga__inactive__pain__long__low_back") == ["b"]


PREFERENCES = [
    ({"source_kind": "abstract"}, {"source_kind": "full text"}, "source nearer"),
    ({"source_kind": "abstract"}, {"source_kind": "review table"}, "source nearer"),
    ({"source_kind": "review table"}, {"source_kind": "full text"}, "source nearer"),
    ({"flags": "not_preferred_report"}, {"source_kind": "abstract"}, "extractor prefers"),
    ({"instrument": "sf36_bp"}, {"instrument": "nrs_11"}, "instrument"),
    ({"weeks": "6"}, {"weeks": "12"}, "time nearer"),
    ({"weeks": "12"}, {"weeks": "14"}, "later time"),
    ({"value_kind": "change", "mean_t": "-10", "mean_c": "0"}, {"value_kind": "final"}, "kind of value"),
    ({"measured_as": "VAS on movement"}, {"measured_as": "VAS at rest"}, "another version"),
]


@pytest.mark.parametrize(("worse", "better", "words"), PREFERENCES, ids=[w + str(i) for i, (_, _, w) in enumerate(PREFERENCES)])
def test_one_result_of_a_trial_counts(settings: Settings, worse: dict[str, str], better: dict[str, str], words: str) -> None:
    for order in (1, -1):
        results = [result("worse", **worse), result("better", **better)][::order]
        selection = run(results, settings)
        assert rows_in(selection, "yoga__inactive__pain__short__low_back") == ["better"]
        assert words in reasons(selection)["worse"]
        account = next(a for a in selection.accounts if a.row_id == "worse")
        assert account.in_favour_of == "better"


RATIO = {"outcome": "recovery", "higher_is_worse": "no", "effect": "2", "effect_ci_low": "1", "effect_ci_high": "4"}
GATES = [
    ({"decision": "exclude", "decision_reason": "wrong"}, "excluded by a decision: wrong"),
    ({"flags": "derived;effect_direction_uncertain"}, "effect_direction_uncertain"),
    ({"region": "mixed musculoskeletal"}, "population"),
    ({"outcome": "other"}, "outcome not in"),
    ({"n_t": ""}, "number of people"),
    ({"scale_min": "", "scale_max": "", "value_kind": "change"}, "no effect"),
    (EVENTS | {"outcome": "quality_of_life"}, "events of this outcome are not analysed"),
    (EVENTS | {"events_t": "0", "events_c": "0"}, "no event in either arm"),
    (CONTRAST | RATIO | {"effect_measure": "OR"}, "measure not pooled for this outcome (OR)"),
]


@pytest.mark.parametrize(("cells", "words"), GATES, ids=[w for _, w in GATES])
def test_every_excluded_row_has_its_reason(settings: Settings, cells: dict[str, str], words: str) -> None:
    assert words in reasons(run([result("a", **cells)], settings))["a"]


THREE_ARMS = [
    {"treatment_detail": "hatha yoga", "mean_t": "40", "comparator_detail": "usual care", "shared_control": "yes"},
    {
        "treatment_detail": "chair yoga",
        "mean_t": "45",
        "sd_t": "15",
        "n_t": "20",
        "comparator_detail": "usual care",
        "shared_control": "yes",
    },
]
KEY = "yoga__inactive__pain__short__low_back"


def test_arms_of_one_trial_are_combined_and_the_shared_one_counts_once(settings: Settings) -> None:
    selection = run([result("a", **THREE_ARMS[0]), result("b", **THREE_ARMS[1])], settings)
    found = analysis(selection, KEY)
    assert found is not None
    assert len(found.entries) == 1
    entry = found.entries[0]
    expected = combine_arms([ArmSummary(30, 40, 20), ArmSummary(20, 45, 15)])
    assert entry.row_ids == ("a", "b")
    assert entry.arm_t == expected
    assert entry.arm_c == ArmSummary(30, 50, 20)
    assert entry.estimate == effect_of_arms("MD", expected, ArmSummary(30, 50, 20))
    assert {a.status for a in selection.accounts} == {"merged"}


def test_the_shared_arm_can_be_split_instead(settings: Settings) -> None:
    split = replace(settings, multi_arm="split")
    selection = run([result("a", **THREE_ARMS[0]), result("b", **THREE_ARMS[1])], split)
    found = analysis(selection, KEY)
    assert found is not None
    assert [e.arm_c.n for e in found.entries if e.arm_c] == [15, 15]
    assert {a.status for a in selection.accounts} == {"split"}


def test_events_are_combined_and_split_too(settings: Settings) -> None:
    rows = [
        result("a", **EVENTS | THREE_ARMS[0] | {"mean_t": "", "events_t": "12"}),
        result("b", **EVENTS | THREE_ARMS[1] | {"mean_t": "", "sd_t": "", "events_t": "5"}),
    ]
    key = "yoga__inactive__recovery__short__low_back"
    combined = analysis(run(rows, settings), key, "RR")
    assert combined is not None
    assert (combined.entries[0].arm_t, combined.entries[0].arm_c) == (ArmSummary(50, events=17), ArmSummary(30, events=8))
    split = analysis(run(rows, replace(settings, multi_arm="split")), key, "RR")
    assert split is not None
    assert [e.arm_c for e in split.entries] == [ArmSummary(15, events=4), ArmSummary(15, events=4)]


def test_an_arm_that_the_review_has_split_is_put_together(settings: Settings) -> None:
    printed = {
        "read_in": "review-x",
        "source_kind": "review table",
        "source_location": "analysis 1.1",
        "shared_control": "yes",
        "n_c": "15",
    }
    rows = [result("a", **THREE_ARMS[0] | printed), result("b", **THREE_ARMS[1] | printed)]
    found = analysis(run(rows, settings), KEY)
    assert found is not None
    assert found.entries[0].arm_c == ArmSummary(30, 50, 20)


def test_printed_effects_that_share_an_arm_are_averaged(settings: Settings) -> None:
    rows = [
        result("a", **CONTRAST | {"treatment_detail": "hatha", "effect_se": "2"}),
        result("b", **CONTRAST | {"treatment_detail": "chair", "effect": "-7", "effect_se": "3"}),
    ]
    found = analysis(run(rows, settings), KEY)
    assert found is not None
    assert found.entries[0].estimate.yi == pytest.approx(-6)
    assert found.entries[0].estimate.vi == pytest.approx((4 + 9 + 2 * 0.5 * 6) / 4)
    assert found.entries[0].handling == "effects averaged"


def test_a_trial_counts_once_in_a_family(settings: Settings) -> None:
    rows = [result("a", "yoga"), result("b", "pilates", mean_t="44")]
    selection = run(rows, settings)
    family = analysis(selection, "family-exercise__inactive__pain__short__low_back")
    assert family is not None
    assert len(family.entries) == 1
    assert family.entries[0].arm_c == ArmSummary(30, 50, 20)
    assert rows_in(selection, KEY) == ["a"]


def test_the_accounts_add_up_on_the_real_data(settings: Settings) -> None:
    rows = [parse_result(r) for r in real_rows()]
    selection = run(rows, settings)
    assert [a.row_id for a in selection.accounts] == [r.row_id for r in rows]
    assert all(bool(a.reason) == (a.status == "excluded") for a in selection.accounts)
    assert all((a.analyses > 0) == (a.status != "excluded") for a in selection.accounts)
    for found in selection.analyses:
        trials = [e.trial_id for e in found.entries]
        assert len(trials) == len(set(trials)), found.key


def test_the_order_of_the_rows_does_not_matter(settings: Settings) -> None:
    rows = [parse_result(r) for r in real_rows() if r["treatment"] == "massage_classic"]
    there, back = run(rows, settings), run(rows[::-1], settings)
    assert {a.key: len(a.entries) for a in there.analyses} == {a.key: len(a.entries) for a in back.analyses}
