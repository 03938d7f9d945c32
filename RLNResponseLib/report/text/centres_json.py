"""What the command line prints of a score at several centres as JSON: unrounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.fitting.internal_external import InternalExternal
from RLNResponseLib.modelling.validation.centres import MEASURES, CentreFigures, MeasureName, PooledMeasure
from RLNResponseLib.modelling.validation.combined import Combined
from RLNResponseLib.statistics.estimates import Estimate


def figures_json(figures: CentreFigures) -> dict[str, Any]:
    """A centre's figures, unrounded.

    Parameters
    ----------
    figures
        Of one centre.

    Returns
    -------
    dict
    """
    return {
        "centre": figures.centre,
        "lymph_nodes": figures.lymph_nodes,
        "events": figures.events,
        "patients": figures.patients,
        **{name: _estimate_json(figures.estimate(name)) for name in MEASURES},
        "reasons": dict(figures.reasons),
    }


def pooled_json(pooled: Mapping[MeasureName, PooledMeasure]) -> dict[str, Any]:
    """What is pooled by random effects, unrounded.

    Parameters
    ----------
    pooled
        By figure.

    Returns
    -------
    dict
    """
    return {
        name: {
            "centres": of.effects.count,
            "mean": _estimate_json(of.mean),
            "prediction": [of.prediction.lower, of.prediction.upper],
            "tau": _estimate_json(of.effects.tau),
            "tau2": of.effects.tau2,
            "i2": of.effects.i2,
            "q": of.effects.q,
            "p": of.effects.p,
        }
        for name, of in pooled.items()
    }


def _estimate_json(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else vars(estimate).copy()


def internal_external_json(found: InternalExternal) -> dict[str, Any]:
    """As the command line prints it.

    Parameters
    ----------
    found
        By centre.

    Returns
    -------
    dict
    """
    return {
        "centres": [
            {**figures_json(each.figures), "trained_on": each.trained_on, "features": list(each.features)}
            for each in found.centres
        ],
        "failed": dict(found.failed),
        "pooled": pooled_json(found.pooled),
        "warnings": [{"code": finding.code, "message": finding.message} for finding in found.warnings],
        "notice": RESEARCH_USE_ONLY,
    }


def combined_json(found: Combined) -> dict[str, Any]:
    """As the command line prints and writes it, without its digest.

    Parameters
    ----------
    found
        Of the summaries.

    Returns
    -------
    dict
    """
    calibration = found.calibration
    return {
        "notice": RESEARCH_USE_ONLY,
        "card": vars(found.card).copy(),
        "centres": [
            {**figures_json(each.figures), "errors_by": each.errors_by, "sha256": each.digest} for each in found.centres
        ],
        "auc_within_centres": _estimate_json(found.within),
        "auc_all_pairs_in_classes": {**found.classes.as_json(), "between": list(found.in_classes)},
        "auc_all_pairs": {"between": list(found.unrounded)},
        "observed_over_expected": _estimate_json(found.observed_over_expected),
        "sensitivity": _estimate_json(found.sensitivity),
        "specificity": _estimate_json(found.specificity),
        "calibration": None
        if calibration is None
        else {
            "round": found.centres[0].round.number,
            "intercept": _estimate_json(calibration.intercept),
            "slope": _estimate_json(calibration.slope),
            "converged": calibration.converged,
        },
        "next_round": None
        if calibration is None or calibration.next_round is None
        else vars(calibration.next_round).copy(),
        "pooled": pooled_json(found.pooled),
    }
