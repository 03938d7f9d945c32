"""Leakage that the data show, whatever the columns are called: one lymph node under two names, a patient in two folds,
training rows among the validation's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.common.wording import counted
from RLNResponseLib.modelling.fitting.case_table import CaseTable

# In fewer, one of a hundred features separates the classes by chance.
_FEWEST_OF_A_CLASS = 5
# A feature is continuous where so many of its different rows hold a value of their own.
MOSTLY = 0.9
# Two continuous features that are equal in two rows are no chance; so many rows must show that they are continuous.
_FEATURES_TO_TELL, _ROWS_TO_TELL = 2, 10
# Fewer training rows among the validation's may be chance, or a patient under another name.
_MANY_ROWS, _LARGE_SHARE = 3, 0.1


def directed_aucs(features: Floats, outcome: Bools) -> Floats:
    """Each feature's AUC on its own, from 0.5 on, whichever direction.

    Parameters
    ----------
    features
        (n, p), finite.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    Floats
        (p,); 0.5 where a class holds fewer than five.

    Examples
    --------
    >>> features = np.column_stack([np.arange(10.0), np.arange(10) % 5])
    >>> directed_aucs(features, np.arange(10) < 5).tolist()
    [1.0, 0.5]
    """
    from scipy.stats import rankdata

    events = int(outcome.sum())
    others = len(outcome) - events
    if min(events, others) < _FEWEST_OF_A_CLASS:
        return np.full(features.shape[1], 0.5)
    ranks = rankdata(features, axis=0)[outcome].sum(axis=0)
    auc = (ranks - events * (events + 1) / 2) / (events * others)
    return np.asarray(np.maximum(auc, 1 - auc))


def same_features(table: CaseTable) -> tuple[Finding, ...]:
    """same-features: rows of two patients, or of two lymph nodes, with one value of every feature.

    Nothing is said where equal values are no surprise: of one feature, or of features with few different values.

    Parameters
    ----------
    table
        The cases.

    Returns
    -------
    tuple of Finding
    """
    values = table.features + 0.0
    different, group, sizes = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    own = np.array([len(np.unique(column)) for column in different.T])
    if len(different) < _ROWS_TO_TELL or (own >= MOSTLY * len(different)).sum() < _FEATURES_TO_TELL:
        return ()
    twice = np.flatnonzero(sizes > 1)
    if not len(twice):
        return ()
    rows = np.flatnonzero(group.ravel() == twice[0])
    first, second = (table.table.row_number(int(row)) for row in rows[:2])
    of_patients = any(len(set(table.patients[group.ravel() == number].tolist())) > 1 for number in twice)
    under = "patients" if of_patients and table.has_patients else "lymph nodes" if table.has_patients else "rows"
    repeated = int(sizes[twice].sum() - len(twice))
    return (
        Finding(
            code="same-features",
            severity="error",
            message=f"{counted(repeated, 'row')} of {table.table.name} {'repeats' if repeated == 1 else 'repeat'} "
            f"every feature of another under two {under} (the first: rows {first} and {second}), as one lymph node "
            "under two names does; keep one of them.",
            numbers={"rows": repeated},
        ),
    )


def patients_in_two_folds(foldid: Ints, table: CaseTable) -> tuple[Finding, ...]:
    """patient-in-two-folds: given fold numbers put lymph nodes of one patient on both sides.

    Parameters
    ----------
    foldid
        (n,), the given fold numbers.
    table
        The cases.

    Returns
    -------
    tuple of Finding
    """
    split = sum(len(np.unique(foldid[table.patients == patient])) > 1 for patient in np.unique(table.patients))
    if not split:
        return ()
    return (
        Finding(
            code="patient-in-two-folds",
            severity="error",
            message=f"The given fold numbers put lymph nodes of {counted(split, 'patient')} into different folds, so "
            "one helps to predict the other; give every patient one fold.",
            numbers={"patients": split},
        ),
    )


def training_rows(training: Collection[str], validation: Sequence[str]) -> tuple[Finding, ...]:
    """training-rows: lymph nodes with the very features of some that made the score, whatever they are called.

    Parameters
    ----------
    training
        Fingerprints of the training rows, as a card keeps them.
    validation
        Fingerprints of the validation rows.

    Returns
    -------
    tuple of Finding
        An error where they are many, a warning where chance may make them.

    Examples
    --------
    >>> training_rows(["a", "b", "c"], ["a", "b", "c", "d"])[0].code
    'training-rows'
    >>> training_rows(["a", "b", "c"], ["d", "e"])
    ()
    """
    known = set(training)
    shared = sum(each in known for each in validation)
    if not shared:
        return ()
    many = shared >= _MANY_ROWS and shared >= _LARGE_SHARE * len(validation)
    return (
        Finding(
            code="training-rows",
            severity="error" if many else "warning",
            message=f"{shared} of {counted(len(validation), 'validation row')} {'has' if shared == 1 else 'have'} the "
            "very features of lymph nodes that made the score, so validation would repeat what was learnt; leave "
            "them out.",
            numbers={"rows": shared},
        ),
    )
