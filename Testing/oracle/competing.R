# cmprsk::cuminc: cumulative incidence with variance of both kinds of event, and Gray's test of both.
suppressMessages(library(cmprsk))
source("common.R")
# Of real patients only every 20th time is stored.
figures <- function(time, cause, group, every = 1) {
  fit <- cuminc(time, cause, group)
  tests <- fit$Tests
  curves <- fit[names(fit) != "Tests"]
  at <- sort(unique(time))
  at <- at[seq(1, length(at), by = every)]
  points <- timepoints(curves, at)
  shown <- lapply(rownames(points$est), function(name)
    object(estimate = vector_of(points$est[name, ]), variance = vector_of(points$var[name, ])))
  names(shown) <- rownames(points$est)
  object(time = vector_of(at), chisq = vector_of(tests[, "stat"]), p = vector_of(tests[, "pv"]), df = vector_of(tests[, "df"]),
         curves = object_of(shown))
}
read <- function(name) read.csv(file.path("tables", paste0("survival_", name, ".csv")))
parts <- list(versions = versions("cmprsk"))
t <- read("lymph_nodes")
cause <- ifelse(t$recurrence == 1, 1, ifelse(t$death == 1, 2, 0))
parts$by_stage <- figures(t$months, cause, t$stage)
parts$by_response <- figures(t$months, cause, t$response)
t <- read("few")
parts$few <- figures(t$months, ifelse(t$event == 1, 1, ifelse(t$competing == 1, 2, 0)), t$group)
t <- read.csv(file.path(shared_data(), "lung1-radiomics-survival", "lung1_145_features_survival.csv"))
# Every third death is taken for one of another cause: no such thing is known of these patients, it only makes a table.
cause <- ifelse(t$deadstatus.event == 1, 1 + (seq_len(nrow(t)) %% 3 == 0), 0)
parts$lung1 <- figures(t$Survival.time, cause, t$Clinical.N.Stage, every = 20)
parts$lung1_months <- figures(ceiling(t$Survival.time / 30.4375), cause, t$Clinical.N.Stage, every = 20)

t <- read("random")
for (table in unique(t$table)) {
  r <- t[t$table == table, ]
  fit <- cuminc(r$months, r$cause, r$group)
  whole <- cuminc(r$months, r$cause)[["1 1"]]
  test <- if (is.null(fit$Tests)) -1 else fit$Tests["1", "stat"]
  parts[[paste0("random_", table)]] <- object(gray = number(test), last = vector_of(c(tail(whole$est, 1), tail(whole$var, 1))))
}
write_figures("competing", object_of(parts))
