# clubSandwich: CR2 and Satterthwaite's degrees of freedom of Cox's model, as the Poisson regression that it is (an intercept an
# event; of m tied events each has 1/m of each, and the k-th leaves out k/m of them, as Efron's). vcovCR is given that regression at
# its maximum, in units of its Pearson residuals. That the regression is Cox's: coefficients and CR0 are coxph's.
suppressMessages({library(survival); library(clubSandwich)})
source("common.R")
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
at_events <- function(t) {
  parts <- list(); number <- 0
  for (month in sort(unique(t$time[t$event == 1]))) {
    risk <- t[t$time >= month, ]
    tied <- risk$time == month & risk$event == 1
    for (k in seq_len(sum(tied)) - 1) {
      number <- number + 1
      parts[[number]] <- cbind(risk, y = tied / sum(tied), left = ifelse(tied, log(1 - k / sum(tied)), 0), number = number)
    }
  }
  long <- do.call(rbind, parts)
  long$number <- factor(long$number)
  long
}
few_patients <- function(t, names) {
  cox <- coxph(reformulate(names, "Surv(time, event)"), t, cluster = t$patient, control = tight)
  long <- at_events(t)
  formula <- reformulate(c("0", "number", names, "offset(left)"), "y")
  poisson <- suppressWarnings(glm(formula, family = poisson, data = long, control = glm.control(epsilon = 1e-15, maxit = 200)))
  mean <- fitted(poisson)
  scaled <- as.data.frame(model.matrix(poisson) * sqrt(mean))
  scaled$y <- (predict(poisson) - long$left + (long$y - mean) / mean) * sqrt(mean)
  linear <- lm(y ~ 0 + ., data = scaled)
  last <- (length(coef(linear)) - length(names) + 1):length(coef(linear))
  patient <- long$patient
  found <- coef_test(linear, vcovCR(linear, patient, "CR2"), cluster = patient, test = "Satterthwaite")[last, ]
  object(patients = number(length(unique(t$patient))), coef = vector_of(coef(cox)), poisson = vector_of(coef(linear)[last]),
         cr0 = vector_of(sqrt(diag(as.matrix(vcovCR(linear, patient, "CR0"))))[last]), robust_se = vector_of(sqrt(diag(cox$var))),
         se = vector_of(found$SE), df = vector_of(found$df), p = vector_of(found$p_Satt))
}
t <- read.csv(file.path("tables", "survival_lymph_nodes.csv"))
t$time <- t$months; t$event <- t$recurrence
parts <- list(versions = versions("clubSandwich", "survival"))
for (count in c(10, 18, 39, 59)) {
  parts[[paste0("patients_", count)]] <- few_patients(t[t$patient < count, ], c("score", "stage", "response"))
}
parts$one_covariate <- few_patients(t[t$patient < 18, ], "score")
r <- read.csv(file.path("tables", "survival_rossi.csv"))[1:60, ]
r$time <- r$week; r$event <- r$arrest; r$patient <- seq_len(60) %% 12
parts$rossi <- few_patients(r, c("age", "prio"))
write_figures("small_sample", object_of(parts))
