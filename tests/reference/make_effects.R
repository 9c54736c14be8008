# Reference values of effect sizes from metafor's escalc. Run:  Rscript make_effects.R > effects.json
# Needs R with metafor and metadat (Debian: r-cran-metafor r-cran-metadat). Numbers are written with 17 digits.
suppressPackageStartupMessages({library(metafor); library(metadat)})
num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", as.numeric(x)))
arr <- function(x) paste0("[", paste(num(x), collapse = ","), "]")
obj <- function(l) paste0("{", paste(sprintf("\"%s\":%s", names(l), unlist(l)), collapse = ",\n"), "}")
one <- function(measure, columns, e) obj(c(list(measure = paste0("\"", measure, "\"")), lapply(columns, arr), list(yi = arr(e$yi), vi = arr(e$vi))))

# --- two arms ----------------------------------------------------------------------------------------------------------
means <- function(measure, d) one(measure, list(n_t = d$n1i, mean_t = d$m1i, sd_t = d$sd1i, n_c = d$n2i, mean_c = d$m2i, sd_c = d$sd2i),
  escalc(measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = d, vtype = "LS"))
tables <- function(measure, d, ...) one(measure, list(events_t = d$ai, n_t = d$n1i, events_c = d$ci, n_c = d$n2i),
  escalc(measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, ...))
rates <- function(measure, d, ...) one(measure, list(events_t = d$x1i, time_t = d$t1i, events_c = d$x2i, time_c = d$t2i),
  escalc(measure, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = d, ...))
bcg <- transform(dat.bcg, ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg)
empty <- dat.nielweise2007 # some cells are empty

# --- people measured twice -----------------------------------------------------------------------------------------------
set.seed(1)
twice <- data.frame(n = c(5, 8, 20, 33, 60, 150), mean_pre = c(50, 61.2, 44, 7.1, 3.3, 100), sd_pre = c(20, 15.5, 18, 2.2, 1.1, 15),
                    mean_post = c(40, 58, 30.5, 5, 3.6, 101), sd_post = c(24, 12, 18, 2.6, 0.9, 17), r = c(0.5, 0.7, 0.3, 0.8, 0.62, -0.1))
change <- function(measure) { # escalc's first measurement is the one whose SD is taken, and is subtracted from
  d <- twice
  e <- escalc(measure, m1i = mean_pre, sd1i = sd_pre, m2i = mean_post, sd2i = sd_post, ri = r, ni = n, data = d)
  e$yi <- -e$yi
  one(measure, as.list(d[if (measure == "SMCR") c("n", "mean_pre", "sd_pre", "mean_post", "r") else names(d)]), e)
}
ppc <- function() { # Morris 2008: https://www.metafor-project.org/doku.php/analyses:morris2008
  a <- twice[c(1, 3, 5), ]; b <- twice[c(2, 4, 6), ]
  ea <- escalc("SMCR", m1i = mean_post, sd1i = sd_pre, m2i = mean_pre, ri = r, ni = n, data = a)
  eb <- escalc("SMCR", m1i = mean_post, sd1i = sd_pre, m2i = mean_pre, ri = r, ni = n, data = b)
  names <- c("n", "mean_pre", "sd_pre", "mean_post", "r")
  columns <- c(setNames(as.list(a[names]), paste0(names, "_t")), setNames(as.list(b[names]), paste0(names, "_c")))
  one("PPC", columns, data.frame(yi = ea$yi - eb$yi, vi = ea$vi + eb$vi))
}

# --- one group -----------------------------------------------------------------------------------------------------------
cors <- function(measure) one(measure, list(r = dat.molloy2014$ri, n = dat.molloy2014$ni), escalc(measure, ri = ri, ni = ni, data = dat.molloy2014))
share <- dat.debruin2009; few <- data.frame(xi = c(0, 3, 12, 40, 7), ni = c(15, 3, 50, 90, 20))
shares <- function(measure, d) one(measure, list(events = d$xi, n = d$ni), escalc(measure, xi = xi, ni = ni, data = d))
group <- data.frame(n = c(10, 25, 70), mean = c(3.1, 40, -2), sd = c(1.2, 11, 6))

sets <- list(
  MD_normand = means("MD", dat.normand1999), SMD_normand = means("SMD", dat.normand1999), SMD_gibson = means("SMD", dat.gibson2002),
  SMDH_normand = means("SMDH", dat.normand1999), SMDH_gibson = means("SMDH", dat.gibson2002), ROM_curtis = means("ROM", dat.curtis1998),
  RR_bcg = tables("RR", bcg), OR_bcg = tables("OR", bcg), RD_bcg = tables("RD", bcg), AS_bcg = tables("AS", bcg), PETO_bcg = tables("PETO", bcg),
  RR_empty = tables("RR", empty, drop00 = TRUE), OR_empty = tables("OR", empty, drop00 = TRUE), RD_empty = tables("RD", empty, addyi = FALSE),
  AS_empty = tables("AS", empty), PETO_empty = tables("PETO", empty, add = 0),
  IRR_hart = rates("IRR", dat.hart1999), IRD_hart = rates("IRD", dat.hart1999), IRR_empty = rates("IRR", dat.nielweise2008, drop00 = TRUE),
  IRD_empty = rates("IRD", dat.nielweise2008, addyi = FALSE),
  MC = change("MC"), SMCC = change("SMCC"), SMCR = change("SMCR"), SMCRH = change("SMCRH"), PPC = ppc(),
  COR = cors("COR"), ZCOR = cors("ZCOR"), PR = shares("PR", share), PLO = shares("PLO", share), PFT = shares("PFT", share),
  PR_empty = shares("PR", few), PLO_empty = shares("PLO", few), PFT_empty = shares("PFT", few),
  MN = one("MN", as.list(group), escalc("MN", mi = mean, sdi = sd, ni = n, data = group))
)
x <- seq(0.05, 1.5, by = 0.05); n <- c(5, 30, 200)
back <- obj(setNames(lapply(n, function(m) arr(sapply(x, transf.ipft.hm, targs = list(ni = m)))), n))
cat("{\n\"sets\":", obj(sets), ",\n\"double_arcsine\":{\"x\":", arr(x), ",\"back\":", back, "},\n", sep = "")
cat("\"versions\":{\"R\":\"", as.character(getRversion()), "\",\"metafor\":\"", as.character(packageVersion("metafor")), "\"}\n}\n", sep = "")
