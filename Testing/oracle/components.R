# Variance components by REML: lme4 on every components table, its own criterion then minimised once more, as far as it goes.
suppressMessages(library(lme4))
source("common.R")
parts <- list(versions = versions("lme4"))
polished <- function(formula, table) {
  exact <- lmerControl(calc.derivs = FALSE, check.conv.singular = "ignore", optimizer = "bobyqa")
  criterion <- lmer(formula, table, REML = TRUE, control = exact, devFunOnly = TRUE)
  theta <- getME(suppressMessages(lmer(formula, table, REML = TRUE, control = exact)), "theta")
  for (turn in 1:5) theta <- nlminb(theta, criterion, lower = 0, control = list(rel.tol = 1e-15, x.tol = 1e-12, abs.tol = 0))$par
  # Newton, by differences, on those that are not 0.
  free <- which(theta > 1e-5)
  theta[-free] <- 0
  of_free <- function(x) { theta[free] <- x; criterion(theta) }
  for (turn in 1:6) {
    x <- theta[free]; h <- 1e-4 * pmax(x, 1e-2); unit <- diag(length(x))
    gradient <- sapply(seq_along(x), function(i) {
      d <- h[i] * unit[i, ]
      (8 * (of_free(x + d) - of_free(x - d)) - (of_free(x + 2 * d) - of_free(x - 2 * d))) / (12 * h[i])
    })
    hessian <- optimHess(x, of_free, control = list(ndeps = h))
    theta[free] <- x - solve(hessian, gradient)
  }
  fit <- suppressMessages(lmer(formula, table, REML = TRUE, start = theta, control = lmerControl(optimizer = NULL, calc.derivs = FALSE,
    check.conv.singular = "ignore", check.conv.grad = "ignore", check.conv.hess = "ignore")))
  found <- as.data.frame(VarCorr(fit))
  setNames(found$vcov, found$grp)
}
for (file in list.files("tables", pattern = "^components_")) {
  table <- read.csv(file.path("tables", file))
  table$cell <- interaction(table$patient_id, table$lymph_node, table$reader, drop = TRUE)
  terms <- "(1 | reader) + (1 | lymph_node)"
  if (anyDuplicated(table[c("patient_id", "lymph_node")]) && length(unique(table$patient_id)) < length(unique(table$lymph_node)))
    terms <- paste(terms, "+ (1 | patient_id)")
  if (anyDuplicated(table$cell)) terms <- paste(terms, "+ (1 | cell)")
  for (feature in grep("^x", names(table), value = TRUE)) {
    found <- polished(as.formula(paste(feature, "~ 1 +", terms)), table)
    names(found) <- c(patient_id = "patient", lymph_node = "lymph_node", reader = "reader", cell = "reader_by_lymph_node",
      Residual = "residual")[names(found)]
    parts[[paste(sub("components_(.*).csv", "\\1", file), feature, sep = "_")]] <- do.call(object, lapply(found, number))
  }
}
# Real readings: 43 persons, two observers, three times each.
fat <- read.csv(file.path(shared_data(), "fat-two-observers", "fat.csv"))
fat$lymph_node <- fat$Id
fat$reader <- fat$Obs
fat$cell <- interaction(fat$Id, fat$Obs)
for (feature in c("Sub", "Vic")) {
  found <- polished(as.formula(paste(feature, "~ 1 + (1 | reader) + (1 | lymph_node) + (1 | cell)")), fat)
  names(found) <- c(lymph_node = "lymph_node", reader = "reader", cell = "reader_by_lymph_node", Residual = "residual")[names(found)]
  parts[[paste("fat", feature, sep = "_")]] <- do.call(object, lapply(found, number))
}
write_figures("components", object_of(parts))
