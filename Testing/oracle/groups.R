# κ, AC1 and the mean difference with patients as primary units (survey), and McNemar's exact test (binom.test).
suppressMessages({library(survey); library(psych)})
source("common.R")
parts <- list(versions = versions("survey", "psych"))
estimate <- function(value, error, df, level = 0.95) {
  margin <- qt(0.5 + level / 2, df) * error
  vector_of(c(value, value - margin, value + margin))
}
for (file in list.files("tables", pattern = "^groups_")) {
  table <- read.csv(file.path("tables", file))
  table$a <- as.integer(table$first > 0)
  table$b <- as.integer(table$second > 0)
  table$both <- as.integer(table$a == table$b)
  table$d <- table$second - table$first
  design <- svydesign(ids = ~patient_id, data = table, weights = ~1)
  df <- length(unique(table$patient_id)) - 1
  factors <- update(design, a = factor(a), b = factor(b))
  kappa <- svykappa(~ a + b, factors)
  ac1 <- svycontrast(svymean(~ both + a + b, design), quote(1 - (1 - both) / (1 - 2 * ((a + b) / 2) * (1 - (a + b) / 2))))
  mean_d <- svymean(~d, design)
  error <- as.numeric(SE(mean_d))
  up <- sum(table$b > table$a); down <- sum(table$b < table$a)
  parts[[sub("groups_(.*).csv", "\\1", file)]] <- object(
    kappa = estimate(as.numeric(coef(kappa)), as.numeric(SE(kappa)), df),
    ac1 = estimate(as.numeric(coef(ac1)), as.numeric(SE(ac1)), df),
    psych_kappa = number(suppressMessages(cohen.kappa(table[c("a", "b")]))$kappa),
    difference = estimate(as.numeric(coef(mean_d)), error, df, 0.9),
    p_within_half = number(max(pt((as.numeric(coef(mean_d)) - 0.5) / error, df), pt((-0.5 - as.numeric(coef(mean_d))) / error, df))),
    mcnemar = number(binom.test(up, up + down)$p.value))
}
write_figures("groups", object_of(parts))
