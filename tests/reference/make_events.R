# Mantel-Haenszel and Peto references. Run:  Rscript make_events.R > events.json
suppressPackageStartupMessages({library(metafor); library(metadat)})
arr <- function(x) paste0("[", paste(sprintf("%.17g", as.numeric(x)), collapse = ","), "]")
pair <- function(m) arr(c(m$beta, m$se))
one <- function(a, n1, c, n2) {
  k <- complete.cases(data.frame(a, n1, c, n2)); a <- a[k]; n1 <- n1[k]; c <- c[k]; n2 <- n2[k]
  f <- function(measure) rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, measure = measure)
  sprintf("{\"e1\":%s,\"n1\":%s,\"e2\":%s,\"n2\":%s,\"OR\":%s,\"RR\":%s,\"RD\":%s,\"peto\":%s}", arr(a), arr(n1), arr(c), arr(n2),
          pair(f("OR")), pair(f("RR")), pair(f("RD")), pair(rma.peto(ai = a, n1i = n1, ci = c, n2i = n2)))
}
b <- dat.bcg
sets <- c(bcg = one(b$tpos, b$tpos + b$tneg, b$cpos, b$cpos + b$cneg))
for (n in c("nielweise2007", "egger2001", "lee2004", "linde2005", "lau1992", "laopaiboon2015", "li2007", "hine1989", "yusuf1985")) {
  d <- get(paste0("dat.", n)); sets[n] <- one(d$ai, d$n1i, d$ci, d$n2i)
}
cat("{\n", paste(sprintf("\"%s\":%s", names(sets), sets), collapse = ",\n"), "\n}\n", sep = "")
