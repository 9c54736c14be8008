# Pools every analysis of a CSV (analysis, yi, vi) by several models: estimate, se, tau2, Q, HKSJ limits. Usage: live.R in out
suppressPackageStartupMessages(library(metafor))
args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
one <- function(x, method) {
  ctrl <- if (method %in% c("REML", "ML")) list(maxiter = 2000, threshold = 1e-9, stepadj = 0.5) else if (method == "PM") list(maxiter = 500, tol = 1e-12) else list()
  m <- try(suppressWarnings(rma(yi, vi, data = x, method = method, test = if (method == "FE") "z" else "knha", control = ctrl)), silent = TRUE)
  if (inherits(m, "try-error")) return(data.frame(analysis = x$analysis[1], method = method, estimate = NA, se = NA, tau2 = NA, q = NA, low = NA, high = NA, loglik = NA))
  data.frame(analysis = x$analysis[1], method = method, estimate = m$beta[1], se = m$se, tau2 = m$tau2, q = m$QE, low = m$ci.lb, high = m$ci.ub, loglik = as.numeric(logLik(m)))
}
parts <- split(d, d$analysis)
out <- do.call(rbind, lapply(c("FE", "DL", "PM", "REML"), function(method) do.call(rbind, lapply(parts, one, method = method))))
write.csv(format(out, digits = 17), args[2], row.names = FALSE, quote = FALSE)
