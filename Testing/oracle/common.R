# What every oracle script shares: where the tables lie and how a figure is written (17 digits, so that it comes back whole).
number <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
vector_of <- function(x) paste0("[", paste(number(as.numeric(x)), collapse = ","), "]")
text <- function(x) paste0("\"", gsub("\"", "'", gsub("[^ -~]", "'", gsub("\n", " ", x))), "\"")
object <- function(...) {
  parts <- list(...)
  paste0("{", paste0("\"", names(parts), "\": ", unlist(parts), collapse = ",\n "), "}")
}
object_of <- function(parts) do.call(object, parts)
write_figures <- function(name, content) {
  writeLines(content, file.path("figures", paste0(name, ".json")))
  cat("figures/", name, ".json\n", sep = "")
}
versions <- function(...) {
  packages <- c(...)
  found <- sapply(packages, function(name) as.character(packageVersion(name)))
  text(paste0(R.version.string, "; ", paste(packages, found, collapse = ", ")))
}
shared_data <- function() Sys.getenv("RLNRESPONSE_DATA", file.path("..", "..", "..", "shared", "data"))
binary_table <- function(name) {
  if (!startsWith(name, "lung1")) {
    table <- read.csv(file.path("tables", paste0(name, ".csv")))
    return(list(x = as.matrix(table[, -(1:2)]), y = table$outcome, foldid = table$foldid))
  }
  table <- read.csv(file.path(shared_data(), "lung1-radiomics-survival", "lung1_145_features_survival.csv"))
  pattern <- if (name == "lung1_original") "^original_" else "^(original|wavelet|log)"
  # At 1 mm³ a voxel these two are copies of Energy and, to 6e-8, of MeshVolume: the LASSO has no one solution with both.
  table <- table[, !names(table) %in% c("original_firstorder_TotalEnergy", "original_shape_VoxelVolume")]
  list(x = as.matrix(table[, grep(pattern, names(table))]), y = as.integer(table$Clinical.N.Stage > 0),
       foldid = (seq_len(nrow(table)) - 1) %% 10 + 1)
}
binary_names <- c("paper_size", "correlated_pairs", "nearly_equal_pairs", "constant_feature", "wide", "lung1_original", "lung1_all")
