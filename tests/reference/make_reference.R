# Reference values from metafor for tests/reference. Run:  Rscript make_reference.R > metafor.json
# Needs R with metafor and metadat (Debian: r-cran-metafor r-cran-metadat). Numbers are written with 17 digits.
suppressPackageStartupMessages({library(metafor); library(metadat)})

num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
arr <- function(x) paste0("[", paste(num(as.numeric(x)), collapse = ","), "]")
obj <- function(l) paste0("{", paste(sprintf("\"%s\":%s", names(l), unlist(l)), collapse = ","), "}")

# --- data sets as effects and variances ------------------------------------------------------------------------------
events <- function(d, measure) escalc(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
arms <- function(d, measure) escalc(measure = measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = d)
given <- function(d) d
sets <- list(
  bcg_rr = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_or = escalc("OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_rd = escalc("RD", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  hine1989 = events(dat.hine1989, "RD"),
  li2007 = events(dat.li2007, "OR"),
  yusuf1985 = events(dat.yusuf1985, "OR"),
  nielweise2007 = events(dat.nielweise2007, "OR"),
  nielweise2008 = escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.nielweise2008),
  lee2004 = events(dat.lee2004, "RR"),
  linde2005 = events(dat.linde2005, "RR"),
  egger2001 = events(dat.egger2001, "OR"),
  laopaiboon2015 = events(dat.laopaiboon2015, "RR"),
  lau1992 = events(dat.lau1992, "OR"),
  collins1985a = escalc("OR", ai = b.xti, n1i = nti, ci = b.xci, n2i = nci, data = dat.collins1985a),
  collins1985b = escalc("OR", ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = dat.collins1985b),
  normand1999_md = arms(dat.normand1999, "MD"),
  normand1999_smd = arms(dat.normand1999, "SMD"),
  curtis1998 = escalc("ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998),
  gibson2002 = arms(dat.gibson2002, "SMD"),
  molloy2014 = escalc("ZCOR", ri = ri, ni = ni, data = dat.molloy2014),
  mcdaniel1994 = escalc("ZCOR", ri = ri, ni = ni, data = dat.mcdaniel1994),
  cohen1981 = escalc("ZCOR", ri = ri, ni = ni, data = dat.cohen1981),
  crede2010 = escalc("ZCOR", ri = ri, ni = ni, data = dat.crede2010),
  raudenbush1985 = given(dat.raudenbush1985),
  bangertdrowns2004 = given(dat.bangertdrowns2004),
  begg1989 = given(dat.begg1989),
  berkey1998 = given(dat.berkey1998),
  hackshaw1998 = given(dat.hackshaw1998),
  konstantopoulos2011 = given(dat.konstantopoulos2011),
  knapp2017 = given(dat.knapp2017),
  ishak2007 = data.frame(yi = dat.ishak2007$y1i, vi = dat.ishak2007$v1i),
  bornmann2007 = escalc("OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal, data = dat.bornmann2007),
  pignon2000 = data.frame(yi = dat.pignon2000$OmE / dat.pignon2000$V, vi = 1 / dat.pignon2000$V),
  vanhowe1999 = escalc("OR", ai = non.pos, bi = non.neg, ci = cir.pos, di = cir.neg, data = dat.vanhowe1999),
  hart1999 = escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.hart1999),
  debruin2009 = escalc("PLO", xi = xi, ni = ni, data = dat.debruin2009)
)

# --- pooled values ---------------------------------------------------------------------------------------------------
control <- list(threshold = 1e-13, maxiter = 100000, stepadj = 0.5)
fit <- function(d, method, test) rma(yi, vi, data = d, method = method, test = test, control = if (method %in% c("ML", "REML", "EB")) control else if (method == "PM") list(tol = 1e-14, maxiter = 100000) else list())
one <- function(d) {
  d <- data.frame(yi = as.numeric(d$yi), vi = as.numeric(d$vi))
  d <- d[complete.cases(d), ]
  out <- list(yi = arr(d$yi), vi = arr(d$vi))
  for (method in c("FE", "DL", "PM", "ML", "REML", "EB", "HE", "HS", "SJ")) {
    z <- fit(d, method, "z")
    v <- list(estimate = num(z$beta[1]), tau2 = num(z$tau2), q = num(z$QE), q_p = num(z$QEp), i2 = num(z$I2), h2 = num(z$H2),
              wald_low = num(z$ci.lb), wald_high = num(z$ci.ub))
    if (method != "FE") {
      k <- fit(d, method, "knha"); a <- fit(d, method, "adhoc"); p <- predict(a)
      v <- c(v, knha_low = num(k$ci.lb), knha_high = num(k$ci.ub), adhoc_low = num(a$ci.lb), adhoc_high = num(a$ci.ub),
             adhoc_p = num(a$pval), pi_low = num(p$pi.lb), pi_high = num(p$pi.ub))
    }
    if (method == "REML") {
      qp <- confint(z, control = list(tol = 1e-13, maxiter = 100000))$random
      pl <- confint(z, type = "PL", control = list(tol = 1e-13, maxiter = 100000))$random
      v <- c(v, pl_low = num(pl[1, 2]), pl_high = num(pl[1, 3]))
      v <- c(v, tau2_low = num(qp[1, 2]), tau2_high = num(qp[1, 3]), i2_low = num(qp[3, 2]), i2_high = num(qp[3, 3]),
             h2_low = num(qp[4, 2]), h2_high = num(qp[4, 3]))
    }
    out[[method]] <- obj(v)
  }
  obj(out)
}

# --- effect sizes ----------------------------------------------------------------------------------------------------
sizes <- function(e, columns) {
  keep <- complete.cases(data.frame(as.numeric(e$yi), e$vi))
  l <- lapply(columns, function(c) arr(c[keep])); l$yi <- arr(e$yi[keep]); l$vi <- arr(e$vi[keep])
  obj(l)
}
m <- dat.normand1999
b <- dat.bcg
g <- dat.gibson2002
y <- dat.nielweise2007
two <- function(d) list(e1 = d$ai, n1 = d$n1i, e2 = d$ci, n2 = d$n2i)
con <- function(d) list(n1 = d$n1i, m1 = d$m1i, s1 = d$sd1i, n2 = d$n2i, m2 = d$m2i, s2 = d$sd2i)
b$ai <- b$tpos; b$n1i <- b$tpos + b$tneg; b$ci <- b$cpos; b$n2i <- b$cpos + b$cneg
effects <- list(
  MD_normand = sizes(arms(m, "MD"), con(m)),
  SMD_normand = sizes(arms(m, "SMD"), con(m)),
  SMD_gibson = sizes(arms(g, "SMD"), con(g)),
  RR_bcg = sizes(events(b, "RR"), two(b)),
  OR_bcg = sizes(events(b, "OR"), two(b)),
  RD_bcg = sizes(events(b, "RD"), two(b)),
  RR_nielweise = sizes(escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = y, drop00 = TRUE), two(y)),
  OR_nielweise = sizes(escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = y, drop00 = TRUE), two(y))
)

cat("{\n\"versions\":{\"R\":\"", as.character(getRversion()), "\",\"metafor\":\"", as.character(packageVersion("metafor")),
    "\",\"metadat\":\"", as.character(packageVersion("metadat")), "\"},\n\"pooled\":{\n", sep = "")
cat(paste(sprintf("\"%s\":%s", names(sets), vapply(sets, one, "")), collapse = ",\n"))
cat("\n},\n\"effects\":{\n")
cat(paste(sprintf("\"%s\":%s", names(effects), unlist(effects)), collapse = ",\n"))
cat("\n}\n}\n")
