# Network references: metafor's rma.mv with consistent multi-arm variances. Run:  Rscript make_network.R > network.json
suppressPackageStartupMessages({library(metafor); library(metadat)})
num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", as.numeric(x)))
arr <- function(x) paste0("[", paste(num(x), collapse = ","), "]")
str <- function(x) paste0("[", paste0("\"", x, "\"", collapse = ","), "]")
obj <- function(l) paste0("{", paste(sprintf("\"%s\":%s", names(l), unlist(l)), collapse = ","), "}")

# arms: study, treatment, estimate, variance -> contrasts of each arm against the last one of its study
network <- function(study, treatment, estimate, variance) {
  arms <- data.frame(study = as.character(study), treatment = as.character(treatment), estimate, variance)
  rows <- list(); blocks <- list()
  for (s in unique(arms$study)) {
    a <- arms[arms$study == s, ]; n <- nrow(a)
    if (n < 2) next
    rows[[s]] <- data.frame(study = s, t1 = a$treatment[-n], t2 = a$treatment[n], yi = a$estimate[-n] - a$estimate[n])
    blocks[[s]] <- diag(a$variance[-n], n - 1) + a$variance[n]
  }
  d <- do.call(rbind, rows); V <- bldiag(blocks)
  names <- sort(unique(c(d$t1, d$t2)))
  X <- sapply(names, function(t) (d$t1 == t) - (d$t2 == t))[, -1, drop = FALSE]
  d$contrast <- ave(seq_len(nrow(d)), d$study, FUN = seq_along)
  m <- rma.mv(yi, V, mods = ~ X - 1, random = ~ contrast | study, rho = 0.5, data = d, control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14))
  f <- rma.mv(yi, V, mods = ~ X - 1, data = d)
  design <- ave(paste(d$t1, d$t2), d$study, FUN = function(x) paste(sort(unique(unlist(strsplit(x, " ")))), collapse = "+"))
  k <- length(coef(m)); vb <- vcov(m)
  obj(list(study = str(arms$study), treatment = str(arms$treatment), estimate = arr(arms$estimate), variance = arr(arms$variance), treatments = str(names),
           beta = arr(coef(m)), se = arr(m$se), tau2 = num(m$tau2), q = num(f$QE), last_first = num(coef(m)[k] - coef(m)[1]), last_first_se = num(sqrt(vb[k, k] + vb[1, 1] - 2 * vb[k, 1]))))
}
clean <- function(x) gsub("[^A-Za-z0-9]", "", x)
senn <- dat.senn2013
dong <- dat.dong2013
dong <- dong[dong$death > 0 & dong$death < dong$randomized, ]
dong <- dong[dong$id %in% names(which(table(dong$id) > 1)), ]
hass <- dat.hasselblad1998
hass <- hass[hass$xi > 0 & hass$xi < hass$ni, ]
hass <- hass[hass$study %in% names(which(table(hass$study) > 1)), ]
logit <- function(x, n) log(x / (n - x))
vlogit <- function(x, n) 1 / x + 1 / (n - x)
cat("{\n\"senn2013\":", network(clean(senn$study), clean(senn$treatment), senn$mi, senn$sdi^2 / senn$ni),
    ",\n\"hasselblad1998\":", network(hass$study, clean(hass$trt), logit(hass$xi, hass$ni), vlogit(hass$xi, hass$ni)),
    ",\n\"dong2013\":", network(dong$id, clean(dong$treatment), logit(dong$death, dong$randomized), vlogit(dong$death, dong$randomized)), "\n}\n", sep = "")
