"""REDCap exports as they come: base form, events, repeating instruments, labels; which rows are patients, which lymph
nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identity
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import counted, listed, one_line
from RLNResponseLib.study.clinical import check_cells
from RLNResponseLib.study.clinical_columns import LYMPH_NODE_COLUMNS, LYMPH_NODE_HEADER, PATIENT_COLUMNS, PATIENT_HEADER
from RLNResponseLib.study.outcome_dates import DATE_COLUMNS, RECURRENCE, check_dates

_RECORD, _EVENT = "record_id", "redcap_event_name"
_INSTRUMENT, _INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
# As the header of an export with labels has them.
_LABELS = {
    "Record ID": _RECORD,
    "Event Name": _EVENT,
    "Repeat Instrument": _INSTRUMENT,
    "Repeat Instance": _INSTANCE,
    "Data Access Group": "redcap_data_access_group",
    "Survey Identifier": "redcap_survey_identifier",
}
_OURS = frozenset({*PATIENT_HEADER, *LYMPH_NODE_HEADER}) | DATE_COLUMNS
_OF_LYMPH_NODES = frozenset(LYMPH_NODE_HEADER) - {"patient"} | {RECURRENCE}
_OF_PATIENTS = frozenset(PATIENT_HEADER) - {"patient"}
# What REDCap adds of its own accord.
_HOUSEKEEPING = re.compile(r"redcap_\w+|\w+_complete|\w+_timestamp|(?:Complete\?|Survey Timestamp)(?: \d+)?", re.ASCII)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+", re.ASCII)
_CODE = re.compile(r"\d+", re.ASCII)
_MOST_NAMED = 12
_EXPORT = (
    "export it with the variables' names in the header and the choices' labels in the cells (by the API "
    "rawOrLabel=label and rawOrLabelHeaders=raw), or let the choices' codes be the words themselves"
)


@dataclass(frozen=True, kw_only=True)
class _JoinedTable(Table):
    """A table whose rows were several of the file.

    Attributes
    ----------
    joined
        The numbers in the file of each row's rows.
    """

    joined: tuple[tuple[int, ...], ...]

    def where(self, row: int, column: str | None = None) -> str:
        """A place in the file, for messages: "export.csv, rows 2 and 4"."""
        if column is not None or len(self.joined[row]) == 1:
            return super().where(row, column)
        *others, last = map(str, self.joined[row])
        return f"{self.name}, rows {', '.join(others)} and {last}"


def is_redcap(table: Table) -> bool:
    """Whether a table is a REDCap export, raw or with labels.

    Parameters
    ----------
    table
        As it was read.

    Returns
    -------
    bool
    """
    return bool(
        {_RECORD, _EVENT, _INSTRUMENT, *(label for label in _LABELS if label != "Event Name")} & {*table.columns}
    )


def with_field_names(table: Table) -> Table:
    """The export under REDCap's and our column names: a label such as "Age years" is age_years.

    Parameters
    ----------
    table
        Of which `is_redcap` holds.

    Returns
    -------
    Table
    """
    names: dict[str, str] = {}
    for column in table.columns:
        word = _NOT_A_WORD.sub("_", column.lower()).strip("_")
        name = _LABELS.get(column, word if word in _OURS else column)
        names[column] = name if name == column or name not in {*table.columns, *names.values()} else column
    if _RECORD not in names.values():
        names[table.columns[0]] = _RECORD  # REDCap's first field, whatever it is called
    return replace(
        table,
        columns=tuple(names[column] for column in table.columns),
        rows=tuple({names[column]: cell for column, cell in row.items()} for row in table.rows),
        styles={names[column]: style for column, style in table.styles.items()},
    )


def patient_rows(table: Table) -> tuple[Table, dict[str, str]]:
    """The patients of an export: the rows of a record that are of no repeating instrument or event, joined.

    Parameters
    ----------
    table
        Under field names.

    Returns
    -------
    tuple
        Under our column names; and `identity` of a record → its patient.

    Raises
    ------
    DataRefusedError
        rows-disagree, raw-codes, bad-cell.
    """
    base = [line for line, row in enumerate(table.rows) if not _group(row)]
    wanted = [name for name in table.columns if name in PATIENT_HEADER or name in DATE_COLUMNS]
    _refuse_raw_codes(table, base, PATIENT_HEADER)
    check_cells(table.kept(base), PATIENT_COLUMNS)
    check_dates(table.kept(base))
    records, numbers = _joined(table, base, wanted)
    columns = tuple(dict.fromkeys(("patient", *wanted)))
    rows = [{**row, "patient": row.get("patient") or record} for (record, _), row in records.items()]
    names = {identity(record): row["patient"] for (record, _), row in zip(records, rows, strict=True)}
    return _made(table, columns, rows, numbers), names


def lymph_node_rows(table: Table, instrument: str | None, names: Mapping[str, str]) -> tuple[Table, tuple[str, ...]]:
    """The lymph nodes of an export: the rows of one repeating instrument or event; of the base form where nothing
    repeats.

    Parameters
    ----------
    table
        Under field names.
    instrument
        Its name, or the repeating event's; None finds the only one that fills columns of lymph nodes.
    names
        `identity` of a record → its patient, where the base form names one.

    Returns
    -------
    tuple
        Under our column names; and a sentence on each instrument that was left out.

    Raises
    ------
    DataRefusedError
        several-instruments, no-such-instrument, no-lymph-nodes, same-instance, rows-disagree, raw-codes, bad-cell.
    """
    groups: dict[str, list[int]] = {}
    for line, row in enumerate(table.rows):
        groups.setdefault(_group(row), []).append(line)
    chosen = _chosen(table, groups, instrument)
    lines = groups.get(chosen, [])
    _refuse_raw_codes(table, lines, LYMPH_NODE_HEADER)
    wanted = [name for name in table.columns if name in LYMPH_NODE_HEADER or name in DATE_COLUMNS]
    check_cells(table.kept(lines), LYMPH_NODE_COLUMNS)
    check_dates(table.kept(lines))
    numbers: tuple[tuple[int, ...], ...]
    if chosen:
        _refuse_one_instance(table, lines)
        instances = [
            ((table.rows[line][_RECORD], table.rows[line].get(_INSTANCE, "")), table.rows[line]) for line in lines
        ]
        numbers = tuple((table.row_number(line),) for line in lines)
    else:
        # Of a base form a record without any lymph node has none.
        filled = [line for line in lines if _filled(table, [line], _OF_LYMPH_NODES)]
        # Where every row names its lymph node, rows of two names are of two.
        named = "lymph_node" in table.columns and all(table.rows[line]["lymph_node"] for line in filled)
        joined, numbers = _joined(table, filled, wanted, by_name=named)
        instances = [(key, row) for key, row in joined.items()]
    rows = []
    for (record, instance), row in instances:
        kept = {name: row.get(name, "") for name in wanted}
        kept["patient"] = kept.get("patient") or names.get(identity(record), record)
        kept["lymph_node"] = kept.get("lymph_node") or f"{record}-{instance or 1}"
        rows.append(kept)
    columns = tuple(dict.fromkeys(("patient", "lymph_node", *wanted)))
    return _made(table, columns, rows, numbers), _left_out(table, groups, chosen)


def _joined(
    table: Table, lines: Sequence[int], wanted: Sequence[str], *, by_name: bool = False
) -> tuple[dict[tuple[str, str], dict[str, str]], tuple[tuple[int, ...], ...]]:
    """Rows of one record (and instance) as one, and the numbers that they have in the file."""
    records: dict[tuple[str, str], dict[str, str]] = {}
    first: dict[tuple[str, str, str], int] = {}
    numbers: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        row = table.rows[line]
        instance = "" if _INSTRUMENT in row else row.get(_INSTANCE, "")
        key = (row[_RECORD], row["lymph_node"] if by_name else instance)
        record = records.setdefault(key, {})
        numbers.setdefault(key, []).append(table.row_number(line))
        for name in wanted:
            if row[name] and record.setdefault(name, row[name]) != row[name]:
                raise DataRefusedError(
                    f"{table.name}, rows {first[*key, name]} and {table.row_number(line)}, column {name}: the rows are "
                    "of one record (two events or forms) and hold two values; export the event that holds the right "
                    "one, or empty the other.",
                    "rows-disagree",
                )
            if row[name]:
                first.setdefault((*key, name), table.row_number(line))
    return records, tuple(map(tuple, numbers.values()))


def _refuse_one_instance(table: Table, lines: Sequence[int]) -> None:
    """Two lymph nodes under one number: of two events, whether they are one is not known."""
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        row = table.rows[line]
        first = seen.setdefault((row[_RECORD], row.get(_INSTANCE, "")), line)
        if first != line and not row.get("lymph_node"):
            raise DataRefusedError(
                f"{table.name}: rows {table.row_number(first)} and {table.row_number(line)} are one record with one "
                "instance (of two events), so they would be one lymph node; name each in a field lymph_node, or export "
                "one event.",
                "same-instance",
            )


def unknown_columns(tables: Iterable[Table]) -> tuple[str, ...]:
    """A sentence for each file with columns that are none of ours, and none that REDCap adds.

    Parameters
    ----------
    tables
        Under field names; the same file may be there twice.

    Returns
    -------
    tuple of str
    """
    sentences = []
    for table in tables:
        unknown = [
            one_line(name, 40)
            for name in table.columns
            if name not in _OURS and name != _RECORD and not _HOUSEKEEPING.fullmatch(name)
        ]
        if unknown:
            sentences.append(
                f"{table.name}: {counted(len(unknown), 'column')} left out, none of the clinical tables' names: "
                f"{listed(unknown, _MOST_NAMED)}."
            )
    return tuple(dict.fromkeys(sentences))


def _group(row: Mapping[str, str]) -> str:
    """The repeating instrument or repeating event of a row; "" for a row of the base form."""
    if row.get(_INSTRUMENT):
        return row[_INSTRUMENT]
    return row.get(_EVENT, "") if _INSTRUMENT in row and row.get(_INSTANCE) else ""


def _chosen(table: Table, groups: Mapping[str, Sequence[int]], instrument: str | None) -> str:
    repeating = [name for name in groups if name]
    if instrument is not None:
        found = next((name for name in repeating if _word(name) == _word(instrument)), None)
        if found is None:
            has = f"it has {_quoted(repeating)}" if repeating else "nothing repeats in it"
            raise DataRefusedError(
                f"{table.name} has no repeating instrument '{one_line(instrument, 40)}'; {has}.", "no-such-instrument"
            )
        return found
    candidates = [name for name in repeating if _filled(table, groups[name], _OF_LYMPH_NODES)]
    if len(candidates) > 1:
        raise DataRefusedError(
            f"{table.name} has several repeating instruments that could be the lymph nodes ({_quoted(candidates)}); "
            "export only theirs with the base form.",
            "several-instruments",
            f"or say which it is, as --instrument {candidates[0]}",
        )
    if candidates:
        return candidates[0]
    if "" in groups and (not repeating or _filled(table, groups[""], {"image"})):
        return ""
    if len(repeating) > 1:
        raise DataRefusedError(
            f"{table.name}: none of the repeating instruments ({_quoted(repeating)}) fills a column of the lymph nodes "
            f"({', '.join(LYMPH_NODE_HEADER[2:6])}, …); name the fields so, or {_EXPORT}.",
            "no-lymph-nodes",
        )
    return repeating[0] if repeating else ""


def _left_out(table: Table, groups: Mapping[str, Sequence[int]], chosen: str) -> tuple[str, ...]:
    """What the rows that are no lymph nodes held of ours, and what the lymph nodes' rows held of the patients'."""
    sentences = []
    for name, lines in groups.items():
        if name and name != chosen:
            held = sorted(_filled(table, lines, _OURS))
            beside = f", with them their {', '.join(held)}" if held else ""
            sentences.append(
                f"{table.name}: {counted(len(lines), 'row')} of '{one_line(name, 40)}' left out as no lymph nodes"
                f"{beside}."
            )
        unused = _OF_PATIENTS if name and name == chosen else _OF_LYMPH_NODES if not name and chosen else frozenset()
        if held := sorted(_filled(table, lines, unused)):
            where = f"the rows of '{one_line(name, 40)}'" if name else "the base form"
            sentences.append(f"{table.name}: {', '.join(held)} in {where} left out.")
    return tuple(sentences)


def _filled(table: Table, lines: Iterable[int], columns: Iterable[str]) -> set[str]:
    names = set(columns) & {*table.columns}
    return {name for line in lines for name in names if table.rows[line][name]}


def _refuse_raw_codes(table: Table, lines: Sequence[int], header: Sequence[str]) -> None:
    """Codes of choices would be refused as no words, or, worse, be taken for stages: 1 and 2 may be T1-2 and T3-4."""
    for name, meant in (("gender", ()), ("recist", ()), ("t_stage", ("3", "4"))):
        cells = {table.rows[line].get(name, "") for line in lines} - {""}
        if name in header and cells and all(map(_CODE.fullmatch, cells)) and not cells & {*meant}:
            raise DataRefusedError(
                f"{table.name}, column {name}: the cells hold REDCap's raw codes ({', '.join(sorted(cells)[:4])}), "
                f"which say nothing of their meaning; {_EXPORT}.",
                "raw-codes",
            )


def _made(
    table: Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, str]], numbers: tuple[tuple[int, ...], ...]
) -> Table:
    kept = {each.name: getattr(table, each.name) for each in fields(table)}
    made = {
        "columns": columns,
        "rows": tuple({name: row.get(name, "") for name in columns} for row in rows),
        "row_numbers": tuple(first for first, *_ in numbers),
    }
    return _JoinedTable(**{**kept, **made}, joined=numbers)


def _word(name: str) -> str:
    return _NOT_A_WORD.sub("_", name.lower()).strip("_")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{one_line(name, 40)}'" for name in names[:_MOST_NAMED])
