# Reference values for regression, small-study effects, influence and GOSH. Run:  Rscript make_methods.R > methods.json
suppressPackageStartupMessages({library(metafor); library(metadat)})
num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", as.numeric(x)))
arr <- function(x) paste0("[", paste(num(x), collapse = ","), "]")
mat <- function(x) paste0("[", paste(apply(x, 1, arr), collapse = ","), "]")
str <- function(x) paste0("[", paste0("\"", x, "\"", collapse = ","), "]")
obj <- function(l) paste0("{", paste(sprintf("\"%s\":%s", names(l), unlist(l)), collapse = ","), "}")
tight <- list(threshold = 1e-12, maxiter = 5000, stepadj = 0.5)
bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)

# --- meta-regression and subgroups -----------------------------------------------------------------------------------
regress <- function(d, x, method, test) {
  ctrl <- if (method %in% c("REML", "ML", "EB")) tight else if (method == "PM") list(tol = 1e-13, maxiter = 5000) else list()
  m <- rma(yi, vi, mods = x[, -1, drop = FALSE], data = d, method = method, test = test, control = ctrl)
  obj(list(yi = arr(d$yi), vi = arr(d$vi), x = mat(x), beta = arr(m$beta), se = arr(m$se), p = arr(m$pval), low = arr(m$ci.lb), high = arr(m$ci.ub),
           tau2 = num(m$tau2), qe = num(m$QE), qe_p = num(m$QEp), f = num(if (test == "knha") m$QM else m$QM / (ncol(x) - 1)), f_p = num(m$QMp), r2 = num(if (is.null(m$R2)) 0 else m$R2)))
}
one <- cbind(1, bcg$ablat)
two <- cbind(1, bcg$ablat, bcg$year - 1900)
fac <- model.matrix(~ alloc, data = bcg)
raud <- dat.raudenbush1985
bang <- dat.bangertdrowns2004[!is.na(dat.bangertdrowns2004$length), ]
regressions <- list()
for (method in c("REML", "ML", "DL", "FE", "PM", "EB", "HE", "HS", "SJ")) for (test in c("z", "knha")) {
  n <- paste(method, test, sep = "_")
  regressions[[paste0("bcg_ablat_", n)]] <- regress(bcg, one, method, test)
  regressions[[paste0("bcg_two_", n)]] <- regress(bcg, two, method, test)
  regressions[[paste0("bcg_alloc_", n)]] <- regress(bcg, fac, method, test)
  regressions[[paste0("raudenbush_weeks_", n)]] <- regress(raud, cbind(1, raud$weeks), method, test)
  regressions[[paste0("bangert_length_", n)]] <- regress(bang, cbind(1, bang$length), method, test)
}
parts <- lapply(split(bcg, bcg$alloc), function(d) rma(yi, vi, data = d, method = "REML", control = tight))
sep <- rma(sapply(parts, function(m) m$beta), sei = sapply(parts, function(m) m$se), method = "FE")
subgroups <- obj(list(groups = str(bcg$alloc), yi = arr(bcg$yi), vi = arr(bcg$vi), separate_q = num(sep$QE), separate_p = num(sep$QEp)))

# --- permutation tests over every order ------------------------------------------------------------------------------
permuted <- function(d, formula) {
  m <- rma(d$yi, d$vi, mods = formula, data = d, method = "DL", test = "knha")
  p <- permutest(m, exact = TRUE, progbar = FALSE)
  obj(list(yi = arr(d$yi), vi = arr(d$vi), x = mat(model.matrix(m)), p = num(p$QMp)))
}
permutations <- list(bcg_6_ablat = permuted(bcg[1:6, ], ~ ablat), bcg_7_year = permuted(bcg[7:13, ], ~ year),
                     bcg_7_two = permuted(bcg[1:7, ], ~ ablat + year))

# --- small-study effects ---------------------------------------------------------------------------------------------
line <- function(m) { s <- summary(m)$coefficients; list(intercept = num(s[1, 1]), intercept_se = num(s[1, 2]), intercept_p = num(s[1, 4]), slope = num(s[2, 1]), slope_se = num(s[2, 2]), slope_t = num(s[2, 3]), slope_p = num(s[2, 4])) }
small <- function(d) {
  keep <- complete.cases(data.frame(as.numeric(d$yi), d$vi))
  yi <- as.numeric(d$yi)[keep]; vi <- as.numeric(d$vi)[keep]
  m <- rma(yi, vi, method = "REML", control = tight)
  e <- regtest(m, model = "lm"); r <- ranktest(m)
  out <- list(yi = arr(yi), vi = arr(vi), egger_t = num(e$zval), egger_p = num(e$pval), egger = obj(line(lm(yi ~ sqrt(vi), weights = 1 / vi))),
              begg_tau = num(r$tau), begg_p = num(r$pval), pet = obj(line(lm(yi ~ sqrt(vi), weights = 1 / vi))), peese = obj(line(lm(yi ~ vi, weights = 1 / vi))))
  for (est in c("L0", "R0")) {
    t <- trimfill(m, estimator = est)
    k0 <- t$k0; side <- t$side
    t <- rma(as.numeric(t$yi), t$vi, method = "REML", control = tight) # trimfill itself stops at five digits
    out[[paste0("fill_", est)]] <- obj(list(k0 = num(k0), side = paste0("\"", side, "\""), estimate = num(t$beta[1]), low = num(t$ci.lb), high = num(t$ci.ub)))
  }
  ml <- rma(yi, vi, method = "ML", control = tight)
  # the likelihood can have two tops: from the maximum without selection, and from no heterogeneity with much of it
  step <- function(...) suppressWarnings(selmodel(ml, type = "stepfun", steps = 0.025, alternative = if (coef(ml) < 0) "less" else "greater", control = list(optimizer = "Nelder-Mead", reltol = 1e-15, maxit = 20000, ...)))
  s <- try(step(), silent = TRUE)
  other <- try(step(beta.init = 0, tau2.init = 1e-6, delta.init = c(1, 0.05)), silent = TRUE)
  if (!inherits(s, "try-error") && !inherits(other, "try-error") && logLik(other) > logLik(s) + 1e-8) s <- other
  if (!inherits(s, "try-error")) out$selection <- obj(list(negative = if (coef(ml) < 0) "true" else "false", estimate = num(s$beta[1]), tau2 = num(s$tau2), delta = num(s$delta[2]), lr = num(s$LRT), lr_p = num(s$LRTp)))
  obj(out)
}
ev <- function(d, m) escalc(m, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)
sets <- list(bcg = bcg, hackshaw1998 = dat.hackshaw1998, egger2001 = ev(dat.egger2001, "OR"), lee2004 = ev(dat.lee2004, "RR"), linde2005 = ev(dat.linde2005, "RR"),
             raudenbush1985 = raud, lau1992 = ev(dat.lau1992, "OR"), molloy2014 = escalc("ZCOR", ri = ri, ni = ni, data = dat.molloy2014), laopaiboon2015 = ev(dat.laopaiboon2015, "RR"), begg1989 = dat.begg1989)
lau <- dat.lau1992
lau[] <- lapply(lau, function(x) if (is.numeric(x)) as.numeric(x) else x)
n <- lau$n1i + lau$n2i; e <- lau$ai + lau$ci
or <- as.numeric(ev(lau, "OR")$yi)
Z <- lau$ai - e * lau$n1i / n; V <- lau$n1i * lau$n2i * e * (n - e) / (n^2 * (n - 1))
ratios <- obj(list(e1 = arr(lau$ai), n1 = arr(lau$n1i), e2 = arr(lau$ci), n2 = arr(lau$n2i), yi = arr(or),
                   peters = obj(line(lm(or ~ I(1 / n), weights = 1 / (1 / e + 1 / (n - e))))), harbord = obj(line(lm(I(Z / V) ~ I(1 / sqrt(V)), weights = V)))))

# --- influence and GOSH ----------------------------------------------------------------------------------------------
diagnose <- function(d) {
  yi <- as.numeric(d$yi); vi <- as.numeric(d$vi)
  m <- rma(yi, vi, method = "REML", control = tight)
  i <- influence(m)$inf; l <- leave1out(m); c <- cumul(m)
  pdf(NULL); b <- baujat(m); invisible(dev.off())
  obj(list(yi = arr(yi), vi = arr(vi), rstudent = arr(i$rstudent), dffits = arr(i$dffits), cook = arr(i$cook.d), cov_r = arr(i$cov.r), tau2_del = arr(i$tau2.del),
           q_del = arr(i$QE.del), hat = arr(i$hat), loo = arr(l$estimate), loo_tau2 = arr(l$tau2), loo_low = arr(l$ci.lb), cumul = arr(c$estimate), cumul_tau2 = arr(c$tau2),
           baujat_x = arr(b$x), baujat_y = arr(b$y)))
}
subsets <- function(d, method) {
  yi <- as.numeric(d$yi); vi <- as.numeric(d$vi)
  m <- rma(yi, vi, method = method, control = if (method == "REML") list(threshold = 1e-10, maxiter = 500) else list())
  g <- gosh(m, progbar = FALSE)
  bits <- as.matrix(g$incl) %*% 2^(0:(length(yi) - 1))
  obj(list(yi = arr(yi), vi = arr(vi), members = arr(bits), estimate = arr(g$res$estimate), tau2 = arr(g$res$tau2), i2 = arr(g$res$I2)))
}
normand <- escalc("MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
hart <- escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.hart1999)
influences <- list(bcg = diagnose(bcg), normand1999 = diagnose(normand), raudenbush1985 = diagnose(raud))
goshs <- list(hart_DL = subsets(hart, "DL"), hart_REML = subsets(hart, "REML"), normand_DL = subsets(normand, "DL"), normand_REML = subsets(normand, "REML"), normand_FE = subsets(normand, "FE"))

group <- function(name, l) cat("\"", name, "\":{\n", paste(sprintf("\"%s\":%s", names(l), unlist(l)), collapse = ",\n"), "\n},\n", sep = "")
cat("{\n")
group("regressions", regressions); group("small", lapply(sets, small)); group("influence", influences); group("gosh", goshs); group("permutations", permutations)
cat("\"subgroups\":", subgroups, ",\n\"ratios\":", ratios, ",\n", sep = "")
cat("\"versions\":{\"R\":\"", as.character(getRversion()), "\",\"metafor\":\"", as.character(packageVersion("metafor")), "\"}\n}\n", sep = "")
