# Errors with patients as clusters, of one score: the AUC's by Obuchowski 1997 (doi 10.2307/2533958), written out here, since no
# package of Debian has it, and pROC's var for a lymph node a patient; slope and calibration in the large by clubSandwich's CR2, given
# the logistic regression at its maximum in units of its Pearson residuals (as small_sample.R gives it Cox's).
suppressMessages({library(pROC); library(clubSandwich)})
source("common.R")
obuchowski <- function(score, outcome, patient) {
  x <- score[outcome == 1]; y <- score[outcome == 0]
  psi <- outer(x, y, function(a, b) (a > b) + 0.5 * (a == b))
  theta <- mean(psi); m <- length(x); n <- length(y)
  all <- sort(unique(patient))
  over <- function(v, whose) sapply(all, function(p) sum(v[whose == p]))
  v10 <- over(rowMeans(psi) - theta, patient[outcome == 1])
  v01 <- over(colMeans(psi) - theta, patient[outcome == 0])
  i10 <- length(unique(patient[outcome == 1])); i01 <- length(unique(patient[outcome == 0])); i <- length(all)
  s10 <- i10 / ((i10 - 1) * m) * sum(v10^2)
  s01 <- i01 / ((i01 - 1) * n) * sum(v01^2)
  s11 <- i / (i - 1) * sum(v10 * v01)
  s10 / m + s01 / n + 2 * s11 / (m * n)
}
cr2 <- function(formula, data, patient, fixed = 0) {
  data$fixed <- fixed
  fit <- glm(update(formula, . ~ . + offset(fixed)), binomial, data, control = glm.control(epsilon = 1e-15, maxit = 100))
  w <- fitted(fit) * (1 - fitted(fit))
  scaled <- as.data.frame(model.matrix(fit) * sqrt(w))
  names(scaled) <- paste0("x", seq_along(scaled))
  scaled$y <- (predict(fit) - data$fixed + (data$outcome - fitted(fit)) / w) * sqrt(w)
  linear <- lm(y ~ 0 + ., scaled)
  list(coef = coef(fit), se = sqrt(diag(as.matrix(vcovCR(linear, patient, "CR2")))))
}
parts <- list(versions = versions("pROC", "clubSandwich"))
for (name in c("training", "ties", "few")) {
  t <- read.csv(file.path("tables", paste0("roc_", name, ".csv")))
  patient <- (seq_len(nrow(t)) - 1) %% ceiling(nrow(t) * 0.6)
  t$l <- 1.7 * t$score - 1.4
  slope <- cr2(outcome ~ l, t, patient)
  large <- cr2(outcome ~ 1, t, patient, t$l)
  share <- mean(t$outcome); count <- length(unique(patient))
  of_patient <- tapply(t$outcome - share, patient, sum)
  parts[[name]] <- object(
    patient = vector_of(patient), variance = number(obuchowski(t$score, t$outcome, patient)),
    variance_alone = number(obuchowski(t$score, t$outcome, seq_len(nrow(t)))),
    delong = number(var(roc(t$outcome, t$score, direction = "<", quiet = TRUE))),
    slope = number(slope$coef[2]), slope_se = number(slope$se[2]), large = number(large$coef), large_se = number(large$se),
    log_ratio_se = number(sqrt(count / (count - 1) * sum(of_patient^2)) / nrow(t) / share))
}
write_figures("clustered", object_of(parts))
