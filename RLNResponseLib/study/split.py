"""Which patients train and which validate, where that was written down: results/split.csv."""

from __future__ import annotations

from collections.abc import Mapping

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import refuse_missing
from RLNResponseLib.study.study import Study

SETS = ("training", "validation")
SPLIT_FILE = "split.csv"


def recorded_split(study: Study) -> Mapping[str, str] | None:
    """Patient → set, as results/split.csv has it (columns patient, set).

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    Mapping or None
        None where nobody split the patients.

    Raises
    ------
    DataRefusedError
        bad-split, and what reading a table refuses.
    """
    file = study.folder / "results" / SPLIT_FILE
    if not file.is_file():
        return None
    table = read_table(file)
    refuse_missing(table, ["patient", "set"])
    for line, row in enumerate(table.rows):
        if row["set"] not in SETS:
            raise DataRefusedError(
                f"{table.where(line)}: the set is neither training nor validation; correct it.", "bad-split"
            )
    return {row["patient"]: row["set"] for row in table.rows}
