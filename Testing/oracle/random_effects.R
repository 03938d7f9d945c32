# Random effects by metafor: REML with Hartung and Knapp's test, prediction, Q-profile limits of tau. Cases: metafor's own BCG data
# (dat.bcg, log relative risks, Colditz et al. 1994), and made-up centres: none apart, far apart, three, uneven.
source("common.R")
suppressPackageStartupMessages(library(metafor))
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
cases <- list(
  bcg = list(yi = as.numeric(bcg$yi), sei = sqrt(as.numeric(bcg$vi))),
  alike = list(yi = c(1.20, 1.10, 1.30, 1.15, 1.25), sei = c(0.40, 0.35, 0.50, 0.30, 0.45)),
  apart = list(yi = c(0.20, 1.90, 0.90, 2.60), sei = c(0.20, 0.30, 0.25, 0.40)),
  three = list(yi = c(0.85, 1.40, 0.60), sei = c(0.30, 0.22, 0.28)),
  uneven = list(yi = c(1.50, 0.70, 1.10, 0.95, 1.80, 0.40), sei = c(0.05, 0.60, 0.20, 0.35, 0.90, 0.15)))
parts <- list(versions = versions("metafor"))
for (name in names(cases)) {
  case <- cases[[name]]
  fit <- rma(yi = case$yi, sei = case$sei, method = "REML", test = "knha", control = list(threshold = 1e-14, maxiter = 10000))
  said <- predict(fit)
  limits <- confint(fit, control = list(tol = 1e-14))$random
  parts[[name]] <- object(
    values = vector_of(case$yi), errors = vector_of(case$sei), mean = number(fit$b[1]), se = number(fit$se),
    lower = number(fit$ci.lb), upper = number(fit$ci.ub), tau2 = number(fit$tau2),
    tau = vector_of(c(limits["tau", "ci.lb"], limits["tau", "ci.ub"])), i2 = number(fit$I2), q = number(fit$QE), p = number(fit$QEp),
    prediction = vector_of(c(said$pi.lb, said$pi.ub)))
}
write_figures("random_effects", object_of(parts))
