"""What errors by patient are worth in the sets of the paper's size: coverage of the limits of hazard ratios (model-based,
Lin and Wei's sandwich, CR2 with Satterthwaite's degrees of freedom), of AUC(24), Brier score and the three states, and
the type I error of a score of pure noise.

usage: few_patients.py [COHORTS] [coverage|noise|sandwich]

`noise` is the type I error alone, of more cohorts; `sandwich` that of the model-based error and the sandwich with two to
four times as many training patients, from which on CR2 is not needed. Cohorts as in cohort_coverage.py. The truth is the figure of one cohort of 51,600 lymph nodes. The noise is alike within
patients (half of its variance) and is tested alone and beside the four clinical covariates.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict

import numpy as np
from simulated_cohorts import Cohort, draw_cohort

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.survival import clustered_errors
from RLNResponseLib.survival import cox as cox_module
from RLNResponseLib.survival.cox import CoxFit, cox
from RLNResponseLib.survival.follow_up import follow_up
from RLNResponseLib.survival.prediction import judge_prediction
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.window import window

NAMES = ("T3-4", "dose", "chemotherapy", "response", "score")
SEED, LARGE = 20211017, 400
Limits = tuple[float, float]


def fitted(cohort: Cohort, score: np.ndarray, alone: bool = False) -> CoxFit:
    """The Cox model of a set."""
    x = score[:, None] if alone else np.column_stack([cohort.covariates, score])
    return cox(follow_up(cohort.months, cohort.recurred), x, NAMES[-x.shape[1] :], cohort.patients)


def limits(cohort: Cohort) -> dict[str, Limits]:
    """Every interval of one set."""
    found: dict[str, Limits] = {}
    try:
        for name, term in fitted(cohort, cohort.first[:, 1]).terms.items():
            found[f"HR {name} | model-based"] = (term.lower, term.upper)
            for kind, error in (("sandwich", term.robust), ("CR2", term.small_sample)):
                if error is not None:
                    found[f"HR {name} | {kind}"] = (error.lower, error.upper)
    except DataRefusedError:
        pass
    seen = window(follow_up(cohort.months, cohort.recurred), cohort.died, 24)
    for kind, whose in (("rows", None), ("by patient", cohort.patients)):
        states = three_states(seen, patients=whose)
        for name in ("event", "competing", "free"):
            found[f"{name} | {kind}"] = (getattr(states, name).lower, getattr(states, name).upper)
    try:
        risk = 1 / (1 + np.exp(cohort.first[:, 1]))
        judged = judge_prediction(seen, risk, risk, cohort.patients)
    except DataRefusedError:
        return found
    assert judged.risk is not None
    for name, measure in (("AUC", judged.auc), ("Brier", judged.risk.brier), ("IPA", judged.risk.ipa)):
        found[f"{name} | rows"] = (measure.by_row.lower, measure.by_row.upper)
        assert measure.by_patient is not None
        found[f"{name} | by patient"] = (measure.by_patient.lower, measure.by_patient.upper)
    return found


def truths(cohort: Cohort) -> dict[str, float]:
    """The same figures of a cohort so large that they are the truth."""
    found = {f"HR {name}": term.hr for name, term in fitted(cohort, cohort.first[:, 1]).terms.items()}
    seen = window(follow_up(cohort.months, cohort.recurred), cohort.died, 24)
    states, risk = three_states(seen), 1 / (1 + np.exp(cohort.first[:, 1]))
    found |= {name: getattr(states, name).value for name in ("event", "competing", "free")}
    judged = judge_prediction(seen, risk, risk, None)
    assert judged.risk is not None
    return found | {"AUC": judged.auc.value, "Brier": judged.risk.brier.value, "IPA": judged.risk.ipa.value}


def noise(cohort: Cohort, rng: np.random.Generator) -> np.ndarray:
    """A score that says nothing, half of its variance by patient."""
    of_patient = rng.normal(size=int(cohort.patients.max()) + 1)[cohort.patients]
    return np.asarray(math.sqrt(0.5) * (of_patient + rng.normal(size=len(of_patient))))


def tested(cohort: Cohort, rng: np.random.Generator) -> dict[str, float]:
    """p of a score of noise, alone and beside the four covariates, by each error."""
    nothing = noise(cohort, rng)
    found: dict[str, float] = {}
    for alone in (True, False):
        try:
            term = fitted(cohort, nothing, alone).terms["score"]
        except DataRefusedError:
            continue
        what = "noise alone" if alone else "noise and four covariates"
        found[f"{what} | model-based"] = term.p
        for kind, error in (("sandwich", term.robust), ("CR2", term.small_sample)):
            if error is not None and not math.isnan(error.p):
                found[f"{what} | {kind}"] = error.p
    return found


def of_sandwich(cohorts: int) -> None:
    """Type I error of the sandwich, two to four times the training patients."""
    clustered_errors.ENOUGH_PATIENTS = cox_module.ENOUGH_PATIENTS = 0
    for times in (2, 3, 4):
        rejected: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for number in range(cohorts):
            rng = np.random.default_rng([SEED, number])
            whole = draw_cohort(rng, times=times)
            of = whole.of(whole.training)
            for what, p in tested(of, rng).items():
                rejected[what, f"{int(of.patients.max()) + 1} patients"].append(p < 0.05)
        show(rejected)


def show(table: dict[tuple[str, str], list[bool]]) -> None:
    """A line each: share, its Monte Carlo error, number."""
    for (figure, name), flags in sorted(table.items()):
        share = float(np.mean(flags))
        error = math.sqrt(share * (1 - share) / len(flags))
        print(f"  {figure:40} {name:12} {100 * share:5.1f} (error {100 * error:.1f}, {len(flags)} sets)", flush=True)


def main(cohorts: int = 400, what: str = "coverage") -> None:
    if what == "sandwich":
        of_sandwich(cohorts)
        return
    true: dict[str, float] = {}
    if what == "coverage":
        true = truths(draw_cohort(np.random.default_rng(SEED), times=LARGE))
        print("truth: " + ", ".join(f"{name} {value:.4g}" for name, value in true.items()))
    held: dict[tuple[str, str], list[bool]] = defaultdict(list)
    rejected: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for number in range(cohorts):
        rng = np.random.default_rng([SEED, number])
        whole = draw_cohort(rng)
        for name, rows in (("training", whole.training), ("validation", ~whole.training)):
            of = whole.of(rows)
            for figure, (low, high) in (limits(of) if true else {}).items():
                if not math.isnan(low + high):
                    held[figure, name].append(low <= true[figure.split(" | ")[0]] <= high)
            for kind, p in tested(of, rng).items():
                rejected[kind, name].append(p < 0.05)
    for title, table in (("coverage, %", held), ("type I error at 5 %, %", rejected)):
        print(title)
        show(table)


if __name__ == "__main__":
    main(*(int(text) if text.isdigit() else text for text in sys.argv[1:]))
