"""How many lymph nodes two or more readers contour until the lower limit of the ICC lies above a threshold.

Zou 2012 (doi 10.1002/sim.5466) gives the number for the one-way ICC of independent lymph nodes: at two readers, a
threshold of 0.75 and an assurance of 80 % a true ICC of 0.85 needs 99, one of 0.90 needs 33. What the formula leaves
out is simulated: lymph nodes of one patient are alike, and a reader who contours larger than the other costs ICC(A,1) a
part that no further lymph node brings back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.icc import icc
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.study.protocol import IccForm

CONFIDENCE = 0.95
SIMULATIONS = 10_000
# In the paper's training set 23 patients had two lymph nodes or more, and 66 of the 102 lymph nodes (Gu et al. 2021,
# Table 1).
LYMPH_NODES_OF_SEVERAL = 3
MOST_LYMPH_NODES = 3000
MOST_READERS = 20
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True)
class ReadingModel:
    """What is assumed of lymph nodes and readers.

    Attributes
    ----------
    icc
        The true ICC of single readings: the share of the variance that lies between lymph nodes.
    patients_with_several
        Share of the patients who have several lymph nodes, 0 to 1.
    lymph_nodes_of_several
        How many these have.
    within_patient
        Correlation of the true values of two lymph nodes of one patient, 0 to 1.
    reader_share
        The part of the disagreement that is a reader's own level (one contours larger than the other), 0 to 1.
    """

    icc: float
    patients_with_several: float = 0.0
    lymph_nodes_of_several: int = LYMPH_NODES_OF_SEVERAL
    within_patient: float = 0.5
    reader_share: float = 0.0

    def __post_init__(self) -> None:
        shares = {
            "share of patients with several lymph nodes": self.patients_with_several,
            "correlation within a patient": self.within_patient,
            "readers' share": self.reader_share,
        }
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise DataRefusedError(f"The {name} is {share:g}; give a number from 0 to 1.", "bad-plan")
        if not 0 < self.icc < 1:
            raise DataRefusedError(
                f"The true ICC is {self.icc:g}; give the one that is hoped for, above 0 and below 1.", "bad-plan"
            )
        if self.lymph_nodes_of_several < 2:
            raise DataRefusedError(
                f"Patients with several lymph nodes have {self.lymph_nodes_of_several}; give 2 or more.", "bad-plan"
            )

    @property
    def lymph_nodes_per_patient(self) -> float:
        """The mean."""
        return 1 + self.patients_with_several * (self.lymph_nodes_of_several - 1)

    @property
    def independent(self) -> bool:
        """Whether Zou's formula covers it: lymph nodes independent, readers without a level of their own."""
        return self.patients_with_several * self.within_patient == 0 and self.reader_share == 0


@dataclass(frozen=True, kw_only=True)
class AgreementPlan:
    """A reader study of the agreement of one feature or score.

    Attributes
    ----------
    model
        What is assumed.
    threshold
        What the lower 95 % limit shall exceed.
    assurance
        With which probability it shall.
    readers
        Readings of each lymph node that are compared.
    form
        The ICC of the study.
    by_formula
        Lymph nodes by Zou's formula, which takes them as independent and the readers as without a level of their own.
    exact
        The assurance of the one-way ICC at that number, by the F distribution.
    lymph_nodes
        How many are needed under the model; None where more do not help, or more than MOST_LYMPH_NODES.
    patients
        Whose lymph nodes they are expected to be.
    reached
        The simulated assurance at `lymph_nodes` (at MOST_LYMPH_NODES where that is None), for the study's form.
    reached_error
        Its Monte Carlo standard error.
    coverage
        In how many simulations the lower limit lay below the true ICC; 0.975 is said.
    seed, simulations
        Of the simulation.
    """

    model: ReadingModel
    threshold: float
    assurance: float
    readers: int
    form: IccForm
    by_formula: int
    exact: float
    lymph_nodes: int | None
    patients: int | None
    reached: float
    reached_error: float
    coverage: float
    seed: int
    simulations: int


def zou(true_icc: float, threshold: float, assurance: float, readers: int) -> int:
    """Lymph nodes until the lower 95 % limit of the one-way ICC exceeds the threshold, Zou 2012.

    Parameters
    ----------
    true_icc
        The ICC of single readings, above the threshold.
    threshold
        From 0 to below the true ICC.
    assurance
        The probability wanted, 0.5 to below 1.
    readers
        Readings of each lymph node, two or more.

    Returns
    -------
    int

    Raises
    ------
    DataRefusedError
        bad-plan for numbers outside these bounds.

    Examples
    --------
    >>> zou(0.85, 0.75, 0.8, 2), zou(0.9, 0.75, 0.8, 2)
    (99, 33)
    """
    from scipy.special import ndtri

    if readers < 2:
        raise DataRefusedError(f"Agreement of {readers} reader is none; plan two or more.", "bad-plan")
    if not 0.5 <= assurance < 1:
        raise DataRefusedError(f"The assurance is {assurance:g}; choose 0.5 to below 1, such as 0.8.", "bad-plan")
    if not 0 <= threshold < true_icc < 1:
        raise DataRefusedError(
            f"No lower limit of an ICC of {true_icc:g} exceeds {threshold:g} with any assurance; expect an ICC above "
            "the threshold and below 1.",
            "bad-plan",
        )
    both = float(ndtri(1 - (1 - CONFIDENCE) / 2) + ndtri(assurance))
    ratio = math.log(_f_ratio(true_icc, readers) / _f_ratio(threshold, readers))
    return math.ceil(1 + 2 * readers * both**2 / ((readers - 1) * ratio**2))


def one_way_assurance(lymph_nodes: int, true_icc: float, threshold: float, readers: int) -> float:
    """The probability that the lower 95 % limit of ICC(1) exceeds the threshold, lymph nodes being independent.

    Exact: the ratio of mean squares is the true ratio times F with n − 1 and n(k − 1) degrees of freedom (McGraw and
    Wong 1996).

    Parameters
    ----------
    lymph_nodes
        n, two or more.
    true_icc, threshold, readers
        As in `zou`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(one_way_assurance(33, 0.9, 0.75, 2), 3)
    0.801
    """
    from scipy.special import fdtrc, fdtri

    degrees = lymph_nodes - 1, lymph_nodes * (readers - 1)
    critical = fdtri(*degrees, 1 - (1 - CONFIDENCE) / 2)
    return float(fdtrc(*degrees, _f_ratio(threshold, readers) * critical / _f_ratio(true_icc, readers)))


def plan_agreement(
    model: ReadingModel,
    *,
    threshold: float = 0.75,
    assurance: float = 0.8,
    readers: int = 2,
    form: IccForm = "ICC(A,1)",
    seed: int = 0,
    simulations: int = SIMULATIONS,
) -> AgreementPlan:
    """How many lymph nodes a study of this agreement needs.

    Where the model is Zou's, its number stands, with the assurance of the study's own ICC simulated beside it;
    otherwise the smallest number whose simulated assurance is reached.

    Parameters
    ----------
    model
        What is assumed of lymph nodes and readers.
    threshold
        What the lower 95 % limit shall exceed.
    assurance
        With which probability.
    readers
        Readings of each lymph node that are compared; for the agreement of one reader with himself, his readings.
    form
        The ICC of the study, of single readings.
    seed
        What every random draw is derived from.
    simulations
        How many studies are simulated at each number.

    Returns
    -------
    AgreementPlan

    Raises
    ------
    DataRefusedError
        bad-plan: a number that no plan can have.
    """
    if form not in ("ICC(1)", "ICC(A,1)", "ICC(C,1)"):
        raise DataRefusedError(
            f"{form} is of the mean of the readings; plan for ICC(1), ICC(A,1) or ICC(C,1), the agreement of single "
            "ones.",
            "bad-plan",
        )
    if model.reader_share and form != "ICC(A,1)":
        raise DataRefusedError(
            f"{form} leaves out a reader's own level, so a share of {model.reader_share:g} of it plans for nothing; "
            "take ICC(A,1), or no such share.",
            "bad-plan",
        )
    if readers > MOST_READERS:
        raise DataRefusedError(
            f"{readers} readings of each lymph node are more than is simulated; plan {MOST_READERS} or fewer.",
            "bad-plan",
        )
    if seed < 0:
        raise DataRefusedError(f"The seed is {seed}; give a whole number from 0.", "bad-plan")
    by_formula = zou(model.icc, threshold, assurance, readers)

    def reached(lymph_nodes: int) -> float:
        lower = simulated_lower_limits(model, lymph_nodes, readers, form, seed, simulations)
        return float(np.mean(lower > threshold))

    lymph_nodes: int | None = by_formula
    if by_formula > MOST_LYMPH_NODES:
        lymph_nodes = None
    elif not model.independent:
        lymph_nodes = _smallest(reached, by_formula, assurance)
    at = lymph_nodes or MOST_LYMPH_NODES
    lower = simulated_lower_limits(model, at, readers, form, seed + 1, simulations)
    share = float(np.mean(lower > threshold))
    return AgreementPlan(
        model=model,
        threshold=threshold,
        assurance=assurance,
        readers=readers,
        form=form,
        by_formula=by_formula,
        exact=one_way_assurance(by_formula, model.icc, threshold, readers),
        lymph_nodes=lymph_nodes,
        patients=None if lymph_nodes is None else math.ceil(lymph_nodes / model.lymph_nodes_per_patient),
        reached=share,
        reached_error=math.sqrt(share * (1 - share) / simulations),
        coverage=float(np.mean(lower < model.icc)),
        seed=seed,
        simulations=simulations,
    )


def simulated_lower_limits(
    model: ReadingModel, lymph_nodes: int, readers: int, form: IccForm, seed: int, simulations: int
) -> Floats:
    """The lower 95 % limit of the ICC (F interval, as `icc` gives it) in each of many simulated studies.

    A reading is the lymph node's true value (the patient's part and its own), the reader's level, and what is left, all
    normal; the variances sum to 1, and the ICC's share lies between lymph nodes.

    Parameters
    ----------
    model
        What is assumed.
    lymph_nodes, readers
        n and k of each study.
    form
        The ICC.
    seed
        What every random draw is derived from.
    simulations
        How many studies.

    Returns
    -------
    Floats
        (simulations,)
    """
    patients = _patients(lymph_nodes, model)
    rng = np.random.default_rng([seed, lymph_nodes, readers])
    between, rest = math.sqrt(model.icc), math.sqrt(1 - model.icc)
    of_patient, of_lymph_node = math.sqrt(model.within_patient), math.sqrt(1 - model.within_patient)
    of_reader, left = math.sqrt(model.reader_share), math.sqrt(1 - model.reader_share)
    at_once = max(1, _NUMBERS_AT_ONCE // (lymph_nodes * readers))
    limits = []
    for start in range(0, simulations, at_once):
        p = min(at_once, simulations - start)
        true = of_patient * rng.normal(size=(patients[-1] + 1, p))[patients]
        true += of_lymph_node * rng.normal(size=(lymph_nodes, p))
        errors = left * rng.normal(size=(lymph_nodes, readers, p)) + of_reader * rng.normal(size=(1, readers, p))
        limits.append(icc(between * true[:, None, :] + rest * errors, form, CONFIDENCE).lower)
    return np.concatenate(limits)


def _patients(lymph_nodes: int, model: ReadingModel) -> NDArray[np.intp]:
    """(n,): whose lymph node each is, those with several spread evenly among the patients."""
    whose: list[int] = []
    owed, patient = 0.0, 0
    while len(whose) < lymph_nodes:
        owed += model.patients_with_several
        several = owed >= 1 - 1e-9
        owed -= several
        whose += [patient] * (model.lymph_nodes_of_several if several else 1)
        patient += 1
    return np.array(whose[:lymph_nodes])


def _smallest(reached: Callable[[int], float], first: int, assurance: float) -> int | None:
    """The smallest number that reaches the assurance, which grows with it."""
    low, high = 1, max(first, 2)
    while reached(high) < assurance:
        low = high
        if high == MOST_LYMPH_NODES:
            return None
        high = min(MOST_LYMPH_NODES, math.ceil(high * 1.5))
    while high - low > 1:
        middle = (low + high) // 2
        if middle < 2 or reached(middle) < assurance:
            low = middle
        else:
            high = middle
    return high


def _f_ratio(value: float, readers: int) -> float:
    return (1 + (readers - 1) * value) / (1 - value)
