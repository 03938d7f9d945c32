# The LASSO logistic paths of R glmnet at thresh = 1e-22, and how far R itself is from its solution there and at looser thresholds.
#
# glmnet takes a fitted probability below pmin = 1e-9 as 0; pmin is lowered so that near separation it solves the same
# problem. Where 1e-22 is not within 5e-9 of 1e-28 (`own_gap`, standardised scale), the figures are those of 1e-28.
suppressMessages(library(glmnet))
source("common.R")
# Coordinate descent at 1e-22 needs minutes for each further λ of lung1_original.
longest <- c(lung1_original = 55)
for (name in binary_names) {
  data <- binary_table(name)
  lambdas <- suppressWarnings(glmnet(data$x, data$y, family = "binomial"))$lambda
  if (name %in% names(longest)) lambdas <- lambdas[seq_len(longest[[name]])] else lambdas <- NULL
  path <- function(thresh, pmin = 1e-15) {
    glmnet.control(pmin = pmin)
    suppressWarnings(glmnet(data$x, data$y, family = "binomial", lambda = lambdas, thresh = thresh, maxit = 1e9))
  }
  sd <- apply(data$x, 2, function(v) sqrt(mean((v - mean(v))^2)))
  gap <- function(one, other) {
    shared <- seq_len(min(length(one$lambda), length(other$lambda)))
    max(abs(as.matrix(one$beta)[, shared] - as.matrix(other$beta)[, shared]) * sd)
  }
  seconds <- system.time(fit <- path(1e-22))[["elapsed"]]
  tighter <- path(1e-28)
  own_gap <- gap(fit, tighter)
  best <- if (own_gap < 5e-9) fit else tighter
  beta <- as(best$beta, "TsparseMatrix")
  write_figures(paste0("path_", name), object(
    versions = versions("glmnet"), thresh = text(if (own_gap < 5e-9) "1e-22" else "1e-28"), own_gap = number(own_gap),
    pmin_gap = number(gap(path(1e-22, 1e-9), fit)), default_gap = number(gap(path(1e-7, 1e-9), tighter)),
    gap_1e_14 = number(gap(path(1e-14, 1e-9), tighter)), seconds = number(seconds), lambda = vector_of(best$lambda),
    intercept = vector_of(best$a0), dev_ratio = vector_of(best$dev.ratio), step = vector_of(beta@j), feature = vector_of(beta@i),
    value = vector_of(beta@x)))
}
