"""What a centre tells of a frozen score on its lymph nodes: sums and counts, no row of a patient.

Exactly what is in it stands in docs/centres.md. Nothing is told of a centre of fewer than 20 patients, and no count of
fewer than five.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import current_software
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.centres import CentreFigures, centre_figures
from RLNResponseLib.modelling.validation.multi_reader import auc_covariance
from RLNResponseLib.modelling.validation.score_classes import (
    FEWEST_OF_A_CENTRE,
    FEWEST_TOLD,
    ScoreClasses,
    ToldClasses,
    refuse_few_to_tell,
    told_classes,
)
from RLNResponseLib.study.self_verifying import DIGEST, with_digest

SCHEMA = "rlnresponse-centre-summary/2"
# Its errors counted lymph nodes as if each were another patient's.
SCHEMA_BY_LYMPH_NODE = "rlnresponse-centre-summary/1"
# Each round tells a little more of the scores of a centre; Newton's method needs four to six.
MOST_ROUNDS = 10
# How far a round may go from the one before, in intercept and slope.
LONGEST_STEP = 2.0
# Figures of the scores in a first summary (an AUC's variance, slope and intercept with their errors, the sum of the
# probabilities, eight sums of the likelihood of which one says nothing new), and in each round after it. They are at
# most half as many as the scores that they are of: of as many lymph nodes they would give back every score.
_FIGURES, _FIGURES_A_ROUND = 13, 8


@dataclass(frozen=True)
class CardName:
    """Which frozen card.

    Attributes
    ----------
    id, sha256
        Its ID and its digest.
    """

    id: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CalibrationRound:
    """Where the likelihood of intercept + slope · log-odds is looked at, by all centres alike.

    Attributes
    ----------
    number
        From 1.
    intercept, slope
        The first round's are 0 and 1: the card's own probabilities.
    """

    number: int = 1
    intercept: float = 0.0
    slope: float = 1.0

    def refuse_unreachable(self) -> None:
        """Refuse a round that no combining of summaries asks for.

        The sums at a slope of hundreds are counts of lymph nodes beyond a score of the asker's choice, and two such
        tell of one patient by their difference. Newton's bounded steps from 0 and 1 never come there.

        Raises
        ------
        DataRefusedError
            bad-round.
        """
        furthest = LONGEST_STEP * (self.number - 1) + 1e-9
        away = max(abs(self.intercept), abs(self.slope - 1))
        if not (1 <= self.number <= MOST_ROUNDS and away <= furthest):
            raise DataRefusedError(
                f"Round {self.number} at intercept {self.intercept:g} and slope {self.slope:g} is none that centres "
                f"combine asks for ({MOST_ROUNDS} rounds, steps of {LONGEST_STEP:g} at most), and might tell of single "
                "patients; nothing is told.",
                "bad-round",
            )


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """How the log-likelihood of a centre's outcomes changes at a round's intercept and slope.

    Attributes
    ----------
    gradient
        (2,), by intercept and slope.
    information
        (2, 2), Fisher's.
    by_patient
        (2, 2), what each patient adds to the gradient, its squares and products added up: the middle of the sandwich;
        None in a summary of old, which counted lymph nodes.
    """

    gradient: Floats
    information: Floats
    by_patient: Floats | None

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class CentreSummary:
    """One centre's file.

    Attributes
    ----------
    card
        Whose score.
    figures
        The centre with its counts, AUC, slope, intercept, observed over expected.
    twice_wins
        Twice the pairs in which the lymph node with the outcome scores higher, a tie counting one.
    variance
        Of the AUC, patients as clusters (Obuchowski 1997).
    expected
        Events by the card's probabilities.
    beyond
        Lymph nodes with and without the outcome beyond the cutoff; None where that would tell of fewer than five.
    round
        Where `likelihood` was looked at.
    likelihood
        For the calibration of all centres together.
    classes
        Of the log-odds, as the card states them.
    told
        By class: of lymph nodes with the outcome, and without.
    errors_by
        What all errors in it count: patients, or in a summary of old lymph nodes, as if each were another patient's.
    digest
        The file's own.
    """

    card: CardName
    figures: CentreFigures
    twice_wins: int
    variance: float
    expected: float
    beyond: tuple[int, int] | None
    round: CalibrationRound
    likelihood: Likelihood
    classes: ScoreClasses
    told: tuple[tuple[ToldClasses, ...], tuple[ToldClasses, ...]]
    errors_by: Literal["patient", "lymph node"]
    digest: str

    __repr__ = short_repr

    @property
    def others(self) -> int:
        """Lymph nodes without the outcome."""
        return self.figures.lymph_nodes - self.figures.events

    @property
    def pairs(self) -> int:
        """Lymph nodes with the outcome times those without."""
        return self.figures.events * self.others


@dataclass(frozen=True, kw_only=True)
class CentreCases:
    """What a centre knows and does not tell.

    Attributes
    ----------
    centre
        Its name.
    log_odds
        (n,), of the outcome by the card.
    outcome
        (n,).
    patients
        (n,), whole numbers: whose lymph node each is.
    """

    centre: str
    log_odds: Floats
    outcome: Bools
    patients: NDArray[np.intp]

    __repr__ = short_repr


def frozen_name(model: ScoreModel) -> CardName:
    """Which frozen card a model is of.

    Parameters
    ----------
    model
        The score model.

    Returns
    -------
    CardName

    Raises
    ------
    DataRefusedError
        not-frozen.
    """
    if not model.frozen:
        raise DataRefusedError(
            f"The card '{model.id}' is not frozen, so nobody could tell that all centres judged the same score; freeze "
            "it with rlnresponse centres freeze, and send that file.",
            "not-frozen",
        )
    return CardName(model.id, model.frozen[DIGEST])


def summarise(model: ScoreModel, cases: CentreCases, today: date, at: CalibrationRound | None = None) -> dict[str, Any]:
    """A centre's summary as JSON, with its digest.

    Parameters
    ----------
    model
        Of a frozen card.
    cases
        The centre's.
    today
        When it is made.
    at
        The round of calibration; None is the first.

    Returns
    -------
    dict

    Raises
    ------
    DataRefusedError
        not-frozen; bad-round; few-to-tell below 20 patients, five with or without the outcome, or twice as many lymph
        nodes as figures of them; one-class, no-score.
    """
    card = frozen_name(model)
    at = at or CalibrationRound()
    at.refuse_unreachable()
    _refuse_small(cases, at)
    figures = centre_figures(cases.centre, cases.log_odds, cases.outcome, cases.patients)
    value, variance = auc_covariance(cases.log_odds[None], cases.outcome, cases.patients)
    found = likelihood(cases.log_odds, cases.outcome, at, cases.patients)
    classes = ScoreClasses.from_json(model.frozen["classes"])
    by_class = classes.of(cases.log_odds)
    above = cases.log_odds > model.cutoff.sign * model.cutoff.value
    told = {
        name: told_classes(by_class[of], cases.patients[of], above[of])
        for name, of in (("events", cases.outcome), ("others", ~cases.outcome))
    }
    from scipy.special import expit

    pairs = 2 * figures.events * (figures.lymph_nodes - figures.events)
    return with_digest(
        {
            "schema": SCHEMA,
            "notice": RESEARCH_USE_ONLY,
            "card": {"id": card.id, "sha256": card.sha256},
            "centre": cases.centre,
            "made_on": today.isoformat(),
            "lymph_nodes": figures.lymph_nodes,
            "events": figures.events,
            "patients": figures.patients,
            "errors_by": "patient",
            "auc": {"twice_wins": round(float(value[0]) * pairs), "variance": float(variance[0, 0])},
            "measures": {name: [each.value, each.error] for name, each in figures.measures.items()},
            "reasons": dict(figures.reasons),
            "expected": float(expit(cases.log_odds).sum()),
            "beyond_cutoff": _beyond(cases, above),
            "round": vars(at),
            "likelihood": {
                "gradient": found.gradient.tolist(),
                "information": found.information.tolist(),
                "by_patient": np.asarray(found.by_patient).tolist(),
            },
            "classes": {
                **classes.as_json(),
                **{name: [[each.first, each.last, each.lymph_nodes] for each in of] for name, of in told.items()},
            },
            "fewest_patients_told": FEWEST_TOLD,
            "software": {"rlnresponse": current_software().rlnresponse, "numpy": current_software().numpy},
        }
    )


def lymph_nodes_for(at: CalibrationRound) -> int:
    """How many lymph nodes of a centre a summary takes.

    Parameters
    ----------
    at
        Of which round.

    Returns
    -------
    int

    Examples
    --------
    >>> [lymph_nodes_for(CalibrationRound(number=number)) for number in (1, 2, 4)]
    [26, 42, 74]
    """
    return 2 * (_FIGURES + _FIGURES_A_ROUND * (at.number - 1))


def _refuse_small(cases: CentreCases, at: CalibrationRound) -> None:
    patients, lymph_nodes, least = len(np.unique(cases.patients)), len(cases.outcome), lymph_nodes_for(at)
    if at.number > 1 and lymph_nodes < least:
        raise DataRefusedError(
            f"Round {at.number} takes {least} lymph nodes, and {cases.centre} has {lymph_nodes}: so many sums of so "
            "few determine their scores; combine without this round, or without this centre.",
            "few-to-tell",
        )
    if patients < FEWEST_OF_A_CENTRE or lymph_nodes < least:
        raise DataRefusedError(
            f"{cases.centre} has {lymph_nodes} lymph nodes of {patients} patients, and a summary takes {least} of "
            f"{FEWEST_OF_A_CENTRE}: its figures of fewer nearly determine their scores; export when there are more.",
            "few-to-tell",
        )
    for of in (cases.outcome, ~cases.outcome):
        refuse_few_to_tell(len(np.unique(cases.patients[of])))


def likelihood(log_odds: Floats, outcome: Bools, at: CalibrationRound, patients: Ints) -> Likelihood:
    """The likelihood of outcomes where logit P = intercept + slope · log-odds.

    Parameters
    ----------
    log_odds, outcome
        (n,).
    at
        Intercept and slope.
    patients
        (n,), whole numbers: whose lymph node each is.

    Returns
    -------
    Likelihood

    Examples
    --------
    Two patients, who add 1/2 − 1/2 and −1/2 − 1/2:

    >>> outcome, patients = np.array([True, False, False, False]), np.array([0, 0, 1, 1])
    >>> found = likelihood(np.zeros(4), outcome, CalibrationRound(), patients)
    >>> found.gradient.tolist(), found.information.tolist(), found.by_patient.tolist()
    ([-1.0, 0.0], [[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
    """
    from scipy.special import expit

    line = at.intercept + at.slope * log_odds
    design, fitted = np.column_stack([np.ones(len(log_odds)), log_odds]), expit(line)
    scores = design * (outcome - fitted)[:, None]
    whose = np.unique(patients, return_inverse=True)[1]
    summed = np.zeros((int(whose.max()) + 1, 2))
    np.add.at(summed, whose, scores)
    return Likelihood(
        gradient=design.T @ (outcome - fitted),
        information=design.T @ (design * (fitted * (1 - fitted))[:, None]),
        by_patient=summed.T @ summed,
    )


def _beyond(cases: CentreCases, above: Bools) -> list[int] | None:
    """Beyond the cutoff with the outcome and without; None where any of the four fields has one to four patients."""
    fields = [side & of for side in (above, ~above) for of in (cases.outcome, ~cases.outcome)]
    if any(0 < len(np.unique(cases.patients[field])) < FEWEST_TOLD for field in fields):
        return None
    return [int(field.sum()) for field in fields[:2]]
