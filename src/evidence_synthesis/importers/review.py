"""An imported review as tables: every study, every analysis by its own model and by ours, and a report in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.effects.formulas import Estimate, NotEstimable, effect_of_arms
from evidence_synthesis.importers.infer import infer, swapped
from evidence_synthesis.importers.measures import MEASURES, Inferred
from evidence_synthesis.importers.models import no_total, own_estimate
from evidence_synthesis.importers.rows import EFFECT_SPREAD, StudyRow, by_analysis, twice
from evidence_synthesis.review.schema import PERSON_TIME
from evidence_synthesis.stats.batch import NORMAL, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool

STUDY_COLUMNS = (
    *("analysis", "name", "subgroup", "study", "year", "treatment", "comparator", "measure", "counted", "n_t", "mean_t", "sd_t"),
    *("events_t", "n_c", "mean_c", "sd_c", "events_c", "yi", "vi", "effect", "ci_low", "ci_high", "printed", "printed_low"),
    *("printed_high", "printed_weight", "reproduced", "left_out", "footnote"),
)
_POOLED_COLUMNS = (
    *("own_estimate", "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "tau2", "i2", "q_p", "no_total"),
)
ANALYSIS_COLUMNS = (
    *("analysis", "name", "subgroups", "studies", "pooled", "measure", "counted", "model", "level", "printed_studies"),
    *("reproduced", "status", *_POOLED_COLUMNS),
)
SUBGROUP_COLUMNS = ("analysis", "name", "subgroup", "studies", "pooled", "measure", "counted", "model", *_POOLED_COLUMNS)
STATUS = {
    "reproduced": "every printed effect follows from its study's numbers",
    "partly": "some printed effects do not follow",
    "not reproduced": "no measure gives the printed effects",
    "nothing printed": "the source prints no effects to compare with",
    "no effects": "no study has numbers that give an effect, or nobody had an event and nothing tells the measure",
}
NOT_KNOWN = "not known"
_SHOWN = 20  # studies of one kind that a report lists for an analysis
_FROM_ARMS = ("MD", "SMD", "RR", "OR", "RD")
Part = tuple[str, str | None]  # an analysis, and one of its subgroups or None for its total


@dataclass(frozen=True, slots=True)
class Imported:
    """A review's analyses with what was inferred of each (None where no study gives an effect), and ours beside.

    ``pooled`` are our results by analysis, ``subtotals`` by analysis and subgroup, ``effects`` what of each row goes into
    them, with the reason where nothing does; ``no_total`` tells why an analysis, or a subgroup, is not pooled.
    """

    rows: Mapping[str, Sequence[StudyRow]]
    analyses: Mapping[str, Inferred | None]
    pooled: Mapping[str, Mapping[str, float]]
    effects: Mapping[str, Sequence[tuple[Estimate | None, str]]]
    subtotals: Mapping[tuple[str, str], Mapping[str, float]]
    no_total: Mapping[Part, str]


def bring_in(rows: Iterable[StudyRow]) -> Imported:
    """Infer every analysis of a review and pool all of them at once (REML, HKSJ with floor), subgroups beside."""
    groups = by_analysis(rows)
    analyses = {number: infer(group) for number, group in groups.items()}
    effects = {n: _effects(analyses[n], group) for n, group in groups.items()}
    reasons: dict[Part, str] = {}
    parts: dict[Part, list[Estimate]] = {}
    for number, group in groups.items():
        reasons[number, None] = no_total(group)
        chosen: dict[str | None, list[int]] = {None: [i for i, r in enumerate(group) if r.in_total]}
        for name in _subgroups(group):
            chosen[name] = [i for i, r in enumerate(group) if r.subgroup == name]
            doubled = twice(group[i] for i in chosen[name])
            reasons[number, name] = (
                no_total(group) if group[0].totals == "NO" else f"twice: {', '.join(doubled)}" if doubled else ""
            )
        for part, at in chosen.items():
            known = [e for i in at if (e := effects[number][i][0]) is not None]
            if known and not reasons[number, part]:
                parts[number, part] = known
    results: dict[Part, Mapping[str, float]] = {}
    if parts:
        pooled: Pooled = pool(make_batch([([e.yi for e in known], [e.vi for e in known]) for known in parts.values()]))
        results = dict(zip(parts, pooled.rows(), strict=True))
    totals = {n: r for (n, part), r in results.items() if part is None}
    return Imported(groups, analyses, totals, effects, {(n, p): r for (n, p), r in results.items() if p is not None}, reasons)


def _subgroups(rows: Sequence[StudyRow]) -> list[str]:
    """The names of an analysis's subgroups in the order of the file; none where there is but one."""
    names = list(dict.fromkeys(r.subgroup for r in rows if r.subgroup))
    return names if len(names) > 1 else []


def _effects(found: Inferred | None, rows: Sequence[StudyRow]) -> list[tuple[Estimate | None, str]]:
    """The effect of each study that goes into our pooling: by the library's formulas, which RevMan's only check."""
    if found is None:
        return [(None, r.fault or ("nobody had the event" if r.has_events else "no numbers that give an effect")) for r in rows]
    return [_ours(found, row, estimate, why) for row, estimate, why in zip(rows, found.estimates, found.reasons, strict=True)]


def _ours(found: Inferred, row: StudyRow, estimate: Estimate | None, why: str) -> tuple[Estimate | None, str]:
    told = swapped(row) if found.swapped else row
    usable = told.has_events if found.measure.of_events else told.has_means
    if found.measure.name not in _FROM_ARMS or not usable or told.arms is None or estimate is None:
        return estimate, why
    try:
        return effect_of_arms(found.measure.name, *told.arms), ""
    except NotEstimable as error:
        return None, f"{error} (the review counts it)" if row.effect is not None and row.weight else str(error)


def status_of(analysis: Inferred | None) -> str:
    """How well an analysis reproduces; a key of ``STATUS``."""
    if analysis is None:
        return "no effects"
    right, printed = analysis.reproduced
    if not printed:
        return "nothing printed"
    return "reproduced" if right == printed else "partly" if right else "not reproduced"


def study_rows(review: Imported) -> Iterator[dict[str, object]]:
    """One row for each study in an analysis, with the effect that goes into pooling and the printed one."""
    for number, rows in review.rows.items():
        found = review.analyses[number]
        for i, row in enumerate(rows):
            shared: dict[str, object] = {c: getattr(row, c) for c in STUDY_COLUMNS if hasattr(row, c)}
            shared |= {"printed": row.effect, "printed_low": row.ci_low, "printed_high": row.ci_high}
            shared |= {"printed_weight": row.weight, "effect": None, "ci_low": None, "ci_high": None, "measure": ""}
            estimate, why = review.effects[number][i]
            shared["left_out"] = why
            if found is not None:
                shared |= {"measure": found.measure.name, "counted": _counted(found), "reproduced": found.same[i]}
                if estimate is not None:
                    shared |= {"yi": estimate.yi, "vi": estimate.vi, **_shown(found, estimate.yi, math.sqrt(estimate.vi))}
            yield shared


def _shown(found: Inferred, yi: float, se: float) -> dict[str, float]:
    low, high = (scales.natural(_scale(found), yi + side * NORMAL * se) for side in (-1, 1))
    return {"effect": scales.natural(_scale(found), yi), "ci_low": low, "ci_high": high}


def _scale(found: Inferred) -> str:
    """The measure by whose scale a value is read: a ratio's logarithm, or as it stands."""
    return "OR" if found.measure.is_ratio else "MD"


def _counted(found: Inferred) -> str:
    return "non-events" if found.swapped else ""


def part_of(found: Inferred, at: Sequence[int]) -> Inferred:
    """Some rows of an analysis, under its measure and model."""
    lists = {name: [getattr(found, name)[i] for i in at] for name in ("rows", "estimates", "reasons", "same")}
    return replace(found, **lists)  # type: ignore[arg-type]


def _pooled(found: Inferred, ours: Mapping[str, float] | None, at: Sequence[int], reason: str) -> dict[str, object]:
    row: dict[str, object] = {"measure": found.measure.name, "counted": _counted(found), "model": found.model or NOT_KNOWN}
    row |= {"no_total": reason}
    if not reason:
        row["own_estimate"] = own_estimate(part_of(found, at))
    if ours is not None:
        natural = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
        row |= {n: scales.natural(_scale(found), ours[n]) for n in natural} | {n: ours[n] for n in ("tau2", "i2", "q_p")}
    return row


def analysis_rows(review: Imported) -> Iterator[dict[str, object]]:
    """One row for each analysis: what was inferred, how far it reproduces, its own pooled effect and ours."""
    for number, rows in review.rows.items():
        found = review.analyses[number]
        row: dict[str, object] = {"analysis": number, "name": rows[0].name, "studies": len(rows), "status": status_of(found)}
        row |= {"subgroups": len({r.subgroup for r in rows if r.subgroup}), "measure": NOT_KNOWN, "model": NOT_KNOWN}
        if found is not None:
            right, printed = found.reproduced
            at = [i for i, r in enumerate(rows) if r.in_total]
            row |= _pooled(found, review.pooled.get(number), at, review.no_total[number, None])
            row |= {"pooled": sum(review.effects[number][i][0] is not None for i in at), "level": found.level}
            row |= {"printed_studies": printed, "reproduced": right}
            if row["no_total"]:
                row["pooled"] = 0
        yield row


def subgroup_rows(review: Imported) -> Iterator[dict[str, object]]:
    """One row for each subgroup of an analysis that has several: its own pooled effect and ours."""
    for number, rows in review.rows.items():
        found = review.analyses[number]
        for name in _subgroups(rows) if found is not None else ():
            at = [i for i, r in enumerate(rows) if r.subgroup == name]
            row: dict[str, object] = {"analysis": number, "name": rows[0].name, "subgroup": name, "studies": len(at)}
            row["pooled"] = sum(review.effects[number][i][0] is not None for i in at)
            if found is not None:
                row |= _pooled(found, review.subtotals.get((number, name)), at, review.no_total[number, name])
            yield row


def for_package(review: Imported) -> list[StudyRow]:
    """The rows that can be used, each with the numbers of its analysis's measure only (exports fill others with zeros).

    Counts are kept where they give no ratio, as when nobody had the event: a package holds what was found.
    """
    made = []
    for number, rows in review.rows.items():
        found = review.analyses[number]
        for i, row in enumerate(rows):
            counts = row.has_events and (found is None or (found.measure.of_events and not row.o_e))
            if found is None and counts:
                made.append(row)
            elif found is not None and (found.estimates[i] is not None or counts):
                made.append(_held(row, found))
    return made


def _held(row: StudyRow, found: Inferred) -> StudyRow:
    means = dict.fromkeys(("mean_t", "sd_t", "mean_c", "sd_c"))
    events = dict.fromkeys(("events_t", "events_c"))
    name = found.measure.name
    if name in ("MD", "SMD") and row.has_means:
        unused = events
    elif (found.measure.of_events and row.has_events and not row.o_e) or PERSON_TIME[0] in dict(row.facts):
        unused = means
    else:
        unused = means | events
    spread = {k: v for k, v in row.spread.items() if (k in EFFECT_SPREAD) == (unused != events)}
    return replace(row, spread=spread, measure=name, level=found.level, **unused)  # type: ignore[arg-type]


def report(review: Imported, name: str, notes: Sequence[str] = ()) -> str:
    """What the import found, in words: how the table was read, how many analyses reproduce, and each that does not.

    ``notes`` are what the reading of the table said: assumptions, columns that are not used, lines that are no studies.
    """
    analyses = list(analysis_rows(review))
    counts = Counter(str(a["status"]) for a in analyses)
    studies = wording.count(sum(len(r) for r in review.rows.values()), "study result")
    lines = [f"# {name}", "", f"{studies} in {wording.count(len(analyses), 'analysis', 'analyses')}.", ""]
    lines += ["| | analyses | |", "|---|---|---|"]
    lines += [f"| {status} | {counts[status]} | {words} |" for status, words in STATUS.items() if counts[status]]
    for title, column, order in (
        ("Measures", "measure", [*(m.name for m in MEASURES), NOT_KNOWN]),
        ("Models, by the printed weights or as stated", "model", None),
    ):
        found = Counter(str(a.get(column)) for a in analyses if a.get(column))
        names = [n for n in order if found[n]] if order else sorted(found)
        lines += ["", f"{title}: " + ", ".join(f"{n} {found[n]}" for n in names) + "."] if found else []
    judged = {r.study for rows in review.rows.values() for r in rows if r.judgements}
    lines += ["", f"Risk of bias is given for {wording.count(len(judged), 'study', 'studies')}."] if judged else []
    lines += ["", "## How the table was read", "", *(f"- {wording.plain_line(n)}" for n in notes)] if notes else []
    lines += _without_total(review)
    lines += _left_out(review)
    return "\n".join([*lines, *_odd(review, analyses)]) + "\n"


def _without_total(review: Imported) -> list[str]:
    told = [
        f"- {number}{'' if part is None else f', {wording.plain_line(part)}'}: {wording.plain_line(why)}"
        for (number, part), why in review.no_total.items()
        if why
    ]
    return ["", "## Analyses without a total", "", *told] if told else []


def _left_out(review: Imported) -> list[str]:
    """The studies that give no effect, and cells that were passed over, each with the reason."""
    told = []
    for number, rows in review.rows.items():
        for row, (estimate, why) in zip(rows, review.effects[number], strict=True):
            if estimate is None or row.fault:
                where = f" (row {row.line})" if row.line else ""
                reason = why or f"kept, without {row.fault}"
                told.append(f"- {number} {wording.plain_line(row.study)}{where}: {wording.plain_line(reason)}")
    return ["", "## Studies left out, and cells passed over", "", *told] if told else []


def _odd(review: Imported, analyses: Iterable[Mapping[str, object]]) -> list[str]:
    odd = [a for a in analyses if a["status"] in ("partly", "not reproduced")]
    lines = ["", "## Analyses that do not reproduce", ""] if odd else []
    for a in odd:
        name = wording.plain_line(str(a["name"]))
        lines.append(f"- {a['analysis']} {name} ({a['measure']}): {a['reproduced']} of {a['printed_studies']}")
        found = review.analyses[str(a["analysis"])]
        if found is not None:
            wrong = [r for r, same in zip(found.rows, found.same, strict=True) if same is False]
            lines += [
                f"  - {wording.plain_line(r.study)}: printed {r.effect} ({r.ci_low} to {r.ci_high})" for r in wrong[:_SHOWN]
            ]
    return lines
