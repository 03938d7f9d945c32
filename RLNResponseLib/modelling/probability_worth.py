"""What a model card knows against the probabilities of its score, so that it stands wherever one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Under this scaled Brier probabilities carry nothing; a calibration slope further from 1 than this does not come true.
LEAST_SCALED_BRIER = 0.01
LARGEST_SLOPE = 2.0


def probability_warnings(development: Mapping[str, Any], updated: Mapping[str, Any]) -> tuple[str, ...]:
    """What is known against the probabilities of a card; nothing where nothing is.

    Parameters
    ----------
    development
        The card's block of that name; empty for a published model.
    updated
        The card's block of that name; empty where the score was not updated.

    Returns
    -------
    tuple of str
        Sentences without a capital, to stand after the score's name.

    Examples
    --------
    >>> probability_warnings({"probabilities": {"scaled_brier": -0.02, "calibration_slope": 1.1}}, {})[0][:68]
    'its probability carries nothing: on new patients it is no better tha'
    >>> probability_warnings({"probabilities": {"scaled_brier": 0.2, "calibration_slope": 1.1}}, {})
    ()
    """
    if updated and updated.get("method") != "original":
        return ("its probability was updated, and judged on no lymph nodes but those that updated it",)
    if development.get("recalibrated"):
        return ("its probability was recalibrated by the cross-validated slope, and judged on no other lymph nodes",)
    figures = development.get("probabilities") or {}
    scaled, slope = figures.get("scaled_brier"), figures.get("calibration_slope")
    said = []
    if scaled is not None and scaled < LEAST_SCALED_BRIER:
        said.append(
            "its probability carries nothing: on new patients it is no better than the share with the outcome "
            f"(corrected scaled Brier {scaled:.2f})"
        )
    if slope is not None and not 1 / LARGEST_SLOPE <= slope <= LARGEST_SLOPE:
        lie = "too near to the share with the outcome" if slope > 1 else "too far apart"
        said.append(f"its probabilities do not come true: they lie {lie} (corrected calibration slope {slope:.1f})")
    return tuple(said)
