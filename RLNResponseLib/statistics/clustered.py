"""Errors of a regression by maximum likelihood with patients as clusters, right for few of them: CR2.

A sandwich adds up squared residuals, and residuals are smaller than the errors that they stand for. CR2 (Bell and
McCaffrey 2002, Survey Methodology 28:169; Pustejovsky and Tipton 2018, doi 10.1080/07350015.2016.1247004) enlarges each
patient's residuals so that the variance is right on average where the model is, and Student's t takes as many degrees
of freedom as that variance is worth.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from RLNResponseLib.common.types import Floats

# An eigenvalue of a patient's leverage this near to 1 is 1: the patient alone decides there.
_WHOLE = 1e-12


def small_sample(total: Floats, patients: Iterable[tuple[Floats, Floats]], wanted: int) -> tuple[Floats, Floats]:
    """CR2 covariance of the last coefficients of a regression, and Satterthwaite's degrees of freedom of each.

    Parameters
    ----------
    total
        (q, q), Fisher's information of all coefficients.
    patients
        Of each patient the part of the information (q, q) and of the score (q,), both at the fitted coefficients.
    wanted
        p, how many of the last coefficients.

    Returns
    -------
    tuple of Floats
        (p, p) and (p,); the latter NaN where nothing is left to estimate a variance from.

    Examples
    --------
    The mean of 1, 2, 3 and 6, each a patient: the usual s² / n, s² with n − 1, of n − 1 degrees of freedom.

    >>> parts = [(np.eye(1), np.array([value - 3.0])) for value in (1, 2, 3, 6)]
    >>> covariance, df = small_sample(4 * np.eye(1), parts, 1)
    >>> round(float(covariance[0, 0]), 6), round(14 / 3 / 4, 6), round(float(df[0]), 6)
    (1.166667, 1.166667, 3.0)
    """
    root = np.linalg.inv(np.linalg.cholesky(total)).T
    last = root[len(root) - wanted :]
    moved, contrast, within = [], [], []
    for information, score in patients:
        leverage, vectors = np.linalg.eigh(root.T @ information @ root)
        spare = 1 - leverage
        scale = np.where(spare > _WHOLE, 1 / np.sqrt(np.where(spare > _WHOLE, spare, 1)), 0.0)
        turned = (last @ vectors) * scale
        moved.append(turned @ (vectors.T @ (root.T @ score)))
        within.append((turned**2 * leverage).sum(axis=1))
        contrast.append((turned * leverage) @ vectors.T)
    by_patient, of_patient, between = np.array(moved), np.array(within), np.array(contrast)
    df = [_degrees_of_freedom(of_patient[:, j], between[:, j]) for j in range(wanted)]
    return by_patient.T @ by_patient, np.array(df)


def _degrees_of_freedom(within: Floats, contrast: Floats) -> float:
    """2·mean² / variance of the estimated variance, were the model right and the errors normal."""
    products = np.diag(within) - contrast @ contrast.T
    spread = float((products**2).sum())
    return float(np.trace(products) ** 2 / spread) if spread > 0 else float("nan")
