# cv.glmnet(type.measure = "auc") with given folds at thresh = 1e-22, and what it says where AUC cannot be had.
suppressMessages(library(glmnet))
source("common.R")
cv <- function(data, foldid, thresh = 1e-22) {
  cv.glmnet(data$x, data$y, family = "binomial", type.measure = "auc", foldid = foldid, thresh = thresh, maxit = 1e9)
}
said <- function(expression) {
  heard <- character(0)
  fit <- withCallingHandlers(expression, warning = function(w) {
    heard <<- c(heard, conditionMessage(w))
    invokeRestart("muffleWarning")
  })
  list(name = fit$name[[1]], heard = unique(heard), fit = fit)
}
# nearly_equal_pairs and lung1_original take R hours at this threshold.
for (name in setdiff(binary_names, c("nearly_equal_pairs", "lung1_original"))) {
  data <- binary_table(name)
  seconds <- system.time(fit <- suppressWarnings(cv(data, data$foldid)))[["elapsed"]]
  default_seconds <- system.time(default <- suppressWarnings(cv(data, data$foldid, 1e-7)))[["elapsed"]]
  shared <- seq_len(min(length(fit$cvm), length(default$cvm)))
  write_figures(paste0("cv_", name), object(
    versions = versions("glmnet"), foldid = vector_of(data$foldid), lambda = vector_of(fit$lambda), auc = vector_of(fit$cvm),
    se = vector_of(fit$cvsd), lambda_min = number(fit$lambda.min), lambda_1se = number(fit$lambda.1se),
    seconds = number(seconds), default_seconds = number(default_seconds),
    default_auc_gap = number(max(abs(fit$cvm[shared] - default$cvm[shared]))), default_lambda_1se = number(default$lambda.1se)))
}
data <- binary_table("paper_size")
small <- said(cv(data, (seq_along(data$y) - 1) %% 11 + 1))
one_class <- data$foldid
one_class[] <- NA
one_class[which(data$y == 1)[1:10]] <- 1
one_class[is.na(one_class)] <- rep(2:10, length.out = sum(is.na(one_class)))
dropped <- said(cv(data, one_class))
write_figures("cv_refusals", object(
  versions = versions("glmnet"), small_measure = text(small$name), small_warning = text(paste(small$heard, collapse = " | ")),
  one_class_foldid = vector_of(one_class), one_class_measure = text(dropped$name),
  one_class_auc = vector_of(dropped$fit$cvm), one_class_se = vector_of(dropped$fit$cvsd)))
