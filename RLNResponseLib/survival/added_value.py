"""What a score adds to clinical variables over time: the likelihood ratio of two Cox models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.statistics.estimates import chi_square_p
from RLNResponseLib.survival.cox import CoxFit, cox
from RLNResponseLib.survival.follow_up import FollowUp

# Of the events, for each coefficient: under that the likelihood ratio is not as χ².
_FEWEST_EVENTS = 5


@dataclass(frozen=True, kw_only=True)
class AddedToCox:
    """The Cox model of clinical variables, and the same with a score.

    Attributes
    ----------
    alone, together
        Both, on the same rows.
    left_out
        Rows of which a clinical variable is not known.
    chisq, p
        Of the partial likelihoods' ratio, one degree of freedom.
    new_information
        Share of the larger model's likelihood-ratio statistic that is not the smaller one's.
    """

    alone: CoxFit
    together: CoxFit
    left_out: int
    chisq: float
    p: float
    new_information: float

    def as_json(self) -> dict[str, Any]:
        """What is added, as the command line prints it."""
        return {
            "clinical": list(self.alone.terms),
            "n": self.together.rows,
            "events": self.together.events,
            "left_out": self.left_out,
            "likelihood_ratio": {"chisq": self.chisq, "df": 1, "p": self.p},
            "new_information": self.new_information,
            "cox": self.together.as_json(),
        }


def added_to_cox(
    follow_up: FollowUp,
    clinical: Floats,
    names: Sequence[str],
    score: Floats,
    score_name: str,
    patients: Ints | None = None,
) -> AddedToCox:
    """Judge what a score adds, as R's ``anova`` of two ``coxph`` with Efron's ties.

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    clinical
        (n, k), the clinical variables; NaN where one is not known, which leaves the row out.
    names
        (k,), what they are called.
    score
        (n,), of scores that had not seen the lymph node, or of a formula from elsewhere.
    score_name
        What it is called.
    patients
        (n,) whole numbers from 0: whose lymph node a row is; for the errors of the larger model.

    Returns
    -------
    AddedToCox

    Raises
    ------
    DataRefusedError
        few-events, and what `cox` refuses.
    """
    known = np.asarray(np.isfinite(clinical).all(axis=1))
    followed, x = follow_up.of(known), clinical[known]
    whose = None if patients is None else patients[known]
    events = int(followed.event.sum())
    if events < _FEWEST_EVENTS * (len(names) + 1):
        raise DataRefusedError(
            f"{events} events are too few for {len(names) + 1} coefficients, and under {_FEWEST_EVENTS} for each say "
            "nothing of what a score adds; name fewer clinical variables, or add lymph nodes.",
            "few-events",
        )
    alone = cox(followed, x, names)
    together = cox(followed, np.column_stack([x, score[known]]), (*names, score_name), whose)
    chisq = max(0.0, 2 * (together.log_likelihood - alone.log_likelihood))
    explained = 2 * (together.log_likelihood - together.log_likelihood_null)
    return AddedToCox(
        alone=alone,
        together=together,
        left_out=int((~known).sum()),
        chisq=chisq,
        p=chi_square_p(chisq, 1),
        new_information=chisq / explained if explained > 0 else 0.0,
    )
