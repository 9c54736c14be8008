"""The tables that the review publishes: effects, pooled results, the trials in each analysis, row accounts, summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from evidence_synthesis.storage.table_row import known
from evidence_synthesis.synthesis.rows.analyses import Membership, ModelResult, PooledResult, TrialEffect
from evidence_synthesis.synthesis.rows.results import ResultEffect, RowAccount
from evidence_synthesis.synthesis.trials_in_analyses import numbered

_MATTERS = 1e-6  # by how much below 1 a factor must be: with two trials and a tau2 it is 1, but for rounding


def _arms(t: ArmSummary | None, c: ArmSummary | None) -> dict[str, Any]:
    sides = {"t": t, "c": c}
    return {f"{what}_{side}": getattr(arm, what, None) for side, arm in sides.items() for what in ("n", "mean", "sd", "events")}


def _single(measure: str, estimate: Estimate) -> dict[str, Any]:
    low, high = map(float, interval_about(estimate.yi, NORMAL * math.sqrt(estimate.vi)))
    return {
        "yi": estimate.yi,
        "vi": estimate.vi,
        "effect": scales.natural(measure, estimate.yi),
        "ci_low": scales.natural(measure, low),
        "ci_high": scales.natural(measure, high),
    }


_NO_EFFECT: dict[str, Any] = dict.fromkeys(("yi", "vi", "effect", "ci_low", "ci_high"))


def effect_rows(converted: Iterable[Converted], settings: Settings) -> Iterator[ResultEffect]:
    """A line for each effect of each row; rows without one have a line that says why."""
    for item in converted:
        r = item.result
        timed = window_of(r, settings.windows)
        line = partial(
            ResultEffect,
            **{name: getattr(r, name) for name in ("row_id", "trial_id", "study", "treatment", "comparator", "outcome")},
            term=timed.term if timed else "",
            weeks=weeks_from_randomisation(r),
            time_note=time_notes(r),
            **_arms(item.arm_t, item.arm_c),
            points=item.points,
            steps=tuple(item.steps),
        )
        for measure, estimate in sorted(item.estimates.items()):
            yield line(measure=measure, **_single(measure, estimate), problem="")
        if not item.estimates:
            yield line(measure="", **_NO_EFFECT, problem="; ".join(sorted(set(item.problems.values()))))


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


_AS_POOLED = (
    *("p", "se", "hksj_factor", "tau2", "tau2_low", "tau2_high"),
    *("i2", "i2_low", "i2_high", "h2", "h2_low", "h2_high", "q", "q_p"),
)


def _pooled_row(analysis: Analysis, result: Mapping[str, float], taxonomy: Taxonomy, settings: Settings) -> PooledResult:
    key, measure = analysis.key, analysis.measure
    trials = len({e.trial_id for e in analysis.entries})
    total, unknown = people(analysis.entries)
    natural = ("estimate", "ci_low", "ci_high", "wald_low", "wald_high", "prediction_low", "prediction_high")
    shown = {name: scales.natural(measure, result[name]) for name in natural}
    values: dict[str, Any] = {name: known(result[name]) for name in _AS_POOLED}
    values |= {name: known(value) for name, value in shown.items()}
    return PooledResult(
        analysis_id=key.analysis_id,
        measure=measure,
        group=key.group,
        group_label=taxonomy.label(key.group),
        level=_level(key.group),
        comparator=key.comparator,
        outcome=key.outcome,
        term=key.term,
        population=key.population,
        trials=trials,
        participants=total if unknown < len(analysis.entries) else None,
        trials_without_n=unknown,
        favours=wording.favours(measure, shown["ci_low"], shown["ci_high"], settings.outcome(key.outcome).event_is_good),
        note=_note(trials, len(analysis.entries), result["hksj_factor"], bool(result["hksj_narrower"]), settings.model),
        **values,
    )


def _brought(measure: str, entry: Entry, taxonomy: Taxonomy, refs: Mapping[str, str]) -> TrialEffect:
    """What a trial brings to the analyses that it enters with the same results; its id is not known yet."""
    r = entry.result
    versus = r.treatment if entry.turned else r.comparator
    sides = (r.arm_c, r.arm_t) if entry.turned else (r.arm_t, r.arm_c)
    arms = _arms(entry.arm_t, entry.arm_c)
    if len(entry.row_ids) == 1:
        arms |= {f"n_{s}": arm.n for s, arm, own in zip("tc", sides, (entry.arm_t, entry.arm_c), strict=True) if own is None}
    return TrialEffect(
        effect_id="",
        measure=measure,
        trial_id=entry.trial_id,
        study=r.study,
        year=None if r.year is None else int(r.year),
        row_ids=tuple(entry.row_ids),
        refs=refs[r.source_id],
        versus=taxonomy[versus].label,
        weeks=weeks_from_randomisation(r),
        time_note=time_notes(r),
        **arms,
        **_single(measure, entry.estimate),
        handling=entry.handling,
        source_kind=r.source_kind,
        risk_of_bias=r.risk_of_bias,
    )


@dataclass(frozen=True, slots=True)
class PooledTables:
    """What pooling gives: the results, those of the other models, and the trials behind them in two tables."""

    pooled: list[PooledResult]
    models: list[ModelResult]
    members: list[Membership]
    brought: list[TrialEffect]


def pooled_tables(
    selection: Selection,
    settings: Settings,
    taxonomy: Taxonomy,
    refs: Mapping[str, str],
    models: Sequence[str],
) -> PooledTables:
    """Pool all analyses: the results of the last of ``models``, the other models beside it, and the trials behind them.

    ``refs`` gives the reference number of a source id.
    """
    analyses = selection.analyses
    if not analyses:
        return PooledTables([], [], [], [])
    batch = make_batch([([e.estimate.yi for e in a.entries], [e.estimate.vi for e in a.entries]) for a in analyses])
    by_model = {m: pool(batch, m, floor=settings.model.floor, limits=m == models[-1]) for m in models}
    main = by_model[models[-1]]
    pooled = [_pooled_row(a, result, taxonomy, settings) for a, result in zip(analyses, main.rows(), strict=True)]
    distinct = {id(e): (a.measure, e) for a in analyses for e in a.entries}
    ids, brought = numbered([_brought(measure, e, taxonomy, refs) for measure, e in distinct.values()])
    id_of = dict(zip(distinct, ids, strict=True))
    inside = [(a.key.analysis_id, a.measure, id_of[id(e)]) for a in analyses for e in a.entries]
    members = Membership.of_columns([*zip(*inside, strict=True), weights(batch, main.tau2).tolist()])
    return PooledTables(pooled, list(_model_rows(analyses, {m: by_model[m] for m in models[:-1]})), members, brought)


def _model_rows(analyses: Sequence[Analysis], by_model: Mapping[str, Pooled]) -> Iterator[ModelResult]:
    for analysis, *results in zip(analyses, *(p.rows() for p in by_model.values()), strict=True):
        if len(analysis.entries) < 2:
            continue
        for model, at in zip(by_model, results, strict=True):
            names = ("estimate", "wald_low", "wald_high", "ci_low", "ci_high", "prediction_low", "prediction_high")
            estimate, low, high, *others = (scales.natural(analysis.measure, at[name]) for name in names)
            hksj = (None, None) if model == "FE" else (known(others[0]), known(others[1]))
            predicted = known(others[2]), known(others[3])
            where = analysis.key.analysis_id, analysis.measure, model
            yield ModelResult(*where, estimate, low, high, *hksj, *predicted, at["tau2"], known(at["i2"]))


def account_rows(selection: Selection, converted: Iterable[Converted]) -> Iterator[RowAccount]:
    """A line for every input row: used, merged, split or excluded, in how many analyses, and why not."""
    for account, item in zip(selection.accounts, converted, strict=True):
        where = account.row_id, item.result.trial_id, item.result.treatment
        yield RowAccount(*where, account.status, account.analyses, account.reason, account.in_favour_of)


def summary_columns(settings: Settings) -> list[str]:
    """Columns of the summary: what is asked, then for each term trials, people, effect, prediction interval, I2."""
    shown = [f"{w.term}_{name}" for w in settings.windows for name in ("trials", "participants", "effect", "prediction", "i2")]
    return ["group_label", "level", "comparator", "outcome", "measure", "population", *shown]


def summary_rows(pooled: Iterable[PooledResult], settings: Settings) -> list[dict[str, object]]:
    """The pooled results for reading: one line for each question, its terms side by side, numbers in words.

    Its columns follow the review's terms (``summary_columns``), so a row is a mapping.
    """
    lines: dict[tuple[str, ...], dict[str, object]] = {}
    for row in pooled:
        where = {c: getattr(row, c) for c in ("group", "comparator", "outcome", "measure", "population")}
        line = lines.setdefault(tuple(where.values()), {**where, "group_label": row.group_label, "level": row.level})
        unit = settings.outcome(row.outcome).unit_of(row.measure)
        line |= {
            f"{row.term}_trials": row.trials,
            f"{row.term}_participants": row.participants,
            f"{row.term}_effect": wording.fit_to_print(row.measure, *row.effect, unit=unit),
            f"{row.term}_prediction": wording.limits_to_print(row.measure, row.prediction_low, row.prediction_high, unit),
            f"{row.term}_i2": wording.number(row.i2, 0),
        }
    return list(lines.values())
