# What a score adds to clinical variables: anova of glm and of coxph, Hmisc's C (rms::lrm counts pairs in bins), lrm's χ² and
# Brier score, on survival_lymph_nodes
# (the score that was simulated with it, T stage and a dose made here; the first five doses are not known). By patient: clubSandwich's
# CR2 with Satterthwaite's degrees of freedom, of all 59 patients and of the first 30.
suppressMessages({library(survival); library(rms); library(clubSandwich)})
source("common.R")
t <- read.csv(file.path("tables", "survival_lymph_nodes.csv"))
t$dose <- 50 + 2 * ((seq_len(nrow(t)) * 7) %% 11)
t$dose[1:5] <- NA
known <- t[!is.na(t$dose), ]
tight <- glm.control(epsilon = 1e-14, maxit = 100)
alone <- glm(response ~ stage + dose, binomial, known, control = tight)
both <- glm(response ~ stage + dose + score, binomial, known, control = tight)
exact <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
ratio <- anova(alone, both, test = "LRT")
fits <- lapply(list(response ~ stage + dose, response ~ stage + dose + score), function(f) lrm(f, known, tol = 1e-14))
cox_alone <- coxph(Surv(months, recurrence) ~ stage + dose, known, control = exact)
cox_both <- coxph(Surv(months, recurrence) ~ stage + dose + score, known, control = exact)
cox_ratio <- anova(cox_alone, cox_both)
by_patient <- function(rows) {
  fit <- glm(response ~ stage + dose + score, binomial, rows, control = tight)
  found <- coef_test(fit, vcov = "CR2", cluster = rows$patient, test = "Satterthwaite")["score", ]
  object(patients = number(length(unique(rows$patient))), se = number(found$SE), df = number(found$df_Satt), p = number(found$p_Satt))
}
write_figures("added_value", object(
  versions = versions("survival", "rms", "clubSandwich"), dose = vector_of(t$dose), chisq = number(ratio$Deviance[2]),
  p = number(ratio[["Pr(>Chi)"]][2]), coefficient = number(coef(both)[["score"]]),
  model_chisq = vector_of(c(alone$null.deviance - alone$deviance, both$null.deviance - both$deviance)),
  lrm_chisq = vector_of(sapply(fits, function(f) f$stats[["Model L.R."]])), 
  c = vector_of(sapply(list(alone, both), function(f) somers2(fitted(f), known$response)[["C"]])),
  brier = vector_of(sapply(list(alone, both), function(f) mean((fitted(f) - known$response)^2))),
  lrm_brier = vector_of(sapply(fits, function(f) f$stats[["Brier"]])), cox_chisq = number(cox_ratio$Chisq[2]),
  by_patient = by_patient(known), few_by_patient = by_patient(known[known$patient < 30, ]),
  cox_p = number(cox_ratio[[4]][2]), cox_log_likelihood = vector_of(c(cox_alone$loglik, cox_both$loglik))))
