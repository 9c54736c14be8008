"""Verdict and certainty of the published analyses, and what they are without the rows in doubt; from the tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from evidence_synthesis.conclusions.grade import (
    DOMAINS,
    WORDS,
    Body,
    Concern,
    Limits,
    Rating,
    WeighedTrial,
    rate,
    unpoolable_trials,
)
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.effects.scales import natural
from evidence_synthesis.review.schema import Result
from evidence_synthesis.review.settings import Model, Outcome, Settings
from evidence_synthesis.review.taxonomy import Taxonomy
from evidence_synthesis.selection.analyses import Analysis, select
from evidence_synthesis.stats.batch import make_batch
from evidence_synthesis.stats.pooling import Pooled, pool
from evidence_synthesis.stats.small_study import MINIMUM, egger
from evidence_synthesis.synthesis.trials_in_analyses import effects_of
from evidence_synthesis.synthesis.verdicts import Judged, Rules, bound, judge, sides, sign
from evidence_synthesis.wording import p_value

Record = dict[str, object]
Row = Mapping[str, str]
Key = tuple[str, str]

CERTAINTY_COLUMNS = (
    *("analysis_id", "measure", "trials", "verdict", "certainty", "certainty_by_rule"),
    *(column for domain in DOMAINS for column in (domain, f"{domain}_why")),
    *("overruled", "control_risk", "largest_trial", "largest_weight"),
)
WITHOUT_COLUMNS = (
    *("analysis_id", "measure", "trials", "estimate", "ci_low", "ci_high", "trials_without", "estimate_without"),
    *("ci_low_without", "ci_high_without", "rows_in_doubt"),
)
_CLEAR_P, _HALF = 0.01, 50.0


class UnknownAnalysis(Exception):
    """An overruled certainty names an analysis that does not exist."""


def _value(row: Row, name: str) -> float:
    return float(row[name]) if row[name] else math.nan


def _turned(row: Row, outcome: Outcome) -> dict[str, float]:
    """The pooled values of a row on the scale of pooling, negative favouring the treatment."""
    turn, measure = sign(outcome), row["measure"]
    values = {n: turn * scales.linear(measure, _value(row, n)) for n in ("estimate", "ci_low", "ci_high")}
    prediction = [turn * scales.linear(measure, _value(row, f"prediction_{end}")) for end in ("low", "high")]
    low, high = sorted((values["ci_low"], values["ci_high"]))
    return {"estimate": values["estimate"], "low": low, "high": high, "pi_low": min(prediction), "pi_high": max(prediction)}


def verdicts_of(rows: Sequence[Row], trials: Mapping[Key, Sequence[Row]], settings: Settings, rules: Rules) -> list[str]:
    """The verdict of each pooled row on its own measure."""
    turned, clear, smallest = [], [], []
    for row in rows:
        outcome = settings.outcome(row["outcome"])
        values = _turned(row, outcome)
        turned.append((values["estimate"], values["low"], values["high"]))
        inside = trials[row["analysis_id"], row["measure"]]
        yi, vi = effects_of(inside)
        clear.append(sides((sign(outcome) * yi).tolist(), vi.tolist()))
        smallest.append(bound(outcome, row["measure"]))
    if not rows:
        return []
    estimate, low, high = (np.array(v) for v in zip(*turned, strict=True))
    people = np.nan_to_num([_value(r, "participants") for r in rows])
    for_it, against = (np.array(v) for v in zip(*clear, strict=True))
    i2 = np.array([_value(r, "i2") for r in rows])
    counts = np.array([int(r["trials"]) for r in rows])
    return [str(w) for w in judge(Judged(estimate, low, high, i2, counts, people, for_it, against), np.array(smallest), rules)]


def _small_study_p(trials: Sequence[Row]) -> float | None:
    """P of Egger's test; None below ten trials."""
    if len(trials) < MINIMUM:
        return None
    return egger(*effects_of(trials)).slope_p


def body_of(
    row: Row,
    trials: Sequence[Row],
    results: Mapping[str, Result],
    unusable: Sequence[Row],
    explained: str,
    settings: Settings,
    taxonomy: Taxonomy,
) -> Body:
    """A pooled row with all that its certainty depends on."""
    outcome, measure = settings.outcome(row["outcome"]), row["measure"]
    values = _turned(row, outcome)
    ids = {c.label: name for name, c in taxonomy.conditions.items()}
    parts = [WeighedTrial(results[t["row_ids"].split(";")[0]], float(t["weight"]), ids[t["versus"]]) for t in trials]
    risks = [float(t["events_c"]) / float(t["n_c"]) for t in trials if t["events_c"] and t["n_c"]]
    population = next(p for p in settings.populations if p.population == row["population"])
    single = int(row["trials"]) < 2
    return Body(
        parts,
        measure,
        values["estimate"],
        values["low"],
        values["high"],
        None if single else (values["pi_low"], values["pi_high"]),
        0.0 if single else _value(row, "i2"),
        float(row["participants"]) if row["participants"] else 0.0,
        [float(t["vi"]) for t in trials if not (t["n_t"] and t["n_c"])],
        bound(outcome, measure),
        float(np.median(risks)) if risks else None,
        _small_study_p(trials),
        unpoolable_trials(unusable, frozenset(taxonomy.members(row["group"])), outcome.domain, population.regions),
        explained,
    )


def explanations(subgroups: Iterable[Row]) -> dict[Key, str]:
    """For each analysis the moderator that explains most of its heterogeneity, where that is clear.

    Half or more of tau2 explained, and p below 0.01 for a difference between subgroups (several moderators are tried).
    """
    found: dict[Key, tuple[float, str]] = {}
    for row in subgroups:
        if not row["p_common_tau2"]:  # effects that lie on the line exactly have no test
            continue
        p, r2 = float(row["p_common_tau2"]), float(row["r2"])
        key = (row["analysis_id"], row["measure"])
        if p < _CLEAR_P and r2 >= _HALF and r2 > found.get(key, (0.0, ""))[0]:
            words = f"{row['moderator'].replace('_', ' ')} explains {r2:.0f} % of tau2 (p {p_value(p)})"
            found[key] = (r2, words)
    return {key: words for key, (_, words) in found.items()}


def _overruled_words(rating: Rating) -> str:
    return "; ".join(f"{domain.replace('_', ' ')}: {WORDS[c.levels]} ({c.why})" for domain, c in rating.overruled.items())


def certainty_rows(
    rows: Sequence[Row],
    trials: Mapping[Key, Sequence[Row]],
    results: Mapping[str, Result],
    unusable: Sequence[Row],
    overruled: Mapping[str, Mapping[str, Concern]],
    explained: Mapping[Key, str],
    settings: Settings,
    taxonomy: Taxonomy,
    rules: Rules,
    limits: Limits,
) -> Iterator[Record]:
    """Verdict and certainty of each pooled row, with every domain's rating and reason.

    Raises UnknownAnalysis when an overruling names an analysis that is not among the rows.
    """
    unknown = sorted(set(overruled) - {r["analysis_id"] for r in rows})
    if unknown:
        raise UnknownAnalysis(f"certainty_overrides.csv: no analysis {', '.join(unknown)}")
    for row, verdict in zip(rows, verdicts_of(rows, trials, settings, rules), strict=True):
        inside = trials[row["analysis_id"], row["measure"]]
        why = explained.get((row["analysis_id"], row["measure"]), "")
        body = body_of(row, inside, results, unusable, why, settings, taxonomy)
        rating = rate(body, limits, taxonomy, overruled.get(row["analysis_id"]))
        record: Record = {"analysis_id": row["analysis_id"], "measure": row["measure"], "trials": row["trials"]}
        record |= {"verdict": verdict, "certainty": rating.certainty, "certainty_by_rule": rating.by_rule}
        for domain, concern in rating.concerns.items():
            record |= {domain: WORDS[concern.levels], f"{domain}_why": concern.why}
        largest = max(inside, key=lambda t: float(t["weight"]))
        record |= {"largest_trial": largest["study"], "largest_weight": float(largest["weight"])}
        yield record | {"overruled": _overruled_words(rating), "control_risk": body.control_risk}


def _pooled_by_key(analyses: Sequence[Analysis], model: Model) -> tuple[Pooled, dict[Key, int]]:
    batch = make_batch([([e.estimate.yi for e in a.entries], [e.estimate.vi for e in a.entries]) for a in analyses])
    places = {(a.key.analysis_id, a.measure): i for i, a in enumerate(analyses)}
    return pool(batch, *model, limits=False), places


def without_rows(
    rows: Sequence[Row],
    trials: Mapping[Key, Sequence[Row]],
    converted: Sequence[Converted],
    doubtful: frozenset[str],
    settings: Settings,
    taxonomy: Taxonomy,
) -> Iterator[Record]:
    """Pooled rows that hold a doubtful row, beside the same analysis without all of those.

    A trial whose doubtful result falls away comes in with another result of it, where there is one.
    """
    left = select([c for c in converted if c.result.row_id not in doubtful], settings, taxonomy)
    pooled, places = _pooled_by_key(left.analyses, settings.model)
    for row in rows:
        key = (row["analysis_id"], row["measure"])
        inside = trials[key]
        doubted = [i for t in inside for i in t["row_ids"].split(";") if i in doubtful]
        if not doubted:
            continue
        record: Record = {n: row[n] for n in ("analysis_id", "measure", "trials", "estimate", "ci_low", "ci_high")}
        record |= {"rows_in_doubt": ";".join(doubted), "trials_without": 0}
        if key in places:
            at = pooled.at(places[key])
            record["trials_without"] = len({e.trial_id for e in left.analyses[places[key]].entries})
            for name in ("estimate", "ci_low", "ci_high"):
                record[f"{name}_without"] = natural(row["measure"], at[name])
        yield record
