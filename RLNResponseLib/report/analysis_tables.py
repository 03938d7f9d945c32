"""The clinical tables of an unblinded study, joined for analysis: one row a patient, or one row a lymph node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from RLNResponseLib.study.clinical import PATIENT_COLUMNS, ClinicalTables
from RLNResponseLib.study.tables import Table
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL, two_year_state

_PATIENT_NAMES = tuple(column.name for column in PATIENT_COLUMNS)
_LYMPH_NODE_NAMES = ("station", "recist", "response", "local_control_months", "local_recurrence", TWO_YEAR_CONTROL)
# What says which group a lymph node is in, or follows from it: a test of it between the groups would go in a circle.
_DEFINING = ("set", "local_control_months", "local_recurrence")


def patient_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """One row a patient who is in a set: `patient`, `set`, `lymph_nodes` ("one", "two or more"), the clinical variables.

    title  the study's; the table is named by it
    """
    counts: dict[str, int] = {}
    for lymph_node in tables.lymph_nodes:
        counts[lymph_node.patient] = counts.get(lymph_node.patient, 0) + 1
    rows = [
        {
            "patient": name,
            "set": sets[name],
            "lymph_nodes": "one" if counts.get(name) == 1 else "two or more",
            **variables,
        }
        for name, variables in _patient_variables(tables).items()
        if name in sets
    ]
    return Table(f"{title}, patients", ("patient", "set", "lymph_nodes", *_PATIENT_NAMES), tuple(rows))


def lymph_node_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """One row a lymph node whose patient is in a set: `lymph_node`, `patient`, `set`, its outcome, its patient's variables.

    title             the study's; the table is named by it
    response          yes for CR and PR
    two_year_control  "controlled", "failed", or empty where neither is known (early death, lost before two years)
    """
    patients = _patient_variables(tables)
    died = {outcome.patient: outcome.died for outcome in tables.patient_outcomes}
    rows = []
    for lymph_node, outcome in zip(tables.lymph_nodes, tables.lymph_node_outcomes, strict=True):
        if lymph_node.patient in sets:
            state = two_year_state(outcome, died[lymph_node.patient])
            values = {
                "lymph_node": lymph_node.id,
                "patient": lymph_node.patient,
                "set": sets[lymph_node.patient],
                "station": lymph_node.station,
                "recist": outcome.recist,
                "response": outcome.responded,
                "local_control_months": outcome.local_control_months,
                "local_recurrence": outcome.local_recurrence,
                TWO_YEAR_CONTROL: state if state in ("controlled", "failed") else None,
            }
            rows.append({**{name: _cell(value) for name, value in values.items()}, **patients[lymph_node.patient]})
    columns = ("lymph_node", "patient", "set", *_LYMPH_NODE_NAMES, *_PATIENT_NAMES)
    return Table(f"{title}, lymph nodes", columns, tuple(rows))


def control_table(tables: ClinicalTables, sets: Mapping[str, str], title: str) -> Table:
    """`lymph_node_table` for the comparison by `two_year_control`, without the set and the times that define the groups."""
    return without_what_defines_control(lymph_node_table(tables, sets, title))


def without_what_defines_control(table: Table) -> Table:
    """A table of lymph nodes without the columns that say which are controlled, or follow from it."""
    return replace(table, columns=tuple(name for name in table.columns if name not in _DEFINING))


def _patient_variables(tables: ClinicalTables) -> dict[str, dict[str, str]]:
    pairs = zip(tables.patients, tables.patient_outcomes, strict=True)
    return {
        patient.id: {name: _cell({**vars(outcome), **vars(patient)}[name]) for name in _PATIENT_NAMES}
        for patient, outcome in pairs
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)
