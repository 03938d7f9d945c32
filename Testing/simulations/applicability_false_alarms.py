"""How many lymph nodes of the very population that a score was fitted on its card flags as unlike it, and withholds.

usage: applicability_false_alarms.py [CARDS] [NEW]

A card is made from n lymph nodes × p related features and judges NEW others of the same population: normal features,
half of them log-normal as volumes and run-length emphases are, and lymph nodes that resemble those of their patient.
Printed with the Monte Carlo error over the cards, beside the share that the card states.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.modelling.applicability import assess, describe_training

SIZES = ((102, 7), (30, 10), (59, 5), (90, 2))
POPULATIONS = ("normal", "half log-normal", "alike within patients")


def drawn(rng: np.random.Generator, population: str, n: int, p: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """(n, p) features, and whose lymph node each row is."""
    patients = np.arange(n) if population != "alike within patients" else np.arange(n) * 59 // 102
    own, of_patient = rng.normal(size=(2, n, p))
    shared = 0.5 if population == "alike within patients" else 0.0
    values = math.sqrt(shared) * of_patient[patients] + math.sqrt(1 - shared) * own
    values = values @ (np.eye(p) + 0.3)
    if population == "half log-normal":
        values[:, ::2] = np.exp(values[:, ::2])
    return values, patients


def main(cards: int, new: int) -> None:
    """Run, and print a line for each size and population."""
    for n, p in SIZES:
        names = [f"x{number}" for number in range(p)]
        for population in POPULATIONS:
            shares = []
            for seed in range(cards):
                rng = np.random.default_rng([seed, n, p, POPULATIONS.index(population)])
                values, patients = drawn(rng, population, n, p)
                training = describe_training(names, values, patients)
                others = drawn(rng, population, new, p)[0]
                found = [assess(training, dict(zip(names, row, strict=True))).status for row in others.tolist()]
                shares.append(
                    [
                        found.count("inside") < new and 1 - found.count("inside") / new,
                        found.count("far-outside") / new,
                        training.false_alarm_rate,
                    ]
                )
            flagged, withheld, stated = 100 * np.mean(shares, axis=0)
            error = 100 * np.std(shares, axis=0, ddof=1) / math.sqrt(cards)
            print(f"{n} × {p}, {population:<22} flagged {flagged:4.1f}% ± {error[0]:.1f} (stated {stated:.1f}%), "
                  f"withheld {withheld:.2f}% ± {error[1]:.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["200", "100"][len(sys.argv) - 1 :])))
