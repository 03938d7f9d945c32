"""Training and validation: patients are split, never the lymph nodes of one patient."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.folds import group_codes


def split_patients(
    patients: Sequence[Hashable], outcome: NDArray[np.bool_], seed: int, ratio: tuple[int, int] = (10, 3)
) -> NDArray[np.bool_]:
    """True for the rows whose patient is in the training set, (n,).

    patients  (n,) whose lymph node each row is
    outcome   (n,) response, or another outcome to be spread evenly
    ratio     training : validation in patients; the paper's is about 10 : 3

    Patients are drawn at random within strata: one lymph node or several, and the share with the outcome (none, some, all).
    Raises DataRefusedError: few-patients where a set would be empty, bad-ratio.
    """
    if min(ratio) < 1:
        raise DataRefusedError("The ratio of training to validation must be of whole numbers from 1.", "bad-ratio")
    codes = group_codes(patients)
    count = int(codes.max(initial=-1)) + 1
    held_out = round(count * ratio[1] / sum(ratio))
    if held_out < 1 or held_out >= count:
        raise DataRefusedError(
            f"{count} patients cannot be split {ratio[0]} : {ratio[1]}, as a set would have none; add patients.",
            "few-patients",
        )
    lymph_nodes, positive = np.bincount(codes), np.bincount(codes, weights=outcome)
    stratum = np.unique(
        3 * (lymph_nodes > 1) + np.where(positive == 0, 0, np.where(positive == lymph_nodes, 2, 1)), return_inverse=True
    )[1]
    rng = np.random.default_rng(seed)
    validation = np.zeros(count, dtype=bool)
    for number, wanted in enumerate(_shares(np.bincount(stratum), held_out)):
        validation[rng.permutation(np.flatnonzero(stratum == number))[:wanted]] = True
    training: NDArray[np.bool_] = ~validation[codes]
    return training


def _shares(sizes: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """`total` dealt to the strata by their sizes: whole parts first, then the largest remainders."""
    exact = sizes * total / sizes.sum()
    whole: NDArray[np.intp] = np.floor(exact).astype(np.intp)
    largest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return whole
