"""The four intervals that no column of cohort_coverage.py restores, once more: other cohorts, more of them, and more
patients.

usage: large_sample_coverage.py [COHORTS] [SEED]

Every lymph node has a patient of its own; six and 24 times the paper's number of lymph nodes.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
from cohort_coverage import LARGE, Found, coverage
from cohort_figures import TERMS, Interval, truths
from simulated_cohorts import Cohort, draw_cohort

from RLNResponseLib.modelling.validation.delong import delong
from RLNResponseLib.modelling.validation.roc import bootstrap_interval
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.follow_up import follow_up, landmark

AUC, HAZARD_RATIO = "control: AUC", "Cox from 1 month, HR of score"


def four(cohort: Cohort) -> dict[str, Interval]:
    """By "set, figure | method"."""
    training, validation = cohort.of(cohort.training), cohort.of(~cohort.training)
    found = {}
    for name, of in (("training", training), ("validation", validation)):
        known = of.of(of.is_known)
        scores = known.first[:, 1]
        found[f"{name}, {AUC} | DeLong"] = delong(scores, known.controlled)
        if name == "training":
            found[f"{name}, {AUC} | bootstrap by patient"] = bootstrap_interval(
                scores, known.controlled, known.patients, 500
            )
    later = landmark(follow_up(validation.months, validation.recurred), 1.0)
    x = np.column_stack([validation.covariates, validation.first[:, 1]])[later.rows]
    fit = cox(later.follow_up, x, TERMS, validation.patients[later.rows])
    found[f"validation, {HAZARD_RATIO} | robust by patient"] = fit.terms["score"].robust
    return {name: (each.lower, each.upper) for name, each in found.items()}


def main(cohorts: int = 400, seed: int = 11) -> None:
    truth = truths(draw_cohort(np.random.default_rng([1, 0]), LARGE))
    for times in (6, 24):
        found: Found = defaultdict(list)
        for number in range(cohorts):
            for name, limits in four(draw_cohort(np.random.default_rng([seed, number]), times, alone=True)).items():
                found[name].append(limits)
        print(f"{cohorts} cohorts, {times} × lymph nodes, a patient each")
        for name, limits in found.items():
            percent, error = coverage(limits, truth[name.split(" | ")[0]])
            print(f"  {name:66} {percent:5.1f} ± {error:.1f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
