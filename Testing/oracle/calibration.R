# rms::val.prob (intercept, slope, Brier, Emax, E90, Eavg), stats::lowess, and calibration-in-the-large by glm with an offset.
suppressMessages(library(rms))
source("common.R")
parts <- list(versions = versions("rms"))
for (name in c("training", "ties", "few")) {
  table <- read.csv(file.path("tables", paste0("roc_", name, ".csv")))
  p <- plogis(1.7 * table$score - 1.4)
  v <- suppressWarnings(val.prob(p, table$outcome, pl = FALSE))
  smooth <- lowess(p, table$outcome, iter = 0)
  large <- glm(table$outcome ~ offset(qlogis(p)), family = binomial, control = glm.control(epsilon = 1e-15, maxit = 100))
  recal <- glm(table$outcome ~ qlogis(p), family = binomial, control = glm.control(epsilon = 1e-15, maxit = 100))
  errors <- summary(recal)$coefficients[, 2]
  parts[[name]] <- object(
    probability = vector_of(p), intercept = number(v[["Intercept"]]), slope = number(v[["Slope"]]), brier = number(v[["Brier"]]),
    emax = number(v[["Emax"]]), e90 = number(v[["E90"]]), eavg = number(v[["Eavg"]]), c = number(v[["C (ROC)"]]),
    in_the_large = number(coef(large)), in_the_large_se = number(summary(large)$coefficients[1, 2]),
    glm_intercept = number(coef(recal)[1]), glm_slope = number(coef(recal)[2]), intercept_se = number(errors[1]),
    slope_se = number(errors[2]), smooth_x = vector_of(smooth$x), smooth_y = vector_of(smooth$y))
}
write_figures("calibration", object_of(parts))
