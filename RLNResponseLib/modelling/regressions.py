"""The regressions that a fitted score may come from: what each is called and who is cited for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Regression:
    """One kind.

    Attributes
    ----------
    name
        In a sentence.
    source
        Whose software it equals, and the paper.
    """

    name: str
    source: str


REGRESSIONS: Mapping[str, Regression] = {
    "lasso": Regression("LASSO logistic regression", "as glmnet (Friedman et al. 2010, doi 10.18637/jss.v033.i01)"),
    "ridge": Regression(
        "ridge logistic regression", "as glmnet (le Cessie and van Houwelingen 1992, doi 10.2307/2347628)"
    ),
    "firth": Regression("Firth's logistic regression", "as logistf (Heinze and Schemper 2002, doi 10.1002/sim.1047)"),
}


def regression_name(development: Mapping[str, Any]) -> str:
    """What a fitted card's score comes from.

    Parameters
    ----------
    development
        The card's block; empty for a published score.

    Returns
    -------
    str
        "" for a published score. Cards that do not say were all fitted by the LASSO.

    Examples
    --------
    >>> regression_name({"penalty": "ridge"}), regression_name({"lambda": 0.1}), regression_name({})
    ('ridge logistic regression', 'LASSO logistic regression', '')
    """
    return REGRESSIONS[development.get("penalty", "lasso")].name if development else ""
