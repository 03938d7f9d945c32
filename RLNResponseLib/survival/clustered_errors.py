"""Errors of Cox's model with patients as clusters: the sandwich, and CR2 for fewer than `ENOUGH_PATIENTS`.

The sandwich of Lin and Wei is too small with few patients (statistics/cluster_robust.py, which has CR2).

Cox's model with Efron's ties is a Poisson regression with one intercept an event (Whitehead 1980, doi 10.2307/2346901):
a lymph node at risk at an event counts 1/m there where it is one of the m that have it. CR2 is that of this regression,
its intercepts counted among the parameters.
"""

from __future__ import annotations

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.statistics.cluster_robust import cr2
from RLNResponseLib.survival.partial_likelihood import Moments, RiskSets

# Of simulated studies a score of noise passed the sandwich's test at 5% in 7.6% with 118 patients, in 5.8% with 177
# (docs/simulations.md).
ENOUGH_PATIENTS = 150
# Half-way between the paper's validation set of 18 patients and its training set of 59: which simulation is quoted.
VERY_FEW_PATIENTS = 40
# CR2 takes one eigenvalue problem a patient of as many rows as there are events: some seconds for these.
MOST_EVENTS = 300


def clustered_covariance(sets: RiskSets, z: Floats, fitted: Moments, inverse: Floats, patients: Ints) -> Floats:
    """The sandwich of Lin and Wei 1989 (doi 10.1080/01621459.1989.10478874), score residuals added up by patient.

    Parameters
    ----------
    sets
        Who is at risk at each event time.
    z
        (n, p), the covariates that the model was fitted with.
    fitted
        The sums over the risk sets at the fitted coefficients.
    inverse
        (p, p), the model-based covariance.
    patients
        (n,) whole numbers from 0: whose lymph node a row is.

    Returns
    -------
    Floats
        (p, p).

    Raises
    ------
    DataRefusedError
        few-patients.
    """
    by_row = score_residuals(sets, z, fitted) @ inverse
    by_patient = np.zeros((int(patients.max()) + 1, z.shape[1]))
    np.add.at(by_patient, patients, by_row)
    if len(np.unique(patients)) <= z.shape[1]:
        raise DataRefusedError(
            f"{len(np.unique(patients))} patients are too few for robust errors of {z.shape[1]} covariates; leave "
            "covariates or the group column out.",
            "few-patients",
        )
    return by_patient.T @ by_patient


def score_residuals(sets: RiskSets, z: Floats, fitted: Moments) -> Floats:
    """(n, p): what each row adds to the score, with Efron's ties as R's residuals(fit, type = "score").

    Parameters
    ----------
    sets
        Who is at risk at each event time.
    z
        (n, p), standardised covariates.
    fitted
        The sums over the risk sets at the fitted coefficients.

    Returns
    -------
    Floats
    """
    increment = 1 / fitted.total
    drift = fitted.mean * increment[:, None]
    # A row is at risk at every event up to its own time: the events are in the order of time, the rows in the reverse.
    seen = np.zeros(len(z), dtype=np.intp)
    np.add.at(seen, sets.at_risk - 1, 1)
    events_at_risk = np.empty(len(z), dtype=np.intp)
    events_at_risk[sets.order] = np.cumsum(seen[::-1])[::-1]
    hazard = np.concatenate([[0.0], np.cumsum(increment)])[events_at_risk]
    drifted = np.concatenate([np.zeros((1, z.shape[1])), np.cumsum(drift, axis=0)])[events_at_risk]
    tied = int(sets.moment[-1]) + 1
    count = np.bincount(sets.moment, minlength=tied)
    mean = _by_moment(sets, fitted.mean, tied) / count[:, None]
    hazard[sets.deaths] -= np.bincount(sets.moment, sets.share * increment, minlength=tied)[sets.moment]
    drifted[sets.deaths] -= _by_moment(sets, sets.share[:, None] * drift, tied)[sets.moment]
    residuals = fitted.weight[:, None] * (drifted - z * hazard[:, None])
    residuals[sets.deaths] += z[sets.deaths] - mean[sets.moment]
    return np.asarray(residuals)


def _by_moment(sets: RiskSets, values: Floats, tied: int) -> Floats:
    summed = np.zeros((tied, values.shape[1]))
    np.add.at(summed, sets.moment, values)
    return summed


def expected_events(sets: RiskSets, fitted: Moments) -> tuple[Floats, Floats]:
    """What the equivalent Poisson regression observes and expects of each row at each event.

    Parameters
    ----------
    sets
        Who is at risk at each event time.
    fitted
        The sums over the risk sets at the fitted coefficients.

    Returns
    -------
    tuple of Floats
        (n, D) each. Both add up to 1 over the rows.
    """
    rows, events = len(fitted.weight), len(sets.deaths)
    tied = np.bincount(sets.moment)
    rank = np.empty(rows, dtype=np.intp)
    rank[sets.order] = np.arange(rows)
    at_risk = rank[:, None] < sets.at_risk[None, :]
    observed = np.zeros((rows, events))
    observed[sets.deaths] = (sets.moment[:, None] == sets.moment[None, :]) / tied[sets.moment][None, :]
    left = 1 - sets.share[None, :] * (observed > 0)
    expected = np.where(at_risk, fitted.weight[:, None] * left / fitted.total[None, :], 0.0)
    return observed, expected


def small_sample_covariance(sets: RiskSets, z: Floats, fitted: Moments, patients: Ints) -> tuple[Floats, Floats]:
    """CR2 covariance of the log hazard ratios, and Satterthwaite's degrees of freedom of each.

    Parameters
    ----------
    sets
        Who is at risk at each event time.
    z
        (n, p), the covariates that the model was fitted with.
    fitted
        The sums over the risk sets at the fitted coefficients.
    patients
        (n,) whole numbers: whose lymph node a row is.

    Returns
    -------
    tuple of Floats
        (p, p) and (p,); the latter NaN where nothing is left to estimate a variance from.
    """
    observed, expected = expected_events(sets, fitted)
    codes = np.unique(patients, return_inverse=True)[1]
    by_patient = [np.flatnonzero(codes == patient) for patient in range(int(codes.max()) + 1)]
    left_over = observed - expected
    clusters = (
        (
            np.concatenate([left_over[rows].sum(axis=0), z[rows].T @ left_over[rows].sum(axis=1)]),
            _information(expected[rows], z[rows]),
        )
        for rows in by_patient
    )
    return cr2(clusters, _information(expected, z), z.shape[1])


def _information(expected: Floats, z: Floats) -> Floats:
    """(D + p, D + p) what one patient's rows tell of the intercepts and the coefficients."""
    events, count = expected.shape[1], z.shape[1]
    block = np.zeros((events + count, events + count))
    block[np.arange(events), np.arange(events)] = expected.sum(axis=0)
    block[:events, events:] = expected.T @ z
    block[events:, :events] = block[:events, events:].T
    block[events:, events:] = z.T @ (z * expected.sum(axis=1)[:, None])
    return block
