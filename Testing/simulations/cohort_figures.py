"""Every 95% interval that the report or the command line prints of a finished score, and what it should hold.

An interval's name is "figure | method": the figure's name is the key of its true value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from simulated_cohorts import Cohort

from RLNResponseLib.agreement.icc import icc
from RLNResponseLib.agreement.overlap import MEASURES, Overlap, _summarise
from RLNResponseLib.agreement.score_agreement import score_agreement
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.validation.calibration import calibration, recalibration
from RLNResponseLib.modelling.validation.delong import delong, delong_paired
from RLNResponseLib.modelling.validation.roc import auc, bootstrap_interval
from RLNResponseLib.modelling.validation.validation import classify
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.curves import KaplanMeier, cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, landmark

Interval = tuple[float, float]
CUTOFFS = tuple(model.cutoff.value for model in published_models())
TERMS = ("T3-4", "dose", "chemotherapy", "response", "score")
WINDOW, LANDMARK = 24.0, 1.0
Z = 1.959963984540054


def intervals(cohort: Cohort) -> dict[str, Interval]:
    """All intervals of one cohort; NaN where a figure is not defined there."""
    found = {}
    for name, rows in (("training", cohort.training), ("validation", ~cohort.training)):
        of = cohort.of(rows)
        known = of.of(of.is_known)
        parts = {
            **_performance("response", of, 0, of.responded),
            **_performance("control", known, 1, known.controlled),
            **_survival(of),
        }
        found.update({f"{name}, {figure}": limits for figure, limits in parts.items()})
    return {**found, **agreement(cohort)}


def truths(cohort: Cohort) -> dict[str, float]:
    """The figures of a cohort so large that they are the truth."""
    known = cohort.of(cohort.is_known)
    of_a_set = {
        **_true_performance("response", cohort, 0, cohort.responded),
        **_true_performance("control", known, 1, known.controlled),
        **_true_survival(cohort),
    }
    both = {f"{name}, {figure}": value for name in ("training", "validation") for figure, value in of_a_set.items()}
    return {**both, **agreement_truths(cohort)}


def _performance(outcome: str, cohort: Cohort, column: int, event: Bools) -> dict[str, Interval]:
    scores, smaller = cohort.first[:, column], -cohort.volume
    classes = classify(scores, event, CUTOFFS[column])
    shares = {
        "sensitivity": classes.sensitivity,
        "specificity": classes.specificity,
        "PPV": classes.ppv,
        "NPV": classes.npv,
    }
    found = {f"{outcome}: {name} | exact": (share.lower, share.upper) for name, share in shares.items()}
    try:
        aucs = {
            "AUC | DeLong": delong(scores, event),
            "AUC | bootstrap by patient": bootstrap_interval(scores, event, cohort.patients),
            "AUC of the volume | DeLong": delong(smaller, event),
            "AUC, score − volume | DeLong": delong_paired(scores, smaller, event).difference,
        }
        found.update({f"{outcome}: {name}": (each.lower, each.upper) for name, each in aucs.items()})
        judged = calibration(scores, event)
    except DataRefusedError:
        return found
    wald = {"intercept": judged.intercept, "slope": judged.slope, "in the large": judged.in_the_large}
    found.update({f"{outcome}: calibration {name} | Wald": (each.lower, each.upper) for name, each in wald.items()})
    return found


def _true_performance(outcome: str, cohort: Cohort, column: int, event: Bools) -> dict[str, float]:
    from scipy.optimize import brentq

    scores, smaller = cohort.first[:, column], -cohort.volume
    classes = classify(scores, event, CUTOFFS[column])
    score_auc, volume_auc = auc(scores, event), auc(smaller, event)
    intercept, slope = recalibration(scores, event)
    # The intercept with the slope held at 1: as many expected as happen.
    large = brentq(lambda shift: float(np.mean(1 / (1 + np.exp(-shift - scores)) - event)), -10, 10)
    found = {
        "sensitivity": classes.sensitivity.value,
        "specificity": classes.specificity.value,
        "PPV": classes.ppv.value,
        "NPV": classes.npv.value,
        "AUC": score_auc,
        "AUC of the volume": volume_auc,
        "AUC, score − volume": score_auc - volume_auc,
        "calibration intercept": intercept,
        "calibration slope": slope,
        "calibration in the large": large,
    }
    return {f"{outcome}: {name}": value for name, value in found.items()}


def _survival(cohort: Cohort) -> dict[str, Interval]:
    found = {}
    for name, curve in _curves(cohort).items():
        found[f"{name} at 24 months | log"] = _limits_at(curve, curve.log.lower, curve.log.upper)
        found[f"{name} at 24 months | log-log"] = _limits_at(curve, curve.log_log.lower, curve.log_log.upper)
        # "Not reached" is later than any time.
        lower, upper = np.nan_to_num(curve.median.log_log, nan=math.inf).tolist()
        found[f"{name}, median | log-log"] = (lower, upper)
    watched = follow_up(cohort.months, cohort.recurred)
    incidence = cumulative_incidence(watched, cohort.died)
    margin = Z * math.sqrt(incidence.variance_at(WINDOW))
    found["incidence at 24 months | ± 1.96 SE"] = (incidence.at(WINDOW) - margin, incidence.at(WINDOW) + margin)
    for name, fit in _models(cohort).items():
        for term in TERMS:
            each = fit.terms[term]
            found[f"{name}, HR of {term} | model-based"] = (each.lower, each.upper)
            found[f"{name}, HR of {term} | robust by patient"] = (each.robust.lower, each.robust.upper)
    return found


def _true_survival(cohort: Cohort) -> dict[str, float]:
    curves = _curves(cohort)
    incidence = cumulative_incidence(follow_up(cohort.months, cohort.recurred), cohort.died)
    return {
        **{f"{name} at 24 months": curve.at(WINDOW) for name, curve in curves.items()},
        **{f"{name}, median": curve.median.value for name, curve in curves.items()},
        "incidence at 24 months": incidence.at(WINDOW),
        **{f"{name}, HR of {term}": fit.terms[term].hr for name, fit in _models(cohort).items() for term in TERMS},
    }


def _curves(cohort: Cohort) -> Mapping[str, KaplanMeier]:
    """Kaplan–Meier of all, of both groups at the published cutoff, and disease-free; a group without events has
    none."""
    high = cohort.first[:, 1] > CUTOFFS[1]
    watched = FollowUp(cohort.months, cohort.recurred)
    parts = {
        "control": watched,
        "control, high score": watched.of(high),
        "control, low score": watched.of(~high),
        "disease-free": FollowUp(cohort.months, cohort.recurred | cohort.died),
    }
    return {name: kaplan_meier(each) for name, each in parts.items() if len(each)}


def _limits_at(curve: KaplanMeier, lower: Floats, upper: Floats) -> Interval:
    if curve.months[-1] < WINDOW:
        return math.nan, math.nan
    last = int(np.searchsorted(curve.months, WINDOW, side="right")) - 1
    return (float(lower[last]), float(upper[last])) if last >= 0 else (math.nan, math.nan)


def _models(cohort: Cohort) -> dict:
    """Cox from the start and from the landmark, where they have a solution."""
    watched = follow_up(cohort.months, cohort.recurred)
    x = np.column_stack([cohort.covariates, cohort.first[:, 1]])
    found = {}
    try:
        found["Cox"] = cox(watched, x, TERMS, cohort.patients)
        later = landmark(watched, LANDMARK)
        found["Cox from 1 month"] = cox(later.follow_up, x[later.rows], TERMS, cohort.patients[later.rows])
    except DataRefusedError:
        pass
    return found


def agreement(cohort: Cohort) -> dict[str, Interval]:
    """The intervals on the readers alone."""
    found = {}
    for name, ratings, cutoff in _readings(cohort):
        judged = score_agreement(ratings, [""] * len(ratings), cohort.patients, cutoff)
        by_patient = judged.icc_by_patient
        found[f"{name} ICC | F"] = (float(judged.icc.lower[0]), float(judged.icc.upper[0]))
        found[f"{name} ICC | bootstrap by patient"] = (float(by_patient.lower[0]), float(by_patient.upper[0]))
        found[f"{name} lymph nodes that change group | exact"] = (judged.flip_rate.lower, judged.flip_rate.upper)
        share = judged.patient_flip_rate
        found[f"{name} patients with a change | exact"] = (share.lower, share.upper)
    # Of the contours only Dice is drawn; all measures go through one function.
    overlaps = [Overlap(**dict.fromkeys(MEASURES, float(dice))) for dice in cohort.dice]
    dice = _summarise(overlaps, [str(patient) for patient in cohort.patients], 0)["dice"]
    return {**found, "inter: mean Dice | bootstrap by patient": (dice.lower, dice.upper)}


def agreement_truths(cohort: Cohort) -> dict[str, float]:
    """What they should hold."""
    found = {"inter: mean Dice": float(cohort.dice.mean())}
    for name, ratings, cutoff in _readings(cohort):
        flipped = (ratings[:, 0] > cutoff) != (ratings[:, 1] > cutoff)
        found[f"{name} ICC"] = float(icc(ratings[:, :, None]).estimate[0])
        found[f"{name} lymph nodes that change group"] = float(flipped.mean())
        found[f"{name} patients with a change"] = float(np.bincount(cohort.patients, flipped).astype(bool).mean())
    return found


def _readings(cohort: Cohort) -> list[tuple[str, Floats, float]]:
    return [
        (f"{kind}, {outcome}:", np.column_stack([cohort.first[:, column], second[:, column]]), CUTOFFS[column])
        for kind, second in (("inter", cohort.inter), ("intra", cohort.intra))
        for column, outcome in enumerate(("response", "control"))
    ]
