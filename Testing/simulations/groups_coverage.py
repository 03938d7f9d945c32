"""How often the 95% limits of κ and AC1 hold the truth, and how often the tests of direction and equivalence err.

usage: groups_coverage.py [DATA SETS] [SEED]

129 lymph nodes of 77 patients (or 27 of 18, or each of its own), two readings, 70% above the cutoff. Beside the limits
by patient stand those that take lymph nodes as independent. McNemar's test is of readings that move nobody on average;
equivalence of a mean difference of exactly the margin, 0.1 SD.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.groups import equivalence, group_agreement

SETTINGS = (
    ("77 patients, a seventh shared", 77, 129, 0.14, 0.35),
    ("77 patients, half shared", 77, 129, 0.5, 0.35),
    ("77 patients, half shared, differences too", 77, 129, 0.5, 0.35),
    ("18 patients, a seventh shared", 18, 27, 0.14, 0.35),
    ("129 patients", 129, 129, 0.0, 0.35),
)
MARGIN = 0.1


def drawn(
    patients: int, lymph_nodes: int, shared: float, noise: float, both: bool, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Scores of two readings, and whose lymph nodes they are; with `both` a patient shares the readings' errors too."""
    owner = np.arange(lymph_nodes) % patients

    def alike(share: float) -> NDArray[np.float64]:
        return np.sqrt(share) * rng.normal(size=patients)[owner] + np.sqrt(1 - share) * rng.normal(size=lymph_nodes)

    truth = alike(shared) + 0.55
    first, second = (truth + noise * alike(shared if both else 0.0) for _ in range(2))
    return first, second, owner


def main(sets: int = 2000, seed: int = 1) -> None:
    """Simulate every setting."""
    print(f"{sets} data sets each; %, Monte Carlo error about {100 * np.sqrt(0.05 * 0.95 / sets):.1f}")
    names = ("κ", "κ, independent", "AC1", "AC1, independent", "no limits", "McNemar p < 5%", "equivalent")
    print(f"{'':44}" + "".join(f"{name:>18}" for name in names))
    for number, (name, patients, lymph_nodes, shared, noise) in enumerate(SETTINGS):
        both = "too" in name
        large = drawn(200_000, 200_000, 0.0, noise, both, np.random.default_rng([seed, number]))
        truth = group_agreement(large[0] > 0, large[1] > 0, large[2])
        rows = []
        for draw in range(sets):
            rng = np.random.default_rng([seed, number, draw])
            first, second, owner = drawn(patients, lymph_nodes, shared, noise, both, rng)
            found = group_agreement(first > 0, second > 0, owner)
            alone = group_agreement(first > 0, second > 0, np.arange(lymph_nodes))
            held = [
                each.lower <= true.value <= each.upper
                for each, true in (
                    (found.kappa, truth.kappa),
                    (alone.kappa, truth.kappa),
                    (found.ac1, truth.ac1),
                    (alone.ac1, truth.ac1),
                )
            ]
            nothing = bool(np.isnan(found.kappa.lower))
            shown = equivalence(first, second + MARGIN, owner, MARGIN).is_shown
            rows.append([*held, nothing, found.direction_p < 0.05, shown])
        table = np.array(rows, dtype=float)
        table[table[:, 4] == 1, :4] = np.nan
        print(f"{name:44}" + "".join(f"{100 * share:18.1f}" for share in np.nanmean(table, axis=0)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
