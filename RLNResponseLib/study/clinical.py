"""The clinical tables: what each column of patients.csv and lymph_nodes.csv may hold, cell by cell.

And the digests that an import keeps of every row and column, by which `verify` names what was changed since.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from RLNResponseLib.common.cells import number_in, yes_or_no
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import matched
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import Table, csv_text, number_or_none, plain_text
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.patients import LymphNode, LymphNodeOutcome, Patient, PatientOutcome
from RLNResponseLib.study.strict_json import canonical_json

_GENDERS = {"female": "female", "f": "female", "male": "male", "m": "male"}
_RECIST = ("CR", "PR", "SD", "PD")
# Dashes of every kind, and "T1-2" rather than "1-2": a spreadsheet makes a date of the latter.
_T_STAGE = re.compile(r"T?([1-4])[ab]?(?:\s*[-–—/]\s*T?([1-4])[ab]?)?", re.IGNORECASE)
# So few people are older that the age alone may name one: it is kept as "90 and older" (HIPAA's safe harbour,
# 45 CFR 164.514(b)(2)(i)(C)).
OLDEST_TOLD_YEARS, OLDEST_KEPT_YEARS = 89.0, 90.0
_LONGEST_TEXT = 200
_DIGEST_LENGTH = 16
# So many rows or columns are named of those that differ from an import; the others are counted.
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a clinical table.

    Attributes
    ----------
    name
        In the table's header.
    parse
        From text (never empty) to value; ValueError where it is none.
    wanted
        What the cell must hold, for the refusal.
    outcome
        Hidden until unblinding.
    number
        Whether it is one, in the way the table writes numbers.

    """

    name: str
    parse: Callable[[str], Any]
    wanted: str
    outcome: bool = False
    number: bool = False


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = number_in(text)
        if value is None or not least <= value <= most:
            raise ValueError
        return value

    return parse


def _age(text: str) -> float:
    years = _number(0, 120)(text)
    return years if years <= OLDEST_TOLD_YEARS else OLDEST_KEPT_YEARS


def _yes_or_no(text: str) -> bool:
    value = yes_or_no(text)
    if value is None:
        raise ValueError
    return value


def _one_of(values: Mapping[str, str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() in values:
            return values[text.lower()]
        raise ValueError

    return parse


def _t_stage(text: str) -> str:
    match = _T_STAGE.fullmatch(text)
    groups = {"T1-2" if int(stage) <= 2 else "T3-4" for stage in match.groups() if stage} if match else set()
    if len(groups) != 1:
        raise ValueError
    return groups.pop()


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise ValueError
    return text


def _months(name: str, *, outcome: bool) -> Column:
    return Column(
        name=name, parse=_number(0, 600), wanted="a number of months from 0 to 600", outcome=outcome, number=True
    )


def _flag(name: str, *, outcome: bool) -> Column:
    return Column(name=name, parse=_yes_or_no, wanted="yes or no", outcome=outcome)


PATIENT_COLUMNS = (
    Column(name="gender", parse=_one_of(_GENDERS), wanted="female or male"),
    Column(name="age_years", parse=_age, wanted="a number of years from 0 to 120", number=True),
    Column(name="t_stage", parse=_t_stage, wanted="T1-2 or T3-4"),
    _flag("n_involved", outcome=False),
    _months("months_to_recurrence", outcome=False),
    _flag("postoperative_chemotherapy", outcome=False),
    _flag("concurrent_chemotherapy", outcome=False),
    Column(name="dose_gy", parse=_number(0, 200), wanted="a dose from 0 to 200 Gy", number=True),
    _flag("died", outcome=True),
    _months("follow_up_months", outcome=True),
)
LYMPH_NODE_COLUMNS = (
    Column(name="station", parse=_text, wanted=f"text of at most {_LONGEST_TEXT} characters on one line"),
    *(
        Column(name=f"site_{towards}_mm", parse=_number(-10_000, 10_000), wanted="a coordinate in mm", number=True)
        for towards in ("left", "posterior", "superior")
    ),
    Column(
        name="recist", parse=_one_of({name.lower(): name for name in _RECIST}), wanted="CR, PR, SD or PD", outcome=True
    ),
    _months("local_control_months", outcome=True),
    _flag("local_recurrence", outcome=True),
)
PATIENT_HEADER = ("patient", *(column.name for column in PATIENT_COLUMNS))
LYMPH_NODE_HEADER = ("lymph_node", "patient", "image", *(column.name for column in LYMPH_NODE_COLUMNS))


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

    def patients_csv(self) -> str:
        """The text of patients.csv."""
        pairs = zip(self.patients, self.patient_outcomes, strict=True)
        rows = ({**vars(outcome), **vars(patient), "patient": patient.id} for patient, outcome in pairs)
        return csv_text(PATIENT_HEADER, map(_written, rows))

    def lymph_nodes_csv(self) -> str:
        """The text of lymph_nodes.csv."""
        pairs = zip(self.lymph_nodes, self.lymph_node_outcomes, strict=True)
        rows = ({**vars(outcome), **vars(lymph_node), "lymph_node": lymph_node.id} for lymph_node, outcome in pairs)
        return csv_text(LYMPH_NODE_HEADER, map(_written, rows))


def parse_clinical(patients: Table, lymph_nodes: Table) -> ClinicalTables:
    r"""The clinical tables in two tables of text that have our column names.

    Parameters
    ----------
    patients
        Columns of PATIENT_HEADER; all but `patient` may lack.
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
        are named, the value is not), bad-identifier, look-alike-identifiers, no-such-patient.

    Examples
    --------
    >>> patients = parse_csv(b"patient,gender,age_years\nP1,f,61\n", "patients.csv")
    >>> lymph_nodes = parse_csv(b"lymph_node,patient,image,recist\nLN1,P1,CT1,pr\n", "lymph_nodes.csv")
    >>> tables = parse_clinical(patients, lymph_nodes)
    >>> tables.patients[0].gender, tables.patients[0].age_years, tables.patients[0].dose_gy
    ('female', 61.0, None)
    >>> tables.lymph_node_outcomes[0].recist, tables.lymph_node_outcomes[0].responded
    ('PR', True)

    """
    _check_header(patients, PATIENT_HEADER, ("patient",))
    _check_header(lymph_nodes, LYMPH_NODE_HEADER, ("lymph_node", "patient", "image"))
    patient_rows = [_parse_row(patients, number, PATIENT_COLUMNS, ("patient",)) for number in range(len(patients.rows))]
    lymph_node_rows = [
        _parse_row(lymph_nodes, number, LYMPH_NODE_COLUMNS, ("lymph_node", "patient", "image"))
        for number in range(len(lymph_nodes.rows))
    ]
    refuse_look_alikes([row["patient"] for row in patient_rows], "patient", patients)
    refuse_look_alikes([row["lymph_node"] for row in lymph_node_rows], "lymph node", lymph_nodes)
    known = {row["patient"] for row in patient_rows}
    for number, row in enumerate(lymph_node_rows):
        if row["patient"] not in known:
            raise DataRefusedError(
                f"{lymph_nodes.where(number)}: patient '{row['patient']}' is not among the patients of "
                f"{patients.name}{_almost(row['patient'], known)}; add the patient there or correct the identifier.",
                "no-such-patient",
            )
    return ClinicalTables(
        patients=tuple(
            Patient(id=row["patient"], **_part(row, PATIENT_COLUMNS, outcome=False)) for row in patient_rows
        ),
        patient_outcomes=tuple(
            PatientOutcome(row["patient"], **_part(row, PATIENT_COLUMNS, outcome=True)) for row in patient_rows
        ),
        lymph_nodes=tuple(
            LymphNode(
                id=row["lymph_node"],
                patient=row["patient"],
                image=row["image"],
                **_part(row, LYMPH_NODE_COLUMNS, outcome=False),
            )
            for row in lymph_node_rows
        ),
        lymph_node_outcomes=tuple(
            LymphNodeOutcome(lymph_node=row["lymph_node"], **_part(row, LYMPH_NODE_COLUMNS, outcome=True))
            for row in lymph_node_rows
        ),
    )


def _almost(name: str, known: Collection[str]) -> str:
    """Which identifier is meant, where one differs only in leading zeros, case or dashes."""
    other = matched([name], known).get(name)
    return f", which has '{other}'" if other else ""


def _check_header(table: Table, header: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for column in table.columns:
        if column not in header:
            named = f"the column '{column[:40]}'" if column else "a column without a name"
            raise DataRefusedError(
                f"{table.name} has {named}, which is not one of {', '.join(header)}; rename or remove it.",
                "bad-table",
            )
    for column in needed:
        if column not in table.columns:
            raise DataRefusedError(f"{table.name} lacks the column {column}; add it.", "bad-table")


def _parse_row(table: Table, index: int, columns: tuple[Column, ...], identifiers: tuple[str, ...]) -> dict[str, Any]:
    row = table.rows[index]
    where = table.where(index)
    named = {name: checked_identifier(row[name], f"{where}, column {name}: the identifier") for name in identifiers}
    return {**named, **_parse_cells(table, index, columns)}


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
    for index in range(len(table.rows)):
        _parse_cells(table, index, columns)


def _parse_cells(table: Table, index: int, columns: tuple[Column, ...]) -> dict[str, Any]:
    row = table.rows[index]
    values: dict[str, Any] = {}
    for column in columns:
        text = row.get(column.name, "")
        try:
            if text and column.number:
                number_or_none(table, index, column.name)  # refuses a doubtful one
                text = plain_text(table, index, column.name)
            values[column.name] = column.parse(text) if text else None
        except ValueError:
            raise DataRefusedError(
                f"{table.where(index, column.name)}: the value is not {column.wanted}; correct it, or leave the cell "
                "empty where it is unknown.",
                "bad-cell",
            ) from None
    return values


def _part(row: Mapping[str, Any], columns: tuple[Column, ...], *, outcome: bool) -> dict[str, Any]:
    return {column.name: row[column.name] for column in columns if column.outcome is outcome}


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value for name, value in row.items()
    }


def table_digests(table: Table) -> dict[str, dict[str, str]]:
    r"""A short SHA-256 of every row and of every column of a table.

    Parameters
    ----------
    table
        Its first column holds the identifiers.

    Returns
    -------
    dict
        "rows": identifier → digest, "columns": name → digest.

    Examples
    --------
    A changed cell changes the digests of its row and its column, and no others:

    >>> before = table_digests(parse_csv(b"patient,age_years\nP1,61\nP2,58\n", "patients.csv"))
    >>> after = table_digests(parse_csv(b"patient,age_years\nP1,61\nP2,59\n", "patients.csv"))
    >>> {part: [name for name in before[part] if before[part][name] != after[part][name]] for part in before}
    {'rows': ['P2'], 'columns': ['age_years']}

    """
    key = table.columns[0]
    return {
        "rows": {row[key]: _digest([row[column] for column in table.columns]) for row in table.rows},
        "columns": {column: _digest([row[column] for row in table.rows]) for column in table.columns},
    }


def check_table(content: bytes, name: str, record: Mapping[str, Any]) -> str:
    """What differs from the import, in words: the rows and columns, never a value.

    Parameters
    ----------
    content
        The bytes of the table as it is now.
    name
        The table's path, as the import names it.
    record
        Content of the import's record, with a digest of every row and column.

    Returns
    -------
    str
        Such as "row changed: P2; column changed: age_years".

    """
    try:
        now = table_digests(parse_csv(content, name))
        then = {part: dict(record["digests"][name][part]) for part in ("rows", "columns")}
    except (DataRefusedError, KeyError, TypeError, ValueError):
        return "it is no readable table any more"
    words = []
    for part, what in (("rows", "row"), ("columns", "column")):
        words += _named(f"{what} removed", [key for key in then[part] if key not in now[part]])
        words += _named(f"{what} added", [key for key in now[part] if key not in then[part]])
    same_shape = not words
    for part, what in (("rows", "row"), ("columns", "column")):
        changed = [key for key in then[part] if now[part].get(key, then[part][key]) != then[part][key]]
        # A row more or less changes every column.
        words += _named(f"{what} changed", changed) if same_shape or part == "rows" else []
    return "; ".join(words) or "its cells are the same, but the text was written anew or reordered"


def _named(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"{what}: {', '.join(names[:_MOST_NAMED])}{rest}"]


def _digest(cells: list[str]) -> str:
    return hashlib.sha256(canonical_json(cells)).hexdigest()[:_DIGEST_LENGTH]
