# pminternal's instability measures on given predictions, by its own functions, and R's lowess for its calibration curves
# (pminternal smooths them by a spline of another package; which predictions and which outcome go into each curve is the same).
#
# pminternal is not in Debian; RLNRESPONSE_PMINTERNAL names the folder with its sources (0.1.1,
# github.com/stephenrho/pminternal, commit f56dc51), of which stability_plot.R and what it calls are read.
source("common.R")
folder <- Sys.getenv("RLNRESPONSE_PMINTERNAL")
for (file in list.files(file.path(folder, "R"), "^(stability_plot|util|boot_optimism)\\.R$", full.names = TRUE)) source(file)
table <- read.csv(file.path("tables", "instability.csv"))
logits <- as.matrix(table[, -1])
p <- plogis(logits)
given <- structure(list(stability = p, y = table$outcome), class = "internal_boot")
bounds <- function(order) t(apply(p[order, -1], 1, quantile, probs = c(0.025, 0.975)))
shown <- prediction_stability(given, plot = FALSE)  # sorted by the original prediction
stopifnot(all(shown == p[order(p[, 1]), ]))
mape <- mape_stability(given, plot = FALSE)
cii <- classification_stability(given, threshold = plogis(0.8), plot = FALSE)
curves <- lapply(c(1, 2, 3), function(j) lowess(p[, j], table$outcome, iter = 0))
write_figures("instability", object(
  versions = text(paste0(R.version.string, "; pminternal ", read.dcf(file.path(folder, "DESCRIPTION"), "Version"))),
  threshold = number(0.8), lower = vector_of(bounds(seq_len(nrow(p)))[, 1]), upper = vector_of(bounds(seq_len(nrow(p)))[, 2]),
  mape = vector_of(mape$individual_mape), average_mape = number(mape$average_mape), cii = vector_of(cii),
  predicted = vector_of(sapply(curves, function(curve) curve$x)), observed = vector_of(sapply(curves, function(curve) curve$y))))
