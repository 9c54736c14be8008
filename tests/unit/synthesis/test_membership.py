"""The trials of analyses in two tables: nothing is lost, each effect is written once, its id says whose it is."""

from __future__ import annotations

from conftest import ROOT, read_csv

from evidence_synthesis.synthesis.trials_in_analyses import BROUGHT, BROUGHT_COLUMNS, MEMBER_COLUMNS, MEMBERS, join, split

RESULTS = ROOT / "results"


def test_splitting_what_was_joined_gives_the_published_tables() -> None:
    members, brought = read_csv(RESULTS / MEMBERS), read_csv(RESULTS / BROUGHT)
    rows = join(members, brought)
    assert len(rows) == len(members)
    again = split([{k: v for k, v in row.items() if k != "effect_id"} for row in rows])
    assert [{c: row[c] for c in MEMBER_COLUMNS} for row in again[0]] == members
    assert [{c: row[c] for c in BROUGHT_COLUMNS} for row in again[1]] == brought


def test_each_effect_is_written_once_and_counts_somewhere() -> None:
    brought = read_csv(RESULTS / BROUGHT)
    content = [tuple(v for k, v in row.items() if k != "effect_id") for row in brought]
    assert len(set(content)) == len(content)
    assert {row["effect_id"] for row in brought} == {row["effect_id"] for row in read_csv(RESULTS / MEMBERS)}
    assert all(row["effect_id"].rpartition(".")[0] == row["trial_id"] for row in brought)


def test_weights_of_an_analysis_sum_to_all() -> None:
    total: dict[tuple[str, str], float] = {}
    for row in read_csv(RESULTS / MEMBERS):
        key = row["analysis_id"], row["measure"]
        total[key] = total.get(key, 0.0) + float(row["weight"])
    assert len(total) == len(read_csv(RESULTS / "tables/pooled.csv"))
    assert all(abs(weight - 100) < 1e-6 for weight in total.values())
