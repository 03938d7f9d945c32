"""How fast the survival figures are: ratios to lifelines in one run, interleaved, medians.

python Testing/benchmarks/bench_survival.py [ROUNDS]

The Cox model of both includes what a report needs: coefficients, errors by patient, and the test of proportional
hazards.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.follow_up import follow_up
from RLNResponseLib.survival.maximally_selected import selected_cutoff
from RLNResponseLib.survival.proportional_hazards import proportional_hazards

NAMES = ["a", "b", "c", "d", "e"]


def cases(rows: int) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Name, lifelines' way, ours."""
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test
    from pandas import DataFrame

    rng = np.random.default_rng(rows)
    x, patients = rng.normal(size=(rows, 5)), rng.integers(0, rows // 2, rows)
    months, event = np.ceil(rng.exponential(14 * np.exp(0.3 * x[:, 0]))), rng.random(rows) < 0.7
    followed = follow_up(months, event)
    table = DataFrame(x, columns=NAMES).assign(months=months, event=event, patient=patients)

    def cox_of_lifelines() -> object:
        fit = CoxPHFitter().fit(table, "months", "event", cluster_col="patient", fit_options={"precision": 1e-12})
        return proportional_hazard_test(fit, table, time_transform="km")

    whose = np.unique(patients, return_inverse=True)[1]
    return [
        ("Cox", cox_of_lifelines, lambda: proportional_hazards(followed, x, cox(followed, x, NAMES, whose))),
    ]


def chosen_cutoff_seconds(rows: int) -> float:
    rng = np.random.default_rng(rows)
    followed, score = follow_up(rng.exponential(14, rows), rng.random(rows) < 0.7), rng.normal(size=rows)
    return seconds(lambda: selected_cutoff(followed, score, 0))


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(rounds: int) -> None:
    warnings.simplefilter("ignore")
    print(
        f"median of {rounds} interleaved pairs\n{'case':<20}{'rows':>6}{'lifelines ms':>14}{'ours ms':>9}{'ratio':>7}"
    )
    for rows in (129, 1000):
        for name, theirs, ours in cases(rows):
            pairs = [(seconds(theirs), seconds(ours)) for _ in range(rounds)]
            first, second = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            print(f"{name:<20}{rows:>6}{first:>14.1f}{second:>9.2f}{ratio:>6.0f}×")
        print(f"{'chosen cutoff':<20}{rows:>6}{'':>14}{1000 * chosen_cutoff_seconds(rows):>9.0f}   9,999 permutations")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
