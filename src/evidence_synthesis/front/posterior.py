"""The Bayesian answer of an analysis: posterior of the mean and of tau, and chances of effects below thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evidence_synthesis.front.fit import Fit
from evidence_synthesis.front.pages import page
from evidence_synthesis.front.words import between, decimals, digits
from evidence_synthesis.stats.bayes import Posterior
from evidence_synthesis.wording import number


@dataclass(frozen=True, eq=False, repr=False)
class BayesianResult:
    """Posterior of the mean and of tau; made by ``MetaAnalysis.bayes``. ``posterior`` has it on the scale of pooling.

    ``thresholds`` are effects as they are read; ``prior`` and its ``scale`` are those of tau, the mean's is flat.
    """

    base: Fit
    posterior: Posterior
    prior: str
    scale: float
    thresholds: tuple[float, ...]

    @property
    def estimate(self) -> float:
        """The posterior mean of the pooled effect, as it is read."""
        return float(self.base.read(self.posterior.mean))

    @property
    def ci(self) -> tuple[float, float]:
        """Equal-tailed credible interval of the pooled effect, as it is read."""
        return float(self.base.read(self.posterior.ci_low)), float(self.base.read(self.posterior.ci_high))

    @property
    def below(self) -> tuple[float, ...]:
        """The probability that the mean lies below each threshold."""
        return self.posterior.below

    @property
    def below_new(self) -> tuple[float, ...]:
        """The probability that the effect in a new setting lies below each threshold."""
        return self.posterior.below_new

    def to_frame(self) -> pd.DataFrame:
        """The posterior as one row: the effect as it is read, ``sd`` and tau on the scale of pooling."""
        low, high = self.ci
        tau = {name: getattr(self.posterior, name) for name in ("tau_mean", "tau_median")}
        row = {"estimate": self.estimate, "sd": self.posterior.sd, "ci_low": low, "ci_high": high, **tau}
        return pd.DataFrame([{"prior": self.prior, "scale": self.scale, "level": self.base.level} | row])

    def chances(self) -> pd.DataFrame:
        """A row for each threshold: the probabilities that the mean, and an effect in a new setting, lie below it."""
        index = pd.Index(self.thresholds, name="threshold")
        return pd.DataFrame({"below": self.below, "below_new": self.below_new}, index)

    def _lines(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Opening lines and named results, as they are printed."""
        at, fit = self.posterior, self.base
        who = "1 study" if fit.k == 1 else f"{fit.k} studies"
        effect = f"{number(self.estimate, decimals(fit))} ({between(fit, at.ci_low, at.ci_high)})"
        opening = [
            f"Bayesian meta-analysis of {who}: {fit.measure.label[0].lower()}{fit.measure.label[1:]}",
            f"Flat prior of the mean, {self.prior} prior of tau with scale {self.scale:g}, {fit.level:g}% credible interval",
        ]
        rows = [("Mean", effect), ("tau", f"mean {digits(at.tau_mean)}, median {digits(at.tau_median)}")]
        for threshold, mean, new in zip(self.thresholds, self.below, self.below_new, strict=True):
            chances = f"{number(100 * mean, 1)}% for the mean, {number(100 * new, 1)}% for the effect in a new setting"
            rows.append((f"Below {threshold:g}", chances))
        return opening, rows

    def __repr__(self) -> str:
        opening, rows = self._lines()
        return "\n".join([*opening, "", *(f"{name:<20} {text}" for name, text in rows)])

    def _repr_html_(self) -> str:
        opening, rows = self._lines()
        return page(opening, (), rows, left=(0, 1))
