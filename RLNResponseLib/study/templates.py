"""The templates of the clinical tables: our column names, and one example row that never becomes a patient."""

from __future__ import annotations

from collections.abc import Mapping

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identity
from RLNResponseLib.common.tables import Table, csv_text

EXAMPLE_PATIENT, EXAMPLE_LYMPH_NODE = "EXAMPLE", "EXAMPLE-1"
_CELLS: Mapping[str, str | float] = {
    "patient": EXAMPLE_PATIENT,
    "site": "A",
    "gender": "female",
    "age_years": 61.0,
    "t_stage": "T3-4",
    "n_involved": "yes",
    "months_to_recurrence": 14.5,
    "postoperative_chemotherapy": "no",
    "concurrent_chemotherapy": "yes",
    "dose_gy": 60.0,
    "died": "no",
    "follow_up_months": 26.0,
    "lymph_node": EXAMPLE_LYMPH_NODE,
    "image": "EXAMPLE-CT",
    "scanner": "A-1",
    "station": "4R",
    "site_left_mm": -21.5,
    "site_posterior_mm": 12.0,
    "site_superior_mm": -340.0,
    "recist": "PR",
    "local_control_months": 18.2,
    "local_recurrence": "yes",
}


def template_csv(header: tuple[str, ...]) -> str:
    """A clinical table to fill in, with one example row.

    Parameters
    ----------
    header
        PATIENT_HEADER or LYMPH_NODE_HEADER.

    Returns
    -------
    str
    """
    return csv_text(header, [{name: _CELLS[name] for name in header}])


def refuse_example(table: Table) -> None:
    """Raise DataRefusedError (example-row) where the template's example was left in: it is no patient.

    Parameters
    ----------
    table
        Patients or lymph nodes under our column names.

    Raises
    ------
    DataRefusedError
        example-row.
    """
    examples = {identity(EXAMPLE_PATIENT), identity(EXAMPLE_LYMPH_NODE)}
    for line, row in enumerate(table.rows):
        if any(identity(row[name]) in examples for name in ("patient", "lymph_node") if name in row):
            raise DataRefusedError(
                f"{table.where(line)} is the example of the template, no patient; remove the row.", "example-row"
            )
