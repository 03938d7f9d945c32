# riskRegression::Score with cens.model = "km": AUC(t), Brier score, IPA and their standard errors with death competing; of IPA by
# the delta method from Score's own covariances. prodlim: Aalen and Johansen's estimate in groups of predicted risk (plotCalibration's
# quantiles). survival: reverse Kaplan-Meier and the share free of both events.
suppressMessages({library(riskRegression); library(prodlim); library(survival); library(cmprsk)})
source("common.R")
figures <- function(time, cause, risk, at, count) {
  data <- data.frame(time = time, status = cause, risk = risk)
  score <- function(...) Score(list(m = data$risk), formula = Hist(time, status) ~ 1, data = data, times = at, cause = 1,
                               cens.model = "km", metrics = c("auc", "brier"), summary = "ipa", keep = "vcov", ...)
  s <- score()
  plain <- score(conservative = TRUE)
  brier <- as.data.frame(s$Brier$score); auc <- as.data.frame(s$AUC$score)
  null <- brier$Brier[1]; own <- brier$Brier[2]
  slope <- c(own / null^2, -1 / null)
  of <- cuminc(time, cause)
  at_end <- timepoints(of, at)
  error <- function(F, v) { z <- qnorm(0.975); l <- z * sqrt(v) / (F * log(F)); sort(c(F^exp(l), F^exp(-l))) }
  states <- unlist(lapply(seq_len(nrow(at_end$est)), function(kind) c(at_end$est[kind, 1], error(at_end$est[kind, 1], at_end$var[kind, 1]))))
  free <- summary(survfit(Surv(time, cause > 0) ~ 1, conf.type = "log-log"), times = at)
  breaks <- unique(quantile(risk, 0:count / count))
  group <- cut(risk, breaks, include.lowest = TRUE, labels = FALSE)
  observed <- sapply(sort(unique(group)), function(g) predict(prodlim(Hist(time, status) ~ 1, data = data[group == g, ]), times = at, cause = 1, type = "cuminc"))
  object(auc = vector_of(auc[, c("AUC", "se", "lower", "upper")]), brier = vector_of(brier[2, c("Brier", "se", "lower", "upper")]),
         null_brier = vector_of(brier[1, c("Brier", "se")]), ipa = number(brier$IPA[2]),
         ipa_se = number(sqrt(drop(slope %*% s$Brier$vcov %*% slope))),
         conservative = vector_of(c(plain$AUC$score$se, plain$Brier$score$se)),
         states = vector_of(c(states, free$surv, free$lower, free$upper)), over = number(at_end$est[1, 1] / mean(risk)),
         predicted = vector_of(tapply(risk, group, mean)), rows = vector_of(table(group)), observed = vector_of(unlist(observed)))
}
read <- function(name) read.csv(file.path("tables", paste0("survival_", name, ".csv")))
parts <- list(versions = versions("riskRegression", "prodlim", "survival", "cmprsk"))
t <- read("lymph_nodes")
cause <- ifelse(t$recurrence == 1, 1, ifelse(t$death == 1, 2, 0))
for (at in c(6, 12, 18, 24)) parts[[paste0("lymph_nodes_", at)]] <- figures(t$months, cause, plogis(-t$score), at, 5)
# Many censored, at times of their own and at those of events; risks with ties.
heavy <- ifelse(seq_len(nrow(t)) %% 3 == 0, 0, cause)
for (at in c(5, 11)) parts[[paste0("censored_", at)]] <- figures(t$months, heavy, round(plogis(-t$score), 1), at + 0.5, 5)
# Nobody dies, nobody is censored before the time.
parts$no_death <- figures(t$months[cause < 2], cause[cause < 2], plogis(-t$score[cause < 2]), 12, 4)
follow <- function(time, event) {
  fit <- survfit(Surv(time, 1 - event) ~ 1, conf.type = "log-log")
  q <- quantile(fit, 0.5)
  vector_of(c(q$quantile, q$lower, q$upper))
}
parts$follow_up <- object(lymph_nodes = follow(t$months, as.numeric(cause > 0)), heavy = follow(t$months, as.numeric(heavy > 0)))
write_figures("prediction", object_of(parts))
