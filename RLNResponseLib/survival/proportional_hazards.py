"""Whether hazards are proportional: the score test of Grambsch and Therneau, as R's cox.zph from survival 3 on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.statistics.estimates import chi_square_p
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.partial_likelihood import moments, risk_sets

GLOBAL = "GLOBAL"
# This little variance, of what there would be without estimating β, is rounding.
_SINGULAR = 1e-12


@dataclass(frozen=True)
class PHTest:
    """Of one covariate or of all (GLOBAL).

    Attributes
    ----------
    chisq, df
        χ²; one degree of freedom a covariate.
    p
        A small one speaks against proportional hazards.
    """

    chisq: float
    df: int
    p: float

    def as_json(self) -> dict[str, float]:
        """The test as the command line prints it."""
        return {"chisq": self.chisq, "df": self.df, "p": self.p}


def proportional_hazards(follow_up: FollowUp, x: Floats, fit: CoxFit) -> Mapping[str, PHTest]:
    """One test a covariate, and GLOBAL: R's cox.zph(fit, transform = "km").

    The model is given a coefficient β + γ·g(t) with g(t) = 1 − S(t−) of Kaplan–Meier; the score test of γ = 0
    (Grambsch and Therneau 1994, doi 10.1093/biomet/81.3.515). lifelines tests the older approximation, which takes the
    covariance of the covariates as the same at all events.

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    x
        (n, p) covariates of `fit`, in its order.
    fit
        The fitted Cox model.

    Returns
    -------
    Mapping[str, PHTest]

    Raises
    ------
    DataRefusedError
        no-ph-test where the events happen at too few different times.
    """
    names = tuple(fit.terms)
    sets = risk_sets(follow_up)
    centred = x - x.mean(axis=0)
    scaled = centred / centred.std(axis=0)
    at_deaths = moments(sets, scaled, fit.coefficients * centred.std(axis=0))
    time = _transformed(follow_up)[sets.deaths]
    time = time - time.mean()
    score = ((scaled[sets.deaths] - at_deaths.mean) * time[:, None]).sum(axis=0)
    plain = at_deaths.covariance.sum(axis=0)
    mixed = (at_deaths.covariance * time[:, None, None]).sum(axis=0)
    squared = (at_deaths.covariance * (time**2)[:, None, None]).sum(axis=0)
    # The variance of γ's score given β's, by the block inverse.
    left = squared - mixed.T @ np.linalg.solve(plain, mixed)
    _refuse_no_variance(left, squared)
    tests = {}
    for j, name in enumerate(names):
        chisq = float(score[j] ** 2 / left[j, j])
        tests[name] = PHTest(chisq, 1, chi_square_p(chisq, 1))
    chisq = float(score @ np.linalg.solve(left, score))
    tests[GLOBAL] = PHTest(chisq, len(names), chi_square_p(chisq, len(names)))
    return tests


def _refuse_no_variance(left: Floats, squared: Floats) -> None:
    size = np.sqrt(np.diag(squared))
    if not size.all() or np.linalg.eigvalsh(left / np.outer(size, size))[0] < _SINGULAR:
        raise DataRefusedError(
            "Proportional hazards cannot be tested: the events happen at too few different times for so many "
            "covariates.",
            "no-ph-test",
        )


def _transformed(follow_up: FollowUp) -> Floats:
    """(n,) 1 − S(t−): the Kaplan–Meier curve of all rows just before each row's time."""
    curve = kaplan_meier(follow_up)
    before = np.concatenate([[1.0], curve.survival])
    return np.asarray(1 - before[np.searchsorted(curve.months, follow_up.months, side="left")])
