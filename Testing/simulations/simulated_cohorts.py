"""Cohorts of the paper's size without images: scores, readings and volume drawn, outcomes by the demonstration's own
functions.

demo/cohort.py draws phantoms, contours them and computes the scores, which takes minutes. Here the scores themselves
are drawn, from normal distributions with the moments that the 129 lymph nodes of `rlnresponse demo --cohort --seed 1`
have. Everything after the score (sets, lymph nodes by patient, clinical variables, response, recurrence, death,
follow-up) is demo/cohort_*.py. The counts are left to chance: the demonstration takes, of 2000 draws, the one nearest
to the published counts. docs/simulations.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.demo.cohort_outcomes import simulated_outcomes
from RLNResponseLib.demo.cohort_patients import PUBLISHED_PATIENTS, PlannedPatient, plan_cohort, simulated_patients
from RLNResponseLib.survival.endpoint import STATES, control_codes
from RLNResponseLib.survival.follow_up import FollowUp

# Of Rad-score, Rad-score-2-year and volume (mm³), reader A's first contour: mean, SD, correlation.
MEAN = np.array([0.99, -1.14, 2080.0])
SD = np.array([0.48, 0.22, 1070.0])
CORRELATION = np.array([[1.0, 0.82, -0.09], [0.82, 1.0, -0.42], [-0.09, -0.42, 1.0]])
# The part of the variance that a patient's lymph nodes share: 0.14 of Rad-score, none found of Rad-score-2-year.
SHARED = 0.14
# Second reading − first of both scores: mean, SD, and their correlation; reader B, then reader A again.
INTER_BIAS, INTER_SD = np.array([0.058, 0.031]), np.array([0.170, 0.075])
INTRA_BIAS, INTRA_SD = np.array([0.012, 0.002]), np.array([0.112, 0.049])
OF_DIFFERENCES = np.array([[1.0, 0.89], [0.89, 1.0]])
# Dice of the two readers' contours.
DICE_MEAN, DICE_SD = 0.89, 0.04


@dataclass(frozen=True)
class Cohort:
    """n lymph nodes.

    first, inter, intra  (n, 2) Rad-score and Rad-score-2-year: reader A, reader B, reader A again
    covariates           (n, 4) T3-4, dose in Gy, concurrent chemotherapy, response
    months, recurred     to recurrence, death or last contact
    died                 without recurrence
    patients             (n,) whole numbers from 0
    training             (n,)
    """

    first: Floats
    inter: Floats
    intra: Floats
    volume: Floats
    dice: Floats
    covariates: Floats
    months: Floats
    recurred: Bools
    died: Bools
    patients: NDArray[np.intp]
    training: Bools

    @property
    def responded(self) -> Bools:
        return self.covariates[:, 3] > 0

    @property
    def controlled(self) -> Bools:
        """Two years without recurrence."""
        return control_codes(FollowUp(self.months, self.recurred), self.died) == STATES.index("controlled")

    @property
    def is_known(self) -> Bools:
        """The two-year endpoint is known: not died before."""
        return self.controlled | self.recurred

    def of(self, rows: Bools) -> Cohort:
        """Those lymph nodes, patients numbered anew."""
        kept = {name: values[rows] for name, values in vars(self).items()}
        return Cohort(**{**kept, "patients": np.unique(kept["patients"], return_inverse=True)[1]})


def planned(rng: np.random.Generator, times: int = 1, alone: bool = False) -> list[PlannedPatient]:
    """The paper's patients, `times` over; `alone` gives every lymph node a patient of its own."""
    plan = [
        replace(each, id=f"{each.id}-{copy}", lymph_nodes=tuple(f"{name}-{copy}" for name in each.lymph_nodes))
        for copy in range(times)
        for each in plan_cohort(PUBLISHED_PATIENTS, rng)
    ]
    if not alone:
        return plan
    return [PlannedPatient(f"P-{name}", each.set, (name,)) for each in plan for name in each.lymph_nodes]


def draw_cohort(rng: np.random.Generator, times: int = 1, alone: bool = False, biased: bool = True) -> Cohort:
    """Draw one cohort: 129 lymph nodes of 77 patients, or as `planned` says; without `biased` readers differ by
    chance alone."""
    plan = planned(rng, times, alone)
    owner = np.repeat(np.arange(len(plan)), [len(each.lymph_nodes) for each in plan])
    values = MEAN + SD * (_normal(CORRELATION, owner, rng))
    first = values[:, :2]
    inter, intra = (
        first + biased * bias + sd * _normal(OF_DIFFERENCES, owner, rng, shared=0.0)
        for bias, sd in ((INTER_BIAS, INTER_SD), (INTRA_BIAS, INTRA_SD))
    )
    dice = DICE_MEAN + DICE_SD * _normal(np.eye(1), owner, rng)[:, 0]
    names = [name for each in plan for name in each.lymph_nodes]
    scores = dict(zip(names, map(tuple, first.tolist()), strict=True))
    patients, outcomes = _outcomes(plan, scores, rng)
    clinical = simulated_patients([each.id for each in plan], rng, [each.set for each in plan])
    by_patient = np.array([(p.t_stage == "T3-4", p.dose_gy, p.concurrent_chemotherapy) for p in clinical], dtype=float)
    recurred = np.array([outcomes[name].local_recurrence for name in names])
    died = np.array([patients[each.id].died for each in plan])[owner] & ~recurred
    responded = np.array([outcomes[name].responded for name in names], dtype=float)
    return Cohort(
        first,
        inter,
        intra,
        values[:, 2],
        dice,
        np.column_stack([by_patient[owner], responded]),
        np.array([outcomes[name].local_control_months for name in names]),
        recurred,
        died,
        owner,
        np.array([each.set == "training" for each in plan])[owner],
    )


def _outcomes(plan: list[PlannedPatient], scores: dict[str, tuple[float, float]], rng: np.random.Generator):
    """By patient, by lymph node. One set at a time: fewer or more than 77 patients take the first draw of all."""
    patients, lymph_nodes = {}, {}
    for of in ("training", "validation"):
        found = simulated_outcomes([each for each in plan if each.set == of], scores, rng)
        patients.update((outcome.patient, outcome) for outcome in found[0])
        lymph_nodes.update((outcome.lymph_node, outcome) for outcome in found[1])
    return patients, lymph_nodes


def _normal(correlation: Floats, owner: NDArray[np.intp], rng: np.random.Generator, shared: float = SHARED) -> Floats:
    """(n, k) standard normal, with a part that all lymph nodes of a patient share."""
    root = np.linalg.cholesky(correlation).T
    of_patient = rng.normal(size=(int(owner.max()) + 1, len(correlation))) @ root
    own = rng.normal(size=(len(owner), len(correlation))) @ root
    return np.asarray(np.sqrt(shared) * of_patient[owner] + np.sqrt(1 - shared) * own)
