"""The table "own code against library" of docs/dependencies.md: largest differences from R's figures, ours and
scikit-learn's.

usage: python Testing/benchmarks/own_against_library.py

Half a minute. R's figures are those of Testing/oracle; nothing is asserted here, the tests do.
"""

from __future__ import annotations

import json
import time
import warnings
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from RLNResponseLib.modelling.fitting.lasso import lasso_path
from RLNResponseLib.modelling.fitting.splits import deal_folds
from RLNResponseLib.modelling.validation.calibration import calibration
from RLNResponseLib.modelling.validation.delong import delong, delong_paired
from RLNResponseLib.modelling.validation.roc import auc, roc_curve, youden_threshold

ORACLE = Path(__file__).resolve().parents[1] / "oracle"
PATHS = ("paper_size", "correlated_pairs", "constant_feature", "wide")
LAMBDAS = (5, 20, 40)  # numbers on the path
THEIRS = {
    "saga": {"solver": "saga"},
    "liblinear": {"solver": "liblinear"},
    "saga, tol 1e-10": {"solver": "saga", "tol": 1e-10, "max_iter": 100_000},
}


def figures(name: str) -> dict:
    return json.loads((ORACLE / "figures" / f"{name}.json").read_text(encoding="utf-8"))


def table(name: str) -> np.ndarray:
    return np.loadtxt(ORACLE / "tables" / f"{name}.csv", delimiter=",", skiprows=1)


class Worst(defaultdict):
    """Largest difference by what was compared."""

    def __init__(self) -> None:
        super().__init__(float)

    def add(self, what: str, found: object, right: object) -> None:
        self[what] = max(
            self[what], float(np.abs(np.asarray(found, dtype=float) - np.asarray(right, dtype=float)).max())
        )


def judging(worst: Worst) -> None:
    for name in ("training", "ties", "few"):
        values, right, fitted = table(f"roc_{name}"), figures("roc")[name], figures("calibration")[name]
        outcome, score, other = values[:, 0] > 0, values[:, 1], values[:, 2]
        worst.add("AUC, ours", auc(score, outcome), right["ci"][1])
        worst.add("AUC, theirs", metrics.roc_auc_score(outcome, score), right["ci"][1])
        curve = roc_curve(score, outcome)  # by scikit-learn
        points = [*right["curve_sensitivity"], *right["curve_specificity"]]
        worst.add("ROC points, theirs", [*curve.sensitivity, *curve.specificity], points)
        above = score[:, None] > curve.thresholds
        by_hand = [*above[outcome].mean(axis=0), *(~above[~outcome]).mean(axis=0)]
        worst.add("ROC points, by hand", by_hand, points)
        limits = delong(score, outcome)
        worst.add("DeLong's interval, ours", [limits.lower, limits.upper], [right["ci"][0], right["ci"][2]])
        worst.add("DeLong's paired p, ours", delong_paired(score, other, outcome).p, right["difference_p"])
        worst.add("Youden's cutoff, ours", youden_threshold(score, outcome), right["threshold"][0])
        log_odds = 1.7 * score - 1.4
        probability = 1 / (1 + np.exp(-log_odds))
        worst.add("Brier, ours", np.mean((probability - outcome) ** 2), fitted["brier"])
        worst.add("Brier, theirs", metrics.brier_score_loss(outcome, probability), fitted["brier"])
        line = [fitted["glm_intercept"], fitted["glm_slope"]]
        judged = calibration(log_odds, outcome)
        worst.add("calibration line, ours", [judged.intercept.value, judged.slope.value], line)
        worst.add("calibration curve, ours", judged.observed, fitted["smooth_y"])
        for what, settings in (("theirs", {}), ("theirs, tol 1e-12", {"tol": 1e-12, "solver": "newton-cholesky"})):
            model = LogisticRegression(C=np.inf, **settings).fit(log_odds[:, None], outcome)
            worst.add(f"calibration line, {what}", [model.intercept_[0], model.coef_[0, 0]], line)


def lasso(worst: Worst) -> None:
    for name in PATHS:
        values, right = table(name), figures(f"path_{name}")
        features, outcome = values[:, 2:], values[:, 0] > 0
        sd = np.where(np.ptp(features, axis=0) > 0, features.std(axis=0), 1)
        z = (features - features.mean(axis=0)) / sd
        step, column, value = (np.array(right[key]) for key in ("step", "feature", "value"))
        for number in LAMBDAS:
            penalty = right["lambda"][number]
            beta = np.zeros(features.shape[1])
            beta[column[step == number].astype(int)] = value[step == number]
            begun = time.perf_counter()
            ours = lasso_path(features, outcome, np.array([penalty])).coefficients[0]
            own_seconds = time.perf_counter() - begun
            worst.add("LASSO, ours", ours * sd, beta * sd)
            for what, settings in THEIRS.items():
                begun = time.perf_counter()
                model = LogisticRegression(l1_ratio=1, C=1 / (len(outcome) * penalty), random_state=0, **settings)
                theirs = model.fit(z, outcome).coef_[0]
                worst[f"LASSO, {what}: times as long as ours on {name}"] += (
                    (time.perf_counter() - begun) / own_seconds / len(LAMBDAS)
                )
                worst.add(f"LASSO, {what}", theirs, beta * sd)
                worst.add(f"LASSO, {what}: selected otherwise", ((theirs != 0) != (beta != 0)).sum(), 0)


def folds(deals: int = 200) -> None:
    """How far the folds differ in cases with and without the outcome, on average over the deals."""
    rng = np.random.default_rng(0)
    patients = np.concatenate([np.arange(59), rng.choice(30, 43)])
    outcome = rng.random(102) < 0.735
    spread: dict[str, list[int]] = {"ours": [], "theirs": []}
    for seed in range(deals):
        foldid = deal_folds(patients, outcome, 10, seed)
        splitter = StratifiedGroupKFold(10, shuffle=True, random_state=seed)
        theirs = [test for _, test in splitter.split(features_of(outcome), outcome, patients)]
        ours = [np.flatnonzero(foldid == fold) for fold in range(1, 11)]
        for whose, dealt in (("ours", ours), ("theirs", theirs)):
            counts = np.array([[outcome[rows].sum(), (~outcome[rows]).sum()] for rows in dealt])
            spread[whose].append(int(np.ptp(counts, axis=0).sum()))
    print(*(f"folds, {whose}: differ by {np.mean(values):.1f} cases" for whose, values in spread.items()), sep="\n")


def rounding(tables: int = 5000) -> None:
    """How often scikit-learn's AUC is the number nearest to the share of pairs, and what it makes of one half."""
    rng = np.random.default_rng(0)
    nearest = half = below = judged = 0
    for _ in range(tables):
        count = int(rng.integers(4, 60))
        outcome = rng.random(count) < rng.uniform(0.2, 0.8)
        score = rng.normal(size=count).round(rng.integers(0, 4))
        if not 2 <= outcome.sum() <= count - 2:
            continue
        pairs = score[outcome][:, None] - score[~outcome]
        share = Fraction(int(2 * (pairs > 0).sum() + (pairs == 0).sum()), 2 * pairs.size)
        theirs = metrics.roc_auc_score(outcome, score)
        judged, nearest = judged + 1, nearest + (theirs == float(share))
        if share == Fraction(1, 2):
            half, below = half + 1, below + (theirs < 0.5)
    print(f"AUC, theirs: nearest number in {nearest} of {judged}, below 0.5 in {below} of {half} that are one half")


def features_of(outcome: np.ndarray) -> np.ndarray:
    return np.zeros((len(outcome), 1))


def main() -> None:
    warnings.simplefilter("ignore")  # that theirs has not converged
    worst = Worst()
    judging(worst)
    lasso(worst)
    for what, difference in worst.items():
        print(f"{what:<58}{difference:10.1e}")
    folds()
    rounding()


if __name__ == "__main__":
    main()
