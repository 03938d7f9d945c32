"""How often a score of noise seems to add to clinical variables where the lymph nodes of a patient are alike.

usage: added_value_by_patient.py [SEEDS]

102 lymph nodes of 59 and of 30 patients, two clinical variables; outcome and score each share as much within a patient
as the column says (a normal part of the patient on the log-odds, and of the score), and have nothing to do with each
other; 5% tests. Printed for the likelihood ratio, which counts lymph nodes as independent, and for Wald's test with
patients as clusters (CR2), as `fit --clinical`, `validate --clinical` and the report give both.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.logistic import clustered_test, scaled_logistic
from RLNResponseLib.statistics.estimates import chi_square_p

LYMPH_NODES, LEVEL = 102, 0.05


def p_values(seed: int, count: int, shared: float) -> tuple[float, float]:
    """By likelihood ratio and by patient; `shared` is the SD of the patient's part, beside 1 of the lymph node's."""
    rng = np.random.default_rng(seed)
    patients = np.concatenate([np.arange(count), rng.integers(0, count, LYMPH_NODES - count)])
    of_outcome, of_score = shared * rng.normal(size=(2, count))[:, patients]
    outcome = rng.random(LYMPH_NODES) < 1 / (1 + np.exp(-1 - 1.8 * of_outcome))
    clinical = np.column_stack([rng.random(count)[patients] < 0.5, rng.normal(size=count)[patients]]).astype(float)
    x, y = np.column_stack([clinical, of_score + rng.normal(size=LYMPH_NODES)]), outcome.astype(float)
    alone, both = scaled_logistic(clinical, y), scaled_logistic(x, y)
    return chi_square_p(max(0.0, 2 * (alone.loss - both.loss)), 1), clustered_test(x, y, both, patients).p


def main(seeds: int) -> None:
    """Run, and print a row for each design."""
    for count in (59, 30):
        for shared in (0.0, 1.0, 2.0):
            rows = []
            for seed in range(seeds):
                try:
                    rows.append(p_values(seed, count, shared))
                except DataRefusedError:
                    continue
            share = (np.array(rows) < LEVEL).mean(axis=0)
            words = ", ".join(
                f"{name} {100 * value:.1f}% ± {100 * math.sqrt(value * (1 - value) / len(rows)):.1f}%"
                for name, value in zip(("likelihood ratio", "by patient"), share.tolist(), strict=True)
            )
            print(
                f"{len(rows)} tables, {count} patients, SD within patients {shared:g}: p < {LEVEL} in {words}",
                flush=True,
            )


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["2000"])[0]))
