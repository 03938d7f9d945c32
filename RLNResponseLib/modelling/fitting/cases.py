"""The lymph nodes that a score is developed on, and which of their features come to the fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.icc import icc, judge
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.combat import Combat
from RLNResponseLib.modelling.fitting.redundancy import without_redundant
from RLNResponseLib.study.protocol import IccRule


@dataclass(frozen=True, kw_only=True)
class ReaderRatings:
    """The features as two readings measured them; `patients` are numbered as the cases' are.

    Attributes
    ----------
    inter
        (m, 2, p), two readers' first rounds.
    inter_patients
        (m,), whose lymph node each row of `inter` is.
    intra
        (m, 2, p), one reader's two rounds.
    intra_patients
        (m,), whose lymph node each row of `intra` is.
    """

    inter: Floats
    inter_patients: NDArray[np.intp]
    intra: Floats
    intra_patients: NDArray[np.intp]

    __repr__ = short_repr

    def drawn(self, draws: NDArray[np.intp]) -> ReaderRatings:
        """The rows of drawn patients; `draws` (patients,) is how often each was drawn."""
        inter, intra = (
            np.repeat(np.arange(len(patients)), draws[patients])
            for patients in (self.inter_patients, self.intra_patients)
        )
        return ReaderRatings(
            inter=self.inter[inter],
            inter_patients=self.inter_patients[inter],
            intra=self.intra[intra],
            intra_patients=self.intra_patients[intra],
        )

    def harmonised(self, combat: Combat, patients: NDArray[np.intp], centres: NDArray[np.intp]) -> ReaderRatings:
        """The readings as the cases' features are harmonised; `patients` and `centres` (n,) are the cases'."""
        named, first = np.unique(patients, return_index=True)
        centre_of = np.zeros(int(named[-1]) + 1, dtype=np.intp)
        centre_of[named] = centres[first]

        def applied(values: Floats, whose: NDArray[np.intp]) -> Floats:
            return np.stack([combat.apply(values[:, side], centre_of[whose]) for side in range(2)], axis=1)

        return replace(
            self,
            inter=applied(self.inter, self.inter_patients),
            intra=applied(self.intra, self.intra_patients),
        )


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Lymph nodes to develop a score on.

    Attributes
    ----------
    features
        (n, p), finite.
    outcome
        (n,), True for the modelled class.
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    ratings
        For the ICC filter; None where there is none.
    names
        (p,), which tell apart two features that are equally redundant; may be empty.
    centres
        (n,), whole numbers from 0: at whose centre each is, where features are harmonised (ComBat); None where not.
    """

    features: Floats
    outcome: NDArray[np.bool_]
    patients: NDArray[np.intp]
    ratings: ReaderRatings | None = None
    names: tuple[str, ...] = ()
    centres: NDArray[np.intp] | None = None

    __repr__ = short_repr

    def drawn(self, draws: NDArray[np.intp]) -> Cases:
        """A resample; copies of a patient keep one number, so that folds never part them."""
        rows = np.repeat(np.arange(len(self.patients)), draws[self.patients])
        ratings = self.ratings.drawn(draws) if self.ratings is not None else None
        return Cases(
            features=self.features[rows],
            outcome=self.outcome[rows],
            patients=self.patients[rows],
            ratings=ratings,
            names=self.names,
            centres=None if self.centres is None else self.centres[rows],
        )


@dataclass(frozen=True)
class KeptFeatures:
    """Which of the candidates come to the fit.

    Attributes
    ----------
    reliable
        (p,) bool, that passed the ICC rule; all, without ratings.
    kept
        (p,) bool, of these without the redundant.
    stands_for
        (p,), the number of the kept feature that stands for each, its own where it is kept; −1 where the ICC rule left
        it out.
    """

    reliable: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    stands_for: NDArray[np.intp]

    __repr__ = short_repr


def kept_features(cases: Cases, rule: IccRule, redundancy: float | None = None) -> KeptFeatures:
    """Which features come to the fit: those that pass the ICC rule, without the redundant; all, without ratings and
    threshold.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    rule
        Of the ICC filter, where the cases carry ratings.
    redundancy
        Of |Spearman's ρ|, above which one feature of two is kept; None keeps all.

    Returns
    -------
    KeptFeatures

    Raises
    ------
    DataRefusedError
        no-feature, bad-redundancy.
    """
    reliable = _reliable(cases, rule)
    if redundancy is None:
        return KeptFeatures(reliable, reliable, np.where(reliable, np.arange(len(reliable)), -1))
    columns = np.flatnonzero(reliable)
    names = [cases.names[column] for column in columns] if cases.names else []
    found = without_redundant(cases.features[:, columns], redundancy, names)
    kept, stands_for = np.zeros(len(reliable), dtype=bool), np.full(len(reliable), -1)
    kept[columns], stands_for[columns] = found.kept, columns[found.stands_for]
    return KeptFeatures(reliable, kept, stands_for)


def _reliable(cases: Cases, rule: IccRule) -> NDArray[np.bool_]:
    count = cases.features.shape[1]
    if cases.ratings is None:
        return np.ones(count, dtype=bool)
    inter, intra = icc(cases.ratings.inter, rule.form), icc(cases.ratings.intra, rule.form)
    verdicts = judge([""] * count, inter, intra, rule)
    kept = np.array([verdict.passes for verdict in verdicts])
    if not kept.any():
        raise DataRefusedError(
            f"Not one of {count} features has inter- and intra-reader ICC above {rule.threshold:g}, so there is "
            "nothing to fit; look at the contours or the threshold.",
            "no-feature",
        )
    return kept
