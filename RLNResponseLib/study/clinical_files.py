"""Clinical tables as hospitals have them: CSV, XLSX, a REDCap export; dates become months, and are not kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers
from RLNResponseLib.common.table_file import MAXIMUM_BYTES, TableOptions, read_table
from RLNResponseLib.common.tables import Table
from RLNResponseLib.study.clinical import LYMPH_NODE_HEADER, PATIENT_HEADER, ClinicalTables, parse_clinical

DAYS_A_MONTH = 365.25 / 12

# months column: (from, to); `to` takes the first date that is there.
_INTERVALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "months_to_recurrence": ("esophagectomy_date", ("recurrence_date",)),
    "follow_up_months": ("radiotherapy_end_date", ("death_date", "last_contact_date")),
    "local_control_months": ("radiotherapy_end_date", ("local_recurrence_date", "last_contact_date")),
}
_DATE_COLUMNS = frozenset(
    {"esophagectomy_date", "recurrence_date", "radiotherapy_end_date", "death_date", "last_contact_date"}
) | {"local_recurrence_date"}
_REDCAP_ID = "record_id"
_REDCAP_INSTRUMENT = "redcap_repeat_instrument"
_REDCAP_INSTANCE = "redcap_repeat_instance"


def read_clinical_files(
    patients: Path,
    lymph_nodes: Path,
    of_patients: TableOptions | None = None,
    of_lymph_nodes: TableOptions | None = None,
) -> ClinicalTables:
    """Both clinical tables from CSV or XLSX files with our column names (study create writes templates), or REDCap
    exports.

    Instead of a months column there may be dates (ISO, or a date cell of XLSX): esophagectomy_date and recurrence_date
    for months_to_recurrence; radiotherapy_end_date with death_date or last_contact_date for follow_up_months, and with
    local_recurrence_date or last_contact_date for local_control_months. A lymph node takes dates that its own row
    lacks from its patient's. A month is 30.4375 days.

    A REDCap export (it has the column record_id) may be the same file for both: rows of a repeating instrument are
    lymph nodes, `record_id` is the patient, and columns that are not ours are left out.

    Parameters
    ----------
    patients
        File with one row a patient.
    lymph_nodes
        File with one row a lymph node.
    of_patients, of_lymph_nodes
        What is said of each file beside: its sheet, its missing codes.

    Returns
    -------
    ClinicalTables
        Judged, without any date.

    Raises
    ------
    DataRefusedError
        bad-cell (also for dates that cannot be), lost-digits, look-alike-identifiers, and what `read_table` and
        `parse_clinical` refuse.

    """
    patient_table = read_table(patients, of_patients, MAXIMUM_BYTES)
    lymph_node_table = read_table(lymph_nodes, of_lymph_nodes, MAXIMUM_BYTES)
    if _REDCAP_ID in patient_table.columns:
        patient_table = _from_redcap(patient_table, PATIENT_HEADER, repeating=False)
    if _REDCAP_ID in lymph_node_table.columns:
        lymph_node_table = _from_redcap(lymph_node_table, LYMPH_NODE_HEADER, repeating=True)
    patient_table = _with_plain_identifiers(patient_table, ("patient",))
    lymph_node_table = _with_plain_identifiers(lymph_node_table, ("patient", "lymph_node", "image"))
    dates = {
        row.get("patient", ""): {column: row[column] for column in _DATE_COLUMNS & set(row)}
        for row in patient_table.rows
    }
    lymph_node_table = _with_months(
        lymph_node_table, LYMPH_NODE_HEADER, lambda row: {**dates.get(row.get("patient", ""), {}), **_stated(row)}
    )
    return parse_clinical(_with_months(patient_table, PATIENT_HEADER, _stated), lymph_node_table)


def _from_redcap(table: Table, header: tuple[str, ...], *, repeating: bool) -> Table:
    """The patients' or the lymph nodes' rows of a REDCap export under our column names."""
    rows, numbers = [], []
    for line, row in enumerate(table.rows):
        if _REDCAP_INSTRUMENT in row and bool(row[_REDCAP_INSTRUMENT]) is not repeating:
            continue
        kept = {name: value for name, value in row.items() if name in header or name in _DATE_COLUMNS}
        kept["patient"] = kept.get("patient") or row[_REDCAP_ID]
        if repeating and not kept.get("lymph_node"):
            kept["lymph_node"] = f"{row[_REDCAP_ID]}-{row.get(_REDCAP_INSTANCE) or 1}"
        rows.append(kept)
        numbers.append(table.row_number(line))
    ours = ("patient", "lymph_node") if repeating else ("patient",)
    columns = dict.fromkeys((*ours, *(name for name in table.columns if name in header or name in _DATE_COLUMNS)))
    return replace(
        table,
        columns=tuple(columns),
        rows=tuple({name: row.get(name, "") for name in columns} for row in rows),
        row_numbers=tuple(numbers),
    )


def _with_plain_identifiers(table: Table, columns: tuple[str, ...]) -> Table:
    """The table whose identifiers are as they are matched: a patient's is one in both tables."""
    names = {column: identifiers(table, column) for column in columns if column in table.columns}
    rows = tuple({**row, **{column: names[column][line] for column in names}} for line, row in enumerate(table.rows))
    return replace(table, rows=rows)


def _stated(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[name] for name in _DATE_COLUMNS & set(row) if row[name]}


def _with_months(
    table: Table, header: tuple[str, ...], dates_of: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> Table:
    """The table without its dates, and with the months that they give where no months are stated."""
    columns = [name for name in table.columns if name not in _DATE_COLUMNS]
    rows = []
    for number, row in enumerate(table.rows):
        dates = dates_of(row)
        kept = {name: row[name] for name in columns}
        for months, (start, stops) in _INTERVALS.items():
            stop = next((name for name in stops if dates.get(name)), None)
            if months in header and not kept.get(months) and dates.get(start) and stop:
                months_text = _months(dates, start, stop, table.where(number))
                kept[months] = months_text.replace(".", table.style(months).decimal)
        rows.append(kept)
    extra = [name for name in _INTERVALS if name not in columns and any(name in row for row in rows)]
    names = (*columns, *extra)
    return replace(table, columns=names, rows=tuple({name: row.get(name, "") for name in names} for row in rows))


def _months(dates: Mapping[str, str], start: str, stop: str, where: str) -> str:
    days = (_date(dates[stop], stop, where) - _date(dates[start], start, where)).days
    if days < 0:
        raise DataRefusedError(f"{where}: {stop} is before {start}; correct one of the dates.", "bad-cell")
    return repr(round(days / DAYS_A_MONTH, 3))


def _date(text: str, column: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DataRefusedError(
            f"{where}, column {column}: the value is not a date like 2026-03-01; correct it, or leave the cell empty.",
            "bad-cell",
        ) from None
