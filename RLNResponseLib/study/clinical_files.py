"""Clinical tables as hospitals have them: CSV, XLSX, a REDCap export; dates become months, and are not kept."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import MAXIMUM_BYTES, Table, make_table, parse_csv
from RLNResponseLib.study.clinical import LYMPH_NODE_HEADER, PATIENT_HEADER, ClinicalTables, parse_clinical

DAYS_A_MONTH = 365.25 / 12
# A clinical table of a thousand rows is a few hundred kB unpacked.
_MAXIMUM_UNPACKED_BYTES = 50_000_000
_MAXIMUM_RATIO = 200

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


def read_clinical_files(patients: Path, lymph_nodes: Path) -> ClinicalTables:
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

    Returns
    -------
    ClinicalTables
        Judged, without any date.

    Raises
    ------
    DataRefusedError
        bad-table, bad-cell (also for dates that cannot be), missing-package for XLSX without openpyxl, and what
        `parse_clinical` refuses.

    """
    patient_table, lymph_node_table = _read(patients), _read(lymph_nodes)
    if _REDCAP_ID in patient_table.columns:
        patient_table = _from_redcap(patient_table, PATIENT_HEADER, repeating=False)
    if _REDCAP_ID in lymph_node_table.columns:
        lymph_node_table = _from_redcap(lymph_node_table, LYMPH_NODE_HEADER, repeating=True)
    dates = {
        row.get("patient", ""): {column: row[column] for column in _DATE_COLUMNS & set(row)}
        for row in patient_table.rows
    }
    lymph_node_table = _with_months(
        lymph_node_table, LYMPH_NODE_HEADER, lambda row: {**dates.get(row.get("patient", ""), {}), **_stated(row)}
    )
    return parse_clinical(_with_months(patient_table, PATIENT_HEADER, _stated), lymph_node_table)


def _read(path: Path) -> Table:
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise _refused(path.name, f"is larger than {MAXIMUM_BYTES // 1_000_000} MB, so it is no clinical table")
        if zipfile.is_zipfile(path):
            return _read_xlsx(path)
        return parse_csv(path.read_bytes(), path.name)
    except OSError as error:
        raise _refused(path.name, f"cannot be read ({error.strerror}); check the path") from None


def _read_xlsx(path: Path) -> Table:
    openpyxl = need("openpyxl")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        packed = max(1, sum(member.compress_size for member in members))
        if unpacked > _MAXIMUM_UNPACKED_BYTES or unpacked / packed > _MAXIMUM_RATIO:
            raise _refused(path.name, "unpacks to far more than a clinical table holds; save it anew, or as CSV")
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
        sheet = book.worksheets[0]
        lines = [[_cell(value) for value in line] for line in sheet.iter_rows(values_only=True)]
        book.close()
    except DataRefusedError:
        raise
    # A damaged workbook can fail in openpyxl in as many ways as it can be damaged.
    except Exception:
        raise _refused(path.name, "cannot be read as XLSX; save it anew, or as CSV") from None
    return make_table(path.name, lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _from_redcap(table: Table, header: tuple[str, ...], *, repeating: bool) -> Table:
    """The patients' or the lymph nodes' rows of a REDCap export under our column names."""
    rows = []
    for row in table.rows:
        if _REDCAP_INSTRUMENT in row and bool(row[_REDCAP_INSTRUMENT]) is not repeating:
            continue
        kept = {name: value for name, value in row.items() if name in header or name in _DATE_COLUMNS}
        kept["patient"] = kept.get("patient") or row[_REDCAP_ID]
        if repeating and not kept.get("lymph_node"):
            kept["lymph_node"] = f"{row[_REDCAP_ID]}-{row.get(_REDCAP_INSTANCE) or 1}"
        rows.append(kept)
    ours = ("patient", "lymph_node") if repeating else ("patient",)
    columns = dict.fromkeys((*ours, *(name for name in table.columns if name in header or name in _DATE_COLUMNS)))
    return Table(table.name, tuple(columns), tuple({name: row.get(name, "") for name in columns} for row in rows))


def _stated(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[name] for name in _DATE_COLUMNS & set(row) if row[name]}


def _with_months(
    table: Table, header: tuple[str, ...], dates_of: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> Table:
    """The table without its dates, and with the months that they give where no months are stated."""
    columns = [name for name in table.columns if name not in _DATE_COLUMNS]
    rows = []
    for number, row in enumerate(table.rows, start=2):
        dates = dates_of(row)
        kept = {name: row[name] for name in columns}
        for months, (start, stops) in _INTERVALS.items():
            stop = next((name for name in stops if dates.get(name)), None)
            if months in header and not kept.get(months) and dates.get(start) and stop:
                kept[months] = _months(dates, start, stop, f"{table.name}, row {number}")
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


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-table")
