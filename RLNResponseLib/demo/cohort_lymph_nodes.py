"""The lymph nodes of a simulated patient: where they lie, how large and how mottled they are. No patient is behind them."""

from __future__ import annotations

import math

import numpy as np

from RLNResponseLib.demo.phantom import LymphNodeSpec

# Where the anatomy of the phantom leaves room: station, centre (left, back, head from the carina) and the largest semi-axis
# across that fits there, mm. These are the places where esophageal cancer comes back after an esophagectomy.
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

    count  at most MOST_PER_PATIENT

    Enhancement and texture have a part that all lymph nodes of the patient share, so that their scores are related as those of
    one person are. The ranges are chosen so that the published scores spread around the published means; docs/cohort.md
    compares them.
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
        station,
        (centre[0] + moved[0], centre[1] + moved[1], centre[2] + 2 * moved[2]),
        (across, other, min(_LARGEST_HEIGHT_MM, across * rng.uniform(0.7, 1.7))),
        rotation_deg=rng.uniform(-45, 45),
        mean_hu=63 + shared_hu + rng.normal(0, 6),
        texture_sd_hu=float(np.clip(math.exp(math.log(15) + shared_texture + rng.normal(0, 0.55)), 2, 24)),
        texture_mm=rng.uniform(0.7, 2.5),
        core_fraction=rng.uniform(0.35, 0.65) if is_necrotic else 0.0,
        core_hu=rng.uniform(20, 35),
        lobulation=rng.uniform(0.0, 0.15),
    )
