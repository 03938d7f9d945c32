# survival: survfit (log and log-log), survdiff, coxph (Efron; robust by cluster), cox.zph (transform = "km"), a landmark; stats: t and Wilcoxon.
suppressMessages(library(survival))
source("common.R")
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100))
# Of real patients only every 20th step of a curve is stored.
thinned <- function(x, every) x[seq(1, length(x), by = every)]
curve <- function(time, event, every) {
  shown <- function(x) vector_of(thinned(x, every))
  log <- survfit(Surv(time, event) ~ 1, conf.type = "log")
  loglog <- survfit(Surv(time, event) ~ 1, conf.type = "log-log")
  middle <- function(fit) { q <- quantile(fit, 0.5); vector_of(c(q$quantile, q$lower, q$upper)) }
  object(every = number(every), time = shown(log$time), at_risk = shown(log$n.risk), events = shown(log$n.event),
         censored = shown(log$n.censor), survival = shown(log$surv), log_lower = shown(log$lower),
         log_upper = shown(log$upper), log_log_lower = shown(loglog$lower), log_log_upper = shown(loglog$upper),
         median_log = middle(log), median_log_log = middle(loglog))
}
test <- function(time, event, group) {
  t <- survdiff(Surv(time, event) ~ group)
  object(chisq = number(t$chisq), p = number(t$pvalue), observed = vector_of(t$obs), expected = vector_of(t$exp))
}
model <- function(time, event, x, cluster = NULL) {
  fit <- coxph(Surv(time, event) ~ ., data = as.data.frame(x), control = tight)
  zph <- cox.zph(fit, transform = "km")$table
  parts <- list(names = paste0("[", paste0("\"", colnames(x), "\"", collapse = ","), "]"), coef = vector_of(coef(fit)),
                se = vector_of(sqrt(diag(fit$var))), p = vector_of(summary(fit)$coefficients[, 5]),
                hr = vector_of(summary(fit)$conf.int[, 1]), lower = vector_of(summary(fit)$conf.int[, 3]),
                upper = vector_of(summary(fit)$conf.int[, 4]), log_likelihood = vector_of(fit$loglik),
                zph_chisq = vector_of(zph[, 1]), zph_df = vector_of(zph[, 2]), zph_p = vector_of(zph[, 3]))
  if (!is.null(cluster)) {
    robust <- coxph(Surv(time, event) ~ ., data = as.data.frame(x), cluster = cluster, control = tight)
    parts$robust_se <- vector_of(sqrt(diag(robust$var)))
  }
  object_of(parts)
}
whole <- function(time, event, x, group, cluster, every = 1) {
  object(curve = curve(time, event, every), log_rank = test(time, event, group), cox = model(time, event, x, cluster))
}
read <- function(name) read.csv(file.path("tables", paste0("survival_", name, ".csv")))
parts <- list(versions = versions("survival"))

t <- read("rossi")
parts$rossi <- whole(t$week, t$arrest, t[, 3:9], t$fin, t$age)
t <- read("waltons")
parts$waltons <- whole(t$months, t$event, t[, "control", drop = FALSE], t$control, seq_len(nrow(t)) %% 20)
t <- read("breast")
parts$breast <- whole(t$rectime, t$censrec, t[, 3:8], t$grade, t$age)
parts$breast_months <- whole(ceiling(t$rectime / 30.4375), t$censrec, t[, 3:8], t$grade, t$age)
t <- read("lymph_nodes")
parts$lymph_nodes <- whole(t$months, t$recurrence, t[, 5:7], t$stage, t$patient)
kept <- t$months > 3
parts$landmark <- object(left_out = vector_of(c(sum(!kept & t$recurrence == 1), sum(!kept & t$recurrence == 0))),
                         cox = model(t$months[kept], t$recurrence[kept], t[kept, 5:7], t$patient[kept]))
differences <- function(score, responder) {
  w <- suppressWarnings(wilcox.test(score[responder], score[!responder]))
  s <- t.test(score[responder], score[!responder], var.equal = TRUE)
  object(means = vector_of(c(mean(score[responder]), mean(score[!responder]))),
         sds = vector_of(c(sd(score[responder]), sd(score[!responder]))), t = number(s$statistic), df = number(s$parameter),
         t_p = number(s$p.value), u = number(w$statistic), u_p = number(w$p.value))
}
parts$differences <- differences(t$score, t$response == 1)
parts$differences_few <- differences(t$score[1:27], t$response[1:27] == 1)
t <- read("few")
parts$few <- whole(t$months, t$event, t[, "x", drop = FALSE], t$group, seq_len(nrow(t)) %% 9)

t <- read.csv(file.path(shared_data(), "lung1-radiomics-survival", "lung1_145_features_survival.csv"))
x <- t[, c("clinical.T.Stage", "Clinical.N.Stage", "original_firstorder_InterquartileRange", "original_glrlm_RunPercentage",
           "original_shape_Sphericity")]
parts$lung1 <- whole(t$Survival.time, t$deadstatus.event, x, t$Clinical.N.Stage, seq_len(nrow(t)) %% 70, every = 20)
parts$lung1_months <- whole(ceiling(t$Survival.time / 30.4375), t$deadstatus.event, x, t$Clinical.N.Stage, seq_len(nrow(t)) %% 70, every = 20)
# Times that differ by rounding alone are tied (survival's timefix).
parts$rounding <- whole(c(0.1 + 0.2, 0.3, 0.7 - 0.4, 1, 2, 3, 3, 4, 5), c(1, 1, 0, 1, 0, 1, 1, 1, 0),
                        data.frame(x = c(1, 2, 4, 3, 1, 5, 2, 2, 1)), c(1, 2, 1, 2, 1, 2, 1, 2, 1), c(1, 1, 2, 2, 3, 3, 4, 4, 5))

# Small random tables: what R refuses or warns of (an infinite coefficient) is null.
or_null <- function(expression) tryCatch(expression, error = function(e) "null", warning = function(w) "null")
t <- read("random")
for (table in unique(t$table)) {
  r <- t[t$table == table, ]
  y <- Surv(r$months, r$cause == 1)
  middle <- function(type) { q <- quantile(survfit(y ~ 1, conf.type = type), 0.5); vector_of(c(q$quantile, q$lower, q$upper)) }
  parts[[paste0("random_", table)]] <- object(
    median_log = middle("log"), median_log_log = middle("log-log"),
    log_rank = or_null({ d <- survdiff(y ~ r$group); if (sum(d$exp > 0) < 2) stop("one group"); vector_of(c(d$chisq, d$pvalue)) }),
    cox = or_null({
      fit <- coxph(y ~ r$x, cluster = r$patient, control = tight)
      vector_of(c(coef(fit), sqrt(diag(fit$naive.var)), sqrt(diag(fit$var)), fit$loglik)) }),
    zph = or_null(vector_of(cox.zph(coxph(y ~ r$x, control = tight), transform = "km")$table[1, c(1, 3)])))
}
write_figures("survival", object_of(parts))
