"""What multiple imputation of clinical covariates is worth in a training set of the paper's size: coverage, width and bias of
the log hazard ratio's 95% limits, with nothing missing, of complete rows, and pooled over imputed sets.

usage: imputed_coverage.py [COHORTS]

Cohorts as in cohort_coverage.py, 59 patients with 102 lymph nodes. T stage and dose are missing by patient, of two in five one
or both, more often where a lymph node recurred early and where chemotherapy was given: at random given what is known, and not by
chance alone. The truth is the figure of one cohort of 51,600 lymph nodes with nothing missing. 20 sets or more each.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict

import numpy as np
from few_patients import LARGE, NAMES, SEED
from simulated_cohorts import Cohort, draw_cohort

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.follow_up import follow_up
from RLNResponseLib.survival.imputed_cox import imputed_cox
from RLNResponseLib.survival.survival_table import SurvivalTable

Limits = tuple[float, float, float]


def with_gaps(cohort: Cohort, rng: np.random.Generator) -> np.ndarray:
    """The covariates, those of some patients without T stage or dose."""
    patients = int(cohort.patients.max()) + 1
    early = np.zeros(patients)
    np.maximum.at(early, cohort.patients, (cohort.recurred & (cohort.months < 12)).astype(float))
    chemotherapy = np.zeros(patients)
    chemotherapy[cohort.patients] = cohort.covariates[:, 2]
    x = cohort.covariates.astype(float).copy()
    for column in (0, 1):
        chance = 1 / (1 + np.exp(2.8 - 1.2 * early - 0.8 * chemotherapy))
        x[(rng.random(patients) < chance)[cohort.patients], column] = np.nan
    return x


def limits(cohort: Cohort, number: int) -> tuple[dict[str, Limits], float]:
    """Log hazard ratio and its limits by each way, and the share of incomplete patients."""
    score, times = cohort.first[:, 1], follow_up(cohort.months, cohort.recurred)
    x = with_gaps(cohort, np.random.default_rng([SEED, number, 1]))
    complete = np.isfinite(x).all(axis=1)
    found: dict[str, Limits] = {}
    for kind, rows in (("nothing missing", np.ones(len(x), dtype=bool)), ("complete rows", complete)):
        whose = np.unique(cohort.patients[rows], return_inverse=True)[1]
        columns = np.column_stack([cohort.covariates, score])[rows]
        for name, term in cox(times.of(rows), columns, NAMES, whose).terms.items():
            error = term.by_patient
            assert error is not None
            found[f"{name} | {kind}, by patient"] = (term.coef, math.log(error.lower), math.log(error.upper))
            found[f"{name} | {kind}, model-based"] = (term.coef, math.log(term.lower), math.log(term.upper))
    table = SurvivalTable(
        table=Table(name="", columns=(), rows=()),
        follow_up=times,
        competing=cohort.died & ~cohort.recurred,
        patients=cohort.patients,
        names=NAMES[:4],
        covariates=x,
    )
    pooled = imputed_cox(table, ("score", score), number)
    assert pooled is not None
    for name, one in pooled.terms.items():
        assert one.by_patient is not None
        found[f"{name} | imputed, by patient"] = (one.by_patient.value, one.by_patient.lower, one.by_patient.upper)
        found[f"{name} | imputed, model-based"] = (one.own.value, one.own.lower, one.own.upper)
    return found, 1 - len(np.unique(cohort.patients[complete])) / len(np.unique(cohort.patients))


def main(cohorts: int = 200) -> None:
    large = draw_cohort(np.random.default_rng(SEED), times=LARGE)
    whole = cox(follow_up(large.months, large.recurred), np.column_stack([large.covariates, large.first[:, 1]]), NAMES)
    true = {name: term.coef for name, term in whole.terms.items()}
    print("truth, log hazard ratio: " + ", ".join(f"{name} {value:.4g}" for name, value in true.items()))
    found: dict[str, list[Limits]] = defaultdict(list)
    incomplete, refused = [], 0
    for number in range(cohorts):
        drawn = draw_cohort(np.random.default_rng([SEED, number]))
        try:
            of, share = limits(drawn.of(drawn.training), number)
        except DataRefusedError:
            refused += 1
            continue
        incomplete.append(share)
        for figure, each in of.items():
            found[figure].append(each)
    print(f"{len(incomplete)} sets, {refused} refused; {100 * np.mean(incomplete):.1f}% of the patients incomplete")
    print(
        "coverage of 95% limits, %; mean width, log hazard ratio; mean estimate - truth, in standard deviations of it"
    )
    for figure, rows in sorted(found.items()):
        value, low, high = np.array(rows).T
        truth = true[figure.split(" | ")[0]]
        held = float(((low <= truth) & (truth <= high)).mean())
        error = math.sqrt(held * (1 - held) / len(rows))
        bias = (value.mean() - truth) / value.std(ddof=1)
        print(
            f"  {figure:44} {100 * held:5.1f} (error {100 * error:.1f})  {np.mean(high - low):6.3f}  {bias:+.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
