"""The clinical tables, patients.csv and lymph_nodes.csv: read cell by cell, and outcomes kept apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import matched
from RLNResponseLib.common.tables import Table, csv_text, number_or_none, plain_text
from RLNResponseLib.study.clinical_columns import (
    LYMPH_NODE_COLUMNS,
    LYMPH_NODE_HEADER,
    OCCASION_COLUMNS,
    OCCASION_HEADER,
    PATIENT_COLUMNS,
    PATIENT_HEADER,
    SALT_COLUMN,
    Column,
)
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.occasions import LaterScan, later_scans_of, refuse_bad_occasions
from RLNResponseLib.study.patients import LymphNode, LymphNodeOutcome, Patient, PatientOutcome
from RLNResponseLib.study.places import refuse_two_scanners, refuse_two_spellings


@dataclass(frozen=True, kw_only=True)
class ClinicalTables:
    """Both tables, judged; outcomes apart from what may be known before unblinding.

    Attributes
    ----------
    patients, patient_outcomes
        One each for a row of patients.csv, in its order.
    lymph_nodes, lymph_node_outcomes
        One each for a row of lymph_nodes.csv, in its order.
    notes
        What was noticed in reading the files, a sentence each.

    """

    patients: tuple[Patient, ...]
    patient_outcomes: tuple[PatientOutcome, ...]
    lymph_nodes: tuple[LymphNode, ...]
    lymph_node_outcomes: tuple[LymphNodeOutcome, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def patients_csv(self, salt: Callable[[], str] | None = None) -> str:
        """The text of patients.csv. `salt` gives each row a secret of its own, in a last column."""
        pairs = zip(self.patients, self.patient_outcomes, strict=True)
        rows = ({**vars(outcome), **vars(patient), "patient": patient.id} for patient, outcome in pairs)
        return _csv_of(PATIENT_HEADER, rows, salt)

    def lymph_nodes_csv(self, salt: Callable[[], str] | None = None) -> str:
        """The text of lymph_nodes.csv. `salt` gives each row a secret of its own, in a last column."""
        pairs = zip(self.lymph_nodes, self.lymph_node_outcomes, strict=True)
        rows = ({**vars(outcome), **vars(lymph_node), "lymph_node": lymph_node.id} for lymph_node, outcome in pairs)
        repeated = OCCASION_HEADER if self.later_scans else ()
        return _csv_of((*LYMPH_NODE_HEADER, *repeated), rows, salt)

    @property
    def later_scans(self) -> tuple[LaterScan, ...]:
        """The rows that are a second CT of a lymph node."""
        return later_scans_of(self.lymph_node_outcomes)

    def first_scans(self) -> ClinicalTables:
        """The tables without the rows that are a second CT: one row a lymph node."""
        later = {scan.lymph_node for scan in self.later_scans}
        if not later:
            return self
        return replace(
            self,
            lymph_nodes=tuple(each for each in self.lymph_nodes if each.id not in later),
            lymph_node_outcomes=tuple(each for each in self.lymph_node_outcomes if each.lymph_node not in later),
        )

    def of_cases(self, cases: Table) -> ClinicalTables:
        """Those of the lymph nodes that are among the cases (one row each), and of their patients: who is analysed."""
        names, patients = {row["lymph_node"] for row in cases.rows}, {row["patient"] for row in cases.rows}
        return ClinicalTables(
            patients=tuple(each for each in self.patients if each.id in patients),
            patient_outcomes=tuple(each for each in self.patient_outcomes if each.patient in patients),
            lymph_nodes=tuple(each for each in self.lymph_nodes if each.id in names),
            lymph_node_outcomes=tuple(each for each in self.lymph_node_outcomes if each.lymph_node in names),
        )


def parse_clinical(patients: Table, lymph_nodes: Table) -> ClinicalTables:
    r"""The clinical tables in two tables of text that have our column names.

    Parameters
    ----------
    patients
        Columns of PATIENT_HEADER; all but `patient` may lack. SALT_COLUMN is read over, here and below.
    lymph_nodes
        Columns of LYMPH_NODE_HEADER; all but `lymph_node`, `patient` and `image` may lack.

    Returns
    -------
    ClinicalTables
        An empty cell is None.

    Raises
    ------
    DataRefusedError
        bad-table for an unknown or lacking column, bad-cell for a value (its row, as a spreadsheet counts, and column
        are named, the value is not), bad-identifier, look-alike-identifiers, no-such-patient, two-scanners,
        bad-occasion.

    Examples
    --------
    >>> from RLNResponseLib.common.table_file import parse_csv
    >>> patients = parse_csv(b"patient,gender,age_years\nP1,f,61\n", "patients.csv")
    >>> lymph_nodes = parse_csv(b"lymph_node,patient,image,recist\nLN1,P1,CT1,pr\n", "lymph_nodes.csv")
    >>> tables = parse_clinical(patients, lymph_nodes)
    >>> tables.patients[0].gender, tables.patients[0].age_years, tables.patients[0].dose_gy
    ('female', 61.0, None)
    >>> tables.lymph_node_outcomes[0].recist, tables.lymph_node_outcomes[0].responded
    ('PR', True)

    """
    _check_header(patients, PATIENT_HEADER, ("patient",))
    _check_header(lymph_nodes, (*LYMPH_NODE_HEADER, *OCCASION_HEADER), ("lymph_node", "patient", "image"))
    of_patients = _parse_columns(patients, PATIENT_COLUMNS, ("patient",))
    columns = (*LYMPH_NODE_COLUMNS, *OCCASION_COLUMNS)
    of_lymph_nodes = _parse_columns(lymph_nodes, columns, ("lymph_node", "patient", "image"))
    refuse_look_alikes(of_patients["patient"], "patient", patients)
    refuse_look_alikes(of_lymph_nodes["lymph_node"], "lymph node", lymph_nodes)
    refuse_two_spellings(patients, "site", of_patients["site"])
    refuse_two_spellings(lymph_nodes, "scanner", of_lymph_nodes["scanner"])
    refuse_two_scanners(lymph_nodes, of_lymph_nodes["image"], of_lymph_nodes["scanner"])
    known = set(of_patients["patient"])
    for number, patient in enumerate(of_lymph_nodes["patient"]):
        if patient not in known:
            raise DataRefusedError(
                f"{lymph_nodes.where(number)}: patient '{patient}' is not among the patients of "
                f"{patients.name}{_almost(patient, known)}; add the patient there or correct the identifier.",
                "no-such-patient",
            )
    of_patient, of_patient_outcome = _names(PATIENT_COLUMNS, outcome=False), _names(PATIENT_COLUMNS, outcome=True)
    of_lymph_node = ("patient", "image", *_names(LYMPH_NODE_COLUMNS, outcome=False))
    of_lymph_node_outcome = _names(columns, outcome=True)
    tables = ClinicalTables(
        patients=tuple(Patient(**row) for row in _rows(of_patients, {"id": "patient"}, of_patient)),
        patient_outcomes=tuple(
            PatientOutcome(**row) for row in _rows(of_patients, {"patient": "patient"}, of_patient_outcome)
        ),
        lymph_nodes=tuple(LymphNode(**row) for row in _rows(of_lymph_nodes, {"id": "lymph_node"}, of_lymph_node)),
        lymph_node_outcomes=tuple(
            LymphNodeOutcome(**row)
            for row in _rows(of_lymph_nodes, {"lymph_node": "lymph_node"}, of_lymph_node_outcome)
        ),
    )
    refuse_bad_occasions(lymph_nodes, tables.lymph_nodes, tables.lymph_node_outcomes)
    return tables


def _rows(
    values: Mapping[str, list[Any]], named: Mapping[str, str], others: tuple[str, ...]
) -> Iterable[dict[str, Any]]:
    """The fields of each row: those of `named` by the column that they stand in, the others by their own name."""
    fields, columns = (*named, *others), (*named.values(), *others)
    return (dict(zip(fields, row, strict=True)) for row in zip(*(values[name] for name in columns), strict=True))


def _almost(name: str, known: Collection[str]) -> str:
    """Which identifier is meant, where one differs only in leading zeros, case or dashes."""
    other = matched([name], known).get(name)
    return f", which has '{other}'" if other else ""


def _check_header(table: Table, header: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for column in table.columns:
        if column not in (*header, SALT_COLUMN):
            named = f"the column '{column[:40]}'" if column else "a column without a name"
            raise DataRefusedError(
                f"{table.name} has {named}, which is not one of {', '.join(header)}; rename or remove it.",
                "bad-table",
            )
    for column in needed:
        if column not in table.columns:
            raise DataRefusedError(f"{table.name} lacks the column {column}; add it.", "bad-table")


def _parse_columns(table: Table, columns: tuple[Column, ...], identifiers: tuple[str, ...]) -> dict[str, list[Any]]:
    """What each column holds, row by row."""
    try:
        values: dict[str, list[Any]] = {}
        for name in identifiers:
            values[name] = [row[name] for row in table.rows]
            for text in dict.fromkeys(values[name]):
                checked_identifier(text, "The identifier")
        for column in columns:
            values[column.name] = _parse_column(table, column)
    except DataRefusedError:
        # Of several faults the one in the first row is named.
        known = _nothing_known(columns)
        for index, row in enumerate(table.rows):
            for name in identifiers:
                checked_identifier(row[name], f"{table.where(index)}, column {name}: the identifier")
            _parse_cells(table, index, columns, known)
        raise
    return values


def _parse_column(table: Table, column: Column) -> list[Any]:
    texts = [row.get(column.name, "") for row in table.rows]
    meaning: dict[str, Any] = {"": None}
    for index, text in enumerate(texts):
        if text not in meaning:
            meaning[text] = _parse_cell(table, index, column, text)
    return [meaning[text] for text in texts]


def check_cells(table: Table, columns: tuple[Column, ...]) -> None:
    """Raise DataRefusedError (bad-cell, doubtful-number) for a cell that holds what its column may not.

    Parameters
    ----------
    table
        Any table with some of the columns.
    columns
        What each may hold.

    Raises
    ------
    DataRefusedError
        bad-cell, doubtful-number.

    """
    known = _nothing_known(columns)
    for index in range(len(table.rows)):
        _parse_cells(table, index, columns, known)


def _nothing_known(columns: tuple[Column, ...]) -> dict[str, dict[str, Any]]:
    """What the texts of each column mean, to be filled while a table is read: most cells say what one above said."""
    return {column.name: {"": None} for column in columns}


def _parse_cells(
    table: Table, index: int, columns: tuple[Column, ...], known: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    row = table.rows[index]
    values: dict[str, Any] = {}
    for column in columns:
        written, of_column = row.get(column.name, ""), known[column.name]
        if written in of_column:
            values[column.name] = of_column[written]
            continue
        values[column.name] = of_column[written] = _parse_cell(table, index, column, written)
    return values


def _parse_cell(table: Table, index: int, column: Column, text: str) -> Any:
    try:
        if column.number:
            number_or_none(table, index, column.name)  # refuses a doubtful one
            text = plain_text(table, index, column.name)
        return column.parse(text) if text else None
    except ValueError:
        raise DataRefusedError(
            f"{table.where(index, column.name)}: the value is not {column.wanted}; correct it, or leave the cell "
            "empty where it is unknown.",
            "bad-cell",
        ) from None


def _names(columns: tuple[Column, ...], *, outcome: bool) -> tuple[str, ...]:
    return tuple(column.name for column in columns if column.outcome is outcome)


def _csv_of(header: tuple[str, ...], rows: Iterable[Mapping[str, Any]], salt: Callable[[], str] | None) -> str:
    if salt is None:
        return csv_text(header, map(_written, rows))
    return csv_text((*header, SALT_COLUMN), ({**_written(row), SALT_COLUMN: salt()} for row in rows))


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value for name, value in row.items()
    }
