# chisq.test without correction, fisher.test (r × c too), t.test, oneway.test, wilcox.test, kruskal.test, survdiff.
suppressMessages(library(survival))
source("common.R")
tables <- list(
  paper_response = rbind(c(75, 27), c(18, 9)),
  small_2x2 = rbind(c(1, 9), c(11, 3)),
  zero_cell = rbind(c(0, 6), c(7, 5)),
  three_by_two = rbind(c(3, 1), c(2, 8), c(10, 4)),
  four_by_three = rbind(c(4, 1, 0), c(2, 5, 3), c(1, 0, 6), c(7, 2, 2)),
  dose_like = rbind(c(5, 1), c(8, 3), c(33, 9), c(5, 3), c(8, 2)),
  tied_probabilities = rbind(c(3, 3), c(3, 3), c(2, 2)))
parts <- list(versions = versions("stats", "survival"))
for (name in names(tables)) {
  counts <- tables[[name]]
  chi <- suppressWarnings(chisq.test(counts, correct = FALSE))
  parts[[name]] <- object(
    counts = paste0("[", paste(apply(counts, 1, vector_of), collapse = ","), "]"),
    chi_square = number(chi$statistic), chi_square_p = number(chi$p.value), least_expected = number(min(chi$expected)),
    fisher_p = number(fisher.test(counts, workspace = 2e7)$p.value))
}
samples <- list(
  untied = list(c(61.3, 55.1, 70.2, 66.8, 58.4, 49.9), c(64.7, 71.5, 80.3, 59.2, 77.7, 68.1, 73.4)),
  tied = list(c(12, 12.5, 9, 9, 30.5, 7, 12), c(9, 14, 22.5, 12, 41, 12)),
  doses = list(c(50, 60, 60, 60, 66, 54, 60), c(60, 60, 50, 50, 64)))
for (name in names(samples)) {
  a <- samples[[name]][[1]]; b <- samples[[name]][[2]]
  welch <- t.test(a, b); student <- t.test(a, b, var.equal = TRUE); rank <- suppressWarnings(wilcox.test(a, b))
  parts[[name]] <- object(
    groups = paste0("[", vector_of(a), ",", vector_of(b), "]"),
    welch = number(welch$statistic), welch_p = number(welch$p.value), student = number(student$statistic),
    student_p = number(student$p.value), rank = number(rank$statistic), rank_p = number(rank$p.value))
}
three <- list(c(61, 55, 70, 66, 58), c(64, 71, 80, 59, 77, 68), c(50, 49, 62, 55))
values <- unlist(three); group <- factor(rep(1:3, lengths(three)))
welch <- oneway.test(values ~ group); equal <- oneway.test(values ~ group, var.equal = TRUE); rank <- kruskal.test(values, group)
parts$three_groups <- object(
  groups = paste0("[", paste(sapply(three, vector_of), collapse = ","), "]"),
  welch = number(welch$statistic), welch_p = number(welch$p.value), student = number(equal$statistic),
  student_p = number(equal$p.value), rank = number(rank$statistic), rank_p = number(rank$p.value))
# Months with ties, two and three groups; the last is lung of the survival package, by ECOG status.
times <- list(
  two = data.frame(time = c(3, 5, 5, 8, 12, 24.5, 30, 2, 2, 5, 7, 9, 11, 24.5), event = c(1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1),
                   group = rep(1:2, each = 7)),
  half = data.frame(time = c(1, 2, 3, 4.5, 1, 2, 3, 6, 7, 8), event = c(1, 1, 0, 0, 1, 1, 0, 0, 1, 0), group = rep(1:2, c(4, 6))),
  lung_ecog = with(lung[!is.na(lung$ph.ecog) & lung$ph.ecog < 3, ], data.frame(time = time, event = status - 1, group = ph.ecog + 1)))
for (name in names(times)) {
  data <- times[[name]]
  test <- survdiff(Surv(time, event) ~ group, data)
  medians <- as.vector(quantile(survfit(Surv(time, event) ~ group, data), 0.5)$quantile)
  parts[[paste0("times_", name)]] <- object(
    time = vector_of(data$time), event = vector_of(data$event), group = vector_of(data$group),
    chi_square = number(test$chisq), p = number(pchisq(test$chisq, length(test$n) - 1, lower.tail = FALSE)),
    medians = vector_of(medians))
}
write_figures("comparison", object_of(parts))
