"""An imported review as tables: every study, every analysis by its own model and by ours, and a report in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evidence_synthesis import wording
from evidence_synthesis.effects import scales
from evidence_synthesis.importers.infer import MEASURES, Inferred, infer, model_weights
from evidence_synthesis.importers.rows import StudyRow, by_analysis
from evidence_synthesis.stats import event_counts
from evidence_synthesis.stats.batch import NORMAL, make_batch
from evidence_synthesis.stats.pooling import Pooled, pool

STUDY_COLUMNS = (
    *("analysis", "name", "subgroup", "study", "year", "measure", "n_t", "mean_t", "sd_t", "events_t", "n_c", "mean_c", "sd_c"),
    *("events_c", "yi", "vi", "effect", "ci_low", "ci_high", "printed", "printed_low", "printed_high", "printed_weight"),
    *("reproduced", "left_out", "footnote"),
)
ANALYSIS_COLUMNS = (
    *("analysis", "name", "subgroups", "studies", "pooled", "measure", "model", "printed_studies", "reproduced", "status"),
    *("own_estimate", "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "tau2", "i2", "q_p"),
)
MANTEL_HAENSZEL = {
    "OR": event_counts.mantel_haenszel_or,
    "RR": event_counts.mantel_haenszel_rr,
    "RD": event_counts.mantel_haenszel_rd,
}
STATUS = {
    "reproduced": "every printed effect follows from its study's numbers",
    "partly": "some printed effects do not follow",
    "not reproduced": "no measure gives the printed effects",
    "nothing printed": "the source prints no effects to compare with",
    "no effects": "no study has numbers that give an effect",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A review's analyses with what was inferred of each (None where no study gives an effect), and ours beside."""

    rows: Mapping[str, Sequence[StudyRow]]
    analyses: Mapping[str, Inferred | None]
    pooled: Mapping[str, Mapping[str, float]]


def bring_in(rows: Iterable[StudyRow]) -> Imported:
    """Infer every analysis of a review and pool all of them at once (REML, HKSJ with floor)."""
    groups = by_analysis(rows)
    analyses = {number: infer(group) for number, group in groups.items()}
    usable = {n: a.usable for n, a in analyses.items() if a is not None}
    results: Mapping[str, Mapping[str, float]] = {}
    if usable:
        batch = make_batch([([e.yi for _, e in u], [e.vi for _, e in u]) for u in usable.values()])
        pooled: Pooled = pool(batch)
        results = dict(zip(usable, pooled.rows(), strict=True))
    return Imported(groups, analyses, results)


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
            if found is not None:
                estimate, same = found.estimates[i], found.same[i]
                shared |= {"measure": found.measure.name, "left_out": found.reasons[i]}
                shared["reproduced"] = same
                if estimate is not None:
                    shared |= {"yi": estimate.yi, "vi": estimate.vi, **_shown(found, estimate.yi, math.sqrt(estimate.vi))}
            yield shared


def _shown(found: Inferred, yi: float, se: float) -> dict[str, float]:
    low, high = (scales.natural(_scale(found), yi + side * NORMAL * se) for side in (-1, 1))
    return {"effect": scales.natural(_scale(found), yi), "ci_low": low, "ci_high": high}


def _scale(found: Inferred) -> str:
    """The measure by whose scale a value is read: a ratio's logarithm, or as it stands."""
    return "OR" if found.measure.is_ratio else "MD"


def _own(found: Inferred) -> float | None:
    """The pooled effect by the model that the review itself used (natural scale); None where that is not known."""
    rows, known = [r for r, _ in found.usable], [e for _, e in found.usable]
    weights = model_weights(rows, found.measure, known).get(found.model)
    if weights is None:
        return None
    yi = np.array([e.yi for e in known])
    if found.model == "fixed, MH":
        counts = (np.array([getattr(r, f) for r in rows], dtype=float) for f in ("events_t", "n_t", "events_c", "n_c"))
        try:
            return scales.natural(_scale(found), MANTEL_HAENSZEL[found.measure.name](*counts).estimate)
        except ValueError:  # no event on one side in any study
            return None
    return scales.natural(_scale(found), float(weights @ yi / weights.sum()))


def analysis_rows(review: Imported) -> Iterator[dict[str, object]]:
    """One row for each analysis: what was inferred, how far it reproduces, its own pooled effect and ours."""
    for number, rows in review.rows.items():
        found = review.analyses[number]
        row: dict[str, object] = {"analysis": number, "name": rows[0].name, "studies": len(rows), "status": status_of(found)}
        row["subgroups"] = len({r.subgroup for r in rows if r.subgroup})
        if found is not None:
            right, printed = found.reproduced
            ours = review.pooled[number]
            scale = _scale(found)
            natural = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
            row |= {"pooled": len(found.usable), "measure": found.measure.name, "model": found.model or "not known"}
            row |= {"printed_studies": printed, "reproduced": right, "own_estimate": _own(found)}
            row |= {n: scales.natural(scale, ours[n]) for n in natural} | {n: ours[n] for n in ("tau2", "i2", "q_p")}
        yield row


def report(review: Imported, name: str) -> str:
    """What the import found, in words: how many analyses reproduce, and each that does not with its studies."""
    analyses = list(analysis_rows(review))
    counts = Counter(str(a["status"]) for a in analyses)
    studies = wording.count(sum(len(r) for r in review.rows.values()), "study result")
    lines = [f"# {name}", "", f"{studies} in {wording.count(len(analyses), 'analysis', 'analyses')}.", ""]
    lines += ["| | analyses | |", "|---|---|---|"]
    lines += [f"| {status} | {counts[status]} | {words} |" for status, words in STATUS.items() if counts[status]]
    for title, column, order in (
        ("Measures", "measure", [m.name for m in MEASURES]),
        ("Models, by the printed weights", "model", None),
    ):
        found = Counter(str(a.get(column)) for a in analyses if a.get(column))
        names = [n for n in order if found[n]] if order else sorted(found)
        lines += ["", f"{title}: " + ", ".join(f"{n} {found[n]}" for n in names) + "."] if found else []
    odd = [a for a in analyses if a["status"] in ("partly", "not reproduced")]
    lines += ["", "## Analyses that do not reproduce", ""] if odd else []
    for a in odd:
        name = wording.plain_line(str(a["name"]))
        lines.append(f"- {a['analysis']} {name} ({a['measure']}): {a['reproduced']} of {a['printed_studies']}")
        found_analysis = review.analyses[str(a["analysis"])]
        if found_analysis is not None:
            wrong = [r for r, same in zip(found_analysis.rows, found_analysis.same, strict=True) if same is False]
            lines += [f"  - {wording.plain_line(r.study)}: printed {r.effect} ({r.ci_low} to {r.ci_high})" for r in wrong[:20]]
    return "\n".join(lines) + "\n"
