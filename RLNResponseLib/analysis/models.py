"""The scores of a study: the published one judged on its lymph nodes, and one fitted on its own, for one outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from RLNResponseLib.agreement.readings import ReadingTable
from RLNResponseLib.analysis.cases import WHOLE, known_rows, rows_where
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.names import label
from RLNResponseLib.common.tables import Table, numbers
from RLNResponseLib.common.types import Progress
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.modelling.fitting.case_table import CaseTable, case_table, cases_of, ratings_of
from RLNResponseLib.modelling.fitting.compare import USUAL_RULE, Compared, compare
from RLNResponseLib.modelling.fitting.development import Penalty, Recipe
from RLNResponseLib.modelling.fitting.fit import Fit, FitOptions, fit
from RLNResponseLib.modelling.fitting.fitted_card import CardTexts, fitted_card, write_card
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.fitting.out_of_fold import FoldScores, OutOfFold, fold_scores
from RLNResponseLib.modelling.fitting.recipes import default_recipe
from RLNResponseLib.modelling.fitting.splits import group_codes
from RLNResponseLib.modelling.model_card import read_model_card
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import ScoreDifference, ScoreValidation, score_difference, validate_model
from RLNResponseLib.modelling.table_score import columns_of, table_scores
from RLNResponseLib.modelling.validation.validation import larger_volume_means_event
from RLNResponseLib.study.protocol import IccRule
from RLNResponseLib.study.split import SETS

_VOLUME = "original_shape_MeshVolume"


@dataclass(frozen=True)
class ScoreChoice:
    """How a study's own scores are fitted, where it is not the paper's way.

    Attributes
    ----------
    penalty
        Which regression.
    redundancy
        Of |Spearman's ρ|, above which one feature of two is kept; None keeps all.
    compare
        Whether the other regressions are fitted beside it.
    """

    penalty: Penalty = "lasso"
    redundancy: float | None = None
    compare: bool = False

    def recipe(self, cases: int, rule: IccRule) -> Recipe:
        """The recipe for so many cases, with the usual λ of the regression."""
        made = default_recipe(cases)
        return replace(made, icc=rule, penalty=self.penalty, rule=USUAL_RULE[self.penalty], redundancy=self.redundancy)


PAPER_CHOICE = ScoreChoice()


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One score on one set of lymph nodes.

    Attributes
    ----------
    set
        "training" or "validation"; "all" where nobody split them.
    validation
        None where there is a reason.
    difference
        Of the score between the classes; None where there is a reason.
    reason
        Why there is nothing; "" where there is.
    """

    set: str
    validation: ScoreValidation | None
    difference: ScoreDifference | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OutcomeModels:
    """One outcome.

    Attributes
    ----------
    outcome
        The column.
    published
        The paper's score on training and validation lymph nodes.
    fitted
        On the training lymph nodes; None where it could not be.
    fitted_reason
        Why it could not; "" where it could.
    card
        Of the fitted score.
    validated
        The fitted score on the validation lymph nodes.
    unseen
        Every training lymph node, in their order, by scores that had not seen its patient; those too whose outcome
        is not known, as who is left out for dying early is left out of no curve.
    left_out
        Lymph nodes whose outcome is not known, by set.
    compared
        The regressions beside one another on the training lymph nodes; none where nobody asked.
    """

    outcome: str
    published: tuple[Judged, ...]
    fitted: Fit | None
    fitted_reason: str
    card: ScoreModel | None
    validated: Judged | None
    unseen: OutOfFold | None
    left_out: Mapping[str, int]
    compared: tuple[Compared, ...] = ()


def sets_of(cases: Table) -> tuple[str, ...]:
    """The sets that lymph nodes are analysed in, the one that scores are fitted on first.

    Parameters
    ----------
    cases
        Of `study_cases`.

    Returns
    -------
    tuple of str
        "training" and "validation", or "training" where nobody is in the other; "all" where nobody split them.
    """
    sets = {row["set"] for row in cases.rows}
    if WHOLE in sets:
        return (WHOLE,)
    return SETS if SETS[1] in sets else SETS[:1]


def outcome_models(
    cases: Table,
    outcome: str,
    published: ScoreModel,
    readings: ReadingTable,
    rule: IccRule,
    own: Extraction,
    folder: Path,
    seed: int,
    progress: Progress = lambda done, total: None,
    resamples: int = CORRECTION_RESAMPLES,
    choice: ScoreChoice = PAPER_CHOICE,
) -> OutcomeModels:
    """Judge the published score and fit the study's own.

    Parameters
    ----------
    cases
        Of `study_cases`.
    outcome
        A column of yes and no; rows where it is empty are left out and counted.
    published
        The published score model.
    readings
        For the ICC filter.
    rule
        Of the ICC filter.
    own
        The study's features, which the fit chooses from, and their settings, which its card states.
    folder
        Where the fitted card goes.
    seed
        What every random draw is derived from.
    progress
        Called with how many steps are done, and of how many.
    resamples
        How many times the patients are drawn again.
    choice
        Which regression, and whether redundant features are left out before it.

    Returns
    -------
    OutcomeModels
    """
    known = known_rows(cases, (outcome,))
    sets = sets_of(cases)
    first = sets[0]
    tables = {name: rows_where(known, {"set": name}) for name in sets}
    left_out = {name: len(rows_where(cases, {"set": name}).rows) - len(tables[name].rows) for name in sets}
    larger = _larger_volume_means_event(tables[first], outcome)
    published_by_set = tuple(_judged(published, tables[name], outcome, name, seed, larger) for name in sets)
    try:
        training = case_table(tables[first], outcome, "patient", [name for name in own.names if name in known.columns])
        recipe = choice.recipe(len(training.outcome), rule)
        options = FitOptions(recipe=recipe, resamples=resamples, seed=seed)
        ratings, patients = ratings_of(readings, training)
        fitted = fit(training, options, ratings, progress)
        folds = fold_scores(cases_of(training, ratings), options.recipe, seed)
        unseen = _unseen(folds, training, rows_where(cases, {"set": first}))
        compared = compare(fitted, ratings, lambda done, _: progress(resamples + done, 0)) if choice.compare else ()
    except DataRefusedError as refusal:
        return OutcomeModels(
            outcome=outcome,
            published=published_by_set,
            fitted=None,
            fitted_reason=str(refusal) if tables[first].rows else nobody_known(outcome),
            card=None,
            validated=None,
            unseen=None,
            left_out=left_out,
        )
    path = folder / f"fitted-{outcome.replace('_', '-')}.json"
    texts = CardTexts(
        title=f"Score of this study for {outcome.replace('_', ' ')}",
        outcome=outcome,
        group="patient",
        icc_patients=patients,
    )
    write_card(fitted_card(fitted, texts, path.stem, own.settings), path)
    card = read_model_card(path)
    validated = None
    if len(sets) > 1:
        validated = _judged(card, tables[sets[1]], outcome, sets[1], seed, larger)
    return OutcomeModels(
        outcome=outcome,
        published=published_by_set,
        fitted=fitted,
        fitted_reason="",
        card=card,
        validated=validated,
        unseen=unseen,
        left_out=left_out,
        compared=compared,
    )


def nobody_known(outcome: str) -> str:
    """That nobody's outcome is known.

    Parameters
    ----------
    outcome
        The column.

    Returns
    -------
    str

    Examples
    --------
    >>> nobody_known("response")
    'The response is not known of any lymph node here.'
    """
    name = label(outcome)
    return f"The {name[0].lower()}{name[1:]} is not known of any lymph node here."


def _judged(model: ScoreModel, table: Table, outcome: str, name: str, seed: int, larger: bool | None) -> Judged:
    if not table.rows:
        return Judged(set=name, validation=None, difference=None, reason=nobody_known(outcome))
    try:
        cases: CaseTable = case_table(table, outcome, "patient", _needed(model, table))
        validation = validate_model(model, cases, seed=seed, larger_volume_means_event=larger)
        return Judged(set=name, validation=validation, difference=score_difference(validation.scores, cases.outcome))
    except DataRefusedError as refusal:
        return Judged(set=name, validation=None, difference=None, reason=str(refusal))


def _unseen(folds: FoldScores, known: CaseTable, training: Table) -> OutOfFold:
    # The patients of the folds keep their numbers; others come after them.
    codes = group_codes([*known.patient_names, *(row["patient"] for row in training.rows)])
    return folds.judge(numbers(training, known.names), codes[len(known.patient_names) :])


def _larger_volume_means_event(training: Table, outcome: str) -> bool | None:
    """The volume's direction in the training lymph nodes; None where it cannot be told."""
    try:
        cases = case_table(training, outcome, "patient", [_VOLUME])
        return larger_volume_means_event(cases.features[:, 0], cases.outcome)
    except DataRefusedError:
        return None


def _needed(model: ScoreModel, table: Table) -> list[str]:
    """The model's features as its card wants them extracted, and the volume that is judged beside it.

    Where the table has none of that kind, `table_scores` says so.
    """
    volume = [_VOLUME] if _VOLUME in table.columns else []
    return list(dict.fromkeys([*(columns_of(model, table) or model.coefficients), *volume]))


def scores_by_lymph_node(model: ScoreModel, table: Table) -> dict[str, float]:
    """The score of each row, by lymph node.

    Parameters
    ----------
    model
        The score model.
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    dict[str, float]
    """
    if not table.rows:
        return {}
    values = table_scores(model, table).tolist()
    return dict(zip((row["lymph_node"] for row in table.rows), values, strict=True))
