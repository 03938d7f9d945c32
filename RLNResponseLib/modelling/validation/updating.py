"""Updating a score for lymph nodes of another centre: its intercept, its slope, or all coefficients; and which of them
the lymph nodes there bear (closed testing, Vergouwe et al. 2017, doi 10.1002/sim.7179).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.modelling.validation.calibration import recalibrated
from RLNResponseLib.modelling.validation.logistic import logistic, loss, scaled_logistic
from RLNResponseLib.modelling.validation.roc import youden_threshold
from RLNResponseLib.statistics.estimates import chi_square_p

Method = Literal["original", "intercept", "slope", "refit"]
# From the least change to the largest.
METHODS: tuple[Method, ...] = get_args(Method)
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class ClosedTest:
    """One step: whether less than all coefficients anew will do.

    Attributes
    ----------
    method
        What is tried against the refit.
    chisq, df, p
        Of the likelihood-ratio test; a p below 0.05 goes on to the next method.
    """

    method: Method
    chisq: float
    df: int
    p: float

    def as_json(self) -> dict[str, Any]:
        """The step as the command line prints it."""
        return vars(self).copy()


@dataclass(frozen=True, kw_only=True)
class Update:
    """A score on other lymph nodes' scale.

    Attributes
    ----------
    method
        What was done.
    intercept
        Log-odds.
    coefficients
        (p,), of the score's features.
    cutoff
        Where the old cutoff lies on the new scale, so that groups stay; of a refit Youden's on these lymph nodes.
    added, slope
        New log-odds = added + slope · old; NaN for a refit, which has no such relation.
    tests
        The steps of closed testing; empty where the method was chosen beforehand.
    """

    method: Method
    intercept: float
    coefficients: Floats
    cutoff: float
    added: float
    slope: float
    tests: tuple[ClosedTest, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Formula:
    """What is updated; all of log-odds of the outcome, so that larger means likelier.

    Attributes
    ----------
    intercept
        Log-odds.
    coefficients
        (p,).
    cutoff
        Log-odds.
    """

    intercept: float
    coefficients: Floats
    cutoff: float

    def log_odds(self, features: Floats) -> Floats:
        """(n,) of features (n, p)."""
        return np.asarray(self.intercept + features @ self.coefficients)

    __repr__ = short_repr


def update(formula: Formula, features: Floats, outcome: Bools, method: Method | Literal["auto"]) -> Update:
    """Fit a score anew to other lymph nodes, as far as the method says.

    Parameters
    ----------
    formula
        The score.
    features
        (n, p), of the other lymph nodes.
    outcome
        (n,), which of them had the event.
    method
        "intercept" adds a number to the log-odds, "slope" multiplies them too, "refit" estimates all coefficients anew,
        "original" changes nothing; "auto" takes the least of these that closed testing does not reject against the
        refit.

    Returns
    -------
    Update

    Raises
    ------
    DataRefusedError
        few-cases (no more rows, or no more of either class, than coefficients), separated, opposite-slope (the score
        speaks for the contrary here).

    Examples
    --------
    At log-odds 0 one case in four has the event, at 1 three: log(1/3) + 2 log(3) · score.

    >>> formula = Formula(intercept=0.0, coefficients=np.array([1.0]), cutoff=0.5)
    >>> features = np.repeat([[0.0], [1.0]], 4, axis=0)
    >>> updated = update(formula, features, np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool), "slope")
    >>> round(updated.intercept, 4), round(float(updated.coefficients[0]), 4), round(abs(updated.cutoff), 4)
    (-1.0986, 2.1972, 0.0)
    """
    log_odds, y = formula.log_odds(features), outcome.astype(float)
    if method != "auto":
        return _updated(formula, features, outcome, log_odds, method)
    _refuse_few(outcome, features.shape[1])
    refitted, slope = scaled_logistic(features, y).loss, recalibrated(log_odds, outcome)
    losses: dict[Method, float] = {
        "original": loss(log_odds, y),
        "intercept": logistic(np.ones((len(y), 1)), y, log_odds).loss,
        "slope": slope.loss,
    }
    tests: list[ClosedTest] = []
    taken: Method = "slope" if features.shape[1] == 1 else "refit"
    for estimated, (tried, its_loss) in enumerate(losses.items()):
        # The refit has an intercept and p coefficients; a score of one feature has no more than a slope.
        df = 1 + features.shape[1] - estimated
        if df == 0:
            break
        chisq = max(0.0, 2 * (its_loss - refitted))
        tests.append(ClosedTest(method=tried, chisq=chisq, df=df, p=chi_square_p(chisq, df)))
        # A slope below 0 would turn the groups round: that is no recalibration of the score.
        if tests[-1].p >= LEVEL and not (tried == "slope" and slope.coefficients[1] <= 0):
            taken = tried
            break
    found = _updated(formula, features, outcome, log_odds, taken)
    return Update(**{**vars(found), "tests": tuple(tests)})


def _updated(formula: Formula, features: Floats, outcome: Bools, log_odds: Floats, method: Method) -> Update:
    y, added, slope = outcome.astype(float), 0.0, 1.0
    if method == "refit":
        _refuse_few(outcome, features.shape[1])
        fit = scaled_logistic(features, y)
        intercept, coefficients = float(fit.coefficients[0]), fit.coefficients[1:]
        return Update(
            method=method,
            intercept=intercept,
            coefficients=coefficients,
            cutoff=youden_threshold(intercept + features @ coefficients, outcome),
            added=float("nan"),
            slope=float("nan"),
        )
    if method == "intercept":
        added = float(logistic(np.ones((len(y), 1)), y, log_odds).coefficients[0])
    elif method == "slope":
        added, slope = map(float, recalibrated(log_odds, outcome).coefficients)
        if slope <= 0:
            raise DataRefusedError(
                f"The score's calibration slope here is {slope:.2f}: it speaks for the contrary, and multiplied by it "
                "would turn its groups round; refit it, or leave it.",
                "opposite-slope",
            )
    return Update(
        method=method,
        intercept=added + slope * formula.intercept,
        coefficients=slope * formula.coefficients,
        cutoff=added + slope * formula.cutoff,
        added=added,
        slope=slope,
    )


def _refuse_few(outcome: Bools, features: int) -> None:
    fewest = int(min(outcome.sum(), (~outcome).sum()))
    if fewest <= features + 1:
        raise DataRefusedError(
            f"The smaller class has {fewest} lymph nodes, and a refit estimates {features + 1} coefficients, which "
            "they cannot bear; update the intercept or the slope alone, or add lymph nodes.",
            "few-cases",
        )
