# Spearman's correlations of features with ties, one of them constant (which R gives none).
source("common.R")
data <- binary_table("constant_feature")
rho <- suppressWarnings(cor(data$x, method = "spearman"))
write_figures("spearman", object(versions = text(R.version.string), rho = vector_of(rho)))
