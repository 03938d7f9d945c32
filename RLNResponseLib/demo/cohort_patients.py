"""The simulated patients of a cohort of the paper's shape: who is in which set with how many lymph nodes, their
clinical variables, and where each lymph node lies, how large and how mottled it is. No person is behind any.

Gu et al. 2021 (doi 10.21203/rs.3.rs-174078/v1): 77 patients with 129 lymph nodes, 47 with one and 30 with more; 59
patients with 102 lymph nodes for training, 18 with 27 for validation. How many of the 30 have two, three or four, and
in which set, it does not say: the numbers here are one way that adds up. The project holds the paper's counts of
patients, lymph nodes, response and local control, not those of the clinical variables: their shares are assumptions,
typical of squamous-cell cancer of the esophagus. Resources/published/gu2021-table1.json says which margin is published
and which is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import LymphNodeSpec
from RLNResponseLib.study.patients import Patient

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
    """One simulated patient.

    Attributes
    ----------
    id
        Identifier.
    set
        "training" or "validation".
    lymph_nodes
        Identifiers.
    """

    id: str
    set: CohortSet
    lymph_nodes: tuple[str, ...]

    @property
    def image(self) -> str:
        """The identifier of the patient's one CT."""
        return f"{self.id}-CT"


def plan_cohort(patients: int, rng: np.random.Generator) -> tuple[PlannedPatient, ...]:
    """The patients of a simulated cohort, in random order.

    Parameters
    ----------
    patients
        77 for the paper's cohort; fewer keep its proportions about.
    rng
        The random numbers.

    Returns
    -------
    tuple of PlannedPatient

    Raises
    ------
    DataRefusedError
        bad-cohort-size below 4 or above 77.
    """
    if not SMALLEST_COHORT <= patients <= PUBLISHED_PATIENTS:
        raise DataRefusedError(
            f"A simulated cohort has {SMALLEST_COHORT} to {PUBLISHED_PATIENTS} patients, not {patients}; name another "
            f"number.",
            "bad-cohort-size",
        )
    everyone = [kind for kind, count in _PATIENTS.items() for _ in range(count)]
    # Evenly spaced, so that both sets and patients with several lymph nodes are among a few patients too.
    taken = [everyone[int(place)] for place in np.linspace(0, len(everyone) - 1, patients).round()]
    order = rng.permutation(patients)
    return tuple(_patient(number, *taken[place]) for number, place in enumerate(order, start=1))


def _patient(number: int, cohort_set: CohortSet, lymph_nodes: int) -> PlannedPatient:
    name = f"{PREFIX}-P{number:02d}"
    return PlannedPatient(name, cohort_set, tuple(f"{name}-LN{lymph_node}" for lymph_node in range(1, lymph_nodes + 1)))


# Where the anatomy of the phantom leaves room: station, centre (left, back, head from the carina) and the largest
# semi-axis across that fits there, mm. These are the places where esophageal cancer comes back after an esophagectomy.
_STATIONS: tuple[tuple[str, tuple[float, float, float], float], ...] = (
    ("106recR right recurrent nerve", (-19.0, 12.0, 60.0), 9.0),
    ("106recL left recurrent nerve", (14.5, 16.0, 63.0), 7.0),
    ("4R lower paratracheal", (-23.5, -1.0, 17.0), 9.0),
    ("7 subcarinal", (8.0, 26.0, -17.0), 9.0),
    ("104R supraclavicular", (-35.0, 2.0, 72.0), 9.0),
    ("104L supraclavicular", (35.0, -5.0, 72.0), 9.0),
)
MOST_PER_PATIENT = len(_STATIONS)
_SMALLEST_AXIS_MM = 5.0
_LARGEST_HEIGHT_MM = 13.0


def simulated_lymph_nodes(count: int, rng: np.random.Generator) -> tuple[LymphNodeSpec, ...]:
    """The lymph nodes of one patient, each at a station of its own.

    Enhancement and texture have a part that all lymph nodes of the patient share, so that their scores are related as
    those of one person are. The ranges are chosen so that the published scores spread around the published means;
    docs/cohort.md compares them.

    Parameters
    ----------
    count
        At most MOST_PER_PATIENT.
    rng
        The random numbers.

    Returns
    -------
    tuple of LymphNodeSpec
    """
    shared_hu, shared_texture = rng.normal(0, 6), rng.normal(0, 0.25)
    places = rng.permutation(len(_STATIONS))[:count]
    return tuple(_lymph_node(int(place), shared_hu, shared_texture, rng) for place in places)


def _lymph_node(place: int, shared_hu: float, shared_texture: float, rng: np.random.Generator) -> LymphNodeSpec:
    station, centre, largest_mm = _STATIONS[place]
    across = float(np.clip(rng.lognormal(math.log(8.4), 0.35), _SMALLEST_AXIS_MM, largest_mm))
    other = float(np.clip(across * rng.uniform(0.55, 1.5), _SMALLEST_AXIS_MM, largest_mm))
    moved = np.clip(rng.normal(0, 1, 3), -2, 2)
    is_necrotic = rng.random() < 0.2
    return LymphNodeSpec(
        station=station,
        centre_mm=(centre[0] + moved[0], centre[1] + moved[1], centre[2] + 2 * moved[2]),
        semi_axes_mm=(across, other, min(_LARGEST_HEIGHT_MM, across * rng.uniform(0.7, 1.7))),
        rotation_deg=rng.uniform(-45, 45),
        mean_hu=63 + shared_hu + rng.normal(0, 6),
        texture_sd_hu=float(np.clip(math.exp(math.log(15) + shared_texture + rng.normal(0, 0.55)), 2, 24)),
        texture_mm=rng.uniform(0.7, 2.5),
        core_fraction=rng.uniform(0.35, 0.65) if is_necrotic else 0.0,
        core_hu=rng.uniform(20, 35),
        lobulation=rng.uniform(0.0, 0.15),
    )


# Assumed shares.
FEMALE_SHARE = 0.16
T3_4_SHARE = 0.68
N_INVOLVED_SHARE = 0.60
POSTOPERATIVE_CHEMOTHERAPY_SHARE = 0.45
CONCURRENT_CHEMOTHERAPY_SHARE = 0.62
# Assumed distributions: age (mean, SD, least, most), months (median, SD of the logarithm), doses and their shares.
AGE_YEARS = (61.0, 7.5, 42.0, 79.0)
MONTHS_TO_RECURRENCE = (12.0, 0.7)
DOSES_GY = (50.0, 54.0, 60.0, 64.0, 66.0)
DOSE_SHARES = (0.08, 0.14, 0.55, 0.10, 0.13)


def simulated_patients(identifiers: Sequence[str], rng: np.random.Generator) -> tuple[Patient, ...]:
    """Patients with every variable of Table 1; the yes-or-no ones have exactly the assumed share, to the nearest
    patient.

    Age is in whole years, months to recurrence to a tenth, dose in Gy.

    Parameters
    ----------
    identifiers
        One code for each patient.
    rng
        The random numbers.

    Returns
    -------
    tuple of Patient
    """
    count = len(identifiers)
    female, t3_4, involved, postoperative, concurrent = (
        _exactly(share, count, rng)
        for share in (
            FEMALE_SHARE,
            T3_4_SHARE,
            N_INVOLVED_SHARE,
            POSTOPERATIVE_CHEMOTHERAPY_SHARE,
            CONCURRENT_CHEMOTHERAPY_SHARE,
        )
    )
    mean, sd, least, most = AGE_YEARS
    ages = np.clip(rng.normal(mean, sd, count).round(), least, most)
    median, spread = MONTHS_TO_RECURRENCE
    months = np.maximum(1.0, rng.lognormal(np.log(median), spread, count)).round(1)
    doses = rng.choice(DOSES_GY, count, p=DOSE_SHARES)
    return tuple(
        Patient(
            id=name,
            gender="female" if female[n] else "male",
            age_years=float(ages[n]),
            t_stage="T3-4" if t3_4[n] else "T1-2",
            n_involved=bool(involved[n]),
            months_to_recurrence=float(months[n]),
            postoperative_chemotherapy=bool(postoperative[n]),
            concurrent_chemotherapy=bool(concurrent[n]),
            dose_gy=float(doses[n]),
        )
        for n, name in enumerate(identifiers)
    )


def _exactly(share: float, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    return rng.permutation(np.arange(count) < round(share * count))
