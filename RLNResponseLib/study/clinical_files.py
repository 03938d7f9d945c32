"""Clinical tables as hospitals have them: CSV, XLSX, a REDCap export; dates become months, and are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from RLNResponseLib.common.cells import is_missing
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers
from RLNResponseLib.common.missing_codes import suspicious_codes
from RLNResponseLib.common.table_file import MAXIMUM_BYTES, TableOptions, read_table
from RLNResponseLib.common.tables import NAMING_COLUMNS, Table, is_row_names
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.outcome_dates import with_times
from RLNResponseLib.study.redcap import is_redcap, lymph_node_rows, patient_rows, unknown_columns, with_field_names
from RLNResponseLib.study.templates import refuse_example


def read_clinical_files(
    patients: Path,
    lymph_nodes: Path,
    of_patients: TableOptions | None = None,
    of_lymph_nodes: TableOptions | None = None,
    instrument: str | None = None,
    today: date | None = None,
) -> ClinicalTables:
    """Both clinical tables from CSV or XLSX files with our column names (study create writes templates), or REDCap
    exports. Docs: docs/tables.md.

    Instead of a months column there may be dates (ISO, or a date cell of XLSX): esophagectomy_date and recurrence_date
    for months_to_recurrence; radiotherapy_end_date with death_date or last_contact_date for follow_up_months, and with
    local_recurrence_date, death_date or last_contact_date for local_control_months. A lymph node takes dates that its
    own row lacks from its patient's. Months are the calendar's: the second anniversary is month 24.

    A REDCap export may be the same file for both: rows of a repeating instrument are lymph nodes, `record_id` is the
    patient, and columns that are not ours are left out and named.

    Parameters
    ----------
    patients
        File with one row a patient.
    lymph_nodes
        File with one row a lymph node.
    of_patients, of_lymph_nodes
        What is said of each file beside: its sheet, its missing codes.
    instrument
        The repeating instrument of the lymph nodes, of a REDCap export with several.
    today
        Later dates are noted.

    Returns
    -------
    ClinicalTables
        Judged, without any date, and with what was noticed.

    Raises
    ------
    DataRefusedError
        contradictory-outcomes with every place, bad-cell (also for dates that cannot be), example-row, no-instruments,
        lost-digits, look-alike-identifiers, what `redcap` refuses, and what `read_table` and `parse_clinical` refuse.

    """
    read = (
        read_table(patients, of_patients, MAXIMUM_BYTES),
        read_table(lymph_nodes, of_lymph_nodes, MAXIMUM_BYTES),
    )
    patient_table, lymph_node_table = map(_as_stated, read)
    exports: list[Table] = []
    notes: tuple[str, ...] = ()
    names: dict[str, str] = {}
    if is_redcap(patient_table):
        exports.append(with_field_names(patient_table))
        patient_table, names = patient_rows(exports[-1])
    if is_redcap(lymph_node_table):
        exports.append(with_field_names(lymph_node_table))
        lymph_node_table, notes = lymph_node_rows(exports[-1], instrument, names)
    elif instrument is not None:
        raise DataRefusedError(
            f"{lymph_node_table.name} is no REDCap export, so it has no instruments; leave the instrument out.",
            "no-instruments",
        )
    patient_table = _with_plain_identifiers(patient_table, ("patient",))
    lymph_node_table = _with_plain_identifiers(lymph_node_table, ("patient", "lymph_node", "image"))
    for table in (patient_table, lymph_node_table):
        refuse_example(table)
    patient_table, lymph_node_table, noticed = with_times(patient_table, lymph_node_table, today)
    tables = parse_clinical(patient_table, lymph_node_table)
    said = (*_said_of(read), *unknown_columns(exports), *notes, *noticed)
    return replace(tables, notes=tuple(dict.fromkeys(_by_role(note, *read) for note in said)))


def _by_role(note: str, patients: Table, lymph_nodes: Table) -> str:
    """What is said of a file that was taken does not name it: a file's name may be a patient's."""
    roles = {lymph_nodes.name: "the lymph nodes' table", patients.name: "the patients' table"}
    if len(roles) < 2:
        roles[patients.name] = "the clinical table"
    for file, role in roles.items():
        note = note.replace(file, role.capitalize() if note.startswith(file) else role)
    return note


def _as_stated(table: Table) -> Table:
    """The table without what programs add: numbers of the rows, and words such as NA in cells that are not known."""
    columns = tuple(name for name in table.columns if not _numbers_the_rows(table, name))
    rows = tuple(
        {name: "" if name not in NAMING_COLUMNS and is_missing(row[name]) else row[name] for name in columns}
        for row in table.rows
    )
    return replace(table, columns=columns, rows=rows)


def _numbers_the_rows(table: Table, column: str) -> bool:
    cells = [row[column] for row in table.rows]
    return is_row_names(column) and all(cells) and len({*cells}) == len(cells)


def _said_of(tables: Iterable[Table]) -> Iterator[str]:
    """What was noticed in reading the files: their decimal signs, their sheets, codes that look like "not known"."""
    for table in tables:
        yield from (note if table.name in note else f"{table.name}: {note}" for note in table.notes)
        if any(_numbers_the_rows(table, column) for column in table.columns):
            yield f"{table.name}: the column of row names was left out."
        yield from (finding.message for finding in suspicious_codes(table))


def _with_plain_identifiers(table: Table, columns: tuple[str, ...]) -> Table:
    """The table whose identifiers are as they are matched: a patient's is one in both tables."""
    names = {column: identifiers(table, column) for column in columns if column in table.columns}
    rows = tuple({**row, **{column: names[column][line] for column in names}} for line, row in enumerate(table.rows))
    return replace(table, rows=rows)
