"""Where each lymph node of a table is from: its centre or scanner, by a column of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.types import Bools
from RLNResponseLib.common.wording import listed, p_words, percent
from RLNResponseLib.modelling.fitting.case_table import CaseTable
from RLNResponseLib.modelling.fitting.combat import outcome_differs
from RLNResponseLib.modelling.table_score import centre_names

_DIFFERS_BELOW = 0.05
_MOST_NAMES = 8


@dataclass(frozen=True, kw_only=True)
class Centres:
    """The centres of a table's lymph nodes.

    Attributes
    ----------
    column
        That names them.
    names
        (S,), in the order of the table.
    codes
        (n,), whole numbers from 0, by `names`.
    """

    column: str
    names: tuple[str, ...]
    codes: NDArray[np.intp]

    __repr__ = short_repr


def centres_of(table: CaseTable, column: str) -> Centres:
    """The centres of cases.

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.
    column
        That names the centre.

    Returns
    -------
    Centres

    Raises
    ------
    DataRefusedError
        as `centre_names`.
    """
    names = centre_names(table.table, column)
    found = tuple(dict.fromkeys(names))
    at = {name: code for code, name in enumerate(found)}
    return Centres(column=column, names=found, codes=np.array([at[name] for name in names], dtype=np.intp))


def refuse_patients_at_two(table: CaseTable, centres: Centres) -> None:
    """Refuse a patient with lymph nodes of two centres: leaving one centre out would not leave the patient out.

    Parameters
    ----------
    table
        The lymph nodes.
    centres
        Theirs.

    Raises
    ------
    DataRefusedError
        patient-at-two-centres.
    """
    seen: dict[str, int] = {}
    for row, patient in enumerate(table.patient_names):
        first = seen.setdefault(patient, row)
        if centres.codes[first] != centres.codes[row]:
            raise DataRefusedError(
                f"{table.table.name}, rows {table.table.row_number(first)} and {table.table.row_number(row)}: one "
                f"patient is at two centres by the column {centres.column}, so leaving one centre out would not leave "
                "the patient out; correct it, or keep the patient's rows of one centre.",
                "patient-at-two-centres",
            )


def harmonised_sentence(centres: Centres) -> str:
    """What was done to the features of a harmonised score, for terminal and card.

    Parameters
    ----------
    centres
        Over which.

    Returns
    -------
    str
    """
    sizes = [f"{name} {int((centres.codes == code).sum())}" for code, name in enumerate(centres.names)]
    return (
        f"The features were harmonised by ComBat over {len(centres.names)} centres (column {centres.column}; lymph "
        f"nodes: {listed(sizes, _MOST_NAMES)}), estimated on the training lymph nodes alone and without the outcome; "
        "the correction repeats it in every resample. A centre that is not among them cannot be scored."
    )


def centre_findings(centres: Centres, outcome: Bools) -> list[Finding]:
    """What speaks against harmonising over these centres.

    Parameters
    ----------
    centres
        Of the lymph nodes.
    outcome
        (n,).

    Returns
    -------
    list of Finding
    """
    p = outcome_differs(outcome, centres.codes)
    if p >= _DIFFERS_BELOW:
        return []
    shares = [float(outcome[centres.codes == code].mean()) for code in range(len(centres.names))]
    return [
        Finding(
            code="outcome-by-centre",
            severity="warning",
            message=f"The share with the outcome is {percent(min(shares))} to {percent(max(shares))} between centres "
            f"({p_words(p)}): what ComBat takes off as the centres' may in part be the outcome's.",
        )
    ]
