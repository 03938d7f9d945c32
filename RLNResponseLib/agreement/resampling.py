"""Resampling patients with all their lymph nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.errors import DataRefusedError

FEWEST_PATIENTS = 5
# For the interval of a finished figure, where nothing is fitted anew.
BOOTSTRAP_RESAMPLES = 2000


def refuse_few_patients(patients: NDArray[np.intp], instead: str = "") -> None:
    """Raise DataRefusedError (few-patients) below five: limits from resampling one patient would have no width at all.

    patients  whole numbers from 0: whose lymph node each is
    instead   what else may be done
    """
    count = len(np.unique(patients))
    if count < FEWEST_PATIENTS:
        raise DataRefusedError(
            f"{count} patient{'s are' if count > 1 else ' is'} too few to resample, which takes {FEWEST_PATIENTS}; {instead}add patients.",
            "few-patients",
        )


def patient_draws(count: int, resamples: int, seed: int) -> NDArray[np.intp]:
    """How often each of `count` patients is drawn in each resample, (resamples, count)."""
    drawn = np.random.default_rng(seed).integers(0, count, size=(resamples, count))
    drawn += count * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * count).reshape(resamples, count)


def lymph_node_weights(patients: NDArray[np.intp], resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each lymph node stands in each resample, (resamples, n).

    patients  (n,), whole numbers from 0: whose lymph node each is
    """
    return patient_draws(int(patients.max()) + 1, resamples, seed)[:, patients].astype(float)
