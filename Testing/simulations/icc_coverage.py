"""How often the 95% intervals of an ICC hold the truth, by what varies: patients, lymph nodes, readers, residual.

usage: icc_coverage.py [DATA SETS] [SEED]

Truth: (patient + lymph node) / all variances, ICC(A,1) of any reader. Printed for every design: coverage with its Monte
Carlo error, median width, of the F interval (readers random, lymph nodes as independent), the bootstrap by patient
(readers fixed) and the generalised limits of the REML components (patients, lymph nodes and readers random). Then of
the components themselves.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.components import VarianceComponents, variance_components
from RLNResponseLib.agreement.icc import icc, icc_by_patient
from RLNResponseLib.agreement.readings import ReadingRow

Floats = NDArray[np.float64]
BOOTSTRAP = 500


@dataclass(frozen=True)
class Setting:
    """Numbers of each, and variances of patient, lymph node, reader, residual (their sum is 1)."""

    name: str
    patients: int
    lymph_nodes: int
    readers: int
    shares: tuple[float, float, float, float]


SETTINGS = (
    Setting("the paper's size, readers alike", 77, 129, 2, (0.13, 0.80, 0.0, 0.07)),
    Setting("the paper's size, readers differ", 77, 129, 2, (0.13, 0.77, 0.05, 0.05)),
    Setting("the paper's size, readers differ, at 0.75", 77, 129, 2, (0.10, 0.65, 0.10, 0.15)),
    Setting("the paper's size, patients half", 77, 129, 2, (0.45, 0.45, 0.05, 0.05)),
    Setting("the paper's size, three readers", 77, 129, 3, (0.13, 0.77, 0.05, 0.05)),
    Setting("the paper's size, five readers", 77, 129, 5, (0.13, 0.77, 0.05, 0.05)),
    Setting("five patients, readers alike", 5, 12, 2, (0.13, 0.77, 0.0, 0.10)),
    Setting("five patients, readers differ", 5, 12, 2, (0.13, 0.77, 0.05, 0.05)),
    Setting("five patients, patients half", 5, 25, 2, (0.45, 0.45, 0.0, 0.10)),
    Setting("18 patients, readers differ", 18, 27, 2, (0.13, 0.77, 0.05, 0.05)),
)


def drawn(setting: Setting, sets: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.intp]]:
    """Ratings (lymph nodes, readers, sets), and whose the lymph nodes are; one plan for all sets."""
    owner = np.sort(np.arange(setting.lymph_nodes) % setting.patients)
    patient, lymph_node, reader, residual = np.sqrt(setting.shares)
    n, k = setting.lymph_nodes, setting.readers
    values = (
        patient * rng.normal(size=(setting.patients, 1, sets))[owner]
        + lymph_node * rng.normal(size=(n, 1, sets))
        + reader * rng.normal(size=(1, k, sets))
        + residual * rng.normal(size=(n, k, sets))
    )
    return values, owner


def main(sets: int = 1000, seed: int = 1) -> None:
    """Simulate every setting."""
    start = time.process_time()
    print(f"{sets} data sets each; coverage %, Monte Carlo error in brackets, median width")
    print(f"{'':44}{'truth':>6}  {'F':>20}  {'bootstrap by patient':>20}  {'REML':>20}")
    of_components = []
    for number, setting in enumerate(SETTINGS):
        values, owner = drawn(setting, sets, np.random.default_rng([seed, number]))
        truth = setting.shares[0] + setting.shares[1]
        readings = [
            ReadingRow(patient=f"P{owner[row]}", lymph_node=f"LN{row}", reader=f"R{reader}", round=1)
            for row in range(setting.lymph_nodes)
            for reader in range(setting.readers)
        ]
        by_f, by_patient = icc(values), icc_by_patient(values, owner, resamples=BOOTSTRAP, seed=seed)
        fits = variance_components(readings, values.reshape(-1, sets), seed)
        pairs = [fit.icc_inter for fit in fits if fit.icc_inter is not None]
        limits = (
            (by_f.lower, by_f.upper),
            (by_patient.lower, by_patient.upper),
            (np.array([each.lower for each in pairs]), np.array([each.upper for each in pairs])),
        )
        cells = "  ".join(f"{words(*each, truth):>20}" for each in limits)
        print(f"{setting.name:44}{truth:6.2f}  {cells}", flush=True)
        of_components.append((setting, fits))
    print(
        f"\nLimits of the components, coverage %\n{'':44}{'patient':>14}{'lymph node':>14}{'reader':>14}{'residual':>14}"
    )
    for setting, fits in of_components:
        print(f"{setting.name:44}" + "".join(f"{cell:>14}" for cell in components(setting, fits)))
    print(f"\n{time.process_time() - start:.0f} s of processor time")


def components(setting: Setting, fits: tuple[VarianceComponents, ...]) -> list[str]:
    """Coverage of each component's limits."""
    names = ("patient", "lymph_node", "reader", "residual")
    found = []
    for name, truth in zip(names, setting.shares, strict=True):
        each = [fit.variances[name] for fit in fits]
        found.append(share(np.array([one.lower <= truth <= one.upper for one in each])))
    return found


def share(held: NDArray[np.bool_]) -> str:
    """Per cent with its Monte Carlo error."""
    part = float(held.mean())
    return f"{100 * part:.1f} ({100 * np.sqrt(part * (1 - part) / len(held)):.1f})"


def words(lower: Floats, upper: Floats, truth: float) -> str:
    """Coverage and median width."""
    return f"{share((lower <= truth) & (truth <= upper))}  {np.median(upper - lower):.3f}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
