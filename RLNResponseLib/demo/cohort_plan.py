"""The shape of the paper's cohort: who is in which set with how many lymph nodes. Simulated patients, no person behind any.

Gu et al. 2021 (doi 10.21203/rs.3.rs-174078/v1): 77 patients with 129 lymph nodes, 47 with one and 30 with more; 59 patients with
102 lymph nodes for training, 18 with 27 for validation. How many of the 30 have two, three or four, and in which set, it does not
say: the numbers here are one way that adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from RLNResponseLib.errors import DataRefusedError

# "simulated" is in every identifier, and so in every table, file name, log line and segment.
PREFIX = "simulated"
PUBLISHED_PATIENTS = 77
SMALLEST_COHORT = 4
CohortSet = Literal["training", "validation"]

# Set and number of lymph nodes → patients.
_PATIENTS: dict[tuple[CohortSet, int], int] = {
    ("training", 1): 36,
    ("training", 2): 9,
    ("training", 3): 8,
    ("training", 4): 6,
    ("validation", 1): 11,
    ("validation", 2): 5,
    ("validation", 3): 2,
}


@dataclass(frozen=True)
class PlannedPatient:
    """One simulated patient: identifier, set, the identifiers of the lymph nodes and of the image."""

    id: str
    set: CohortSet
    lymph_nodes: tuple[str, ...]

    @property
    def image(self) -> str:
        """The identifier of the patient's one CT."""
        return f"{self.id}-CT"


def plan_cohort(patients: int, rng: np.random.Generator) -> tuple[PlannedPatient, ...]:
    """The patients of a simulated cohort, in random order.

    patients  77 for the paper's cohort; fewer keep its proportions about

    Raises DataRefusedError (bad-cohort-size) below 4 or above 77.
    """
    if not SMALLEST_COHORT <= patients <= PUBLISHED_PATIENTS:
        raise DataRefusedError(
            f"A simulated cohort has {SMALLEST_COHORT} to {PUBLISHED_PATIENTS} patients, not {patients}; name another number.",
            "bad-cohort-size",
        )
    everyone = [kind for kind, count in _PATIENTS.items() for _ in range(count)]
    # Evenly spaced, so that both sets and patients with several lymph nodes are among a few patients too.
    taken = [everyone[int(place)] for place in np.linspace(0, len(everyone) - 1, patients).round()]
    order = rng.permutation(patients)
    return tuple(_patient(number, *taken[place]) for number, place in enumerate(order, start=1))


def _patient(number: int, cohort_set: CohortSet, lymph_nodes: int) -> PlannedPatient:
    name = f"{PREFIX}-P{number:02d}"
    return PlannedPatient(name, cohort_set, tuple(f"{name}-LN{each}" for each in range(1, lymph_nodes + 1)))
