"""What a score adds to clinical variables: the logistic model of these alone against the same with the score.

The test is of the score's coefficient in the larger model, which asks what no difference of two AUCs of nested models
can (Demler, Pencina and D'Agostino 2012, doi 10.1002/sim.5328): Wald's with patients as clusters (CR2), as several
lymph nodes of one patient are no independent witnesses; beside it the likelihood ratio, which takes them so. How much
it adds is said by the share of the information that is new (1 − the ratio of the models' likelihood-ratio statistics,
Harrell's adequacy index), by the AUC and by the index of prediction accuracy (Kattan and Gerds 2018, doi
10.1186/s41512-018-0029-2). Both models are fitted on the cases that judge them, which flatters both: the differences
are corrected by Harrell's bootstrap of patients, with limits from the same resamples, shifted by the optimism (Noma et
al. 2021, doi 10.1002/sim.9148).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import listed
from RLNResponseLib.modelling.validation.logistic import LogisticFit, clustered_test, scaled_logistic
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.statistics.cluster_robust import ClusteredTest
from RLNResponseLib.statistics.estimates import Estimate, chi_square_p, patient_draws, refuse_few_patients

# Two small models each: many are cheap.
ADDED_RESAMPLES = 200
# Of the rarer class, for each coefficient: under that the likelihood ratio is not as χ².
FEWEST_EVENTS = 5
_MOST_FAILURES = 0.2
# What a likelihood ratio does with the lymph nodes of one patient, beside its p wherever that is given.
COUNTS = "lymph nodes as independent"


@dataclass(frozen=True, kw_only=True)
class Gain:
    """One figure of both models.

    Attributes
    ----------
    baseline, together
        Without and with the score, apparent.
    difference
        Corrected, together − baseline, with its limits by patient.
    """

    baseline: float
    together: float
    difference: Estimate


@dataclass(frozen=True, kw_only=True)
class AddedValue:
    """What a score adds to a logistic model of clinical variables.

    Attributes
    ----------
    names
        Of the clinical variables.
    n, events
        The cases of which all are known, and how many have the outcome.
    left_out
        Cases of which a clinical variable is not known.
    by_patient
        Wald's test of the score's coefficient with patients as clusters.
    chisq, p
        Of the likelihood ratio, one degree of freedom; it counts lymph nodes as independent.
    coefficient
        Of the score in the larger model, log-odds a unit.
    new_information
        Share of the larger model's likelihood-ratio statistic that is not the smaller one's.
    auc, accuracy
        AUC and index of prediction accuracy.
    resamples
        From how many the differences are corrected.
    """

    names: tuple[str, ...]
    n: int
    events: int
    left_out: int
    by_patient: ClusteredTest
    chisq: float
    p: float
    coefficient: float
    new_information: float
    auc: Gain
    accuracy: Gain
    resamples: int

    def as_json(self) -> dict[str, Any]:
        """What is added, as the command line prints it."""
        return {
            "clinical": list(self.names),
            "n": self.n,
            "events": self.events,
            "left_out": self.left_out,
            "by_patient": self.by_patient.as_json(),
            "likelihood_ratio": {"chisq": self.chisq, "df": 1, "p": self.p, "counts": COUNTS},
            "coefficient": self.coefficient,
            "new_information": self.new_information,
            **{
                name: {
                    "clinical": gain.baseline,
                    "with_score": gain.together,
                    "difference": gain.difference.value,
                    "lower": gain.difference.lower,
                    "upper": gain.difference.upper,
                }
                for name, gain in (("auc", self.auc), ("ipa", self.accuracy))
            },
            "resamples": self.resamples,
        }


def added_value(
    clinical: Floats,
    names: Sequence[str],
    score: Floats,
    outcome: NDArray[np.bool_],
    patients: NDArray[np.intp],
    seed: int,
    resamples: int = ADDED_RESAMPLES,
) -> AddedValue:
    """Judge what a score adds.

    Parameters
    ----------
    clinical
        (n, k), the clinical variables; NaN where one is not known, which leaves the case out.
    names
        (k,), what they are called.
    score
        (n,), of scores that had not seen the case, or of a formula from elsewhere: a score fitted on these cases is
        favoured, as it saw their outcomes.
    outcome
        (n,), which cases had the event.
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    seed
        What every random draw is derived from.
    resamples
        How many times the patients are drawn again.

    Returns
    -------
    AddedValue

    Raises
    ------
    DataRefusedError
        no-covariate, constant-covariate, few-events, separated, few-patients, few-resamples.
    """
    if not names:
        raise DataRefusedError("Nothing clinical is named that a score could add to; name a column.", "no-covariate")
    known = np.isfinite(clinical).all(axis=1)
    x = np.column_stack([clinical, score])[known]
    y, whose = outcome[known], patients[known]
    _refuse(x, y, (*names, "the score"))
    refuse_few_patients(whose)
    alone, both = _fitted(x[:, :-1], y), _fitted(x, y)
    null = y.mean()
    null_loss = -len(y) * float(null * np.log(null) + (1 - null) * np.log(1 - null))
    found = _gains(x, y, alone, both)
    own, on_all = _resampled(x, y, whose, seed, resamples)
    optimism = (own - on_all).mean(axis=0)
    limits = np.quantile(own, [0.025, 0.975], axis=0) - optimism
    differences = [
        Estimate(
            value=float(found[1, place] - found[0, place] - optimism[place]),
            lower=float(limits[0, place]),
            upper=float(limits[1, place]),
            interval="optimism bootstrap by patient",
        )
        for place in range(2)
    ]
    gains = [
        Gain(baseline=float(found[0, place]), together=float(found[1, place]), difference=differences[place])
        for place in range(2)
    ]
    ratio = max(0.0, 2 * (alone.loss - both.loss))
    explained = 2 * (null_loss - both.loss)
    return AddedValue(
        names=tuple(names),
        n=len(y),
        events=int(y.sum()),
        left_out=int((~known).sum()),
        by_patient=clustered_test(x, y.astype(float), both, whose),
        chisq=ratio,
        p=chi_square_p(ratio, 1),
        coefficient=float(both.coefficients[-1]),
        new_information=ratio / explained if explained > 0 else 0.0,
        auc=gains[0],
        accuracy=gains[1],
        resamples=len(own),
    )


def _refuse(x: Floats, y: NDArray[np.bool_], names: Sequence[str]) -> None:
    fewest = int(min(y.sum(), (~y).sum()))
    if fewest < FEWEST_EVENTS * len(names):
        raise DataRefusedError(
            f"The rarer class has {fewest} lymph nodes for {len(names)} coefficients, and under {FEWEST_EVENTS} for "
            "each say nothing of what a score adds; name fewer clinical variables, or add lymph nodes.",
            "few-events",
        )
    constant = [name for name, column in zip(names, x.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise DataRefusedError(
            f"The same in every lymph node: {listed(constant, 5)}; leave it out of what the score is compared with.",
            "constant-covariate",
        )


def _fitted(x: Floats, y: NDArray[np.bool_]) -> LogisticFit:
    try:
        return scaled_logistic(x, y.astype(float))
    except (DataRefusedError, np.linalg.LinAlgError):
        raise DataRefusedError(
            "The clinical variables, or these with the score, part the classes completely or are combinations of each "
            "other, so that what the score adds cannot be estimated; name fewer.",
            "separated",
        ) from None


def _gains(x: Floats, y: NDArray[np.bool_], alone: LogisticFit, both: LogisticFit) -> Floats:
    """(2, 2): of the smaller and the larger model AUC and index of prediction accuracy."""
    from scipy.special import expit

    share = y.mean()
    figures = []
    for fit, columns in ((alone, x[:, :-1]), (both, x)):
        log_odds = fit.coefficients[0] + columns @ fit.coefficients[1:]
        brier = np.mean((expit(log_odds) - y) ** 2)
        figures.append([auc(log_odds, y), 1 - brier / (share * (1 - share))])
    return np.array(figures)


def _resampled(
    x: Floats, y: NDArray[np.bool_], patients: NDArray[np.intp], seed: int, resamples: int
) -> tuple[Floats, Floats]:
    """(B, 2) differences of models fitted on resampled patients, on these and on all cases."""
    codes = np.unique(patients, return_inverse=True)[1]
    own: list[Floats] = []
    on_all: list[Floats] = []
    for draw in patient_draws(int(codes.max()) + 1, resamples, seed):
        rows = np.repeat(np.arange(len(y)), draw[codes])
        drawn, outcome = x[rows], y[rows]
        if min(outcome.sum(), (~outcome).sum()) < 2 or (np.ptp(drawn, axis=0) == 0).any():
            continue
        try:
            alone, both = _fitted(drawn[:, :-1], outcome), _fitted(drawn, outcome)
        except DataRefusedError:
            continue
        for kept, cases in ((own, (drawn, outcome)), (on_all, (x, y))):
            figures = _gains(*cases, alone, both)
            kept.append(figures[1] - figures[0])
    if len(own) < (1 - _MOST_FAILURES) * resamples:
        raise DataRefusedError(
            f"{resamples - len(own)} of {resamples} resamples are too small or too uneven for the clinical model; name "
            "fewer clinical variables, or add lymph nodes.",
            "few-resamples",
        )
    return np.array(own), np.array(on_all)
