"""How often each 95% interval of the report holds the truth, over simulated cohorts of the paper's size.

usage: cohort_coverage.py [COHORTS] [COHORTS WITH A CAUSE REMOVED] [SEED]

Printed for every figure: the truth (of one cohort of 199,950 lymph nodes), the coverage with its Monte Carlo error, the
median width, and in how many cohorts the figure was defined. Then, for each figure whose coverage is not 93 to 97%, its
coverage after one cause is removed: every lymph node with a patient of its own; six times as many patients; both;
readers without bias. docs/simulations.md says what follows from it.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from cohort_figures import Interval, agreement, agreement_truths, intervals, truths
from simulated_cohorts import INTER_BIAS, INTRA_BIAS, Cohort, draw_cohort

LOW, HIGH = 93.0, 97.0
LARGE = 1550
TIMES = 6

Found = dict[str, list[Interval]]
Truth = dict[str, float]


def simulate(cohorts: int, seed: int, of: Callable[[Cohort], dict[str, Interval]] = intervals, **kind: object) -> Found:
    """All intervals of all cohorts, by name; a figure that a cohort does not have is left out."""
    found: Found = defaultdict(list)
    for number in range(cohorts):
        for name, limits in of(draw_cohort(np.random.default_rng([seed, number]), **kind)).items():
            if not np.isnan(limits).any():
                found[name].append(limits)
    return found


def remedies(large: Cohort, truth: Truth, cohorts: int, seed: int) -> dict[str, tuple[Found, Truth]]:
    """Simulations with one cause removed, each with what its intervals should hold."""
    # With a patient each, the patients with a change are the lymph nodes that change.
    of_alone = {name: truth[name.replace("patients with a change", "lymph nodes that change group")] for name in truth}
    unbiased = replace(large, inter=large.inter - INTER_BIAS, intra=large.intra - INTRA_BIAS)
    return {
        "a patient each": (simulate(cohorts, seed, alone=True), of_alone),
        f"{TIMES} × patients": (simulate(cohorts, seed, times=TIMES), truth),
        "both": (simulate(cohorts, seed, times=TIMES, alone=True), of_alone),
        "no reader bias": (simulate(cohorts, seed, agreement, biased=False), agreement_truths(unbiased)),
    }


def coverage(found: list[Interval], truth: float) -> tuple[float, float]:
    """Per cent, and its Monte Carlo error."""
    lower, upper = np.array(found).T
    share = float(np.mean((lower <= truth) & (truth <= upper)))
    return 100 * share, 100 * float(np.sqrt(share * (1 - share) / len(found)))


def main(cohorts: int = 500, remedied: int = 200, seed: int = 1) -> None:
    start = time.process_time()
    large = draw_cohort(np.random.default_rng([seed, 0]), LARGE)
    truth = truths(large)
    found = simulate(cohorts, seed + 1)
    print(
        f"{cohorts} simulated cohorts: 77 patients, 129 lymph nodes (59 with 102 for training, 18 with 27 for "
        f"validation)\n"
    )
    print(f"{'figure':48} {'interval':21} {'truth':>8} {'coverage %':>12} {'width':>9} {'defined':>8}")
    outside = []
    for name, limits in sorted(found.items(), key=by_place):
        figure, method = name.split(" | ")
        percent, error = coverage(limits, truth[figure])
        width = np.median([math.inf if math.isinf(upper) else upper - lower for lower, upper in limits])
        row = f"{figure:48} {method:21} {truth[figure]:8.3f} {percent:6.1f} ± {error:.1f}{mark(percent)}"
        print(f"{row} {width:9.3f} {len(limits):8}", flush=True)
        outside += [] if is_held(percent) else [name]
    print(
        f"\n* not {LOW:.0f} to {HIGH:.0f}%: {len(outside)} of {len(found)} intervals. Width: the median over the "
        f"cohorts.\n"
    )
    print(f"With one cause removed, {remedied} cohorts each: coverage %, * not {LOW:.0f} to {HIGH:.0f}%\n", flush=True)
    print_remedies(outside, found, truth, remedies(large, truth, remedied, seed + 2))
    print(f"\n{time.process_time() - start:.0f} s of processor time")


def print_remedies(outside: list[str], found: Found, truth: Truth, removed: dict[str, tuple[Found, Truth]]) -> None:
    """The same intervals where one cause is removed."""
    print(f"{'figure':48} {'interval':21} {'as it is':>8}" + "".join(f"{name:>16}" for name in removed))
    unrestored = 0
    for name in outside:
        figure, method = name.split(" | ")
        cells = [coverage(limits[name], true[figure]) for limits, true in removed.values() if name in limits]
        text = "".join(f"{percent:9.1f} ± {error:.1f} {mark(percent)}" for percent, error in cells)
        print(f"{figure:48} {method:21} {coverage(found[name], truth[figure])[0]:8.1f}{text}")
        unrestored += not any(is_held(percent) for percent, _ in cells)
    print(f"\n{len(outside) - unrestored} of {len(outside)} are 93 to 97% in a column, {unrestored} in none.")


def by_place(item: tuple[str, list[Interval]]) -> int:
    """Training, validation, readers; a figure that the first cohort lacks comes with its set all the same."""
    return ("training", "validation").index(item[0].split(",")[0]) if item[0].startswith(("training", "valid")) else 2


def is_held(percent: float) -> bool:
    return LOW <= percent <= HIGH


def mark(percent: float) -> str:
    return " " if is_held(percent) else "*"


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*map(int, sys.argv[1:]))
