"""Response, second local recurrence and death of simulated lymph nodes, drawn from the published scores.

Response: the log-odds are a straight line in Rad-score. The published means and SD of responders and non-responders
give it, for two normal distributions of one SD: slope (1.243 − 0.698) / 0.433² = 2.9 through the odds of 75 : 27 at the
middle of the means. (Rad-score itself as log-odds, slope 1, would put the means 0.2 to 0.3 apart and not 0.545: the
LASSO shrinks.)

Local control: the log-odds of two years without recurrence are a straight line in Rad-score-2-year, the published odds
of 23 : 67 at the published cutoff. The paper gives no means of this score; the slope is the one that gives about its
AUC of 0.857 with the spread that the score has on these phantoms. The time to the second recurrence is exponential with
the rate −ln(p) / 24 a month, so that S(24) = p.

Death before a recurrence competes: exponential with one rate for everyone, one time for all lymph nodes of a patient.

So the truth behind every later analysis is known. Clinical variables change nothing, and response changes the time to
recurrence only as far as the two scores are related.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.demo.cohort_patients import PUBLISHED_PATIENTS, PlannedPatient
from RLNResponseLib.modelling.score_model import probability
from RLNResponseLib.study.patients import LymphNodeOutcome, PatientOutcome, RecistCategory
from RLNResponseLib.survival.endpoint import STATES, TWO_YEARS_MONTHS, control_codes
from RLNResponseLib.survival.follow_up import FollowUp


@dataclass(frozen=True)
class Link:
    """From a score to a probability: log-odds = log_odds_at_middle + slope · (score − middle).

    Attributes
    ----------
    middle
        A score, log-odds.
    log_odds_at_middle
        Of the event there.
    slope
        Log-odds of the event for one more of the score.
    """

    middle: float
    log_odds_at_middle: float
    slope: float

    def probability(self, score: float) -> float:
        """The probability that the score gives."""
        return probability(self.log_odds_at_middle + self.slope * (score - self.middle))


# Published group means 1.243 and 0.698 with SD 0.433, 75 responders to 27 non-responders.
RESPONSE_LINK = Link((1.243 + 0.698) / 2, math.log(75 / 27), (1.243 - 0.698) / 0.433**2)
# Published cutoff, 23 controlled to 67 not; the slope as the module says.
CONTROL_LINK = Link(-1.015, math.log(23 / 67), 7.0)
# Gives about 12 of 102 lymph nodes whose patient dies within two years before a recurrence.
DEATHS_A_MONTH = 0.0098
# Everyone is followed beyond the endpoint: the paper loses lymph nodes to early deaths only.
FOLLOW_UP_MONTHS = (24.5, 60.0)
# Assumed: the paper gives responders and non-responders only.
COMPLETE_SHARE = 0.3
PROGRESSIVE_SHARE = 0.35

# Published counts by set: responders; two-year controlled; left out for an early death, lymph nodes and patients. Of
# validation the last two are not published.
PUBLISHED_COUNTS: Mapping[str, tuple[int, ...]] = {"training": (75, 23, 12, 7), "validation": (18, 5)}
_DRAWS = 2000


@dataclass(frozen=True, kw_only=True)
class _Draw:
    """One draw of everything for all lymph nodes (n,): response; months to recurrence, death and last contact.

    Months are to a tenth, as a hospital's table has them, so that there are ties.

    Attributes
    ----------
    responds
        (n,) bool.
    recurrence, death, follow_up
        (n,), months to recurrence, death and last contact.
    """

    responds: NDArray[np.bool_]
    recurrence: Floats
    death: Floats
    follow_up: Floats

    @property
    def last(self) -> Floats:
        """The last day on which the patient is watched."""
        return np.minimum(self.death, self.follow_up)

    @property
    def watched(self) -> FollowUp:
        """Time to the recurrence or to the end of watching."""
        return FollowUp(np.minimum(self.recurrence, self.last), self.recurrence <= self.last)

    @property
    def died(self) -> Bools:
        """The patient died while watched."""
        return self.death <= self.follow_up


def simulated_outcomes(
    plan: Sequence[PlannedPatient], scores: Mapping[str, tuple[float, float]], rng: np.random.Generator
) -> tuple[tuple[PatientOutcome, ...], tuple[LymphNodeOutcome, ...]]:
    """Outcomes of the planned patients and their lymph nodes, in the plan's order.

    With the paper's 77 patients the draw is taken, of 2000, whose counts come closest to the published ones;
    conditional on the counts it is still drawn from the scores. A smaller cohort takes the first draw.

    Parameters
    ----------
    plan
        The patients with their lymph nodes.
    scores
        Lymph node → (Rad-score, Rad-score-2-year) of reader 1's first contour.
    rng
        The random numbers.

    Returns
    -------
    tuple[tuple[PatientOutcome, ...], tuple[LymphNodeOutcome, ...]]
    """
    names = [name for patient in plan for name in patient.lymph_nodes]
    owner = np.array([number for number, patient in enumerate(plan) for _ in patient.lymph_nodes])
    p_response = np.array([RESPONSE_LINK.probability(scores[name][0]) for name in names])
    p_control = np.array([CONTROL_LINK.probability(scores[name][1]) for name in names])
    in_training = np.array([plan[number].set == "training" for number in owner])
    is_published_size = len(plan) == PUBLISHED_PATIENTS
    draws = (_draw(p_response, p_control, owner, rng) for _ in range(_DRAWS if is_published_size else 1))
    best = min(draws, key=lambda draw: _distance(draw, owner, in_training))
    return _records(plan, names, owner, best, rng)


def _draw(p_response: Floats, p_control: Floats, owner: NDArray[np.intp], rng: np.random.Generator) -> _Draw:
    patients = int(owner.max()) + 1
    rate = -np.log(p_control) / TWO_YEARS_MONTHS
    return _Draw(
        responds=rng.random(len(owner)) < p_response,
        recurrence=_to_tenths(rng.exponential(1 / rate)),
        death=_to_tenths(rng.exponential(1 / DEATHS_A_MONTH, patients))[owner],
        follow_up=_to_tenths(rng.uniform(*FOLLOW_UP_MONTHS, patients))[owner],
    )


def _to_tenths(months: Floats) -> Floats:
    tenths: Floats = np.maximum(months.round(1), 0.1)
    return tenths


def _distance(draw: _Draw, owner: NDArray[np.intp], in_training: NDArray[np.bool_]) -> int:
    """How many cases apart the counts of a draw and the published ones are, in all."""
    distance = 0
    states = control_codes(draw.watched, draw.died)
    for name, of_set in (("training", in_training), ("validation", ~in_training)):
        left_out = (states == STATES.index("left out")) & of_set
        counts = (
            int(np.count_nonzero(draw.responds & of_set)),
            int(np.count_nonzero((states == STATES.index("controlled")) & of_set)),
            int(np.count_nonzero(left_out)),
            len(np.unique(owner[left_out])),
        )
        # As many as are published of this set.
        distance += sum(abs(count - known) for count, known in zip(counts, PUBLISHED_COUNTS[name], strict=False))
    return distance


def _records(
    plan: Sequence[PlannedPatient],
    names: Sequence[str],
    owner: NDArray[np.intp],
    draw: _Draw,
    rng: np.random.Generator,
) -> tuple[tuple[PatientOutcome, ...], tuple[LymphNodeOutcome, ...]]:
    watched, died, last = draw.watched, draw.died, draw.last
    first = np.unique(owner, return_index=True)[1]
    patients = tuple(
        PatientOutcome(patient.id, died=bool(died[n]), follow_up_months=float(last[n]))
        for patient, n in zip(plan, first, strict=True)
    )
    lymph_nodes = tuple(
        LymphNodeOutcome(
            lymph_node=name,
            recist=_recist(bool(draw.responds[n]), rng),
            local_control_months=float(watched.months[n]),
            local_recurrence=bool(watched.event[n]),
        )
        for n, name in enumerate(names)
    )
    return patients, lymph_nodes


def _recist(responds: bool, rng: np.random.Generator) -> RecistCategory:
    if responds:
        return "CR" if rng.random() < COMPLETE_SHARE else "PR"
    return "PD" if rng.random() < PROGRESSIVE_SHARE else "SD"
