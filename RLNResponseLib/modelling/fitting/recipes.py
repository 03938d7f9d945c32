"""How a score is made by default, and how the paper made its two."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cross_validation import FEWEST_CASES_PER_FOLD
from RLNResponseLib.modelling.fitting.development import Recipe

_MOST_FOLDS, _FEWEST_FOLDS = 10, 3
# The paper's: ten for 102 lymph nodes; five for 90, of which ten folds would hold under ten each.
_PUBLISHED_FOLDS, _PUBLISHED_FEWER_FOLDS = 10, 5
_REPEATS = 5


def default_folds(cases: int) -> int:
    """Ten, or fewer where a fold would hold under ten cases.

    Parameters
    ----------
    cases
        How many cases.

    Returns
    -------
    int

    Raises
    ------
    DataRefusedError
        few-cases below thirty.
    """
    folds = min(_MOST_FOLDS, cases // FEWEST_CASES_PER_FOLD)
    if folds < _FEWEST_FOLDS:
        raise DataRefusedError(
            f"{cases} lymph nodes are too few to cross-validate the AUC: three folds of ten need 30; add lymph nodes.",
            "few-cases",
        )
    return folds


def default_recipe(cases: int, folds: int | None = None, by_patient: bool = True) -> Recipe:
    """Ten folds where there are enough cases, dealt by patient, five times over.

    Parameters
    ----------
    cases
        How many cases.
    folds
        How many folds.
    by_patient
        Whether a patient’s lymph nodes stay in one fold.

    Returns
    -------
    Recipe
    """
    return Recipe(
        folds=default_folds(cases) if folds is None else folds,
        repeats=_REPEATS if by_patient else 1,
        by_patient=by_patient,
    )


def published_recipe(cases: int) -> Recipe:
    """The paper's way: its folds, which deal lymph nodes, once; λ.1se; ICC above 0.75 on the estimate.

    Parameters
    ----------
    cases
        How many cases.

    Returns
    -------
    Recipe
        With ten folds, or five where ten would hold under ten lymph nodes each, as the paper's two scores have.
    """
    enough = cases >= _PUBLISHED_FOLDS * FEWEST_CASES_PER_FOLD
    return Recipe(folds=_PUBLISHED_FOLDS if enough else _PUBLISHED_FEWER_FOLDS, by_patient=False)
