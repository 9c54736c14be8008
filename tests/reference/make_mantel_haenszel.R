# Whole results of rma.mh for the front door. Run:  Rscript make_mantel_haenszel.R > mantel_haenszel.json
suppressPackageStartupMessages({library(metafor); library(metadat)})
arr <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", as.numeric(x))), collapse = ","), "]")
one <- function(d, measure) {
  m <- suppressWarnings(rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, data = d, measure = measure))
  w <- weights(m); l <- suppressWarnings(leave1out(m))
  sprintf("\"%s\":{\"result\":%s,\"weights\":%s,\"leave_one_out\":%s}", measure,
          arr(c(m$beta, m$se, m$ci.lb, m$ci.ub, m$pval, m$QE, m$QEp, m$I2, m$H2)), arr(w), arr(l$estimate))
}
sets <- list(bcg = with(dat.bcg, data.frame(a = tpos, n1 = tpos + tneg, c = cpos, n2 = cpos + cneg)))
for (n in c("lau1992", "hine1989", "li2007", "linde2005")) {
  d <- get(paste0("dat.", n)); d <- data.frame(a = d$ai, n1 = d$n1i, c = d$ci, n2 = d$n2i)
  sets[[n]] <- d[complete.cases(d) & d$a + d$c > 0 & d$a + d$c < d$n1 + d$n2, ]
}
body <- sapply(names(sets), function(n) {
  d <- sets[[n]]
  sprintf("\"%s\":{\"events_t\":%s,\"n_t\":%s,\"events_c\":%s,\"n_c\":%s,%s}", n, arr(d$a), arr(d$n1), arr(d$c), arr(d$n2),
          paste(sapply(c("OR", "RR", "RD"), function(m) one(d, m)), collapse = ","))
})
cat("{\n", paste(body, collapse = ",\n"), "\n}\n", sep = "")
