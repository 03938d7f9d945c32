"""What the reader does to the Rad-score: its ICC, and the lymph nodes that change risk group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.bland_altman import BlandAltman, bland_altman
from RLNResponseLib.agreement.groups import Equivalence, GroupAgreement, equivalence, group_agreement
from RLNResponseLib.agreement.icc import ICC, Form, icc, icc_by_patient
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.statistics.estimates import Proportion, proportion


@dataclass(frozen=True)
class Flip:
    """A lymph node on the one side of the cutoff for the first reading and on the other for the second.

    Attributes
    ----------
    lymph_node
        Its name.
    first_score, second_score
        Log-odds.
    """

    lymph_node: str
    first_score: float
    second_score: float


@dataclass(frozen=True, kw_only=True)
class ScoreAgreement:
    """One score, two readings of each of n lymph nodes.

    Attributes
    ----------
    icc
        Of the score, F-based limits: what is printed first, since they hold the truth more often (docs/simulations.md).
    icc_by_patient
        The same with limits from resampling patients, readers fixed; None with fewer than five patients.
    limits
        Bland–Altman, log-odds.
    flip_rate
        Lymph nodes that change group, exact limits.
    patient_flip_rate
        Patients with at least one that does: patients are independent of each other, lymph nodes are not.
    flips
        Which ones, the largest change first.
    groups
        κ, AC1 and which way lymph nodes change, patients as the unit.
    equivalence
        Of the mean score, where a margin was stated.
    """

    icc: ICC
    icc_by_patient: ICC | None
    limits: BlandAltman
    flip_rate: Proportion
    patient_flip_rate: Proportion
    flips: tuple[Flip, ...]
    groups: GroupAgreement
    equivalence: Equivalence | None


def score_agreement(
    scores: NDArray[np.float64],
    lymph_nodes: Sequence[str],
    patients: NDArray[np.intp],
    cutoff: float,
    form: Form = "ICC(A,1)",
    seed: int = 0,
    beyond_is_below: bool = False,
    margin: float | None = None,
) -> ScoreAgreement:
    """Compare the scores of two readings.

    Parameters
    ----------
    scores
        (n, 2), finite, log-odds.
    lymph_nodes
        n names.
    patients
        (n,), whole numbers from 0.
    cutoff
        A score above it is in the upper group; the cards' cutoffs are strict, so equal is not above.
    form
        McGraw and Wong's name of the ICC.
    seed
        What every random draw is derived from.
    beyond_is_below
        Whether the card's rule is "<": a score equal to the cutoff is then in the upper group.
    margin
        Within which a mean difference counts as none, log-odds, stated beforehand; None tests no equivalence.

    Returns
    -------
    ScoreAgreement

    Raises
    ------
    DataRefusedError
        no-score (one is missing), bad-margin, and what `icc` refuses.

    Examples
    --------
    The second lymph node of three crosses the cutoff 0:

    >>> scores = np.array([[1.0, 1.5], [-0.5, 0.5], [-2.0, -1.0]])
    >>> agreement = score_agreement(scores, ["LN1", "LN2", "LN3"], np.array([0, 1, 2]), cutoff=0.0)
    >>> agreement.flips, agreement.flip_rate.count, agreement.flip_rate.of
    ((Flip(lymph_node='LN2', first_score=-0.5, second_score=0.5),), 1, 3)

    """
    missing = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if missing.size:
        raise DataRefusedError(
            f"Lymph node {lymph_nodes[int(missing[0])]} has no score from one of its readings; leave it out or score "
            f"it again.",
            "no-score",
        )
    ratings = scores[:, :, None]
    above = scores >= cutoff if beyond_is_below else scores > cutoff
    flipped = np.flatnonzero(above[:, 0] != above[:, 1])
    flipped = flipped[np.argsort(-np.abs(scores[flipped, 1] - scores[flipped, 0]), kind="stable")]
    count = len(np.unique(patients))
    return ScoreAgreement(
        icc=icc(ratings, form),
        icc_by_patient=icc_by_patient(ratings, patients, form, seed=seed) if count >= 5 else None,
        limits=bland_altman(ratings),
        flip_rate=proportion(len(flipped), len(scores)),
        patient_flip_rate=proportion(len(np.unique(patients[flipped])), count),
        flips=tuple(Flip(lymph_nodes[int(row)], float(scores[row, 0]), float(scores[row, 1])) for row in flipped),
        groups=group_agreement(above[:, 0], above[:, 1], patients),
        equivalence=None if margin is None else equivalence(scores[:, 0], scores[:, 1], patients, margin),
    )
