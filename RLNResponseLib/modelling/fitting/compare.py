"""The three regressions on the same cases, each with its own correction: what the choice of one is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Progress
from RLNResponseLib.modelling.fitting.case_table import CaseTable, cases_of
from RLNResponseLib.modelling.fitting.cases import ReaderRatings
from RLNResponseLib.modelling.fitting.cross_validation import Rule
from RLNResponseLib.modelling.fitting.development import Penalty
from RLNResponseLib.modelling.fitting.fit import Fit, FitOptions, develop_by
from RLNResponseLib.modelling.fitting.optimism import Optimism, optimism

# The λ that each takes where nobody says otherwise: one SE from the best is for a score of fewer features, which a
# ridge never is.
USUAL_RULE: Mapping[Penalty, Rule] = {"lasso": "1se", "ridge": "min", "firth": "min"}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One regression on the cases.

    Attributes
    ----------
    penalty
        Which.
    features
        How many it uses; 0 with a reason.
    corrected
        Its figures, apparent and corrected; None where there is a reason.
    reason
        Why there is none; "" where there is.
    """

    penalty: Penalty
    features: int
    corrected: Optimism | None
    reason: str = ""


def compare(
    fit: Fit, ratings: ReaderRatings | None = None, progress: Progress = lambda done, total: None
) -> tuple[Compared, ...]:
    """Fit the cases of a score by the other regressions, with the same filter, redundancy, folds and resamples.

    Parameters
    ----------
    fit
        The fitted score; it is one of the three, and not fitted again.
    ratings
        For the ICC filter, as it was fitted.
    progress
        Called with how many resamples are done, and of how many.

    Returns
    -------
    tuple of Compared
        In the order of `USUAL_RULE`, each with its usual λ but the fit's own.
    """
    own = fit.options.recipe.penalty
    others = [penalty for penalty in USUAL_RULE if penalty != own]
    found = {own: Compared(penalty=own, features=len(fit.coefficients), corrected=fit.corrected)}
    for number, penalty in enumerate(others):
        within = _part(progress, number, len(others))
        found[penalty] = _other(fit.table, fit.options, penalty, ratings, within)
    return tuple(found[penalty] for penalty in USUAL_RULE)


def _part(progress: Progress, number: int, parts: int) -> Progress:
    def within(done: int, total: int) -> None:
        progress(number * total + done, parts * total)

    return within


def _other(
    table: CaseTable, options: FitOptions, penalty: Penalty, ratings: ReaderRatings | None, progress: Progress
) -> Compared:
    recipe = replace(options.recipe, penalty=penalty, rule=USUAL_RULE[penalty], relax=False)
    centres = options.centres
    cases = cases_of(table, ratings, None if centres is None else centres.codes)
    try:
        score = develop_by(cases, replace(options, recipe=recipe))
        corrected = optimism(cases, score, replace(recipe, repeats=1), options.resamples, options.seed, progress)
    except DataRefusedError as refusal:
        return Compared(penalty=penalty, features=0, corrected=None, reason=str(refusal))
    return Compared(penalty=penalty, features=int(score.selected.sum()), corrected=corrected)
