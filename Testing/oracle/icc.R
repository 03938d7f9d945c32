# psych::ICC(lmer = FALSE) on every ICC table: estimates and 95% limits in the order ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k.
suppressMessages(library(psych))
source("common.R")
figures <- function(table) {
  result <- suppressWarnings(ICC(table, lmer = FALSE))$results
  object(icc = vector_of(result$ICC), lower = vector_of(result[["lower bound"]]), upper = vector_of(result[["upper bound"]]))
}
parts <- list(versions = versions("psych"))
for (file in list.files("tables", pattern = "^icc_")) {
  parts[[sub("icc_(.*).csv", "\\1", file)]] <- figures(read.csv(file.path("tables", file)))
}
parts$shrout_fleiss <- figures(read.csv(file.path(shared_data(), "fat-two-observers", "shrout_fleiss_1979.csv"))[, -1])
fat <- read.csv(file.path(shared_data(), "fat-two-observers", "fat.csv"))
reading <- function(observer, repetition, column) {
  rows <- fat[fat$Obs == observer & fat$Rep == repetition, ]
  rows[order(rows$Id), column]
}
for (column in c("Sub", "Vic")) {
  first <- reading("KL", 1, column)
  parts[[paste0("fat_", column, "_inter")]] <- figures(cbind(first, reading("SL", 1, column)))
  parts[[paste0("fat_", column, "_intra")]] <- figures(cbind(first, reading("KL", 2, column)))
}
write_figures("icc", object_of(parts))
