"""What a fitted score adds to clinical variables of the table that made it, by scores that had not seen the patient."""

from __future__ import annotations

from RLNResponseLib.modelling.fitting.case_table import CaseTable, cases_of
from RLNResponseLib.modelling.fitting.cases import ReaderRatings
from RLNResponseLib.modelling.fitting.clinical_columns import ClinicalColumns
from RLNResponseLib.modelling.fitting.fit import FitOptions
from RLNResponseLib.modelling.fitting.out_of_fold import fold_scores
from RLNResponseLib.modelling.validation.added_value import AddedValue, added_value


def added_out_of_fold(
    table: CaseTable, clinical: ClinicalColumns, options: FitOptions, ratings: ReaderRatings | None = None
) -> AddedValue:
    """Judge what is added by the group that each lymph node has by a score that had not seen its patient.

    The score as fitted has seen the outcomes that the test is about, and is favoured. The scores of the folds have no
    common scale, and are made from each other's patients: pooled they call noise significant in 10% of tables at 5%,
    by their groups in 7.5% (docs/simulations.md).

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.
    clinical
        Clinical columns of the same rows.
    options
        How the score was fitted.
    ratings
        For the ICC filter, as it was fitted.

    Returns
    -------
    AddedValue
        Its coefficient is the log-odds between the groups.

    Raises
    ------
    DataRefusedError
        as `fold_scores` and `added_value`.
    """
    unseen = fold_scores(cases_of(table, ratings), options.recipe, options.seed).judge(table.features, table.patients)
    return added_value(
        clinical.values, clinical.names, unseen.above.astype(float), table.outcome, table.patients, options.seed
    )
