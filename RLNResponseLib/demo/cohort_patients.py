"""The simulated patients of a cohort of the paper's shape: who is in which set with how many lymph nodes, their
clinical variables, and where each lymph node lies, how large and how mottled it is. No person is behind any.

Gu et al. 2021 (doi 10.21203/rs.3.rs-174078/v1): 77 patients with 129 lymph nodes, 47 with one and 30 with more; 59
patients with 102 lymph nodes for training, 18 with 27 for validation. How many of the 30 have two, three or four, and
in which set, it does not say: the numbers here are one way that adds up. Of the clinical variables the counts, medians
and ranges of each set are the paper's (its Table 1, Resources/published/gu2021-table1.json); how the values lie between
a median and the ends of its range is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
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


# Published: of how many patients each is true, by set (Table 1).
YES_COUNTS: Mapping[CohortSet, Mapping[str, int]] = {
    "training": {"female": 9, "T3-4": 33, "N involved": 29, "postoperative": 24, "concurrent": 40},
    "validation": {"female": 5, "T3-4": 7, "N involved": 8, "postoperative": 7, "concurrent": 9},
}
# Published: least, median, most of each set.
AGE_YEARS: Mapping[CohortSet, tuple[float, float, float]] = {"training": (46, 64, 79), "validation": (50, 64, 74)}
MONTHS_TO_RECURRENCE: Mapping[CohortSet, tuple[float, float, float]] = {
    "training": (1, 11, 72),
    "validation": (5, 18, 60),
}
DOSE_GY: Mapping[CohortSet, tuple[float, float, float]] = {"training": (50, 60, 64), "validation": (50, 60, 64)}
# Published: the median months of both sets together.
MONTHS_OF_ALL = 11.0
# Assumed: how the values spread.
AGE_SD_YEARS, MONTHS_LOG_SD = 7.5, 0.7
DOSES_GY = (50.0, 54.0, 60.0, 64.0)
DOSE_SHARES = (0.08, 0.14, 0.55, 0.23)


def simulated_patients(
    identifiers: Sequence[str], rng: np.random.Generator, sets: Sequence[CohortSet] = ()
) -> tuple[Patient, ...]:
    """Patients with every variable of Table 1. A set of the paper's size has its counts, medians and ranges exactly.

    A smaller set has the paper's shares, to the nearest patient. Age and months to recurrence are whole numbers, as
    published; dose in Gy.

    Parameters
    ----------
    identifiers
        One code for each patient.
    rng
        The random numbers.
    sets
        The set of each of the first patients; those beyond are in none, and drawn as training patients are.

    Returns
    -------
    tuple of Patient
    """
    count = len(identifiers)
    members = [np.arange(count)[[name == of for of in sets] + [False] * (count - len(sets))] for name in _SETS]
    members.append(np.arange(len(sets), count))
    groups = list(zip((*_SETS, _SETS[0]), members, strict=True))
    yes = {name: _counted(name, rng.permutation(count), groups) for name in YES_COUNTS["training"]}
    ages = rng.normal(0, AGE_SD_YEARS, count)
    months = rng.lognormal(0, MONTHS_LOG_SD, count)
    doses = rng.choice(DOSES_GY, count, p=DOSE_SHARES)
    for of, member in groups:
        ages[member] = _between(AGE_YEARS[of], (AGE_YEARS[of][1] + ages[member]).round(), _is_whole(of, member))
        spread = (MONTHS_TO_RECURRENCE[of][1] * months[member]).round()
        months[member] = _between(MONTHS_TO_RECURRENCE[of], spread, _is_whole(of, member))
        doses[member] = _between(DOSE_GY[of], doses[member], _is_whole(of, member))
    if len(sets) == PUBLISHED_PATIENTS:
        months[: len(sets)] = _with_median(months[: len(sets)], members[0])
    return tuple(
        Patient(
            id=name,
            gender="female" if yes["female"][n] else "male",
            age_years=float(ages[n]),
            t_stage="T3-4" if yes["T3-4"][n] else "T1-2",
            n_involved=bool(yes["N involved"][n]),
            months_to_recurrence=float(months[n]),
            postoperative_chemotherapy=bool(yes["postoperative"][n]),
            concurrent_chemotherapy=bool(yes["concurrent"][n]),
            dose_gy=float(doses[n]),
        )
        for n, name in enumerate(identifiers)
    )


_SETS: tuple[CohortSet, CohortSet] = ("training", "validation")
_SIZES: Mapping[CohortSet, int] = {
    name: sum(count for (of, _), count in _PATIENTS.items() if of == name) for name in _SETS
}


def _is_whole(of: CohortSet, member: NDArray[np.intp]) -> bool:
    """Whether these are as many as the paper's set has, so that its range can be met."""
    return len(member) == _SIZES[of]


def _counted(
    name: str, order: NDArray[np.intp], groups: Sequence[tuple[CohortSet, NDArray[np.intp]]]
) -> NDArray[np.bool_]:
    """True for those of each group who are first in a random order, as many as the published share gives."""
    found = np.zeros(len(order), dtype=bool)
    for of, member in groups:
        wanted = round(YES_COUNTS[of][name] * len(member) / _SIZES[of])
        found[member[np.argsort(order[member])[:wanted]]] = True
    return found


def _between(limits: tuple[float, float, float], values: Floats, is_whole: bool) -> Floats:
    """Values within a range; of a whole set, with its very ends and median: the drawn ones decide who has which."""
    least, median, most = limits
    if not is_whole:
        return np.clip(values, least, most)
    order, count = np.argsort(values, kind="stable"), len(values)
    ranked = values[order]
    lower, upper = (count - 1) // 2, count // 2
    ranked[:lower] = np.clip(ranked[:lower], least, median)
    ranked[lower : upper + 1] = median
    ranked[upper + 1 :] = np.clip(ranked[upper + 1 :], median, most)
    ranked[0], ranked[-1] = least, most
    found = np.empty_like(ranked)
    found[order] = ranked
    return found


def _with_median(months: Floats, training: NDArray[np.intp]) -> Floats:
    """Months of both sets with the median that both together have: training patients just above it have it."""
    wanted = len(months) // 2 + 1 - int((months <= MONTHS_OF_ALL).sum())
    above = training[months[training] > MONTHS_OF_ALL]
    moved = above[np.argsort(months[above], kind="stable")[: max(0, wanted)]]
    found = months.copy()
    found[moved] = MONTHS_OF_ALL
    return found
