"""The claims' questions: the claim file is checked, and a question that is also an analysis has the same answer."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import DATA, ROOT, Package, read_csv

from evidence_synthesis.contrasts import Taxonomy
from evidence_synthesis.conversions import convert
from evidence_synthesis.membership import read_members
from evidence_synthesis.multiverse import (
    CORRECTED,
    PRINTED,
    choice_rows,
    load_choices,
    multiverse,
    selection_columns,
    selection_rows,
    set_rows,
    summary_row,
    universe_rows,
)
from evidence_synthesis.package import DataFaults
from evidence_synthesis.questions import eligible, entries_of, questions_of
from evidence_synthesis.schema import parse_result
from evidence_synthesis.settings import Settings, names_of
from evidence_synthesis.statements import check_claims, load_claims
from evidence_synthesis.verdicts import VERDICTS, Judged, Rules, answer, judge
from evidence_synthesis.wording import natural

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))


@pytest.fixture(scope="module")
def converted(settings: Settings) -> list:
    return [convert(parse_result(row), settings) for row in read_csv(ROOT / "results/checked/trials.csv")]


@pytest.fixture(scope="module")
def claims(config: dict) -> object:
    return load_claims(check_claims(DATA, TAXONOMY, names_of(config)), TAXONOMY)


def test_every_statement_is_read(claims: object) -> None:
    assert len(claims.claims) == 41
    assert len(claims.documents) == 5


def test_a_question_that_is_an_analysis_has_its_trials(claims: object, settings: Settings, converted: list) -> None:
    rows = read_members(ROOT / "results")
    compared = 0
    for claim in claims.claims:
        for question, test in zip(
            questions_of(type(claims)({}, (claim,)), settings), [t for t in claim.tests if t.kind == "effect"], strict=False
        ):
            who, people = test.treatment, {"low_back": "low_back", "low_back_chronic": "low_back_chronic", "neck": "neck"}
            if not who.node or question.population.population not in people or question.term == "any":
                continue
            group = who.node if who.level == "treatment" else f"{who.level}-{who.node}"
            key = (group, question.comparator.comparator, question.outcome.outcome, question.term, question.population.population)
            trials = eligible(question, converted, settings, TAXONOMY)
            for measure in question.outcome.measures:
                mine = {(e.trial_id, round(e.estimate.yi, 6)) for e in entries_of(trials, question, measure, settings)}
                there = {
                    (r["trial_id"], round(float(r["yi"]), 6))
                    for r in rows
                    if r["analysis_id"] == "__".join(key) and r["measure"] == measure
                }
                assert mine == there, key
                compared += bool(mine)
    assert compared > 30


BAD = [
    ({"kind": "effect", "treatment": {"ids": ["nonsense"]}}, "nonsense"),
    ({"comparator": "shamm"}, "shamm"),
    ({"agree": ["wonderful"]}, "wonderful"),
    ({"term": "later"}, "later"),
    ({"outcome": "happiness"}, "happiness"),
    ({"kind": "guess"}, "guess"),
    ({"treatment": {"famly": "massage"}}, "famly"),
]


@pytest.mark.parametrize(("change", "word"), BAD)
def test_faults_name_the_claim(package: Package, config: dict, change: dict, word: str) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    claim = next(c for c in content["claims"] if c["id"] == "iqwig-2025-massage-short")
    claim["tests"][0] |= change
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    text = str(raised.value)
    assert word in text
    assert "iqwig-2025-massage-short" in text


def test_an_unknown_document_and_a_doubled_id(package: Package, config: dict) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    content["claims"][0]["document"] = "elsewhere"
    content["claims"][2]["id"] = content["claims"][1]["id"]
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    assert len(raised.value.faults) == 2


def test_people_that_no_trial_can_describe(package: Package, config: dict) -> None:
    """Such a claim would find no trial and be called unproven."""
    text = (DATA / "claims.yaml").read_text(encoding="utf-8")
    assert "region: low back" in text
    line = text[: text.index("region: low back")].count("\n") + 1
    (package.folder / "claims.yaml").write_text(text.replace("region: low back", "region: lower back", 1), encoding="utf-8")
    with pytest.raises(DataFaults, match=rf"claims.yaml, line {line}, .*'lower back'; .*perhaps low back") as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    assert len(raised.value.faults) == 1


def test_a_claim_of_unsound_structure_hides_no_fault_of_another(package: Package, config: dict) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    del content["claims"][0]["statement"]
    content["claims"][1]["document"] = "elsewhere"
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    assert [f.column.split(",")[0] for f in raised.value.faults] == sorted(c["id"] for c in content["claims"][:2])


@pytest.mark.parametrize("content", [None, "{"])
def test_a_schema_of_claims_that_cannot_be_read(package: Package, config: dict, content: str | None) -> None:
    shutil.copy(DATA / "claims.yaml", package.folder)
    path = package.folder / "schemas/claims.schema.json"
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(DataFaults, match=r"claims.schema.json.*the JSON schema of claims.yaml"):
        check_claims(package.folder, TAXONOMY, names_of(config))


def test_a_package_without_claims(package: Package, config: dict) -> None:
    assert check_claims(package.folder, TAXONOMY, names_of(config))["claims"] == []


RULES = Rules(2, 126, 75)
CASES = [
    ((-12, -16, -8), "benefit"),
    ((-6, -9, -3), "small_benefit"),
    ((-1, -6, 4), "no_relevant_effect"),
    ((-3, -12, 6), "not_shown"),
    ((6, 2, 10), "harm"),
]


def judged(values: tuple[float, float, float], **more: object) -> Judged:
    facts = {"i2": 40.0, "trials": 5, "participants": 500.0, "for_it": False, "against": False} | more
    return Judged(*(np.array([v], float) for v in values), **{k: np.array([v]) for k, v in facts.items()})


@pytest.mark.parametrize(("values", "word"), CASES)
def test_verdicts(values: tuple[float, float, float], word: str) -> None:
    assert judge(judged(values), 10.0, RULES)[0] == word


def test_verdicts_of_thin_and_of_conflicting_evidence() -> None:
    assert judge(judged((-12, -16, -8), trials=1), 10.0, RULES)[0] == "insufficient"
    assert judge(judged((-12, -16, -8), participants=100.0), 10.0, RULES)[0] == "insufficient"
    assert judge(judged((0, 0, 0), trials=0), 10.0, RULES)[0] == "no_data"
    clash = {"i2": 90.0, "for_it": True, "against": True}
    assert judge(judged((-3, -12, 6), **clash), 10.0, RULES)[0] == "conflicting"
    assert judge(judged((-12, -16, -8), **clash), 10.0, RULES)[0] == "benefit"


def test_least_participants_is_what_one_trial_needs(config: dict) -> None:
    # two arms, difference of half an SD (10 points of SD 20), two-sided 5 per cent, power 0.8 (any table of sample sizes)
    per_arm = 2 * (1.959964 + 0.841621) ** 2 / 0.5**2
    assert config["verdicts"]["least_participants"] == 2 * math.ceil(per_arm)


def test_answers_of_a_comparison() -> None:
    assert answer("benefit", -12, 10) == "a_better"
    assert answer("small_benefit", -4, 10) == "a_better_below_threshold"
    assert answer("harm", 12, 10) == "b_better"
    assert answer("harm", 4, 10) == "b_better_below_threshold"
    assert answer("not_shown", -4, 10) == "no_clear_difference"


@pytest.fixture(scope="module")
def massage(claims: object, settings: Settings, config: dict, converted: list) -> tuple:
    question = next(q for q in questions_of(claims, settings) if q.name == "iqwig-2025-massage-short__1")
    choices, rules = load_choices(config), Rules.of(config["verdicts"])
    collection = {CORRECTED: converted, PRINTED: converted}
    return multiverse(question, collection, choices, settings, TAXONOMY, frozenset(), rules), choices, question


def test_universes_are_all_combinations(massage: tuple) -> None:
    found, choices, _ = massage
    assert found.words.size == 3 * 2 * 2 * 2 * 2 * 2**4 * 3 * 3 * 4
    assert found.words.size >= 1000
    assert sum(found.shares.values()) == pytest.approx(1)
    rows = list(selection_rows(found, choices))
    assert len(rows) == 3 * 2 * 2 * 2 * 2
    assert list(rows[0]) == selection_columns(choices)


def test_the_reviews_own_universe_is_the_pooled_result(massage: tuple) -> None:
    found, choices, _ = massage
    pooled = next(
        r
        for r in read_csv(ROOT / "results/tables/pooled.csv")
        if r["analysis_id"] == "family-massage__inactive__pain__short__low_back" and r["measure"] == "MD"
    )
    own = found.universes.place[found.own[: found.universes.place.ndim]].item()
    rows = [r for r in set_rows(found, choices, natural) if r["set"] == own + 1 and r["estimator"] == "REML"]
    for name, column in (("estimate", "estimate"), ("hksj_floor_low", "ci_low"), ("hksj_floor_high", "ci_high")):
        assert float(rows[0][name]) == pytest.approx(float(pooled[column]), rel=1e-4)
    assert float(rows[0]["wald_low"]) == pytest.approx(float(pooled["wald_low"]), rel=1e-4)
    assert rows[0]["hksj_floor_verdict"] == found.verdict == summary_row(found, natural)["verdict"]


def test_one_row_for_each_universe(massage: tuple) -> None:
    found, _, _ = massage
    rows = list(universe_rows(found, natural))
    assert len(rows) == found.words.size
    assert sum(r["verdict"] == "benefit" for r in rows) == round(found.shares["benefit"] * found.words.size)
    own = next(r for r in rows if all(r[n] == found.axes[n][i] for n, i in zip(found.axes, found.own, strict=True)))
    assert own["verdict"] == found.verdict
    assert own["trials"] == 3


def test_a_choice_without_consequence_moves_nothing(massage: tuple) -> None:
    found, _, _ = massage
    moved = {str(r["choice"]): r for r in choice_rows(found)}
    # printed and corrected values are the same here, and nothing is doubtful
    assert moved["values"]["verdict_changes"] == 0
    assert moved["without_doubtful"]["verdict_changes"] == 0
    assert float(str(moved["threshold"]["verdict_changes"])) > 0
    assert set(found.shares) == set(VERDICTS)


def test_the_checked_claims_are_those_of_the_package(config: dict) -> None:
    written = json.loads(Path(ROOT / "results/checked/claims.json").read_text(encoding="utf-8"))
    assert written == check_claims(DATA, TAXONOMY, names_of(config))
