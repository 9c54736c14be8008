"""The trials of analyses in two tables: nothing is lost, each effect is written once, its id says whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ROOT, read_csv, row_of

from evidence_synthesis.storage.table_row import BrokenTable
from evidence_synthesis.synthesis.rows.analyses import AnalysisTrial, Membership, PooledResult, TrialEffect
from evidence_synthesis.synthesis.trials_in_analyses import join, numbered, trials_of

RESULTS = ROOT / "results"


def test_numbering_what_was_joined_gives_the_published_tables() -> None:
    members, brought = Membership.of(RESULTS), TrialEffect.of(RESULTS)
    rows = join(members, brought)
    assert [(r.key, r.effect_id, r.weight) for r in rows] == [(m.key, m.effect_id, m.weight) for m in members]
    names = TrialEffect.columns()
    ids, effects = numbered([TrialEffect("", *(getattr(row, n) for n in names[1:])) for row in rows])
    assert ids == [m.effect_id for m in members]
    assert effects == brought


def test_each_effect_is_written_once_and_counts_somewhere() -> None:
    brought = TrialEffect.of(RESULTS)
    assert len({replace(effect, effect_id="") for effect in brought}) == len(brought)
    assert {row.effect_id for row in brought} == {row.effect_id for row in Membership.of(RESULTS)}
    assert all(row.effect_id.rpartition(".")[0] == row.trial_id for row in brought)


def test_a_trial_of_an_analysis_has_the_columns_of_both_tables() -> None:
    joined = read_csv(RESULTS / Membership.FILE)[0] | read_csv(RESULTS / TrialEffect.FILE)[0]
    assert AnalysisTrial.columns() == tuple(joined)


def test_a_membership_of_an_effect_that_there_is_not_is_named() -> None:
    members = [row_of(Membership, analysis_id="a", measure="MD", effect_id=name, weight="50") for name in ("t.1", "t.2")]
    with pytest.raises(BrokenTable, match=r"analysis_trials.csv, row 3, column effect_id: 't.2' names no effect of"):
        join(members, [row_of(TrialEffect, effect_id="t.1", yi="1", vi="1", effect="1", ci_low="0", ci_high="2")])


def test_weights_of_an_analysis_sum_to_all() -> None:
    total: dict[tuple[str, str], float] = {}
    for row in trials_of(RESULTS):
        total[row.key] = total.get(row.key, 0.0) + row.weight
    assert set(total) == {row.key for row in PooledResult.of(RESULTS)}
    assert all(abs(weight - 100) < 1e-6 for weight in total.values())
