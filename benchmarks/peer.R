# The peer of benchmarks/: the same work with metafor. Usage: Rscript peer.R single|batch|gosh|review FILE [OUT]
suppressPackageStartupMessages(library(metafor))
args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[2])
d$analysis <- paste(d$analysis_id, d$measure)
fit <- function(x) rma(yi, vi, data = x, method = "REML", test = "adhoc", control = list(maxiter = 10000, stepadj = 0.5))

if (args[1] == "single") { # one REML fit with HKSJ and its floor, nothing else
  parts <- split(d[, c("yi", "vi")], d$analysis_id)
  fit(parts[[1]])
  start <- proc.time()[["elapsed"]]
  for (x in parts) try(fit(x), silent = TRUE)
  cat(proc.time()[["elapsed"]] - start, length(parts), "\n")
} else if (args[1] == "batch") { # REML, HKSJ with floor, prediction interval, Q-profile interval of each analysis
  parts <- split(d[, c("yi", "vi")], d$analysis)
  start <- proc.time()[["elapsed"]]
  for (x in parts) { r <- try(fit(x), silent = TRUE); if (!inherits(r, "try-error")) { predict(r); try(confint(r), silent = TRUE) } }
  cat(proc.time()[["elapsed"]] - start, length(parts), "\n")
} else if (args[1] == "gosh") { # all subsets of the 13 BCG trials by REML
  m <- rma(yi, vi, data = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg))
  start <- proc.time()[["elapsed"]]
  g <- gosh(m, progbar = FALSE)
  cat(proc.time()[["elapsed"]] - start, nrow(g$res), "\n")
} else { # every analysis fitted, and a forest plot in three formats for each treatment, outcome and population drawn
  start <- proc.time()[["elapsed"]]
  parts <- split(d, d$analysis)
  for (x in parts) if (nrow(x) > 1) { r <- try(fit(x), silent = TRUE); if (!inherits(r, "try-error")) { predict(r); try(confint(r), silent = TRUE) } }
  key <- do.call(rbind, strsplit(d$analysis_id, "__"))
  drawn <- !startsWith(key[, 1], "class-") & !(d$measure == "SMD" & key[, 3] %in% c("pain", "function"))
  figures <- split(d[drawn, ], paste(key[, 1], key[, 3])[drawn])
  for (i in seq_along(figures)) {
    x <- figures[[i]]
    r <- try(fit(x), silent = TRUE)
    if (inherits(r, "try-error")) next
    height <- 2 + 0.2 * nrow(x)
    for (device in c("svg", "pdf", "png")) {
      f <- file.path(args[3], paste0(i, ".", device))
      if (device == "svg") svg(f, width = 12, height = height) else if (device == "pdf") pdf(f, width = 12, height = height) else png(f, width = 12, height = height, units = "in", res = 150)
      try(forest(r, slab = x$study, addpred = TRUE, header = TRUE), silent = TRUE)
      dev.off()
    }
  }
  cat(proc.time()[["elapsed"]] - start, length(figures), "\n")
}
