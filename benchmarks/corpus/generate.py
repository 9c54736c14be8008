"""A synthetic library of reviews as the Cochrane Library offers them: data rows with effects, intervals and weights printed.

Sizes follow what such libraries look like: most analyses have few studies, a few have dozens; means, standardised means,
ratios, differences and Peto's odds ratio; fixed and random models. Seeded: the same bytes on every machine.

Usage: python generate.py FOLDER [--reviews 600] [--analyses 20000] [--rows 110000]
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from evidence_synthesis.importers.cochrane import HEADERS  # noqa: E402
from evidence_synthesis.importers.infer import BY_NAME, NORMAL, model_weights  # noqa: E402
from evidence_synthesis.importers.rows import StudyRow  # noqa: E402

SHARES = {"MD": 0.28, "SMD": 0.12, "RR": 0.42, "OR": 0.09, "RD": 0.05, "Peto OR": 0.04}


def _parts(rng: np.random.Generator, total: int, pieces: int, least: int) -> np.ndarray:
    """Whole numbers from ``least`` on with a long tail, that add up to a total."""
    weights = rng.lognormal(0.0, 1.0, pieces)
    sizes = np.maximum(least, np.floor(weights / weights.sum() * total)).astype(int)
    order = np.argsort(-sizes)
    gap = total - int(sizes.sum())
    for i in range(abs(gap)):
        at = order[i % pieces]
        sizes[at] = max(least, sizes[at] + (1 if gap > 0 else -1))
    return sizes


def _study(rng: np.random.Generator, measure: str, true: float) -> dict[str, float]:
    n, m = (int(x) for x in np.maximum(8, rng.lognormal(3.8, 0.8, 2)))
    if measure in ("MD", "SMD"):
        base, sd = rng.uniform(20, 60), rng.uniform(8, 25)
        return {
            **{
                "n_t": n,
                "mean_t": round(base + true * sd + rng.normal(0, sd / math.sqrt(n)), 2),
                "sd_t": round(sd * rng.uniform(0.8, 1.2), 2),
            },
            **{
                "n_c": m,
                "mean_c": round(base + rng.normal(0, sd / math.sqrt(m)), 2),
                "sd_c": round(sd * rng.uniform(0.8, 1.2), 2),
            },
        }
    risk = rng.uniform(0.02, 0.5)
    other = min(max(risk * math.exp(true), 0.01), 0.95)
    return {"n_t": n, "events_t": int(rng.binomial(n, other)), "n_c": m, "events_c": int(rng.binomial(m, risk))}


def analysis(rng: np.random.Generator, number: int, size: int) -> list[dict[str, object]]:
    """The data rows of one analysis with what its review would print."""
    measure = BY_NAME[str(rng.choice(list(SHARES), p=list(SHARES.values())))]
    mean, tau = rng.normal(-0.2, 0.3), abs(rng.normal(0, 0.2))
    rows = []
    for i in range(size):
        cells = _study(rng, measure.name, rng.normal(mean, tau))
        rows.append(StudyRow(f"1.{number}", f"Outcome {number}", "", f"Study {number}-{i}", **cells))
    known = []
    for row in rows:
        try:
            estimate = measure.effect(row)
        except ValueError:
            estimate = None
        known.append(estimate if estimate is not None and estimate.vi > 0 else None)
    usable = [(r, e) for r, e in zip(rows, known, strict=True) if e is not None]
    weights = iter(())
    if usable:
        models = model_weights([r for r, _ in usable], measure, [e for _, e in usable])
        chosen = models[str(rng.choice(sorted(models)))]
        weights = iter(100 * chosen / chosen.sum())
    made = []
    for row, estimate in zip(rows, known, strict=True):
        cells: dict[str, object] = {"group": 1, "number": number, "name": row.name, "study": row.study}
        cells |= {f: getattr(row, f) for f in ("n_t", "mean_t", "sd_t", "events_t", "n_c", "mean_c", "sd_c", "events_c")}
        if estimate is not None:
            half = NORMAL * math.sqrt(estimate.vi)
            values = [estimate.yi, estimate.yi - half, estimate.yi + half]
            shown = [math.exp(min(v, 700)) for v in values] if measure.is_ratio else values
            cells |= dict(zip(("effect", "ci_low", "ci_high"), (f"{v:.6f}" for v in shown), strict=True))
            cells["weight"] = f"{next(weights):.6f}"
        made.append({HEADERS[k]: "" if v is None else v for k, v in cells.items()})
    return made


def generate(folder: Path, reviews: int, analyses: int, rows: int) -> None:
    """Write the library: one CSV for each review."""
    rng = np.random.default_rng(20)
    folder.mkdir(parents=True, exist_ok=True)
    per_review = _parts(rng, analyses, reviews, 1)
    sizes = iter(_parts(rng, rows, int(per_review.sum()), 1))
    for review, count in enumerate(per_review, 1):
        with (folder / f"review-{review:04d}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(HEADERS.values()), lineterminator="\n")
            writer.writeheader()
            for number in range(1, int(count) + 1):
                writer.writerows(analysis(rng, number, int(next(sizes))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reviews", type=int, default=600)
    parser.add_argument("--analyses", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=110_000)
    given = parser.parse_args()
    generate(given.folder, given.reviews, given.analyses, given.rows)
