"""Which patients train and which validate, and dealing cases into folds by patient, stratified by outcome: never are
the lymph nodes of one patient on both sides.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError


def group_codes(groups: Sequence[Hashable]) -> NDArray[np.intp]:
    """Whole numbers 0, 1, … for the groups in order of first appearance, (n,).

    Parameters
    ----------
    groups
        (n,), the patient of each row, by any name.

    Returns
    -------
    NDArray[np.intp]

    Examples
    --------
    >>> group_codes(["B", "A", "B"]).tolist()
    [0, 1, 0]
    """
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(group, len(codes)) for group in groups], dtype=np.intp)


def deal_folds(patients: NDArray[np.intp], outcome: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.intp]:
    """Fold numbers 1 … `folds` (n,): a patient's lymph nodes stay together, both classes are spread evenly.

    Patients are dealt in random order, those with most lymph nodes first, each to the fold where it leaves the classes
    most even (as scikit-learn's StratifiedGroupKFold).

    Parameters
    ----------
    patients
        (n,), whole numbers from 0; a number of its own for each lymph node deals lymph nodes, as published.
    outcome
        (n,), which lymph nodes had the event.
    folds
        How many folds.
    seed
        What every random draw is derived from.

    Returns
    -------
    NDArray[np.intp]

    Raises
    ------
    DataRefusedError
        few-patients for fewer patients than folds.

    Examples
    --------
    Six patients with two lymph nodes each, one of each class:

    >>> patients, outcome = np.arange(12) // 2, np.arange(12) % 2 == 0
    >>> folds = deal_folds(patients, outcome, folds=3, seed=1)
    >>> np.bincount(folds)[1:].tolist()
    [4, 4, 4]
    >>> bool((folds[::2] == folds[1::2]).all())
    True
    """
    count = int(patients.max()) + 1
    if count < folds:
        raise DataRefusedError(
            f"{count} patient{'' if count == 1 else 's'} cannot fill {folds} folds, and a patient's lymph nodes must "
            f"stay together; {f'take at most {count} folds or ' if count > 2 else ''}add patients.",
            "few-patients",
        )
    by_class = np.column_stack([np.bincount(patients[outcome == label], minlength=count) for label in (True, False)])
    share = by_class / by_class.sum(axis=0)
    order = np.random.default_rng(seed).permutation(count)
    order = order[np.argsort(-by_class[order].max(axis=1), kind="stable")]
    filled = np.zeros((folds, 2))
    assigned = np.empty(count, dtype=np.intp)
    for patient in order:
        unevenness = ((filled + share[patient]) ** 2 - filled**2).sum(axis=1)
        assigned[patient] = np.argmin(unevenness)
        filled[assigned[patient]] += share[patient]
    return assigned[patients] + 1


def split_patients(
    patients: Sequence[Hashable], outcome: NDArray[np.bool_], seed: int, ratio: tuple[int, int] = (10, 3)
) -> NDArray[np.bool_]:
    """True for the rows whose patient is in the training set, (n,).

    Patients are drawn at random within strata: one lymph node or several, and the share with the outcome (none, some,
    all).

    Parameters
    ----------
    patients
        (n,) whose lymph node each row is.
    outcome
        (n,) response, or another outcome to be spread evenly.
    seed
        What every random draw is derived from.
    ratio
        Training : validation in patients; the paper's is about 10 : 3.

    Returns
    -------
    NDArray[np.bool_]

    Raises
    ------
    DataRefusedError
        few-patients where a set would be empty, bad-ratio.

    Examples
    --------
    >>> patients = [f"P{number}" for number in range(13) for _ in range(2)]
    >>> training = split_patients(patients, np.arange(26) % 4 == 0, seed=1)
    >>> int(training[::2].sum()), bool((training[::2] == training[1::2]).all())
    (10, True)
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
