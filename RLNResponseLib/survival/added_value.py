"""What a score adds to clinical variables over time: two Cox models, tested by patient and by likelihood ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.modelling.validation.added_value import COUNTS
from RLNResponseLib.statistics.cluster_robust import ClusteredTest
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
    by_patient
        Wald's test of the score's coefficient with patients as clusters; None where rows are taken as independent.
    chisq, p
        Of the partial likelihoods' ratio, one degree of freedom; it counts lymph nodes as independent.
    new_information
        Share of the larger model's likelihood-ratio statistic that is not the smaller one's.
    """

    alone: CoxFit
    together: CoxFit
    left_out: int
    by_patient: ClusteredTest | None
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
            "by_patient": None if self.by_patient is None else self.by_patient.as_json(),
            "likelihood_ratio": {"chisq": self.chisq, "df": 1, "p": self.p, "counts": COUNTS},
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
        (n,) whole numbers from 0: whose lymph node a row is; for the test by patient.

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
        by_patient=_by_patient(together),
        chisq=chisq,
        p=chi_square_p(chisq, 1),
        new_information=chisq / explained if explained > 0 else 0.0,
    )


def _by_patient(fit: CoxFit) -> ClusteredTest | None:
    """Of the last covariate, by the error that is to be believed at the number of patients."""
    robust = tuple(fit.terms.values())[-1].by_patient
    if robust is None or fit.patients is None:
        return None
    return ClusteredTest(se=robust.se, df=robust.df, p=robust.p, patients=fit.patients)
