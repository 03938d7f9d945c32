# Median seconds of cv.glmnet(type.measure = "auc") on paper_size: at R's default threshold, and at thresh = 1e-22.
suppressMessages(library(glmnet))
source("common.R")
data <- binary_table("paper_size")
seconds <- function(thresh, times) {
  median(replicate(times, system.time(suppressWarnings(cv.glmnet(data$x, data$y, family = "binomial", type.measure = "auc",
    foldid = data$foldid, thresh = thresh, maxit = 1e9)))[["elapsed"]]))
}
seconds(1e-7, 1)
cat(seconds(1e-7, 3), seconds(1e-22, 1), "\n")
