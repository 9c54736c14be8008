"""All defensible choices: every universe answered again, one at a time, by the ways of a single question."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from conftest import DATA, ROOT, read_csv, trial_row

from evidence_synthesis.effects.conversions import Converted, convert
from evidence_synthesis.effects.formulas import Estimate
from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.check_claims import check_claims
from evidence_synthesis.review.claims_file import load_claims
from evidence_synthesis.review.schema import parse_result
from evidence_synthesis.review.settings import Settings, names_of
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.review.trials import as_printed
from evidence_synthesis.selection.claim_questions import Question, concerned, eligible, entries_of, questions_of
from evidence_synthesis.selection.multiarm import Entry, people
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.bayes import posterior
from evidence_synthesis.stats.pooling import pool
from evidence_synthesis.storage.memo import Memo
from evidence_synthesis.synthesis import multiverse_tables
from evidence_synthesis.synthesis.multiverse import (
    CORRECTED,
    PRINTED,
    Choices,
    Multiverse,
    Universes,
    answer_all,
    load_choices,
    multiverse,
)
from evidence_synthesis.synthesis.multiverse_tables import (
    choice_rows,
    selection_columns,
    selection_rows,
    set_rows,
    summary_row,
    universe_rows,
)
from evidence_synthesis.synthesis.regions import NOT_LOOKED_AT, REGION_VERDICTS, REGIONS
from evidence_synthesis.synthesis.verdicts import Rules, bound, sign

TAXONOMY = Taxonomy(read_csv(DATA / "treatments.csv"))

ASKED = (
    "iqwig-2025-massage-short__1",
    "iqwig-2015-exercise-prevents__1",
    "iqwig-2015-short-relief__1",
    "toolkit-active-favoured__2",
    "kaia-massage-neck-short__4",
    "iqwig-2025-passive-add-on__5",
    "iqwig-2025-acupuncture-site__1",
    "iqwig-release-massage-plus-exercise__1",
)
Collection = dict[str, list[Converted]]


@pytest.fixture(scope="module")
def collection(settings: Settings) -> Collection:
    checked = read_csv(ROOT / "results/checked/trials.csv")
    printed = as_printed(checked, read_csv(ROOT / "results/checked/printed.csv"))
    return {name: [convert(parse_result(r), settings) for r in rows] for name, rows in ((CORRECTED, checked), (PRINTED, printed))}


@pytest.fixture(scope="module")
def doubtful(collection: Collection) -> frozenset[str]:
    """Any third result, so that leaving out the doubtful ones changes much."""
    return frozenset(c.result.row_id for c in collection[CORRECTED][::3])


@pytest.fixture(scope="module")
def asked(settings: Settings, config: dict) -> dict[str, tuple[Question, str]]:
    claims = load_claims(check_claims(DATA, TAXONOMY, names_of(config)), TAXONOMY)
    return questions_of(claims, settings)


@pytest.fixture(scope="module")
def choices(config: dict) -> Choices:
    return load_choices(config)


@pytest.fixture(scope="module", params=ASKED)
def found(request, asked, collection, choices, settings, config, doubtful) -> Multiverse:
    return multiverse(*asked[request.param], collection, choices, settings, TAXONOMY, doubtful, Rules.of(config["verdicts"]))


def left(item: Converted, row: dict[str, object], config: dict, doubtful: frozenset[str]) -> bool:
    """Whether a universe keeps a result."""
    imputed = config["multiverse"]["imputed"]
    reasons = {
        "high_risk": item.result.risk_of_bias == "high",
        "imputed": bool(set(item.result.flags.split(";")) & set(imputed["flags"]) or set(item.steps) & set(imputed["steps"])),
        "abstract": item.result.source_kind == "abstract",
        "doubtful": item.result.row_id in doubtful,
    }
    if row["without_high_risk"] == "otherwise" and item.result.risk_of_bias_otherwise == "high":
        return False
    return not any(holds and row[f"without_{name}"] == "yes" for name, holds in reasons.items())


def plain_verdict(effects, limits, smallest: float, region: str, prior: dict, enough: bool) -> str:
    """What an interval says of a region, spelt out for one interval; the probability from the whole posterior."""
    if not enough:
        return "open"
    low, high = limits
    ends = {"any_relief": (-np.inf, 0), "better": (-np.inf, 0), "at_most_worthwhile": (-smallest, np.inf)}
    ends |= dict.fromkeys(("no_relief", "similar"), (-smallest, smallest))
    a, b = ends[region]
    if low >= a and high <= b:
        return "supported"
    if high <= a or low >= b:
        return "contradicted"
    cuts = tuple(c for c in (a, b) if np.isfinite(c))
    below = posterior(*effects, prior["family"], prior["scale"], cuts).below
    chance = below[-1] - below[0] if len(cuts) == 2 else below[0] if np.isfinite(b) else 1 - below[0]
    return "leaning" if chance >= 0.8 else "leaning_against" if chance <= 0.2 else "open"


def alone(
    row: dict,
    question: Question,
    region: str,
    collection: Collection,
    choices: Choices,
    config: dict,
    doubtful: frozenset[str],
) -> dict:
    """One universe by itself: the results that are left are asked as a single question, pooled and judged."""
    base = replace(choices.windows[row["window"]], multi_arm=row["multi_arm"])
    groups = {g.comparator: g for g in base.comparators}
    one = replace(question, comparator=groups.get(row["comparator"], question.comparator))
    items = [c for c in collection[row["values"]] if left(c, row, config, doubtful)]
    entries = entries_of(eligible(one, items, base, TAXONOMY), one, row["measure"], base)
    if not entries:
        return {"verdict": NOT_LOOKED_AT}
    yi, vi = np.array([e.estimate.yi for e in entries]), np.array([e.estimate.vi for e in entries])
    wald = row["interval"] == "wald"
    result = pool(make_batch([(yi, vi)]), row["estimator"], hksj=not wald, floor=row["interval"] == "hksj_floor")
    turn, total = sign(one.outcome), people(entries)
    limits = [turn * getattr(result, n) for n in ("ci_low", "ci_high")]
    low, high = np.minimum(*limits), np.maximum(*limits)
    trials = len({e.trial_id for e in entries})
    smallest = bound(one.outcome, row["measure"], choices.thresholds[row["threshold"]].get(row["measure"]))
    verdict = plain_verdict(
        (turn * yi, vi), (low[0], high[0]), smallest, region, config["bayes"][row["measure"]], trials > 1 and total[0] >= 126
    )
    values = [natural(row["measure"], getattr(result, n)[0].item()) for n in ("estimate", "ci_low", "ci_high")]
    return {"verdict": verdict, "trials": trials, **dict(zip(("estimate", "ci_low", "ci_high"), values, strict=True))}


def test_each_universe_has_the_answer_that_it_has_alone(found, collection, choices, config, doubtful) -> None:
    rows = list(universe_rows(found, natural))
    chosen = np.random.default_rng(11).choice(len(rows), 150, replace=False)
    for row in (rows[i] for i in chosen):
        known = alone(row, found.universes.question, found.region, collection, choices, config, doubtful)
        assert row["verdict"] == known["verdict"]
        assert row.keys() & {"trials", "estimate"} == known.keys() & {"trials", "estimate"}
        for name in known.keys() - {"verdict"}:
            assert row[name] == pytest.approx(known[name], rel=1e-9, abs=1e-9), (name, row)


def test_shares_are_counts_of_universes(found: Multiverse) -> None:
    rows = list(universe_rows(found, natural))
    counts = Counter(str(r["verdict"]) for r in rows)
    with_data = len(rows) - counts[NOT_LOOKED_AT]
    assert found.with_data == with_data
    assert found.shares == ({w: counts[w] / with_data for w in REGION_VERDICTS if w != NOT_LOOKED_AT} if with_data else {})
    summary = summary_row(found, natural)
    assert (summary.universes, summary.verdict, summary.claimed) == (len(rows), found.verdict, found.region)
    assert summary.with_data == with_data / len(rows)
    assert summary.same_verdict == found.shares.get(found.verdict)


def test_what_a_choice_moves_is_counted_over_pairs(found: Multiverse) -> None:
    """Pairs of universes that differ in one choice alone: how often the verdict differs, and how far the estimate moves."""
    rows = list(universe_rows(found, natural))
    outcome = found.universes.question.outcome
    told = {r.choice: r for r in choice_rows(found)}
    assert set(told) == {name for name, levels in found.axes.items() if len(levels) > 1}
    for name, levels in found.axes.items():
        others = [n for n in found.axes if n != name]
        by = {(row[name], *(row[n] for n in others)): row for row in rows}
        places = list(product(*(found.axes[n] for n in others)))
        changes, moves = [], []
        for a, b in combinations(levels, 2):
            pairs = [(by[(a, *place)], by[(b, *place)]) for place in places]
            changes.append(np.mean([one["verdict"] != two["verdict"] for one, two in pairs]))
            gaps = [
                abs(scale(one) - scale(two)) / bound(outcome, one["measure"])
                for one, two in pairs
                if "estimate" in one and "estimate" in two and one["measure"] == two["measure"]
            ]
            moves.append(np.mean(gaps) if gaps else np.nan)
        if len(levels) < 2:
            continue
        assert told[name].verdict_changes == pytest.approx(np.mean(changes))
        if name in ("measure", "interval", "threshold") or np.isnan(moves).all():
            assert told[name].estimate_moves is None
        else:
            assert told[name].estimate_moves == pytest.approx(np.nanmean(moves), abs=1e-9)
    most = summary_row(found, natural)
    assert most.moves_most_share == max(r.verdict_changes for r in told.values())


def scale(row: dict) -> float:
    """The estimate on the scale on which it is pooled."""
    return float(np.log(row["estimate"])) if row["measure"] in ("RR", "OR", "HR") else float(row["estimate"])


def test_the_spread_is_that_of_the_first_measure(found: Multiverse) -> None:
    summary = summary_row(found, natural)
    measure = found.universes.question.outcome.measures[0]
    index = found.universes.place.take(0, list(found.axes).index("measure")).ravel()
    if found.answers is None or not (index >= 0).any():
        assert summary.estimate_median is None
        return
    rows = [r for r in universe_rows(found, natural) if r["measure"] == measure and "estimate" in r]
    values = [scale(r) for r in rows]
    for column, share in (("estimate_low", 0.025), ("estimate_median", 0.5), ("estimate_high", 0.975)):
        assert getattr(summary, column) == pytest.approx(natural(measure, float(np.quantile(values, share))), abs=1e-9)
    assert (summary.trials_least, summary.trials_most) == (min(r["trials"] for r in rows), max(r["trials"] for r in rows))


def test_sets_and_selections_lead_to_every_universe(found: Multiverse, choices: Choices) -> None:
    """The two published tables hold what each universe says."""
    selections = {
        tuple(r[n] for n in ("window", "comparator", "measure", "multi_arm", "values")): r for r in selection_rows(found, choices)
    }
    sets = {(r.set, r.estimator): r for r in set_rows(found, choices, natural)}
    rows = list(universe_rows(found, natural))
    for i in np.random.default_rng(2).choice(len(rows), 200, replace=False):
        row = rows[i]
        levels = [(n, row[f"without_{n}"]) for n in choices.without]
        dropped = [n if level == "yes" else f"{n}_{level}" for n, level in levels if level != "no"]
        number = selections[tuple(row[n] for n in ("window", "comparator", "measure", "multi_arm", "values"))][
            "without_" + "+".join(dropped) if dropped else "with_all"
        ]
        if number is None:
            assert row["verdict"] == NOT_LOOKED_AT
            continue
        known = sets[number, row["estimator"]]
        assert (known.trials, known.measure) == (row["trials"], row["measure"])
        assert known.estimate == pytest.approx(row["estimate"], rel=1e-4)
        assert known.limits(row["interval"])[0] == pytest.approx(row["ci_low"], rel=1e-4, abs=1e-9)
        if row["threshold"] == "review":
            assert known.verdict(row["interval"]) == row["verdict"]


@pytest.fixture(scope="module")
def favoured(asked, collection, choices, settings, config) -> tuple[Multiverse, Choices]:
    same = {CORRECTED: collection[CORRECTED], PRINTED: collection[CORRECTED]}
    asks, rules = asked["toolkit-active-favoured__1"], Rules.of(config["verdicts"])
    return multiverse(*asks, same, choices, settings, TAXONOMY, frozenset(), rules), choices


def test_a_question_is_answered_again_where_its_results_or_doubts_change(
    asked, collection, choices, settings, config, doubtful, tmp_path, monkeypatch
) -> None:
    questions, again = [asked[name] for name in ASKED[:3]], []
    monkeypatch.setattr(multiverse_tables, "multiverse", lambda *given: again.append(given[0].name) or multiverse(*given))

    def tables(results: Collection, doubted: frozenset[str]) -> multiverse_tables.MultiverseTables:
        again.clear()
        memo = Memo(tmp_path / "m", "settings")
        found = multiverse_tables.multiverse_tables(
            questions, results, choices, settings, TAXONOMY, doubted, Rules.of(config["verdicts"]), memo
        )
        memo.save()
        return found

    first = tables(collection, doubtful)
    assert again == [q.name for q, _ in questions]
    assert tables(collection, doubtful) == first
    assert again == []
    mine = {c.result.row_id for c in concerned(questions[0][0], collection[CORRECTED])}
    tables(collection, doubtful ^ frozenset([min(mine)]))
    assert questions[0][0].name in again
    without = {name: [c for c in results if c.result.row_id != min(mine)] for name, results in collection.items()}
    shorter = tables(without, doubtful)
    assert questions[0][0].name in again
    alone = multiverse(*questions[0], without, choices, settings, TAXONOMY, doubtful, Rules.of(config["verdicts"]))
    assert shorter.summary[0].cells() == summary_row(alone, natural).cells()


def test_universes_are_all_combinations(favoured: tuple) -> None:
    found, choices = favoured
    assert found.words.size == 3 * 1 * 2 * 2 * 2 * (3 * 2**3) * 3 * 3 * 4
    assert found.words.size >= 1000
    assert sum(found.shares.values()) == pytest.approx(1)
    rows = list(selection_rows(found, choices))
    assert len(rows) == 3 * 1 * 2 * 2 * 2
    assert list(rows[0]) == selection_columns(choices)


def test_the_reviews_own_universe_is_the_pooled_result(favoured: tuple) -> None:
    found, choices = favoured
    pooled = next(
        r
        for r in read_csv(ROOT / "results/tables/pooled.csv")
        if r["analysis_id"] == "class-active__passive__pain__short__low_back" and r["measure"] == "MD"
    )
    own = found.universes.place[found.own[: found.universes.place.ndim]].item()
    rows = [r for r in set_rows(found, choices, natural) if (r.set, r.estimator) == (own + 1, "REML")]
    for name, column in (("estimate", "estimate"), ("hksj_floor_low", "ci_low"), ("hksj_floor_high", "ci_high")):
        assert getattr(rows[0], name) == pytest.approx(float(pooled[column]), rel=1e-4)
    assert rows[0].wald_low == pytest.approx(float(pooled["wald_low"]), rel=1e-4)
    assert rows[0].verdict("hksj_floor") == found.verdict == summary_row(found, natural).verdict


def test_one_row_for_each_universe(favoured: tuple) -> None:
    found, _ = favoured
    rows = list(universe_rows(found, natural))
    assert len(rows) == found.words.size
    assert sum(r["verdict"] == "leaning" for r in rows) == round(found.shares["leaning"] * found.with_data)
    own = next(r for r in rows if all(r[n] == found.axes[n][i] for n, i in zip(found.axes, found.own, strict=True)))
    assert own["verdict"] == found.verdict
    part = next(
        r
        for r in read_csv(ROOT / "results/tables/claims_detail.csv")
        if f"{r['claim']}__{r['part']}" == found.universes.question.name
    )
    assert own["trials"] == int(part["trials"])


def test_a_choice_without_consequence_moves_nothing(favoured: tuple) -> None:
    found, _ = favoured
    moved = {r.choice: r for r in choice_rows(found)}
    # printed and corrected values are the same here, and nothing is doubtful
    assert moved["values"].verdict_changes == 0
    assert moved["without_doubtful"].verdict_changes == 0
    assert moved["threshold"].verdict_changes == 0  # "better" claims no size
    assert moved["window"].verdict_changes > 0
    assert set(found.shares) == set(REGION_VERDICTS) - {NOT_LOOKED_AT}


def test_the_reviews_own_choices_are_among_the_levels(config: dict) -> None:
    bare = {
        **config,
        "pooling": {"models": ["DL", "ML"], "floor": False},
        "selection": {**config["selection"], "multi_arm": "split"},
    }
    bare["multiverse"] = {
        **config["multiverse"],
        "intervals": ["wald"],
        "estimators": ["REML"],
        "multi_arm": ["combine"],
        "values": ["printed"],
    }
    own = load_choices(bare)
    assert (own.own_interval, own.own_estimator) == ("hksj", "ML")
    assert (own.intervals, own.estimators) == (("wald", "hksj"), ("REML", "ML"))
    assert (own.multi_arm, own.values) == (("combine", "split"), (PRINTED, CORRECTED))
    assert load_choices(config).own_interval == "hksj_floor"


def entry(trial: str, yi: float, vi: float, people: str = "30") -> Entry:
    result = parse_result(trial_row(trial, trial=trial, n_t=people) | {"decision": "", "decision_reason": ""})
    return Entry(trial, (trial,), Estimate(yi, vi), None, None, "", False, result)


def test_trials_that_agree_exactly_have_the_width_of_the_floor(asked, choices, config) -> None:
    """Their HKSJ factor is 0, so the interval with the floor is none of the bare one's multiples."""
    same = (entry("a", -12.0, 4.0), entry("b", -12.0, 9.0), entry("c", -12.0, 5.0))
    other = (entry("a", -12.0, 4.0), entry("b", -11.0, 9.0), entry("c", -3.0, 5.0, ""))
    sets = Universes(asked["iqwig-2025-massage-short__1"][0], {}, np.array([0, 1]), [same, other], ["MD", "MD"])
    found = answer_all(sets, REGIONS["any_relief"], choices, Rules.of(config["verdicts"]))
    for s, entries in enumerate((same, other)):
        batch = make_batch([([e.estimate.yi for e in entries], [e.estimate.vi for e in entries])])
        for e, estimator in enumerate(choices.estimators):
            for i, (hksj, floor) in enumerate(((False, True), (True, False), (True, True))):
                known = pool(batch, estimator, hksj=hksj, floor=floor)
                assert (found.low[s, e, i], found.high[s, e, i]) == pytest.approx((known.ci_low[0], known.ci_high[0])), (
                    estimator,
                    i,
                )
    assert found.trials.tolist() == [3, 3]
    assert found.participants.tolist() == [180.0, 120.0]
