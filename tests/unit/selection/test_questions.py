"""The claims' questions: the claim file is checked, and a question that is also an analysis has the same answer."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import DATA, ROOT, Package, read_csv, read_members

from evidence_synthesis.effects.conversions import convert
from evidence_synthesis.review.check_claims import check_claims
from evidence_synthesis.review.claims_file import Claims, load_claims
from evidence_synthesis.review.package import DataFaults
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Settings, names_of
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.claim_questions import (
    ANALYSED,
    analysis_of,
    eligible,
    entries_of,
    question_of,
    questions_of,
)
from evidence_synthesis.synthesis.verdicts import Judged, Rules, judge

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))


@pytest.fixture(scope="module")
def converted(settings: Settings) -> list:
    return [convert(parse_result(row), settings) for row in read_csv(ROOT / "results/checked/trials.csv")]


@pytest.fixture(scope="module")
def claims(config: dict) -> Claims:
    return load_claims(check_claims(DATA, TAXONOMY, names_of(config)), TAXONOMY)


def test_every_statement_is_read(claims: Claims) -> None:
    assert (len(claims.documents), len(claims.statements), claims.rules_fixed) == (5, 60, "2026-11-30")
    assert {s.document for s in claims.statements} == {s["document"] for s in claims.not_tested} == set(claims.documents)
    kinds = Counter(p.kind for s in claims.statements for p in s.parts)
    assert kinds == {
        **{"effect": 104, "unproven": 71, "amount": 17, "contradictory": 10},
        **{"only_short": 9, "rare_harm": 6, "share": 1},
    }


def test_rules_do_not_move(claims: Claims) -> None:
    """The rules as they were fixed: whoever changes one changes this digest, and has to say so."""
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    rules = [{k: v for k, v in part.items() if k != "says"} for claim in content["claims"] for part in claim["parts"]]
    digest = hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
    assert digest == "852c634c212fb1f9d9163248fc59196f1271b4f966c928c72b152281214112e6"


def test_what_a_part_can_mean_has_one_reading_that_comes_first(claims: Claims) -> None:
    for statement in claims.statements:
        assert any(p.primary for p in statement.parts), statement.statement_id
        for part in statement.parts:
            assert (part.versus is None) == bool(part.comparator), part.says
            assert (part.region != "") == (part.kind == "effect")


def test_a_question_that_is_an_analysis_has_its_trials(claims: Claims, settings: Settings, converted: list) -> None:
    rows = read_members(ROOT / "results")
    there: dict[tuple[str, str], set] = {}
    for row in rows:
        there.setdefault((row["analysis_id"], row["measure"]), set()).add((row["trial_id"], round(float(row["yi"]), 6)))
    compared = 0
    for part in {p for s in claims.statements for p in s.parts if p.kind in ANALYSED and p.term != "any"}:
        analysis = analysis_of(part, settings)
        if not analysis:
            continue
        question = question_of(part, settings)
        trials = eligible(question, converted, settings, TAXONOMY)
        for measure in question.outcome.measures:
            mine = {(e.trial_id, round(e.estimate.yi, 6)) for e in entries_of(trials, question, measure, settings)}
            assert mine == there.get((analysis, measure), set()), analysis
            compared += bool(mine)
    assert compared > 30


def test_each_question_is_asked_once(claims: Claims, settings: Settings) -> None:
    asked = questions_of(claims, settings)
    pooling = [p for s in claims.statements for p in s.parts if p.kind in ("effect", "unproven")]
    assert len(asked) < len(pooling)
    assert len({(q.subject, q.comparator, q.outcome.outcome, q.term, q.population, r) for q, r in asked.values()}) == len(asked)


BAD = [
    ({"kind": "effect", "treatment": {"ids": ["nonsense"]}}, "nonsense"),
    ({"comparator": "shamm"}, "shamm"),
    ({"region": "wonderful"}, "wonderful"),
    ({"comparator": {"family": "massages"}}, "massages"),
    ({"comparator": {"family": "massage"}}, "another treatment"),
    ({"at_most": 3}, "at_most"),
    ({"reading": "first"}, "first"),
    ({"population": {"region": "low bak"}}, "perhaps low back"),
    ({"term": "later"}, "later"),
    ({"outcome": "happiness"}, "happiness"),
    ({"kind": "guess"}, "guess"),
    ({"treatment": {"famly": "massage"}}, "famly"),
]


@pytest.mark.parametrize(("change", "word"), BAD)
def test_faults_name_the_claim(package: Package, config: dict, change: dict, word: str) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    claim = next(c for c in content["claims"] if c["id"] == "iqwig-2025-massage-short")
    claim["parts"][0] |= change
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


def test_faults_of_statements_without_a_test(package: Package, config: dict) -> None:
    content = yaml.safe_load((DATA / "claims.yaml").read_text(encoding="utf-8"))
    content["not_tested"][0]["document"] = "elsewhere"
    del content["not_tested"][1]["why"]
    content["claims"][0]["document"] = "nowhere"
    (package.folder / "claims.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        check_claims(package.folder, TAXONOMY, names_of(config))
    places = {f.column for f in raised.value.faults}
    assert places == {"not_tested 1, document", "not_tested 2, why", "iqwig-2025-passive-short-only, document"}


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
    assert {f.column.split(",")[0] for f in raised.value.faults} == {c["id"] for c in content["claims"][:2]}


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


def test_the_checked_claims_are_those_of_the_package(config: dict) -> None:
    written = json.loads(Path(ROOT / "results/checked/claims.json").read_text(encoding="utf-8"))
    assert written == check_claims(DATA, TAXONOMY, names_of(config))
