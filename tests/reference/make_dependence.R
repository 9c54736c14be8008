# References for dependent effects: robumeta (CR2, Satterthwaite) and metafor's rma.mv. Run:  Rscript make_dependence.R > dependence.json
suppressPackageStartupMessages({library(metafor); library(metadat); library(robumeta)})
arr <- function(x) paste0("[", paste(sprintf("%.17g", as.numeric(x)), collapse = ","), "]")
str <- function(x) paste0("[", paste0("\"", x, "\"", collapse = ","), "]")
rob <- function(yi, vi, cluster, x, rho) {
  d <- data.frame(yi, vi, cluster = as.character(cluster)); d$x <- x
  d <- d[order(d$cluster), ]
  m <- if (is.null(x)) robu(yi ~ 1, data = d, studynum = cluster, var.eff.size = vi, rho = rho, small = TRUE) else
    robu(yi ~ x, data = d, studynum = cluster, var.eff.size = vi, rho = rho, small = TRUE)
  r <- m$reg_table
  sprintf("{\"yi\":%s,\"vi\":%s,\"cluster\":%s,\"x\":%s,\"rho\":%.17g,\"beta\":%s,\"se\":%s,\"df\":%s,\"low\":%s,\"high\":%s,\"p\":%s,\"tau2\":%.17g}", arr(d$yi), arr(d$vi), str(d$cluster),
          if (is.null(x)) "null" else arr(d$x), rho, arr(r$b.r), arr(r$SE), arr(r$dfs), arr(r$CI.L), arr(r$CI.U), arr(r$prob), as.numeric(m$mod_info$tau.sq))
}
mv <- function(yi, vi, cluster) {
  d <- data.frame(yi, vi, cluster = as.character(cluster), id = seq_along(yi))
  m <- rma.mv(yi, vi, random = ~ 1 | cluster/id, data = d, control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15))
  sprintf("{\"yi\":%s,\"vi\":%s,\"cluster\":%s,\"estimate\":%.17g,\"se\":%.17g,\"sigma2\":%s}", arr(yi), arr(vi), str(d$cluster), as.numeric(m$beta), m$se, arr(m$sigma2))
}
k <- dat.konstantopoulos2011
b <- dat.berkey1998
data(corrdat); data(hierdat)
robust <- c(konstantopoulos = rob(k$yi, k$vi, k$district, NULL, 0.8), konstantopoulos_year = rob(k$yi, k$vi, k$district, k$year - 1990, 0.5), berkey = rob(b$yi, b$vi, b$trial, NULL, 0.8),
            corrdat = rob(corrdat$effectsize, corrdat$var, corrdat$studyid, NULL, 0.8), corrdat_followup = rob(corrdat$effectsize, corrdat$var, corrdat$studyid, corrdat$followup, 0.8),
            hierdat = rob(hierdat$effectsize, hierdat$var, hierdat$studyid, NULL, 0.6))
levels <- c(konstantopoulos = mv(k$yi, k$vi, k$district), corrdat = mv(corrdat$effectsize, corrdat$var, corrdat$studyid), hierdat = mv(hierdat$effectsize, hierdat$var, hierdat$studyid))
show <- function(l) paste(sprintf("\"%s\":%s", names(l), l), collapse = ",\n")
cat("{\"robust\":{\n", show(robust), "\n},\n\"multilevel\":{\n", show(levels), "\n}}\n", sep = "")
