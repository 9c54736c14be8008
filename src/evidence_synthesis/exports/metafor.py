"""Analyses for R: a CSV of effects and a script that pools them with metafor and compares with our numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence_synthesis.exports.analyses import PublishedAnalysis
from evidence_synthesis.review.settings import Model
from evidence_synthesis.wording import model_words

EFFECT_COLUMNS = ("analysis_id", "measure", "study", "year", "yi", "vi", "versus", "row_ids")
POOLED_COLUMNS = ("analysis_id", "measure", "k", "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "tau2")
SCRIPT = """# Pools every analysis of effects.csv with metafor and compares with pooled.csv (what this project computed).
# Run in this folder:  Rscript pool.R      Needs R with metafor (Debian: r-base-core r-cran-metafor).
suppressPackageStartupMessages(library(metafor))
effects <- read.csv("effects.csv", stringsAsFactors = FALSE)
ours <- read.csv("pooled.csv", stringsAsFactors = FALSE)
natural <- function(measure, x) if (measure %in% c("RR", "OR", "HR", "IRR")) exp(x) else x
fit <- function(d) {{
  measure <- d$measure[1]
  if (nrow(d) == 1) {{ # one trial: its own interval, never called pooled
    half <- qnorm(0.975) * sqrt(d$vi)
    values <- c(d$yi, d$yi - half, d$yi + half, NA, NA)
    return(c(natural(measure, values), NA))
  }}
  # {words}
  from <- function(...) rma(yi, vi, data = d, method = "{method}", test = "{test}",
                            control = list(threshold = 1e-12, tol = 1e-12, maxiter = 100000, stepadj = 0.5, ...))
  m <- from()
  if (m$method %in% c("ML", "REML")) {{ # a likelihood with two peaks: of what two starts end in, the higher one
    other <- from(tau2.init = 0)
    if (logLik(other) > logLik(m)) m <- other
  }}
  p <- {predicted}
  c(natural(measure, c(m$beta[1], m$ci.lb, m$ci.ub, p$pi.lb, p$pi.ub)), m$tau2)
}}
worst <- 0
for (i in seq_len(nrow(ours))) {{
  d <- effects[effects$analysis_id == ours$analysis_id[i] & effects$measure == ours$measure[i], ]
  found <- fit(d)
  known <- as.numeric(ours[i, c("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "tau2")])
  scale <- pmax(abs(known), max(abs(known[1:3])) * 1e-3)
  scale[6] <- max(abs(known[6]), median(d$vi) * 1e-2, na.rm = TRUE)
  off <- max(abs(found - known) / scale, na.rm = TRUE)
  if (off > 1e-6) cat(sprintf("%s (%s): differs by %.2g\\n", ours$analysis_id[i], ours$measure[i], off))
  worst <- max(worst, off)
}}
cat(sprintf("%d analyses, largest relative difference %.2g\\n", nrow(ours), worst))
quit(status = if (worst > 1e-6) 1 else 0)
"""


def script(model: Model) -> str:
    """The R script that pools by a model."""
    fixed = model.estimator == "FE"
    test = "z" if fixed else "adhoc" if model.floor else "knha"
    predicted = "list(pi.lb = NA, pi.ub = NA)" if fixed else "predict(m)"
    return SCRIPT.format(words=model_words(model), method=model.estimator, test=test, predicted=predicted)


def effects(analyses: Sequence[PublishedAnalysis]) -> Iterator[dict[str, object]]:
    """Every trial's effect on the scale of pooling (logarithms of ratios)."""
    for analysis in analyses:
        for trial in analysis.trials:
            yield {c: getattr(trial, c) for c in EFFECT_COLUMNS}


def pooled(analyses: Sequence[PublishedAnalysis]) -> Iterator[dict[str, object]]:
    """Our results, on the natural scale."""
    for analysis in analyses:
        yield {**{c: getattr(analysis.pooled, c) for c in POOLED_COLUMNS if c != "k"}, "k": len(analysis.trials)}
