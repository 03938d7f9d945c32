"""Cox regression with Efron's ties, model-based errors, and robust errors with patients as clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.statistics.estimates import Estimate, normal_p, normal_quantile, t_p, t_quantile
from RLNResponseLib.survival.clustered_errors import (
    ENOUGH_PATIENTS,
    MOST_EVENTS,
    clustered_covariance,
    small_sample_covariance,
)
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.partial_likelihood import Moments, RiskSets, moments, risk_sets

# In standard deviations of a covariate; Newton's step shrinks quadratically, so the next one would be below 1e-16.
_CONVERGED = 1e-9
_MOST_STEPS = 40
# Of a log-likelihood, which is a sum over events.
_ROUNDING = 1e-9
# Under complete separation the information falls towards none, by a factor e at each step; this much of it is left.
_SEPARATED = 1e-8
# A covariate of which others explain all but this part of its length is their combination.
_COLLINEAR = 1e-7


@dataclass(frozen=True, kw_only=True)
class RobustError:
    """With patients as clusters.

    Attributes
    ----------
    se
        Standard error of the log hazard ratio.
    hazard_ratio
        With its limits.
    p
        Two-sided; NaN where so few patients leave nothing to judge by.
    df
        Degrees of freedom of Student's t; None for the normal distribution.
    """

    se: float
    hazard_ratio: Estimate
    p: float
    df: float | None = None

    @property
    def lower(self) -> float:
        """Lower limit of the hazard ratio."""
        return self.hazard_ratio.lower

    @property
    def upper(self) -> float:
        """Upper limit of the hazard ratio."""
        return self.hazard_ratio.upper


@dataclass(frozen=True, kw_only=True)
class CoxTerm:
    """One covariate.

    Attributes
    ----------
    coef
        Log hazard ratio per unit.
    se
        Its model-based standard error.
    hazard_ratio
        With its limits.
    p
        Wald, two-sided.
    robust
        The same with patients as clusters, Lin and Wei's; None where rows are taken as independent.
    small_sample
        The same by CR2, where there are fewer than `ENOUGH_PATIENTS`, its error NaN beyond `MOST_EVENTS`; else None.
    difference
        A step of the covariate that means something: from one of its two values to the other, else its SD.
    two_values
        The two values, where it has no more; else None.
    """

    coef: float
    se: float
    hazard_ratio: Estimate
    p: float
    robust: RobustError | None
    small_sample: RobustError | None
    difference: float
    two_values: tuple[float, float] | None

    @property
    def by_patient(self) -> RobustError | None:
        """The error with patients as clusters that is to be believed at their number."""
        return self.small_sample or self.robust

    def per(self, error: CoxTerm | RobustError) -> Estimate:
        """The hazard ratio of `difference`, with the limits of this term or of one of its robust errors."""
        hazard_ratio = error.hazard_ratio
        with np.errstate(over="ignore", invalid="ignore"):
            value, lower, upper = np.float_power(
                [hazard_ratio.value, hazard_ratio.lower, hazard_ratio.upper], self.difference
            ).tolist()
        return Estimate(value=value, lower=lower, upper=upper, interval=hazard_ratio.interval)

    @property
    def step(self) -> str:
        """What `difference` is, in words: "1 against 0", "SD 0.43"."""
        if self.two_values:
            return f"{self.two_values[1]:g} against {self.two_values[0]:g}"
        return f"SD {self.difference:.3g}"

    @property
    def hr(self) -> float:
        """The hazard ratio itself."""
        return self.hazard_ratio.value

    @property
    def lower(self) -> float:
        """Its lower limit."""
        return self.hazard_ratio.lower

    @property
    def upper(self) -> float:
        """Its upper limit."""
        return self.hazard_ratio.upper

    def as_json(self) -> dict[str, float]:
        """The term as the command line prints it."""
        answer = {name: getattr(self, name) for name in ("coef", "se", "hr", "lower", "upper", "p")}
        robust = self.by_patient
        if robust:
            answer |= {
                "robust_se": robust.se,
                "robust_lower": robust.lower,
                "robust_upper": robust.upper,
                "robust_p": robust.p,
            }
            if robust.df is not None:
                answer["robust_df"] = robust.df
        return answer

    def step_json(self) -> dict[str, float | str]:
        """The hazard ratio of `difference` as the command line prints it."""
        own = self.per(self)
        answer: dict[str, float | str] = {"per": self.step, "difference": self.difference}
        answer |= {"hr": own.value, "lower": own.lower, "upper": own.upper}
        if self.by_patient:
            robust = self.per(self.by_patient)
            answer |= {"robust_lower": robust.lower, "robust_upper": robust.upper}
        return answer


@dataclass(frozen=True, kw_only=True)
class CoxFit:
    """A fitted model.

    Attributes
    ----------
    terms
        By covariate, in the order given.
    log_likelihood
        At the coefficients.
    log_likelihood_null
        With none.
    rows, events
        That it was fitted on.
    patients
        How many clusters; None where rows are taken as independent.
    """

    terms: Mapping[str, CoxTerm]
    log_likelihood: float
    log_likelihood_null: float
    rows: int
    events: int
    patients: int | None

    @property
    def coefficients(self) -> Floats:
        """(p,) log hazard ratios."""
        return np.array([term.coef for term in self.terms.values()])

    def as_json(self) -> dict[str, dict[str, float]]:
        """The terms as the command line prints them."""
        return {name: term.as_json() for name, term in self.terms.items()}


def cox(
    follow_up: FollowUp,
    x: Floats,
    names: Sequence[str],
    patients: Ints | None = None,
    confidence: float = 0.95,
) -> CoxFit:
    """Cox 1972 with Efron's ties, as R's coxph (with `patients`: coxph(…, cluster = patient)).

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    x
        (n, p) covariates, finite.
    names
        (p,).
    patients
        (n,) whole numbers from 0: whose lymph node a row is.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    CoxFit

    Raises
    ------
    DataRefusedError
        no-event, no-covariate, constant-covariate, collinear, infinite-hazard-ratio, few-patients.
    """
    if not follow_up.event.any():
        raise DataRefusedError(
            f"Among the {len(x)} rows of which {', '.join(names)} are known nobody has the event, so there is no Cox "
            "model; fill in what is not known, or leave covariates out.",
            "no-event",
        )
    scale = _standardise(x, names)
    z = (x - x.mean(axis=0)) / scale
    _refuse_collinear(z, names)
    sets = risk_sets(follow_up)
    null = moments(sets, z, np.zeros(len(names)))
    _refuse_unseen(null, names)
    coefficients, fitted = _newton(sets, z, null, names)
    inverse = np.linalg.inv(fitted.covariance.sum(axis=0))
    errors = np.sqrt(np.diag(inverse)) / scale
    estimates = coefficients / scale
    count = None
    robust: list[RobustError | None] = [None] * len(names)
    few = robust
    if patients is not None:
        count = len(np.unique(patients))
        sandwich = np.sqrt(np.diag(clustered_covariance(sets, z, fitted, inverse, patients))) / scale
        robust = [_robust(*each, confidence) for each in zip(estimates.tolist(), sandwich.tolist(), strict=True)]
        if count < ENOUGH_PATIENTS:
            enlarged, freedom = np.full((2, len(names)), np.nan)
            if len(sets.deaths) <= MOST_EVENTS:
                covariance, freedom = small_sample_covariance(sets, z, fitted, patients)
                enlarged = np.sqrt(np.diag(covariance)) / scale
            few = [
                _small(*each, confidence)
                for each in zip(estimates.tolist(), enlarged.tolist(), freedom.tolist(), strict=True)
            ]
    steps = [_step(column) for column in x.T]
    terms = {
        name: CoxTerm(
            coef=coef,
            se=se,
            hazard_ratio=_hazard_ratio(coef, se, normal_quantile(confidence), "Wald"),
            p=normal_p(coef / se),
            robust=robust[j],
            small_sample=few[j],
            difference=steps[j][0],
            two_values=steps[j][1],
        )
        for j, (name, coef, se) in enumerate(zip(names, estimates.tolist(), errors.tolist(), strict=True))
    }
    return CoxFit(
        terms=MappingProxyType(terms),
        log_likelihood=fitted.log_likelihood,
        log_likelihood_null=null.log_likelihood,
        rows=len(follow_up),
        events=int(follow_up.event.sum()),
        patients=count,
    )


def _step(column: Floats) -> tuple[float, tuple[float, float] | None]:
    """From one of two values to the other, else a standard deviation."""
    values = np.unique(column)
    if len(values) == 2:
        low, high = values.tolist()
        return high - low, (low, high)
    return float(column.std(ddof=1)), None


def _robust(coef: float, se: float, confidence: float) -> RobustError:
    limits = _hazard_ratio(coef, se, normal_quantile(confidence), "Wald, patients as clusters")
    return RobustError(se=se, hazard_ratio=limits, p=normal_p(coef / se))


def _small(coef: float, se: float, df: float, confidence: float) -> RobustError:
    interval = "CR2, patients as clusters, Student's t"
    if not (se > 0 and df > 0):
        limits = Estimate(value=_exp(coef), lower=math.nan, upper=math.nan, interval=interval)
        return RobustError(se=math.nan, hazard_ratio=limits, p=math.nan, df=math.nan)
    limits = _hazard_ratio(coef, se, t_quantile(confidence, df), interval)
    return RobustError(se=se, hazard_ratio=limits, p=t_p(coef / se, df), df=df)


def _hazard_ratio(coef: float, se: float, z: float, interval: str) -> Estimate:
    return Estimate(value=_exp(coef), lower=_exp(coef - z * se), upper=_exp(coef + z * se), interval=interval)


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _newton(sets: RiskSets, z: Floats, null: Moments, names: Sequence[str]) -> tuple[Floats, Moments]:
    """Maximise by Newton's method with step halving, from no effect."""
    coefficients, current = np.zeros(len(names)), null
    to_null = np.linalg.inv(np.linalg.cholesky(null.covariance.sum(axis=0)))
    for _ in range(_MOST_STEPS):
        information = current.covariance.sum(axis=0)
        if np.linalg.eigvalsh(to_null @ information @ to_null.T)[0] < _SEPARATED:
            break
        step = np.linalg.solve(information, (z[sets.deaths] - current.mean).sum(axis=0))
        following = moments(sets, z, coefficients + step)
        if np.abs(step).max() < _CONVERGED:
            return coefficients + step, following
        while _is_too_long(current, following) and np.abs(step).max() > _CONVERGED:
            step = step / 2
            following = moments(sets, z, coefficients + step)
        if not math.isfinite(following.log_likelihood):
            break
        coefficients, current = coefficients + step, following
    worst = names[int(np.argmax(np.abs(coefficients)))]
    raise DataRefusedError(
        f"The Cox model has no finite solution: {worst} orders the events completely, so its hazard ratio is infinite; "
        "leave it out or join its levels.",
        "infinite-hazard-ratio",
    )


def _is_too_long(current: Moments, following: Moments) -> bool:
    """Whether a step does not improve the fit, or leaves a risk set without weight (an infinite likelihood)."""
    log_likelihood = following.log_likelihood
    return not math.isfinite(log_likelihood) or log_likelihood < current.log_likelihood - _ROUNDING


def _standardise(x: Floats, names: Sequence[str]) -> Floats:
    if len(names) == 0:
        raise DataRefusedError("A Cox model needs a covariate; name one.", "no-covariate")
    for j, name in enumerate(names):
        if np.ptp(x[:, j]) == 0:
            raise DataRefusedError(
                f"{name} is {x[0, j]:g} in every row, so it has no hazard ratio; leave it out.", "constant-covariate"
            )
    return np.asarray(x.std(axis=0))


def _refuse_collinear(z: Floats, names: Sequence[str]) -> None:
    for j in range(1, len(names)):
        before = z[:, :j]
        left = z[:, j] - before @ np.linalg.lstsq(before, z[:, j], rcond=None)[0]
        if np.linalg.norm(left) < _COLLINEAR * np.linalg.norm(z[:, j]):
            others = ", ".join(names[:j]) if j <= 4 else f"{names[0]} … {names[j - 1]}"
            raise DataRefusedError(
                f"{names[j]} is a combination of {others}, so neither has a hazard ratio of its own; leave one out.",
                "collinear",
            )


def _refuse_unseen(null: Moments, names: Sequence[str]) -> None:
    """Covariates may vary, and apart from each other, only in rows that are gone before the first event."""
    information = null.covariance.sum(axis=0)
    for j, name in enumerate(names):
        if information[j, j] < _COLLINEAR:
            raise DataRefusedError(
                f"{name} is the same in all rows that are still followed when the events happen, so it has no hazard "
                f"ratio; leave it out.",
                "constant-covariate",
            )
    size = np.sqrt(np.diag(information))
    if np.linalg.eigvalsh(information / np.outer(size, size))[0] < _COLLINEAR**2 * len(names):
        raise DataRefusedError(
            f"Among the rows still followed when the events happen, "
            f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''} are combinations of each other, so they have no "
            "hazard ratios of their own; leave one out.",
            "collinear",
        )
