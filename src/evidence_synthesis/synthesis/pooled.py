"""The tables that the review publishes: effects, pooled results, the trials in each analysis, row accounts, summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.conversions import Converted
from evidence_synthesis.effects.formulas import ArmSummary, Estimate
from evidence_synthesis.review.settings import Model, Settings
from evidence_synthesis.review.taxonomy import LEVEL_PREFIX, Taxonomy
from evidence_synthesis.selection.analyses import Analysis, Selection
from evidence_synthesis.selection.follow_up import time_notes, weeks_from_randomisation, window_of
from evidence_synthesis.selection.multiarm import Entry, people
from evidence_synthesis.stats.batch import NORMAL, interval_about, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool, weights
from evidence_synthesis.synthesis.trials_in_analyses import ARM_COLUMNS

Record = dict[str, object]

_MATTERS = 1e-6  # by how much below 1 a factor must be: with two trials and a tau2 it is 1, but for rounding

EFFECT_COLUMNS = (
    *("row_id", "trial_id", "study", "treatment", "comparator", "outcome", "term", "weeks", "time_note", "measure"),
    *("yi", "vi", "effect", "ci_low", "ci_high", *ARM_COLUMNS, "points", "steps", "problem"),
)
POOLED_COLUMNS = (
    *("analysis_id", "measure", "group", "group_label", "level", "comparator", "outcome", "term", "population"),
    *("trials", "participants", "trials_without_n", "estimate", "ci_low", "ci_high", "p", "favours"),
    *("prediction_low", "prediction_high", "se", "wald_low", "wald_high", "hksj_factor", "tau2", "tau2_low", "tau2_high"),
    *("i2", "i2_low", "i2_high", "h2", "h2_low", "h2_high", "q", "q_p", "note"),
)
MODEL_COLUMNS = (
    *("analysis_id", "measure", "model", "estimate", "wald_low", "wald_high", "hksj_low", "hksj_high"),
    *("prediction_low", "prediction_high", "tau2", "i2"),
)
ACCOUNT_COLUMNS = ("row_id", "trial_id", "treatment", "status", "analyses", "reason", "in_favour_of")


def _arms(t: ArmSummary | None, c: ArmSummary | None) -> Record:
    record: Record = {}
    for side, arm in (("t", t), ("c", c)):
        if arm is not None:
            record |= {f"n_{side}": arm.n, f"mean_{side}": arm.mean, f"sd_{side}": arm.sd, f"events_{side}": arm.events}
    return record


def _single(measure: str, estimate: Estimate) -> Record:
    low, high = map(float, interval_about(estimate.yi, NORMAL * math.sqrt(estimate.vi)))
    return {
        "measure": measure,
        "yi": estimate.yi,
        "vi": estimate.vi,
        "effect": scales.natural(measure, estimate.yi),
        "ci_low": scales.natural(measure, low),
        "ci_high": scales.natural(measure, high),
    }


def effect_rows(converted: Iterable[Converted], settings: Settings) -> Iterable[Record]:
    """A line for each effect of each row; rows without one have a line that says why."""
    for item in converted:
        r = item.result
        timed = window_of(r, settings.windows)
        shared: Record = {
            **{name: getattr(r, name) for name in ("row_id", "trial_id", "study", "treatment", "comparator", "outcome")},
            "term": timed.term if timed else "",
            "weeks": weeks_from_randomisation(r),
            "time_note": time_notes(r),
            **_arms(item.arm_t, item.arm_c),
            "points": item.points,
            "steps": ";".join(item.steps),
        }
        for measure, estimate in sorted(item.estimates.items()):
            yield {**shared, **_single(measure, estimate)}
        if not item.estimates:
            yield {**shared, "problem": "; ".join(sorted(set(item.problems.values())))}


def _level(group: str) -> str:
    return next(level for level, prefix in reversed(list(LEVEL_PREFIX.items())) if group.startswith(prefix))


def _note(trials: int, k: int, factor: float, narrower: bool, model: Model) -> str:
    """What a reader must know of an interval of k effects: one, two, the floor, HKSJ narrower than Wald."""
    if k == 1:
        return "one trial, not pooled"
    if model.estimator == "FE":
        return ""
    two = "two trials" if trials == 2 else "two comparisons of one trial"
    notes = [f"{two}: see the Wald interval beside"] if k == 2 else []
    if narrower:
        notes.append("HKSJ without floor would be narrower than Wald" if model.floor else "HKSJ narrower than Wald")
    if factor < 1 - _MATTERS and model.floor:
        notes.append("HKSJ floor applied")
    return "; ".join(notes)


def _pooled_row(analysis: Analysis, result: Mapping[str, float], taxonomy: Taxonomy, settings: Settings) -> Record:
    key, measure = analysis.key, analysis.measure
    trials = len({e.trial_id for e in analysis.entries})
    total, unknown = people(analysis.entries)
    natural = ("estimate", "ci_low", "ci_high", "wald_low", "wald_high", "prediction_low", "prediction_high")
    shown = {name: scales.natural(measure, result[name]) for name in natural}
    good = settings.outcome(key.outcome).event_is_good
    return {
        **{n: v for n, v in result.items() if n not in ("k", "wald_se", "hksj_narrower")},
        **shown,
        "analysis_id": key.analysis_id,
        "measure": measure,
        "group": key.group,
        "group_label": taxonomy.label(key.group),
        "level": _level(key.group),
        "comparator": key.comparator,
        "outcome": key.outcome,
        "term": key.term,
        "population": key.population,
        "trials": trials,
        "participants": total if unknown < len(analysis.entries) else None,
        "trials_without_n": unknown,
        "favours": wording.favours(measure, shown["ci_low"], shown["ci_high"], good),
        "note": _note(trials, len(analysis.entries), result["hksj_factor"], bool(result["hksj_narrower"]), settings.model),
    }


def _entry_row(measure: str, entry: Entry, taxonomy: Taxonomy, refs: Mapping[str, str]) -> Record:
    """What a trial brings to the analyses that it enters with the same results."""
    r = entry.result
    versus = r.treatment if entry.turned else r.comparator
    sides = (r.arm_c, r.arm_t) if entry.turned else (r.arm_t, r.arm_c)
    counted = {"n_t": sides[0].n, "n_c": sides[1].n} if len(entry.row_ids) == 1 else {}
    return {
        "trial_id": entry.trial_id,
        "study": r.study,
        "year": r.year,
        "row_ids": ";".join(entry.row_ids),
        "refs": refs[r.source_id],
        "versus": taxonomy[versus].label,
        "weeks": weeks_from_randomisation(r),
        "time_note": time_notes(r),
        **counted,
        **_arms(entry.arm_t, entry.arm_c),
        **_single(measure, entry.estimate),
        "handling": entry.handling,
        "source_kind": r.source_kind,
        "risk_of_bias": r.risk_of_bias,
    }


def pooled_tables(
    selection: Selection,
    settings: Settings,
    taxonomy: Taxonomy,
    refs: Mapping[str, str],
    models: Sequence[str],
) -> tuple[list[Record], list[Record], list[Record]]:
    """Pool all analyses: the results of the last of ``models``, the other models beside it, and the trials behind them.

    ``refs`` gives the reference number of a source id.
    """
    analyses = selection.analyses
    batch = make_batch([([e.estimate.yi for e in a.entries], [e.estimate.vi for e in a.entries]) for a in analyses])
    by_model = {m: pool(batch, m, floor=settings.model.floor, limits=m == models[-1]) for m in models}
    main = by_model[models[-1]]
    share = iter(weights(batch, main.tau2))
    pooled = [_pooled_row(a, result, taxonomy, settings) for a, result in zip(analyses, main.rows(), strict=True)]
    distinct = {id(e): (a.measure, e) for a in analyses for e in a.entries}
    brought = {key: _entry_row(measure, e, taxonomy, refs) for key, (measure, e) in distinct.items()}
    trials = [
        {"analysis_id": a.key.analysis_id, "weight": next(share).item(), **brought[id(e)]} for a in analyses for e in a.entries
    ]
    return pooled, list(_model_rows(analyses, {m: by_model[m] for m in models[:-1]})), trials


def _model_rows(analyses: Sequence[Analysis], by_model: Mapping[str, Pooled]) -> Iterable[Record]:
    shown = {n: n for n in ("estimate", "wald_low", "wald_high", "prediction_low", "prediction_high")}
    adjusted = shown | {"hksj_low": "ci_low", "hksj_high": "ci_high"}
    for analysis, *results in zip(analyses, *(p.rows() for p in by_model.values()), strict=True):
        if len(analysis.entries) < 2:
            continue
        for model, at in zip(by_model, results, strict=True):
            names = shown if model == "FE" else adjusted
            yield {
                "analysis_id": analysis.key.analysis_id,
                "measure": analysis.measure,
                "model": model,
                **{name: scales.natural(analysis.measure, at[source]) for name, source in names.items()},
                "tau2": at["tau2"],
                "i2": at["i2"],
            }


def account_rows(selection: Selection, converted: Iterable[Converted]) -> Iterable[Record]:
    """A line for every input row: used, merged, split or excluded, in how many analyses, and why not."""
    for account, item in zip(selection.accounts, converted, strict=True):
        yield {
            "row_id": account.row_id,
            "trial_id": item.result.trial_id,
            "treatment": item.result.treatment,
            "status": account.status,
            "analyses": account.analyses,
            "reason": account.reason,
            "in_favour_of": account.in_favour_of,
        }


def summary_columns(settings: Settings) -> list[str]:
    """Columns of the summary: what is asked, then for each term trials, people, effect, prediction interval, I2."""
    shown = [f"{w.term}_{name}" for w in settings.windows for name in ("trials", "participants", "effect", "prediction", "i2")]
    return ["group_label", "level", "comparator", "outcome", "measure", "population", *shown]


def summary_rows(pooled: Iterable[Record], settings: Settings) -> list[Record]:
    """The pooled results for reading: one line for each question, its terms side by side, numbers in words."""
    lines: dict[tuple[object, ...], Record] = {}
    for row in pooled:
        columns = ("group", "comparator", "outcome", "measure", "population")
        key = tuple(row[c] for c in columns)
        line = lines.setdefault(key, {c: row[c] for c in (*columns, "group_label", "level")})
        measure, term = str(row["measure"]), row["term"]
        values = [float(str(row[c])) for c in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "i2")]
        line |= {
            f"{term}_trials": row["trials"],
            f"{term}_participants": row["participants"],
            f"{term}_effect": wording.effect_with_interval(measure, values[0], values[1], values[2]),
            f"{term}_prediction": wording.interval(measure, values[3], values[4]),
            f"{term}_i2": wording.number(values[5], 0),
        }
    return list(lines.values())
