# Ridge (glmnet alpha = 0) and Firth's regression (logistf, brglm2).
#
# Ridge: the path at thresh = 1e-24, how far R is from itself at 1e-28 and at its default (standardised scale), and
# cv.glmnet(type.measure = "deviance") with given folds. `weak` are features that say nothing, where R ends its path at the
# fifth of a hundred λ. Of each table five λ are kept, from the second on: the first R fits at λ = 9.9e35.
#
# Firth: logistf is not in Debian; RLNRESPONSE_R_LIBRARY names the library that holds it (1.26.1, from
# github.com/georgheinze/logistf, commit f9f3641; where formula.tools, not in Debian either, is missing, its lhs.vars(f) there is
# all.vars(f)[1]). sex2 is its published example: 239 women, urinary tract infection, in
# Foxman et al. 1997 and the LogXact manual; GPL, as logistf is. Here it is counted by the 36 combinations that there are.
.libPaths(c(Sys.getenv("RLNRESPONSE_R_LIBRARY"), .libPaths()))
suppressMessages({library(glmnet); library(brglm2); library(logistf)})
source("common.R")
glmnet.control(pmin = 1e-15)
for (name in c("paper_size", "correlated_pairs", "constant_feature", "wide")) {
  data <- binary_table(name)
  path <- function(thresh) glmnet(data$x, data$y, family = "binomial", alpha = 0, thresh = thresh, maxit = 1e9)
  sd <- apply(data$x, 2, function(v) sqrt(mean((v - mean(v))^2)))
  gap <- function(one, other) max(abs(as.matrix(one$beta) - as.matrix(other$beta)) * sd)
  fit <- path(1e-24)
  kept <- c(2, seq(25, length(fit$lambda), by = 25))
  cv <- cv.glmnet(data$x, data$y, family = "binomial", alpha = 0, type.measure = "deviance", foldid = data$foldid, thresh = 1e-24,
                  maxit = 1e9)
  write_figures(paste0("ridge_", name), object(
    versions = versions("glmnet"), own_gap = number(gap(fit, path(1e-28))), default_gap = number(gap(fit, path(1e-7))),
    lambda = vector_of(fit$lambda), kept = vector_of(kept - 1), intercept = vector_of(fit$a0[kept]),
    coefficients = vector_of(t(as.matrix(fit$beta)[, kept])), dev_ratio = vector_of(fit$dev.ratio),
    largest_first = number(max(abs(fit$beta[, 1]))), deviance = vector_of(cv$cvm), se = vector_of(cv$cvsd),
    lambda_min = number(cv$lambda.min), lambda_1se = number(cv$lambda.1se)))
}
weak <- read.csv(file.path("tables", "ridge_weak.csv"))
fit <- glmnet(as.matrix(weak[, -1]), weak$outcome, family = "binomial", alpha = 0, thresh = 1e-24)
write_figures("ridge_weak", object(
  versions = versions("glmnet"), lambda = vector_of(fit$lambda), intercept = vector_of(fit$a0),
  coefficients = vector_of(t(as.matrix(fit$beta))), dev_ratio = vector_of(fit$dev.ratio)))

tight <- logistf.control(maxit = 1000, maxstep = 5, lconv = 1e-12, gconv = 1e-12, xconv = 1e-12)
profile <- logistpl.control(maxit = 1000, maxstep = 5, lconv = 1e-12, xconv = 1e-12)
firth <- function(t) {
  names <- setdiff(colnames(t), "outcome")
  formula <- reformulate(names, "outcome")
  fit <- logistf(formula, t, control = tight, plcontrol = profile)
  default <- logistf(formula, t)
  balanced <- logistf(formula, t, control = tight, flic = TRUE, pl = FALSE)
  reduced <- suppressWarnings(glm(formula, binomial, t, method = "brglmFit", type = "AS_mean", epsilon = 1e-13, maxit = 1000))
  object(coefficients = vector_of(coef(fit)), lower = vector_of(fit$ci.lower),
         upper = vector_of(fit$ci.upper), p = vector_of(fit$prob), balanced_intercept = number(coef(balanced)[[1]]),
         brglm2 = vector_of(coef(reduced)), default_gap = number(max(abs(coef(default) - coef(fit)))),
         default_limit_gap = number(max(abs(default$ci.upper - fit$ci.upper))))
}
data(sex2)
names(sex2)[1] <- "outcome"
counted <- aggregate(list(count = rep(1, nrow(sex2))), sex2, sum)
write.csv(counted, file.path("tables", "firth_sex2.csv"), row.names = FALSE)
sex2 <- counted[rep(seq_len(nrow(counted)), counted$count), names(counted) != "count"]
small <- read.csv(file.path("tables", "firth_small.csv"))
apart <- data.frame(outcome = c(0, 0, 0, 1, 1, 1), a = c(0, 0, 0, 1, 1, 1), b = c(0, 1, 0, 1, 0, 1))
write_figures("firth", object(
  versions = versions("logistf", "brglm2"), sex2 = firth(sex2), small = firth(small), apart = firth(apart)))
