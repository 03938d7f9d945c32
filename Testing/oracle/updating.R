# Updating of a score for another centre by glm (intercept with an offset, recalibration, refit), and the likelihood-ratio tests of
# closed testing (Vergouwe et al. 2017): original, intercept and slope, each against the refit. And the relaxed LASSO: glm.
source("common.R")
exactly <- glm.control(epsilon = 1e-15, maxit = 100)
table <- read.csv(file.path("tables", "paper_size.csv"))
x <- as.matrix(table[, c("x0", "x1", "x2", "x3")])
cases <- list(
  original = c(1.5, 0.1, 0.004, 0.21, -0.0007), intercept = c(-0.5, 0.1, 0.004, 0.21, -0.0007), slope = c(6, 0.45, 0.016, 0.9, -0.003),
  refit = c(1.5, 0.3, 0.03, -0.3, 0.02), opposite = c(1.5, -0.2, 0.01, -0.2, 0.01))
parts <- list(versions = versions("stats"))
for (name in names(cases)) {
  b <- cases[[name]]
  lp <- as.vector(b[1] + x %*% b[-1])
  y <- table$outcome
  intercept <- glm(y ~ offset(lp), family = binomial, control = exactly)
  slope <- glm(y ~ lp, family = binomial, control = exactly)
  refit <- glm(y ~ x, family = binomial, control = exactly)
  deviance0 <- -2 * sum(y * lp - log1p(exp(lp)))
  chisq <- c(deviance0 - deviance(refit), deviance(intercept) - deviance(refit), deviance(slope) - deviance(refit))
  df <- c(5, 4, 3)
  parts[[name]] <- object(
    formula = vector_of(b), intercept = number(coef(intercept)[1]), slope = vector_of(coef(slope)), refit = vector_of(coef(refit)),
    chisq = vector_of(chisq), df = vector_of(df), p = vector_of(pchisq(chisq, df, lower.tail = FALSE)))
}
write_figures("updating", object_of(parts))
