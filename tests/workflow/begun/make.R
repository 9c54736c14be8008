# The tables of real reviews as people have them, and what metafor makes of them (data sets of the R package metadat).
suppressMessages({library(metafor); library(metadat)})
save <- function(d, name) write.csv(d, paste0(name, ".csv"), row.names = FALSE, quote = TRUE, na = "")
told <- list()
keep <- function(name, fit, ratio) {
  f <- predict(fit); e <- c(f$pred, f$ci.lb, f$ci.ub)
  told[[name]] <<- if (ratio) exp(e) else e
}
b <- dat.bcg; b$study <- paste(b$author, b$year)
save(b[c("study", "tpos", "tneg", "cpos", "cneg", "alloc")], "bcg")
keep("bcg", rma(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = b, test = "adhoc"), TRUE)
n <- dat.normand1999
save(data.frame(study = n$source, n1i = n$n1i, m1i = n$m1i, sd1i = n$sd1i, n2i = n$n2i, m2i = n$m2i, sd2i = n$sd2i), "stroke")
keep("stroke", rma(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = n, test = "adhoc",
  vtype = "LS"), FALSE)
r <- dat.riley2003; r <- r[r$outcome == "OS" & !is.na(r$yi), ]
save(data.frame(study = paste("Study", r$study), logHR = r$yi, selogHR = r$sei), "mycn")
keep("mycn", rma(yi, vi, data = r, test = "adhoc"), TRUE)
s <- dat.senn2013[dat.senn2013$treatment %in% c("metformin", "placebo", "acarbose"), ]
s <- s[s$study %in% names(which(table(s$study) == 2)), ]
save(data.frame(study = s$study, treatment = s$treatment, n = s$ni, mean = s$mi, sd = s$sdi), "diabetes")
w <- reshape(s[s$treatment != "acarbose", c("study", "treatment", "ni", "mi", "sdi")], idvar = "study", timevar = "treatment",
  direction = "wide")
w <- w[complete.cases(w), ]
keep("diabetes", rma(measure = "SMD", m1i = mi.metformin, sd1i = sdi.metformin, n1i = ni.metformin, m2i = mi.placebo,
  sd2i = sdi.placebo, n2i = ni.placebo, data = w, test = "adhoc", vtype = "LS"), FALSE)
l <- dat.linde2005[!is.na(dat.linde2005$ai), ]
save(data.frame(study = l$study, subgroup = ifelse(l$major == 1, "major depression", "any depression"), ai = l$ai, n1i = l$n1i,
  ci = l$ci, n2i = l$n2i), "herb")
keep("herb", rma(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = l, test = "adhoc", add = 0.5, to = "only0", drop00 = TRUE), TRUE)
k <- dat.nielweise2008
save(data.frame(study = paste(k$authors, k$year, k$study), infections_coated = k$x1i, catheter_days_coated = k$t1i, infections_standard = k$x2i,
  catheter_days_standard = k$t2i), "catheters")
keep("catheters", rma(measure = "IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = k, test = "adhoc", drop00 = TRUE), TRUE)
cat(jsonlite::toJSON(told, digits = 10, pretty = TRUE), file = "expected.json")
