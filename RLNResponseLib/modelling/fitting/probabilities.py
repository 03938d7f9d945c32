"""What the probabilities of a fitted score are worth on new patients, in figures and in words, and the formula that was
recalibrated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from RLNResponseLib.common.wording import percent
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.probability_worth import LARGEST_SLOPE, LEAST_SCALED_BRIER
from RLNResponseLib.modelling.validation.validation import Validation


def recalibrated(fit: Fit) -> dict[str, Any]:
    """Intercept and coefficients of the formula that is recalibrated by the cross-validated slope.

    Parameters
    ----------
    fit
        The fitted score, recalibrated.

    Returns
    -------
    dict[str, Any]
    """
    again = fit.recalibration
    assert again is not None
    coefficients = {name: again.slope * value for name, value in fit.coefficients.items()}
    return {"intercept": again.of(fit.score.intercept), "coefficients": coefficients}


def probabilities(fit: Fit) -> dict[str, float | None]:
    """What the probabilities of the score, before it is recalibrated, are worth on new patients.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    dict[str, float or None]
        Corrected Brier, scaled Brier and calibration slope; None where one is not defined.
    """
    figures = fit.corrected.figures
    found = {
        "brier": figures["brier"].corrected,
        "scaled_brier": fit.scaled_brier,
        "calibration_slope": figures["calibration_slope"].corrected,
    }
    return {name: float(value) if np.isfinite(value) else None for name, value in found.items()}


def is_no_better_than_the_share(fit: Fit) -> bool:
    """Whether the probabilities of the score as fitted are not to be used, as far as the data tell.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    bool
    """
    return not fit.scaled_brier >= LEAST_SCALED_BRIER


def without_unusable_curve(fit: Fit, validation: Validation) -> Validation:
    """The figures without a decision curve where the score's probability is not to be used: net benefit takes a
    probability at its word.

    Parameters
    ----------
    fit
        The fitted score, with its correction.
    validation
        The score as fitted on some cases.

    Returns
    -------
    Validation
    """
    if validation.decision_curve is None or not is_no_better_than_the_share(fit):
        return validation
    return replace(validation, decision_curve=None, decision_curve_reason="the score's probability is not to be used")


def probability_sentences(fit: Fit) -> tuple[str, ...]:
    """What the probabilities of a fitted score are not worth, and what was done about it; nothing where they may do.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    tuple of str
    """
    if not fit.coefficients:
        return ()
    slope, share = fit.corrected.figures["calibration_slope"].corrected, fit.table.outcome.mean()
    said = []
    if is_no_better_than_the_share(fit):
        said.append(
            "The probabilities of the score as fitted are on new patients no better than giving everyone the share "
            f"with the outcome, {percent(share)}, as far as these data tell (scaled Brier {fit.scaled_brier:.2f}); it "
            "may rank lymph nodes, and its probability is not to be used."
        )
    if not 1 / LARGEST_SLOPE <= slope <= LARGEST_SLOPE:
        lie = "too near to the share with the outcome" if slope > 1 else "too far apart"
        said.append(
            f"The probabilities of the score as fitted do not come true: on new patients their calibration slope is "
            f"{slope:.1f}, so that they lie {lie}."
        )
    again = fit.recalibration
    if again is not None:
        said.append(
            f"Recalibrated: {again.intercept:.3g} + {again.slope:.3g} × the score as fitted, by its slope on lymph "
            "nodes not seen; AUC and groups are those of the score as fitted."
        )
    return tuple(said)
