"""How fast the statistics are beside the tools that a statistician would take, in one run.

python Testing/benchmarks/bench_statistics.py [--pairs N]

Ours and the other run in turn; the ratio is the median over the pairs. pingouin, scikit-learn and R (Rscript with
glmnet) are needed only here; what is not installed is said and left out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from RLNResponseLib.agreement.icc import FORMS, icc
from RLNResponseLib.modelling.fitting.cross_validation import cross_validate
from RLNResponseLib.modelling.validation.roc import bootstrap_auc

ORACLE = Path(__file__).resolve().parents[1] / "oracle"


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(what: str, ours: Callable[[], object], theirs: Callable[[], object], pairs: int, wanted: float) -> None:
    """Print the median ratio over interleaved pairs; ours is warmed up once, and timed often enough to be seen."""
    ours()
    repeats = max(1, int(0.05 / max(seconds(ours), 1e-6)))
    ratios, own, other = [], [], []
    for _ in range(pairs):
        own.append(seconds(lambda: [ours() for _ in range(repeats)]) / repeats)
        other.append(seconds(theirs))
        ratios.append(other[-1] / own[-1])
    print_ratio(what, statistics.median(own), statistics.median(other), statistics.median(ratios), wanted)


def print_ratio(what: str, own: float, other: float, ratio: float, wanted: float) -> None:
    """One line of the table."""
    print(f"{what:58} {own * 1e3:10.2f} ms {other * 1e3:12.1f} ms {ratio:9.1f}×  (wanted {wanted:g}×)", flush=True)


def bench_icc(pairs: int) -> None:
    """106 features of 129 lymph nodes by two readers, with limits."""
    if find_spec("pingouin") is None:
        print("pingouin is not installed: ICC left out")
        return
    import pandas
    import pingouin

    rng = np.random.default_rng(1)
    ratings = rng.normal(size=(129, 1, 106)) + 0.4 * rng.normal(size=(129, 2, 106))
    long = pandas.DataFrame({"subject": np.repeat(np.arange(129), 2), "rater": np.tile([0, 1], 129)})

    def loop() -> None:
        for feature in range(106):
            table = long.assign(value=ratings[:, :, feature].ravel())
            pingouin.intraclass_corr(table, targets="subject", raters="rater", ratings="value")

    report("ICC(A,1) with CI, 106 × 129, vs pingouin's loop", lambda: icc(ratings), loop, pairs, 800)
    every = [*FORMS]
    report("all six forms (which pingouin always computes)", lambda: [icc(ratings, f) for f in every], loop, 1, 800)


def bench_cross_validation(pairs: int) -> None:
    """10-fold cross-validation of 102 × 106 over 100 λ."""
    table = np.loadtxt(ORACLE / "tables" / "paper_size.csv", delimiter=",", skiprows=1)
    features, outcome, foldid = table[:, 2:], table[:, 0] > 0, table[:, 1].astype(int)

    def ours() -> None:
        cross_validate(features, outcome, foldid)

    if find_spec("sklearn") is not None:
        report("10-fold CV, 102 × 106, vs LogisticRegressionCV(saga)", ours, saga(features, outcome, foldid), 1, 15)
    else:
        print("scikit-learn is not installed: LogisticRegressionCV left out")
    if shutil.which("Rscript") is None:
        print("R is not installed: cv.glmnet left out")
        return
    default, exact, own = [], [], []
    for _ in range(pairs):
        own.append(seconds(ours))
        printed = subprocess.run(
            ["Rscript", "--vanilla", "time_cv.R"], cwd=ORACLE, capture_output=True, text=True, check=True
        ).stdout.split()[-2:]
        default.append(float(printed[0]) / own[-1])
        exact.append(float(printed[1]) / own[-1])
    own_seconds = statistics.median(own)
    for what, ratios in (("default thresh 1e-7", default), ("thresh 1e-22", exact)):
        ratio = statistics.median(ratios)
        print_ratio(f"10-fold CV, 102 × 106, vs cv.glmnet ({what})", own_seconds, ratio * own_seconds, ratio, 3)


def saga(features: np.ndarray, outcome: np.ndarray, foldid: np.ndarray) -> Callable[[], object]:
    """scikit-learn's way over the same folds and the same λ, standardised, with its default tolerance."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.preprocessing import StandardScaler

    from RLNResponseLib.modelling.fitting.lasso import lasso_path

    z = StandardScaler().fit_transform(features)
    strengths = 1 / (len(outcome) * lasso_path(features, outcome).lambdas)
    folds = [(np.flatnonzero(foldid != fold), np.flatnonzero(foldid == fold)) for fold in np.unique(foldid)]

    def fit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LogisticRegressionCV(
                Cs=strengths, cv=folds, l1_ratios=(1,), solver="saga", scoring="roc_auc", max_iter=100
            ).fit(z, outcome)

    return fit


def bench_bootstrap(pairs: int) -> None:
    """2,000 bootstraps of the AUC of 102 lymph nodes."""
    if find_spec("sklearn") is None:
        print("scikit-learn is not installed: roc_auc_score left out")
        return
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    outcome, patients = np.arange(102) < 75, np.arange(102)
    scores = rng.normal(size=102) + outcome

    def loop() -> None:
        for _ in range(2000):
            rows = rng.integers(0, 102, 102)
            roc_auc_score(outcome[rows], scores[rows])

    report(
        "2,000 bootstraps of an AUC, n = 102, vs roc_auc_score",
        lambda: bootstrap_auc(scores, outcome, patients, 2000, 1),
        loop,
        pairs,
        300,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3)
    pairs = parser.parse_args().pairs
    print(f"{'':58} {'ours':>13} {'theirs':>15}")
    bench_icc(pairs)
    bench_cross_validation(pairs)
    bench_bootstrap(pairs)


if __name__ == "__main__":
    main()
