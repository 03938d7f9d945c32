"""Dealing cases into folds: by patient, stratified by outcome."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.errors import DataRefusedError


def group_codes(groups: Sequence[Hashable]) -> NDArray[np.intp]:
    """Whole numbers 0, 1, … for the groups in order of first appearance, (n,)."""
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(group, len(codes)) for group in groups], dtype=np.intp)


def deal_folds(patients: NDArray[np.intp], outcome: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.intp]:
    """Fold numbers 1 … `folds` (n,): a patient's lymph nodes stay together, both classes are spread evenly.

    patients  (n,), whole numbers from 0; a number of its own for each lymph node deals lymph nodes, as published

    Patients are dealt in random order, those with most lymph nodes first, each to the fold where it leaves the classes
    most even (as scikit-learn's StratifiedGroupKFold).

    Raises DataRefusedError (few-patients) for fewer patients than folds.
    """
    count = int(patients.max()) + 1
    if count < folds:
        raise DataRefusedError(
            f"{count} patient{'' if count == 1 else 's'} cannot fill {folds} folds, and a patient's lymph nodes must stay together; "
            f"{f'take at most {count} folds or ' if count > 2 else ''}add patients.",
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
