"""A score model applied to every row of a feature table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.number_tables import numbers
from RLNResponseLib.study.tables import Table

SETTINGS = "settings"


def table_scores(model: ScoreModel, table: Table) -> NDArray[np.float64]:
    """Rad-score (n,) = intercept + Σ coefficient · feature, from the table's columns of those full names.

    A table made by `rlnresponse extract` says in its column "settings" how each row was extracted: the digest must be
    that of the model's settings, where its card states any. A table without that column is taken at its word. Raises DataRefusedError:
    missing-column, bad-number, other-settings.
    """
    wanted = model.settings.digest()
    if SETTINGS in table.columns and model.assumed:
        for line, row in enumerate(table.rows, start=2):
            if row[SETTINGS] not in ("", wanted):
                raise DataRefusedError(
                    f"{table.name}, row {line}: the features were extracted with other settings than the score model "
                    f"'{model.id}' assumes; extract with the card's settings or use another model.",
                    "other-settings",
                )
    features = numbers(table, list(model.coefficients))
    return np.asarray(model.intercept + features @ np.array(list(model.coefficients.values())))
