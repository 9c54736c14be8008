"""Frequentist random-effects network meta-analysis: all treatments of a connected network at once.

A study gives contrasts between its arms and their covariance; a multi-arm study gives one contrast less than it has
arms, correlated through the arm that they share. Given tau2 the treatment effects are the generalised least squares
solution (Lu 2011, doi:10.1002/jrsm.25; White 2012, doi:10.1002/jrsm.1045), with the same tau2 for every contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from evidence_synthesis.errors import UnusableInput
from evidence_synthesis.stats.batch import Array, find_root, interval_about, settled

_GRID = 48


@dataclass(frozen=True, slots=True)
class Study:
    """One study: pairs of treatments, the effect of the first against the second of each, and their covariance."""

    study: str
    pairs: tuple[tuple[str, str], ...]
    effects: Array
    covariance: Array

    @property
    def design(self) -> frozenset[str]:
        """The treatments that the study compares."""
        return frozenset(t for pair in self.pairs for t in pair)


def study_of_arms(study: str, arms: Sequence[tuple[str, float, float]]) -> Study:
    """A study from its arms (treatment, estimate, variance): every arm against the last one, which they share.

    Raises ValueError with fewer than two arms.
    """
    if len(arms) < 2:
        raise UnusableInput("", f"{study}: a study of a network needs two arms")
    *others, (base, estimate, variance) = arms
    covariance = np.full((len(others), len(others)), variance) + np.diag([v for _, _, v in others])
    return Study(study, tuple((t, base) for t, _, _ in others), np.array([e - estimate for _, e, _ in others]), covariance)


def components(studies: Sequence[Study]) -> list[frozenset[str]]:
    """The connected parts of a network, largest first."""
    parts: list[set[str]] = []
    for study in studies:
        touched = [p for p in parts if p & study.design]
        parts = [p for p in parts if not p & study.design] + [set(study.design).union(*touched)]
    return sorted((frozenset(p) for p in parts), key=lambda p: (-len(p), sorted(p)))


@dataclass(frozen=True, slots=True)
class _Stacked:
    """All contrasts of a network: effects, design matrix (treatments without the reference), V, and tau2's structure."""

    y: Array
    x: Array
    v: Array
    g: Array
    full: Array


def _stack(studies: Sequence[Study], treatments: Sequence[str]) -> _Stacked:
    place = {t: i for i, t in enumerate(treatments)}
    rows = sum(len(s.pairs) for s in studies)
    full, v, g = np.zeros((rows, len(treatments))), np.zeros((rows, rows)), np.zeros((rows, rows))
    start = 0
    for study in studies:
        span = slice(start, start + len(study.pairs))
        for row, (first, second) in enumerate(study.pairs, start):
            full[row, place[first]] += 1
            full[row, place[second]] -= 1
        v[span, span] = study.covariance
        g[span, span] = full[span] @ full[span].T / 2
        start = span.stop
    return _Stacked(np.concatenate([s.effects for s in studies]), full[:, 1:], v, g, full)


def _solve(stacked: _Stacked, x: Array, tau2: float) -> tuple[Array, Array, Array]:
    """Coefficients, their covariance and the residual projection P."""
    precision = np.asarray(np.linalg.inv(stacked.v + tau2 * stacked.g), dtype=np.float64)
    information = x.T @ precision @ x
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    projection = precision - precision @ x @ covariance @ x.T @ precision
    return covariance @ x.T @ precision @ stacked.y, covariance, projection


def _heights(stacked: _Stacked, x: Array, tau2: Array) -> Array:
    """The restricted log-likelihood at several values of tau2, but for a constant."""
    precision = np.linalg.inv(stacked.v + tau2[:, None, None] * stacked.g)
    weighted = precision @ x
    information, score = x.T @ weighted, stacked.y @ weighted
    explained = np.sum(score * np.linalg.solve(information, score[..., None])[..., 0], axis=-1)
    residual = stacked.y @ precision @ stacked.y - explained
    return np.asarray((np.linalg.slogdet(precision)[1] - np.linalg.slogdet(information)[1] - residual) / 2, dtype=np.float64)


def network_tau2(stacked: _Stacked, x: Array) -> float:
    """REML estimate of the variance between studies, at the highest peak of the restricted likelihood."""
    if stacked.y.size <= x.shape[1]:
        return 0.0

    def slope(tau2: Array) -> Array:
        _, _, p = _solve(stacked, x, float(tau2[0]))
        residual = p @ stacked.y
        return np.array([float(residual @ stacked.g @ residual - np.sum(p * stacked.g))])

    scale = float(np.diag(stacked.v).min())
    top = max(float(np.ptp(np.append(stacked.y, 0.0))) ** 2 * 4, scale)
    grid = np.concatenate(([0.0], np.geomspace(min(scale * 1e-3, top * 1e-6), top, _GRID)))
    best = int(np.argmax(_heights(stacked, x, grid)))
    rising = bool(slope(grid[best : best + 1])[0] > 0)
    if best == 0 and not rising:
        return 0.0
    low, high = (grid[best], grid[min(best + 1, _GRID)]) if rising else (grid[best - 1], grid[best])
    return float(find_root(slope, np.array([low]), np.array([high]))[0])


@dataclass(frozen=True, slots=True)
class Network:
    """A fitted network. ``effects[i, j]`` is treatment i against treatment j, ``se`` its standard error.

    ``p_scores`` rank the treatments when small (``negative_is_better``) or large effects are good. ``q_*`` split Cochran's
    Q of the fixed-effect network into heterogeneity within designs and inconsistency between them.
    """

    treatments: tuple[str, ...]
    effects: Array
    se: Array
    tau2: float
    p_scores: Array
    q: float
    q_df: int
    q_p: float
    q_within: float
    q_within_df: int
    q_between: float
    q_between_df: int
    inconsistency: float
    inconsistency_df: int
    inconsistency_p: float

    def interval(self, level: float = 95.0) -> tuple[Array, Array]:
        """Confidence limits of all comparisons (normal)."""
        half = float(ndtri(0.5 + level / 200)) * self.se
        return interval_about(self.effects, half)


def p_scores(effects: Array, se: Array, negative_is_better: bool = True) -> Array:
    """Mean certainty that a treatment is better than each other one (Ruecker & Schwarzer 2015, doi:10.1186/s12874-015-0060-8)."""
    z = (-effects if negative_is_better else effects) / np.where(se > 0, se, 1.0)
    chance = ndtr(z)
    np.fill_diagonal(chance, 0.0)
    return np.asarray(chance.sum(1) / (effects.shape[0] - 1), dtype=np.float64)


def _design_columns(studies: Sequence[Study], treatments: Sequence[str]) -> Array:
    """Columns that give every design its own effects: the design-by-treatment interaction model (Higgins 2012)."""
    designs = sorted({tuple(sorted(s.design)) for s in studies})
    columns = {(d, t): i for i, (d, t) in enumerate((d, t) for d in designs for t in d[1:])}
    x = np.zeros((sum(len(s.pairs) for s in studies), len(columns)))
    row = 0
    for study in studies:
        design = tuple(sorted(study.design))
        for first, second in study.pairs:
            for treatment, sign in ((first, 1.0), (second, -1.0)):
                if (design, treatment) in columns:
                    x[row, columns[design, treatment]] += sign
            row += 1
    return x


def _inconsistency(stacked: _Stacked, interaction: Array) -> tuple[float, int, float]:
    """Wald test of design-by-treatment inconsistency at the interaction model's tau2 (Higgins 2012, doi:10.1002/jrsm.1044)."""
    df = interaction.shape[1] - stacked.x.shape[1]
    if df <= 0:
        return 0.0, 0, float("nan")
    tau2 = network_tau2(stacked, interaction)
    _, _, consistent = _solve(stacked, stacked.x, tau2)
    _, _, free = _solve(stacked, interaction, tau2)
    statistic = float(settled(stacked.y @ (consistent - free) @ stacked.y))
    return statistic, df, float(chdtrc(df, max(statistic, 0.0)))


def fit_network(studies: Sequence[Study], negative_is_better: bool = True, tau2: float | None = None) -> Network:
    """Fit a connected network by REML (or at a given tau2). Raises ValueError when its studies do not connect."""
    parts = components(studies)
    if len(parts) != 1:
        names = "; ".join(", ".join(sorted(p)) for p in parts)
        raise UnusableInput("", f"the network falls into {len(parts)} parts: {names}")
    treatments = tuple(sorted(parts[0]))
    stacked = _stack(studies, treatments)
    used = network_tau2(stacked, stacked.x) if tau2 is None else tau2
    beta, covariance, _ = _solve(stacked, stacked.x, used)
    size = len(treatments)
    level, spread = np.zeros(size), np.zeros((size, size))
    level[1:], spread[1:, 1:] = beta, covariance
    variance = np.diag(spread)[:, None] + np.diag(spread)[None, :] - 2 * spread
    se = np.sqrt(np.maximum(variance, 0.0))
    effects = settled(level[:, None] - level[None, :], se)
    interaction = _design_columns(studies, treatments)
    rows = stacked.y.size
    total, within = (float(settled(stacked.y @ _solve(stacked, x, 0.0)[2] @ stacked.y)) for x in (stacked.x, interaction))
    q_df, within_df = rows - (size - 1), rows - interaction.shape[1]
    return Network(
        treatments,
        effects,
        se,
        used,
        p_scores(effects, se, negative_is_better),
        total,
        q_df,
        float(chdtrc(q_df, total)) if q_df else float("nan"),
        within,
        within_df,
        float(settled(total - within)),
        q_df - within_df,
        *_inconsistency(stacked, interaction),
    )


@dataclass(frozen=True, slots=True)
class Split:
    """Direct and indirect evidence on one comparison, and the test of their difference. NaN where one of them is missing."""

    first: str
    second: str
    studies: int
    direct: float
    direct_se: float
    indirect: float
    indirect_se: float
    difference: float
    p: float


def _direct(studies: Sequence[Study], first: str, second: str, tau2: float) -> tuple[float, float, int]:
    """Inverse-variance mean of the studies that compare two treatments, at the network's tau2."""
    estimates, variances = [], []
    for study in studies:
        if {first, second} <= study.design:
            names = sorted(study.design)
            stacked = _stack([study], names)
            beta, covariance, _ = _solve(stacked, stacked.x, tau2)
            contrast = np.array([float(n == first) - float(n == second) for n in names])[1:]
            estimates.append(float(contrast @ beta))
            variances.append(float(contrast @ covariance @ contrast))
    if not estimates:
        return float("nan"), float("nan"), 0
    w = 1 / np.array(variances)
    se = float(1 / np.sqrt(w.sum()))
    return float(settled(w @ np.array(estimates) / w.sum(), se)), se, len(estimates)


def split_nodes(studies: Sequence[Study], network: Network) -> list[Split]:
    """Direct against indirect evidence for every compared pair, by back-calculation.

    The network estimate is the inverse-variance mean of both, so the indirect part follows from the other two
    (Dias 2010, doi:10.1002/sim.3767; Koenig 2013, doi:10.1002/sim.6001).
    """
    place = {t: i for i, t in enumerate(network.treatments)}
    compared = sorted({(a, b) for s in studies for a in s.design for b in s.design if a < b})
    found = []
    for first, second in compared:
        direct, direct_se, count = _direct(studies, first, second, network.tau2)
        mixed, mixed_se = (float(m[place[first], place[second]]) for m in (network.effects, network.se))
        left = 1 / mixed_se**2 - 1 / direct_se**2
        if left <= 1e-9 / mixed_se**2:
            found.append(Split(first, second, count, direct, direct_se, *(float("nan"),) * 4))
            continue
        indirect = (mixed / mixed_se**2 - direct / direct_se**2) / left
        indirect_se = float(left**-0.5)
        indirect = float(settled(indirect, indirect_se))
        difference = float(settled(direct - indirect, indirect_se))
        p = 2 * float(ndtr(-abs(difference) / np.hypot(direct_se, indirect_se)))
        found.append(Split(first, second, count, direct, direct_se, indirect, indirect_se, difference, p))
    return found


def _design_blocks(studies: Sequence[Study]) -> list[tuple[tuple[str, ...], Array, Array]]:
    """For each design its treatments, its own fixed-effect estimates against its first treatment, and their precision."""
    groups: dict[tuple[str, ...], list[Study]] = {}
    for study in studies:
        groups.setdefault(tuple(sorted(study.design)), []).append(study)
    blocks = []
    for design, members in sorted(groups.items()):
        stacked = _stack(members, design)
        beta, covariance, _ = _solve(stacked, stacked.x, 0.0)
        blocks.append((design, beta, np.asarray(np.linalg.inv(covariance), dtype=np.float64)))
    return blocks


def net_heat(studies: Sequence[Study]) -> list[tuple[tuple[str, ...], tuple[str, ...], float, float]]:
    """How much of each design's inconsistency goes away when another design is detached.

    Krahn 2013 (doi:10.1186/1471-2288-13-35): with the fixed-effect network on the designs' own estimates, a design's part
    of the between-designs Q before, and after a second design has been given effects of its own. Gives (design, detached
    design, Q before, Q after); designs whose removal disconnects the network are not detached.
    """
    treatments = sorted({t for s in studies for t in s.design})
    place = {t: i for i, t in enumerate(treatments)}
    blocks, size = _design_blocks(studies), len(treatments)
    rows = []
    for design, _, _ in blocks:
        x = np.zeros((len(design) - 1, size))
        for row, treatment in enumerate(design[1:]):
            x[row, place[treatment]], x[row, place[design[0]]] = 1.0, -1.0
        rows.append(x)
    informations = np.array([x.T @ precision @ x for x, (_, _, precision) in zip(rows, blocks, strict=True)])
    scores = np.array([x.T @ precision @ beta for x, (_, beta, precision) in zip(rows, blocks, strict=True)])

    def parts(without: int | None) -> list[float] | None:
        kept = np.arange(len(blocks)) != (-1 if without is None else without)
        information, score = informations[kept].sum(0), scores[kept].sum(0)
        if np.linalg.matrix_rank(information) < size - 1:
            return None
        level = np.linalg.pinv(information) @ score
        residuals = [beta - x @ level for (_, beta, _), x in zip(blocks, rows, strict=True)]
        found = [float(settled(r @ precision @ r)) for r, (_, _, precision) in zip(residuals, blocks, strict=True)]
        if without is not None:
            found[without] = 0.0
        return found

    before = parts(None)
    cells = []
    for detached in range(len(blocks)):
        after = parts(detached)
        if before is None or after is None:
            continue
        cells += [(block[0], blocks[detached][0], before[i], after[i]) for i, block in enumerate(blocks)]
    return cells
