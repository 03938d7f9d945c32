"""ComBat: what centres add to features by their scanners and protocols, estimated on training lymph nodes, taken off.

Johnson, Li and Rabinovic 2007 (doi 10.1093/biostatistics/kxj037), for images Fortin et al. 2018 (doi
10.1016/j.neuroimage.2017.11.024): after the covariates are taken off, every feature has a shift and a scale at every
centre, and each centre's are drawn towards their mean over the features (parametric empirical Bayes). The outcome is
none of the covariates: a feature that was harmonised with it has been told the answer (docs/simulations.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats

# Orlhac et al. 2022 (doi 10.2967/jnumed.121.262464) ask for 20 to 30 patients of a centre.
FEWEST_PATIENTS_OF_CENTRE = 20
# Where the published programmes stop, so that their figures are met to the last digit; a relative change, in which they
# do not count that of a shift below 0.
_STOP, _MOST_STEPS = 1e-4, 1000


@dataclass(frozen=True, kw_only=True)
class Combat:
    """What was estimated of S centres and p features, q covariates.

    Attributes
    ----------
    mean
        (p,), of the centres' intercepts, weighted by their lymph nodes.
    sd
        (p,), within centres, of what the covariates leave; 1 where it is 0.
    covariates
        (q, p), by how much a feature rises with each covariate; it is kept.
    shift
        (S, p), in SDs (γ*).
    scale
        (S, p), times the SD (√δ*).
    """

    mean: Floats
    sd: Floats
    covariates: Floats
    shift: Floats
    scale: Floats

    __repr__ = short_repr

    def apply(self, features: Floats, centres: NDArray[np.intp], covariates: Floats | None = None) -> Floats:
        """Features (n, p) of lymph nodes of known centres (n,), each by its own centre's parameters alone.

        `covariates` (n, q) are those of the fit.
        """
        expected = self.mean if covariates is None else self.mean + covariates @ self.covariates
        standard = (features - expected) / self.sd
        return np.asarray((standard - self.shift[centres]) / self.scale[centres] * self.sd + expected)


def fit_combat(
    features: Floats,
    centres: NDArray[np.intp],
    covariates: Floats | None = None,
    names: Sequence[str] = (),
    centre_names: Sequence[str] = (),
) -> Combat:
    """Estimate what each centre adds to each feature.

    Parameters
    ----------
    features
        (n, p) of training lymph nodes, finite.
    centres
        (n,), whole numbers from 0.
    covariates
        (n, q), such as age, whose part in the features is kept; never the outcome.
    names, centre_names
        For messages.

    Returns
    -------
    Combat
        With one feature, of which nothing can be learnt about the others, its shift and scale are as estimated.

    Raises
    ------
    DataRefusedError
        few-centres (under two); few-in-centre (a centre with under two lymph nodes, or one that the covariates tell
        completely); flat-feature (a feature that has one value at a centre and several at others).

    Examples
    --------
    The second centre measures 10 more of both features, and takes part of it back:

    >>> rng = np.random.default_rng(1)
    >>> values, centres = rng.normal(size=(200, 2)), np.repeat([0, 1], 100)
    >>> values[100:] += 10
    >>> harmonised = fit_combat(values, centres).apply(values, centres)
    >>> bool(np.abs(harmonised[:100].mean(axis=0) - harmonised[100:].mean(axis=0)).max() < 0.1)
    True
    """
    counts = np.bincount(centres)
    if len(counts) < 2:
        raise DataRefusedError(
            "All lymph nodes are of one centre, so there is nothing to harmonise; leave ComBat out, or add a centre.",
            "few-centres",
        )
    if counts.min() < 2:
        raise DataRefusedError(
            f"The centre {_name(centre_names, int(counts.argmin()))} has {int(counts.min())} lymph nodes in the "
            "training set, and a scale takes two; add some, or leave the centre out.",
            "few-in-centre",
        )
    added = np.zeros((len(features), 0)) if covariates is None else covariates
    design = np.column_stack([np.eye(len(counts))[centres], added])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise DataRefusedError(
            "The covariates tell the centres apart completely, so what is a centre's cannot be told from what is "
            "theirs; leave a covariate out.",
            "few-in-centre",
        )
    effects = np.asarray(np.linalg.lstsq(design, features, rcond=None)[0], dtype=float)
    mean = counts @ effects[: len(counts)] / len(features)
    variance = ((features - design @ effects) ** 2).mean(axis=0)
    # A feature that is the same everywhere has a variance of rounding errors, or none.
    flat = variance <= (1e-12 * np.abs(features).max(axis=0)) ** 2
    sd = np.sqrt(np.where(flat, 1.0, variance))
    standard = (features - mean - added @ effects[len(counts) :]) / sd
    shift, scale = np.zeros((len(counts), features.shape[1])), np.ones((len(counts), features.shape[1]))
    for centre in range(len(counts)):
        own = standard[centres == centre]
        still = ~flat & (np.ptp(own, axis=0) == 0)
        if still.any():
            raise DataRefusedError(
                f"The feature {_name(names, int(np.flatnonzero(still)[0]))} has one value in all lymph nodes of the "
                f"centre {_name(centre_names, centre)} and several elsewhere, so it has no scale there; exclude it.",
                "flat-feature",
            )
        shift[centre, ~flat], scale[centre, ~flat] = _of_centre(own[:, ~flat])
    return Combat(mean=mean, sd=sd, covariates=effects[len(counts) :], shift=shift, scale=scale)


def refuse_small_centres(patients: NDArray[np.intp], centres: NDArray[np.intp], names: Sequence[str]) -> None:
    """Refuse to estimate what a centre adds from too few patients.

    Parameters
    ----------
    patients, centres
        (n,), whose lymph node each is, and where; whole numbers from 0.
    names
        Of the centres.

    Raises
    ------
    DataRefusedError
        few-in-centre below `FEWEST_PATIENTS_OF_CENTRE` patients.
    """
    for centre, name in enumerate(names):
        count = len(np.unique(patients[centres == centre]))
        if count < FEWEST_PATIENTS_OF_CENTRE:
            raise DataRefusedError(
                f"The centre {name} has {count} patients in the training set, and ComBat takes "
                f"{FEWEST_PATIENTS_OF_CENTRE} of each; leave the centre out, or fit without ComBat.",
                "few-in-centre",
            )


def _of_centre(own: Floats) -> tuple[Floats, Floats]:
    """γ* and √δ* (p,) of one centre's standardised features (m, p)."""
    count, features = own.shape
    shift, variance = own.mean(axis=0), own.var(axis=0, ddof=1)
    spread = float(variance.var(ddof=1)) if features > 1 else 0.0
    if spread == 0:
        return shift, np.sqrt(variance)
    between, middle, typical = float(shift.var(ddof=1)), float(shift.mean()), float(variance.mean())
    # The inverse gamma prior with this mean and variance (method of moments).
    shape, rate = 2 + typical**2 / spread, typical + typical**3 / spread
    new_shift, new_variance = shift, variance
    for _ in range(_MOST_STEPS):
        last_shift, last_variance = new_shift, new_variance
        new_shift = (count * between * shift + last_variance * middle) / (count * between + last_variance)
        squares = ((own - new_shift) ** 2).sum(axis=0)
        new_variance = (squares / 2 + rate) / (count / 2 + shape - 1)
        moved = max(_change(last_shift, new_shift), _change(last_variance, new_variance))
        if moved <= _STOP:
            break
    return new_shift, np.sqrt(new_variance)


def _change(last: Floats, new: Floats) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.abs(new - last) / last
    return float(np.max(change)) if not np.isnan(change).any() else math.inf


def _name(names: Sequence[str], at: int) -> str:
    return str(names[at]) if names else str(at)


def outcome_differs(outcome: Bools, centres: NDArray[np.intp]) -> float:
    """p of the χ² test that the share with the outcome is the same at all centres.

    Where it is not, part of what harmonising takes off may be the outcome's.

    Parameters
    ----------
    outcome, centres
        (n,).

    Returns
    -------
    float
    """
    from RLNResponseLib.statistics.estimates import chi_square_p

    counts, events = np.bincount(centres), np.bincount(centres, outcome)
    share = outcome.mean()
    expected = counts * share * (1 - share)
    return chi_square_p(float(((events - counts * share) ** 2 / expected).sum()), len(counts) - 1)
