"""The claims' questions: the claim file is checked, and a question that is also an analysis has the same answer."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import DATA, ROOT, Package, read_csv, read_members

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.check_claims import check_claims
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Settings, names_of
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import eligible, entries_of, questions_of
from evidence_synthesis.synthesis.verdicts import Judged, Rules, answer, judge

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))


@pytest.fixture(scope="module")
def converted(settings: Settings) -> list:
    return [convert(parse_result(row), settings) for row in read_csv(ROOT / "results/checked/trials.csv")]


@pytest.fixture(scope="module")
def claims(config: dict) -> object:
    return load_claims(check_claims(DATA, TAXONOMY, names_of(config)), TAXONOMY)


def test_every_statement_is_read(claims: object) -> None:
    assert len(claims.documents) == 5
    assert {c.document for c in claims.claims} == {s["document"] for s in claims.not_tested} == set(claims.documents)
    assert sum(not c.rules_of for c in claims.claims) == 41  # fixed before the first analysis


def test_later_statements_take_the_rules_of_one_fixed_before(claims: object) -> None:
    fixed = {c.claim_id: {(t.kind, str(t.agree), str(t.partly), t.at_most_per_1000) for t in c.tests} for c in claims.claims}
    later = [c for c in claims.claims if c.rules_of]
    assert later
    for claim in later:
        assert fixed[claim.claim_id] <= fixed[claim.rules_of], claim.claim_id


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


RULES = [
    ({"rules_of": "iqwig-2025-massage-shrt"}, "rules_of", "perhaps iqwig-2025-massage-short?"),
    ({"rules_of": "kaia-manual-serious-rare"}, "rules_of", "a statement with rules of its own"),
    ({"rules_of": "iqwig-2025-massage-no-long"}, "test 1", "the rules of a test of iqwig-2025-massage-no-long"),
]


@pytest.mark.parametrize(("change", "where", "words"), RULES)
def test_rules_that_no_earlier_statement_has(package: Package, config: dict, change: dict, where: str, words: str) -> None:
    """What counts as agreement is not decided with the results in view."""
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    next(c for c in content["claims"] if c["id"] == "iqwig-release-reflexology-mobility").update(change)
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    (fault,) = raised.value.faults
    assert fault.column == f"iqwig-release-reflexology-mobility, {where}"
    assert words in fault.expected


@pytest.mark.parametrize("key", ["agree", "partly"])
def test_a_later_statement_that_loosens_a_rule(package: Package, config: dict, key: str) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    claim = next(c for c in content["claims"] if c["id"] == "iqwig-release-reflexology-mobility")
    claim["tests"][0][key] = [*claim["tests"][0][key], "harm"]
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    (fault,) = raised.value.faults
    assert fault.column == "iqwig-release-reflexology-mobility, test 1"
    assert "harm" in fault.value
    assert "harm" not in fault.expected


def test_rules_of_a_statement_with_a_fault_of_its_own(package: Package, config: dict) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    del next(c for c in content["claims"] if c["id"] == "iqwig-release-reflexology")["statement"]
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    assert [f.column for f in raised.value.faults] == ["iqwig-release-reflexology, statement"]


def test_faults_of_statements_without_a_test(package: Package, config: dict) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    content["not_tested"][0]["document"] = "elsewhere"
    del content["not_tested"][1]["why"]
    content["claims"][0]["document"] = "nowhere"
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    places = {f.column for f in raised.value.faults}
    assert places == {"not_tested 1, document", "not_tested 2, why", "iqwig-2025-active-best, document"}


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


def test_the_checked_claims_are_those_of_the_package(config: dict) -> None:
    written = json.loads(Path(ROOT / "results/checked/claims.json").read_text(encoding="utf-8"))
    assert written == check_claims(DATA, TAXONOMY, names_of(config))
