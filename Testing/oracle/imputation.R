# mice: pool.scalar (Rubin's rules, Barnard and Rubin's degrees of freedom, fraction of missing information); coxph on sets that mice
# imputed (predictive mean matching; logistic regression), pooled by mice::pool; what 400 such sets say of a column on the whole.
suppressMessages({library(mice); library(survival)})
source("common.R")
pooled <- function(q, u, n = Inf, k = 1) {
  p <- pool.scalar(q, u, n = n, k = k)
  object(values = vector_of(q), variances = vector_of(u), complete_df = if (is.finite(n)) number(n - k) else "null",
         figures = vector_of(c(p$qbar, sqrt(p$t), p$df, p$fmi)))
}
set.seed(3)
scalars <- list(pooled(c(1, 1.2, 0.9, 1.1, 1.3), c(0.04, 0.05, 0.045, 0.04, 0.05), 42, 2), pooled(c(0.2, -0.1), c(0.3, 0.2), 12, 3),
                pooled(rnorm(20), rchisq(20, 5), 60, 5), pooled(rnorm(50, 2, 0.01), rchisq(50, 5) / 4, 101, 4),
                pooled(rnorm(30), rchisq(30, 9), Inf), pooled(rep(0.7, 20), rep(0.09, 20), 55, 4), pooled(rnorm(20), rep(1e-3, 20), 30, 1))
tight <- coxph.control(eps = 1e-14, iter.max = 100)
# Rossi's 432 men, of whom every fifth has no age and every seventh no word on marriage: by rules that a test can repeat.
rossi <- read.csv(file.path("tables", "survival_rossi.csv"))
full <- rossi
rows <- seq_len(nrow(rossi))
no_age <- rows %% 5 == 0 & (rossi$arrest == 1 | rows %% 2 == 0)
no_mar <- rows %% 7 == 0
rossi$age[no_age] <- NA; rossi$mar[no_mar] <- NA
rossi$hazard <- nelsonaalen(rossi, week, arrest)
data <- rossi[, c("arrest", "hazard", "age", "mar", "prio")]
data$mar <- factor(data$mar)
method <- c(arrest = "", hazard = "", age = "pmm", mar = "logreg", prio = "")
imputed <- mice(data, m = 20, method = method, maxit = 10, seed = 11, printFlag = FALSE)
fits <- with(imputed, coxph(Surv(rossi$week, arrest) ~ age + I(as.numeric(mar) - 1) + prio, control = tight))
result <- pool(fits)$pooled
sets <- lapply(seq_len(20), function(i) {
  fit <- fits$analyses[[i]]
  object(age = vector_of(imputed$imp$age[, i]), mar = vector_of(as.numeric(imputed$imp$mar[, i]) - 1), coef = vector_of(coef(fit)),
         se = vector_of(sqrt(diag(fit$var))))
})
many <- mice(data, m = 400, method = method, maxit = 10, seed = 12, printFlag = FALSE)
ages <- sapply(many$imp$age, as.numeric); marriages <- sapply(many$imp$mar, function(x) as.numeric(x) - 1)
# By set: the mean and the SD of the imputed ages, the share married, and the slope of age on recidivism among the imputed.
of_sets <- function(x) c(mean(x), sd(x))
arrested <- data$arrest[no_age] == 1
slopes <- colMeans(ages[arrested, ]) - colMeans(ages[!arrested, ])
write_figures("imputation", object(
  versions = versions("mice", "survival"), scalars = paste0("[", paste(unlist(scalars), collapse = ",\n "), "]"),
  sets = paste0("[", paste(unlist(sets), collapse = ",\n "), "]"),
  pooled = object(estimate = vector_of(result$estimate), se = vector_of(sqrt(result$t)), df = vector_of(result$df), fmi = vector_of(result$fmi),
                  complete_df = number(result$dfcom[1])),
  many = object(age_mean = vector_of(of_sets(colMeans(ages))), age_sd = vector_of(of_sets(apply(ages, 2, sd))),
                married = vector_of(of_sets(colMeans(marriages))), arrested_apart = vector_of(of_sets(slopes)))))
