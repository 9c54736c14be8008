"""Group-sequential boundaries for results that are looked at again and again, as a meta-analysis is with each new trial.

Boundaries spend an error of the first kind over the information that is there (Lan & DeMets 1983,
doi:10.1093/biomet/70.3.659), here in the manner of O'Brien & Fleming; their probabilities are integrated recursively
(Armitage, McPherson & Rowe 1969, doi:10.2307/2343787; Reboussin 2000, doi:10.1016/S0197-2456(00)00057-X). In meta-analysis the
information that is required is enlarged by the diversity of the trials (Wetterslev 2009, doi:10.1186/1471-2288-9-86).

Times are shares of the required information, z-values are on the scale of the standard normal distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from evidence_synthesis.errors import EvidenceError
from evidence_synthesis.stats.batch import Array

_ROUNDING = 1e-12
_NOTHING = 1e-15  # a probability that no boundary on the scale of doubles can spend
_NARROW = 1e-3  # half a wedge within which nobody stops, and of which rounding would tell the last digits
_FAR = 8.0  # z-values beyond which nothing is integrated
_FINE = 20.0  # places of integration to a standard deviation of the next step
_LEAST, _MOST = 201, 4001


def obrien_fleming_spent(times: Sequence[float], alpha: float = 0.05) -> Array:
    """The two-sided error spent by each time in the manner of O'Brien & Fleming: 4 - 4 Phi(z(1 - alpha/4) / sqrt(t)).

    Half of it on either side. Lan & DeMets 1983; times above 1 spend all.

    >>> obrien_fleming_spent([0.5, 1.0]).round(6).tolist()
    [0.003051, 0.05]
    """
    t = np.minimum(np.asarray(times, float), 1.0)
    return np.asarray(4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(t)), dtype=np.float64)


def obrien_fleming_beta(times: Sequence[float], beta: float) -> Array:
    """The error of the second kind spent by each time in the same manner: 2 - 2 Phi(z(1 - beta/2) / sqrt(t))."""
    t = np.minimum(np.asarray(times, float), 1.0)
    return np.asarray(2 * ndtr(-ndtri(1 - beta / 2) / np.sqrt(t)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Density:
    """The density of the score at a look, at places of integration with their weights; those who stopped are left out."""

    places: Array
    weights: Array
    heights: Array

    def beyond(self, score: float, step: float, drift: float) -> float:
        """The probability that the score is above a value after one more step of information."""
        tail = ndtr((self.places + drift * step - score) / math.sqrt(step))
        return float(self.weights * self.heights @ tail)

    def moved(self, pieces: Sequence[tuple[float, float]], step: float, drift: float) -> _Density:
        """The density one step later, in the pieces where nobody stops."""
        places, weights = _grid(pieces, step)
        kernel = np.exp(-((places[:, None] - self.places - drift * step) ** 2) / (2 * step)) / math.sqrt(2 * math.pi * step)
        return _Density(places, weights, kernel @ (self.weights * self.heights))


_START = _Density(np.zeros(1), np.ones(1), np.ones(1))


def _grid(pieces: Sequence[tuple[float, float]], step: float) -> tuple[Array, Array]:
    """Places and weights of Simpson's rule in some pieces, fine enough for steps of this size."""
    places, weights = [], []
    for low, high in pieces:
        count = min(max(_LEAST, 2 * math.ceil((high - low) / math.sqrt(step) * _FINE / 2) + 1), _MOST)
        some = np.linspace(low, high, count)
        rule = np.where(np.arange(count) % 2, 4.0, 2.0)
        rule[[0, -1]] = 1.0
        places.append(some)
        weights.append(rule * (high - low) / (count - 1) / 3)
    return np.concatenate(places), np.concatenate(weights)


def _steps(times: Sequence[float]) -> list[float]:
    """The information of each look; it must grow."""
    steps = np.diff(np.asarray([0.0, *times], float)).tolist()
    if any(not step > 0 for step in steps):
        raise UnorderedLooks(f"information must grow from look to look: {', '.join(f'{t:g}' for t in times)}")
    return [float(step) for step in steps]


def _solve(above: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling function has a value, by halving."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > wanted else (low, middle)
    return (low + high) / 2


def efficacy_bounds(times: Sequence[float], spent: Sequence[float] | Array) -> Array:
    """The ``|z|`` at each look beyond which a two-sided test rejects, having spent so much of its error by then.

    ``spent`` is cumulative and two-sided. Infinite where practically nothing is spent. Futility does not count (non-binding).
    Raises UnorderedLooks.

    >>> efficacy_bounds([0.2, 0.4, 0.6, 0.8, 1.0], obrien_fleming_spent([0.2, 0.4, 0.6, 0.8, 1.0])).round(4).tolist()
    [4.8769, 3.357, 2.6803, 2.2898, 2.031]
    """
    density, before, bounds = _START, 0.0, []
    for time, step, by_now in zip(times, _steps(times), np.asarray(spent, float), strict=True):
        share = (float(by_now) - before) / 2  # on either side
        root, before = math.sqrt(time), float(by_now)
        bound = math.inf
        if share > _NOTHING:
            held = density

            def beyond(z: float, held: _Density = held, step: float = step, root: float = root) -> float:
                return held.beyond(z * root, step, 0.0)

            bound = _solve(beyond, share, 0.0, _FAR)
        bounds.append(bound)
        edge = min(bound, _FAR) * root
        density = density.moved([(-edge, edge)], step, 0.0)
    return np.array(bounds)


def futility_bounds(
    times: Sequence[float], bounds: Sequence[float] | Array, spent: Sequence[float] | Array, drift: float
) -> Array:
    """The ``|z|`` at each look below which the effect that is looked for is given up: the inner wedge of a two-sided test.

    ``bounds`` are those of ``efficacy_bounds``, ``spent`` the error of the second kind, cumulative, ``drift`` the mean of z at
    full information under that effect. NaN where (practically) nothing is given up yet. Non-binding: the other bounds stay.
    Raises UnorderedLooks.
    """
    density, before, found = _START, 0.0, []
    for time, step, bound, by_now in zip(times, _steps(times), np.asarray(bounds), np.asarray(spent), strict=True):
        root, share = math.sqrt(time), float(by_now) - before
        held = density

        def within(z: float, held: _Density = held, step: float = step, root: float = root) -> float:
            return held.beyond(-z * root, step, drift) - held.beyond(z * root, step, drift)

        edge, inner = min(float(bound), _FAR), math.nan
        if share > _NOTHING:
            inner = edge if within(edge) <= share else _solve(lambda z, inside=within: -inside(z), -share, 0.0, edge)  # type: ignore[misc]
        inner = inner if inner >= _NARROW else math.nan  # also where it is none; what it would spend is left for later
        found.append(inner)
        before += 0.0 if math.isnan(inner) else share
        low = 0.0 if math.isnan(inner) else inner * root
        outer = edge * root
        if low >= outer:  # the two meet: nobody goes on
            found += [math.nan] * (len(times) - len(found))
            break
        pieces = [(-outer, outer)] if low == 0 else [(-outer, -low), (low, outer)]
        density = density.moved(pieces, step, drift)
    return np.array(found)


class UnorderedLooks(EvidenceError, ValueError):
    """Looks whose information does not grow."""


def diversity(fixed_variance: float, random_variance: float) -> float:
    """The share of the variance of a random-effects mean that is between trials: 1 - vF / vR (Wetterslev 2009). Not below 0.

    What rounding alone leaves of equal variances is none.
    """
    share = 1 - fixed_variance / random_variance
    return share if share > _ROUNDING else 0.0


def adjusted_size(size: float, share: float) -> float:
    """An information size enlarged by diversity: size / (1 - D2), the diversity-adjusted required information size.

    Infinite where all variance is between trials.

    >>> adjusted_size(1000, 0.5)
    2000.0
    """
    return size / (1 - share) if share < 1 else math.inf


CROSSED, FUTILE, REACHED, UNDECIDED = "crossed", "futile", "reached", "open"
_CLOSE = 0.01  # looks nearer to each other than this share of the information count as one


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """A sequential analysis at its last look: z, the boundary for it, that of futility (NaN: none), and what they say.

    ``verdict``: crossed (z is beyond the boundary, at this look or one before), futile (inside the inner wedge), reached (all
    information is there and no boundary crossed), or open.
    """

    information: float
    z: float
    boundary: float
    futility: float
    verdict: str


@dataclass(frozen=True, slots=True)
class SequentialCourse:
    """A sequential analysis look by look: those that count, by their places among the looks that were given.

    ``information`` is the share of the required information, ``boundaries`` and ``futility`` (NaN: nothing is given up) are
    ``|z|``. ``ends`` holds the boundaries that would be in place at full information where a last look is still to come.
    """

    places: tuple[int, ...]
    information: Array
    z: Array
    boundaries: Array
    futility: Array
    ends: float

    def at_the_last_look(self) -> SequentialTest:
        """What the analysis says now."""
        last, score = float(self.information[-1]), float(self.z[-1])
        bound, inner = float(self.boundaries[-1]), float(self.futility[-1])
        crossed = bool((np.abs(self.z) >= self.boundaries).any())
        futile = not math.isnan(inner) and abs(score) < inner
        verdict = CROSSED if crossed else REACHED if last >= 1 else FUTILE if futile else UNDECIDED
        return SequentialTest(last, score, bound, math.nan if last >= 1 else inner, verdict)


def sequential_course(
    information: Sequence[float], z: Sequence[float], alpha: float = 0.05, power: float = 0.8
) -> SequentialCourse:
    """A trial sequential analysis with O'Brien-Fleming-type boundaries and non-binding futility, look by look.

    ``information`` is the share of the required information at each look, ``z`` the test statistic there; looks closer than one
    per cent of the information count as one, the later. Beyond the required information the conventional limit holds. Raises
    UnorderedLooks.
    """
    kept = _apart(information)
    times = [min(information[i], 1.0) for i in kept]
    bounds = efficacy_bounds(times, obrien_fleming_spent(times, alpha))
    drift = float(ndtri(1 - alpha / 2) + ndtri(power))
    inner = futility_bounds(times, bounds, obrien_fleming_beta(times, 1 - power), drift)
    whole = times if times[-1] >= 1 else [*times, 1.0]
    ends = float(efficacy_bounds(whole, obrien_fleming_spent(whole, alpha))[-1])
    shares, scores = (np.array([values[i] for i in kept], dtype=np.float64) for values in (information, z))
    return SequentialCourse(tuple(kept), shares, scores, bounds, inner, ends)


def sequential_test(information: Sequence[float], z: Sequence[float], alpha: float = 0.05, power: float = 0.8) -> SequentialTest:
    """What a trial sequential analysis says at its last look; see ``sequential_course``."""
    return sequential_course(information, z, alpha, power).at_the_last_look()


def _apart(information: Sequence[float]) -> list[int]:
    """The looks that count: the last of those that are close together, and the first that has all information."""
    kept: list[int] = []
    for i, share in enumerate(information):
        if kept and (information[kept[-1]] >= 1 or share - information[kept[-1]] < _CLOSE):
            kept[-1] = i
        elif share >= _CLOSE or i == len(information) - 1:
            kept.append(i)
    return kept
