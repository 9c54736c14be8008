"""Parts of statements are not judged again where nothing that the answer depends on is another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statements import AMOUNT, CONTRADICTORY, EFFECT, ONLY_SHORT, RARE_HARM, UNPROVEN, claims_of, material_of, trials

from evidence_synthesis.conclusions.claims import judge
from evidence_synthesis.conclusions.claims.concerning import material_about
from evidence_synthesis.conclusions.claims.evidence import pooled_on_first
from evidence_synthesis.conclusions.claims.material import PartAnswer
from evidence_synthesis.conclusions.claims.other_choices import KINDS as JUDGED_OTHERWISE
from evidence_synthesis.conclusions.claims.other_choices import ChoiceGrounds, verdicts_otherwise
from evidence_synthesis.conclusions.through_time.further import chance_of_another_verdict
from evidence_synthesis.selection.claim_questions import question_of
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis.multiverse import load_choices

KINDS = {
    "effect": EFFECT,
    "unproven": UNPROVEN,
    "amount": AMOUNT,
    "contradictory": CONTRADICTORY,
    "short": ONLY_SHORT,
    "harm": RARE_HARM,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_kept_until_its_trials_change(
    config: dict[str, Any], tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def judged(rows: list[dict[str, str]]) -> PartAnswer:
        memo = Memo(tmp_path / "m", "settings")
        answer = judge.judge_part(part, material_of(rows, config, memo=memo))
        memo.save()
        return answer

    part = claims_of(KINDS[kind]).statements[0].parts[0]
    rules = {name: (lambda p, m, rule=rule: asked.append(p) or rule(p, m)) for name, rule in judge.RULES.items()}
    monkeypatch.setattr(judge, "RULES", rules)
    rows = trials(-12, -15, -9)
    plain = judge.judge_part(part, material_of(rows, config))
    assert repr(judged(rows)) == repr(judged(rows)) == repr(plain)
    assert len(asked) == 2  # without a memo, and to fill it
    other = judged(trials(-12, -15, 20))
    assert len(asked) == 3
    memo = Memo(tmp_path / "m", "settings")
    material = material_of(rows, config, memo=memo)
    judge.judge_part(part, replace(material, rules=replace(material.rules, least_trials=9)))  # by other rules
    assert len(asked) == 4
    assert repr(other) == repr(judge.judge_part(part, material_of(trials(-12, -15, 20), config)))


def test_what_a_further_trial_could_do_is_kept(config: dict[str, Any], tmp_path: Path) -> None:
    part, told = claims_of(EFFECT).statements[0].parts[0], []
    for use in (False, True, True):
        memo = Memo(tmp_path / "m", "settings") if use else None
        material = material_of(trials(-7, -12, -3), config, memo=memo)
        found = pooled_on_first(question_of(part, material.settings), material)
        assert found is not None
        told.append(chance_of_another_verdict(part, found, "low", np.array([160.0] * 3), 300, material))
        if memo:
            assert len(memo.known) == (len(told) == 3)
            memo.save()
    assert len(set(told)) == 1
    assert 0 < told[0] < 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_depends_on_what_a_part_is_about_alone(config: dict[str, Any], kind: str) -> None:
    """Whatever else is in the data: narrowed to what it concerns, a part is answered alike."""
    part = claims_of(KINDS[kind]).statements[0].parts[0]
    others = [row | {"row_id": f"o{i}", "trial_id": f"o{i}", "treatment": "tens"} for i, row in enumerate(trials(-30, 30))]
    whole = material_of([*trials(-12, -15, -9), *others], config)
    own = material_about(part, whole)
    assert len(own.converted) < len(whole.converted)
    assert repr(judge.judge_part(part, own)) == repr(judge.judge_part(part, whole))


@pytest.mark.parametrize("kind", [name for name, part in KINDS.items() if part["kind"] in JUDGED_OTHERWISE])
def test_other_choices_are_kept_until_trials_or_doubts_change(config: dict[str, Any], tmp_path: Path, kind: str) -> None:
    part = claims_of(KINDS[kind]).statements[0].parts[0]

    def judged(rows: list[dict[str, str]], *doubtful: str, use: bool = True) -> tuple[object, int]:
        memo = Memo(tmp_path / "m", "settings") if use else None
        grounds = ChoiceGrounds(load_choices(config), frozenset(doubtful))
        found = verdicts_otherwise(part, material_of(rows, config, memo=memo), grounds)
        new = len(memo.used.keys() - memo.known.keys()) if memo else 0
        if memo:
            memo.save()
        return found, new

    rows = trials(-12, -15, -9)
    for asked, doubtful in ((rows, ()), (rows, ("r0",)), (trials(-12, -15, 20), ())):
        plain, _ = judged(asked, *doubtful, use=False)
        assert judged(asked, *doubtful) == (plain, 1)
        assert judged(asked, *doubtful, "elsewhere") == (plain, 0)
