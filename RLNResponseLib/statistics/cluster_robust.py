"""CR2: the covariance of coefficients of regressions whose rows come in clusters, such as lymph nodes of patients.

The plain sandwich adds up squared residuals, and residuals are smaller than the errors that they stand for: with few
clusters it is too small. CR2 (Bell and McCaffrey 2002, Survey Methodology 28:169; Pustejovsky and Tipton 2018, doi
10.1080/07350015.2016.1247004) enlarges each cluster's residuals so that the variance is right on average where the
model is, and Student's t takes as many degrees of freedom as that variance is worth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Floats, Ints

# An eigenvalue of a cluster's leverage this near to 1 is 1: the cluster alone decides there.
_WHOLE = 1e-12


@dataclass(frozen=True, kw_only=True)
class ClusteredTest:
    """Wald's test of one coefficient with patients as clusters.

    Attributes
    ----------
    se
        Standard error of the coefficient.
    df
        Degrees of freedom of Student's t, by CR2; None for the plain sandwich and the normal distribution.
    p
        Two-sided. All three are NaN where so few patients leave nothing to judge by.
    patients
        How many clusters.
    """

    se: float
    df: float | None
    p: float
    patients: int

    @property
    def method(self) -> str:
        """Which errors: "CR2, Student's t" or "sandwich"."""
        return "sandwich" if self.df is None else "CR2, Student's t"

    def as_json(self) -> dict[str, Any]:
        """The test as the command line prints it; what cannot be estimated is None."""
        return to_json({
            "test": f"Wald, patients as clusters ({self.method})",
            "patients": self.patients,
            "se": self.se,
            "df": self.df,
            "p": self.p,
        })  # fmt: skip


def cr2(clusters: Iterable[tuple[Floats, Floats]], information: Floats, last: int) -> tuple[Floats, Floats]:
    """CR2 covariance of the last coefficients, and Satterthwaite's degrees of freedom of each.

    From sums over the rows of a cluster, where these are too many: residuals are enlarged in units of their own SD.

    Parameters
    ----------
    clusters
        Of each its score (q,), X'(y − μ) at the coefficients, and its information (q, q), X'WX.
    information
        (q, q), of all clusters together; positive definite.
    last
        How many of the q coefficients are asked for, p.

    Returns
    -------
    tuple of Floats
        (p, p) and (p,); the latter NaN where nothing is left to estimate a variance from.

    Examples
    --------
    A mean of four numbers, two a cluster: the residuals add up to 4 and −4 there, each cluster's leverage is ½.

    >>> two = np.eye(1) * 2
    >>> covariance, freedom = cr2([(np.array([4.0]), two), (np.array([-4.0]), two)], two + two, 1)
    >>> round(float(covariance[0, 0]), 9), round(float(freedom[0]), 9)  # 2 · (4/4)² / (1 − ½)
    (4.0, 1.0)
    """
    root = _root(information)
    wanted = root[len(root) - last :]
    moved, contrast, within = [], [], []
    for score, own in clusters:
        leverage, vectors = np.linalg.eigh(root.T @ own @ root)
        turned = (wanted @ vectors) * _inverse_roots(1 - leverage, _WHOLE)
        moved.append(turned @ (vectors.T @ (root.T @ score)))
        within.append((turned**2 * leverage).sum(axis=1))
        contrast.append((turned * leverage) @ vectors.T)
    return _judged(moved, within, contrast)


def cr2_by_row(
    slopes: Floats, variances: Floats, residuals: Floats, clusters: Ints, last: int
) -> tuple[Floats, Floats]:
    """The same from the rows, residuals enlarged in units of the outcome, as R's clubSandwich of a glm (vcovCR type
    "CR2", coef_test "Satterthwaite"). Where the variances within a cluster are alike it is `cr2`.

    Parameters
    ----------
    slopes
        (n, q), of the mean by the coefficients: of a logistic regression μ(1 − μ) times the design.
    variances
        (n,), of the working model at the coefficients: of a logistic regression μ(1 − μ). A row of which it is 0, as
        where μ rounds to 1, says nothing of the coefficients and is left out.
    residuals
        (n,), y − μ.
    clusters
        (n,), whole numbers.
    last
        How many of the q coefficients are asked for, p.

    Returns
    -------
    tuple of Floats
        (p, p) and (p,); the latter NaN where nothing is left to estimate a variance from.

    Examples
    --------
    >>> residuals, clusters = np.array([1.0, 3, -2, -2]), np.array([5, 5, 8, 8])
    >>> covariance, freedom = cr2_by_row(np.ones((4, 1)), np.ones(4), residuals, clusters, 1)
    >>> round(float(covariance[0, 0]), 9), round(float(freedom[0]), 9)
    (4.0, 1.0)
    """
    says = variances > 0
    slopes, variances, residuals, clusters = slopes[says], variances[says], residuals[says], clusters[says]
    root = _root(slopes.T @ (slopes / variances[:, None]))
    wanted = root[len(root) - last :] @ root.T
    moved, contrast, within = [], [], []
    for code in np.unique(clusters):
        rows = clusters == code
        x, variance = slopes[rows], variances[rows]
        seen, sd = x @ root, np.sqrt(variance)
        left, vectors = np.linalg.eigh(sd[:, None] * (np.diag(variance) - seen @ seen.T) * sd)
        enlarged = (vectors * _inverse_roots(left, _WHOLE)) @ vectors.T
        adjusted = ((wanted @ x.T) / sd) @ enlarged * sd
        moved.append(adjusted @ residuals[rows])
        within.append((adjusted**2 * variance).sum(axis=1))
        contrast.append(adjusted @ seen)
    return _judged(moved, within, contrast)


def _root(information: Floats) -> Floats:
    """R of R·R' = the inverse."""
    return np.asarray(np.linalg.inv(np.linalg.cholesky(information)).T)


def _inverse_roots(values: Floats, least: float) -> Floats:
    """1/√ of each; 0 where it is none above `least`."""
    return np.where(values > least, 1 / np.sqrt(np.where(values > least, values, 1)), 0.0)


def _judged(moved: list[Floats], within: list[Floats], contrast: list[Floats]) -> tuple[Floats, Floats]:
    residuals, left, parts = np.array(moved), np.array(within), np.array(contrast)
    freedom = [_degrees_of_freedom(left[:, j], parts[:, j]) for j in range(left.shape[1])]
    return residuals.T @ residuals, np.array(freedom)


def _degrees_of_freedom(within: Floats, contrast: Floats) -> float:
    """2·mean² / variance of the estimated variance, were the model right and the errors normal."""
    products = np.diag(within) - contrast @ contrast.T
    spread = float((products**2).sum())
    return float(np.trace(products) ** 2 / spread) if spread > 0 else float("nan")
