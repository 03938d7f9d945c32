"""A score model applied to every row of a feature table, from the columns that its card means."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from RLNResponseLib.common.cells import is_missing
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers
from RLNResponseLib.common.tables import Table, numbers
from RLNResponseLib.features.wanted import feature_column
from RLNResponseLib.modelling.harmonisation import refuse_unnamed_centre
from RLNResponseLib.modelling.score_model import ScoreModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SETTINGS = "settings"


def model_columns(model: ScoreModel, columns: Collection[str], settings: Collection[str]) -> tuple[str, ...] | None:
    """The columns of a table that hold the model's features as its card wants them extracted.

    Parameters
    ----------
    model
        A score model.
    columns
        Of the table.
    settings
        What its column "settings" says, cell by cell; nothing where it has none, and is taken at its word.

    Returns
    -------
    tuple[str, ...] | None
        In the order of the coefficients; None where the table's features were extracted with other settings.

    """
    stated = set(settings) - {""}
    names = tuple(model.coefficients)
    if not model.assumed or not stated:
        return names
    candidates = {tuple(feature_column(name, model.settings, of_table) for name in names) for of_table in stated}
    chosen = candidates.pop()
    if candidates or (chosen != names and not set(chosen) <= set(columns)):
        return None
    return chosen


def columns_of(model: ScoreModel, table: Table) -> tuple[str, ...] | None:
    """The columns of a table that hold the model's features as its card wants them extracted.

    Parameters
    ----------
    model
        A score model.
    table
        Of features.

    Returns
    -------
    tuple[str, ...] | None
        As `model_columns`.

    """
    return model_columns(model, table.columns, _said_settings(table))


def _said_settings(table: Table) -> list[str]:
    return [row[SETTINGS] for row in table.rows] if SETTINGS in table.columns else []


def refuse_empty(model: ScoreModel) -> None:
    """A score that is the same for every lymph node tells none from another.

    Parameters
    ----------
    model
        The score model.

    Raises
    ------
    DataRefusedError
        empty-card.
    """
    if not any(model.coefficients.values()):
        raise DataRefusedError(
            f"The score model '{model.id}' has no feature, so its score is the same for every lymph node and there is "
            "nothing to judge; take another score, or fit one on more lymph nodes.",
            "empty-card",
        )


def table_scores(model: ScoreModel, table: Table) -> NDArray[np.float64]:
    """Rad-score (n,) = intercept + Σ coefficient · feature, from the table's columns of those full names.

    A table made by `rlnresponse extract` says in its column "settings" how each row was extracted: the digest must be
    that of the model's settings, where its card states any, or the table must have columns of the model's own settings
    (`model_columns`). A table without that column is taken at its word.

    Parameters
    ----------
    model
        The score model.
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    NDArray[np.float64]

    Raises
    ------
    DataRefusedError
        missing-column, bad-number, other-settings, empty-card; of a harmonised card also centre-unnamed, no-centre,
        unknown-centre.
    """
    import numpy as np

    features = formula_features(model, table)
    return np.asarray(model.intercept + features @ np.array(list(model.coefficients.values())))


def formula_features(model: ScoreModel, table: Table) -> NDArray[np.float64]:
    """What the formula takes of every row, (n, p) in the order of its coefficients: its features, of a harmonised card
    each row's by the parameters of its own centre, which the card's column names.

    Parameters
    ----------
    model
        The score model.
    table
        As in `table_scores`.

    Returns
    -------
    NDArray[np.float64]

    Raises
    ------
    DataRefusedError
        as `table_scores`.
    """
    measured, harmonisation = score_features(model, table), model.harmonisation
    if harmonisation is None:
        return measured
    if harmonisation.column not in table.columns:
        refuse_unnamed_centre(harmonisation, model.id)
    import numpy as np

    names, features = centre_names(table, harmonisation.column), tuple(model.coefficients)
    terms = {centre: [harmonisation.affine(centre, feature) for feature in features] for centre in dict.fromkeys(names)}
    intercepts = np.array([[term.intercept for term in terms[name]] for name in names])
    slopes = np.array([[term.slope for term in terms[name]] for name in names])
    return np.asarray(intercepts + slopes * measured)


def centre_names(table: Table, column: str) -> tuple[str, ...]:
    """The centre of each row.

    Parameters
    ----------
    table
        The table, one row a lymph node.
    column
        Such as "site" or "scanner".

    Returns
    -------
    tuple of str

    Raises
    ------
    DataRefusedError
        missing-column, lost-digits, look-alike-identifiers, no-centre for an empty cell.
    """
    names = identifiers(table, column)
    for row, name in enumerate(names):
        if is_missing(name):
            raise DataRefusedError(
                f"{table.where(row, column)}: the centre is empty; say where the lymph node is from, or leave the row "
                "out.",
                "no-centre",
            )
    return names


def score_features(model: ScoreModel, table: Table) -> NDArray[np.float64]:
    """The formula's features of every row as they were measured, (n, p) in the order of its coefficients.

    Parameters
    ----------
    model
        The score model.
    table
        As in `table_scores`.

    Returns
    -------
    NDArray[np.float64]

    Raises
    ------
    DataRefusedError
        as `table_scores`.
    """
    refuse_empty(model)
    columns = columns_of(model, table)
    if columns is None:
        said = _said_settings(table)
        name = next(iter(model.coefficients))
        own = [not of_table or feature_column(name, model.settings, of_table) == name for of_table in said]
        raise DataRefusedError(
            f"{table.where(own.index(False))}: the features were extracted with other settings than the score "
            f"model '{model.id}' assumes; extract with the card's settings or use another model.",
            "other-settings",
        )
    return numbers(table, columns)
