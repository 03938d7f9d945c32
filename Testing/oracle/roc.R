# pROC: AUC, DeLong interval, paired DeLong test, Youden's cutoff; stats: exact binomial limits.
suppressMessages(library(pROC))
source("common.R")
parts <- list(versions = versions("pROC"))
for (name in c("training", "ties", "few")) {
  table <- read.csv(file.path("tables", paste0("roc_", name, ".csv")))
  first <- roc(table$outcome, table$score, direction = "<", quiet = TRUE)
  second <- roc(table$outcome, table$other, direction = "<", quiet = TRUE)
  reversed <- roc(table$outcome, -table$score, direction = "<", quiet = TRUE)
  test <- roc.test(first, second, method = "delong", paired = TRUE)
  best <- coords(first, "best", best.method = "youden", ret = c("threshold", "sensitivity", "specificity"), transpose = FALSE)
  parts[[name]] <- object(
    ci = vector_of(ci.auc(first)), ci_90 = vector_of(ci.auc(first, conf.level = 0.9)), ci_other = vector_of(ci.auc(second)),
    ci_reversed = vector_of(ci.auc(reversed)), difference_z = number(test$statistic), difference_p = number(test$p.value),
    threshold = vector_of(best$threshold), sensitivity = vector_of(best$sensitivity), specificity = vector_of(best$specificity),
    curve_threshold = vector_of(pmax(pmin(first$thresholds, 1e9), -1e9)), curve_sensitivity = vector_of(first$sensitivities),
    curve_specificity = vector_of(first$specificities))
}
for (counts in list(c(0, 9), c(9, 9), c(7, 9), c(51, 75), c(1, 2))) {
  parts[[paste0("exact_", counts[1], "_of_", counts[2])]] <- vector_of(binom.test(counts[1], counts[2])$conf.int)
}
write_figures("roc", object_of(parts))
