"""A table of lymph nodes as follow-up and covariates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from RLNResponseLib.common.cells import is_missing, number_in, one_level, yes_or_no
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import LYMPH_NODE_COLUMN, PATIENT_COLUMNS, identifiers
from RLNResponseLib.common.tables import Table, number, numbers, refuse_missing
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.common.wording import listed
from RLNResponseLib.survival.endpoint import deaths_at_the_end
from RLNResponseLib.survival.follow_up import FollowUp, follow_up

# Where both times are rounded to whole months, they may differ by one.
ROUNDED_MONTHS = 1.0
_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class SurvivalTable:
    """Rows with follow-up.

    Attributes
    ----------
    table
        The text it was read from.
    follow_up
        (n,), months and events.
    competing
        (n,), True where the other event came first; None where the table was read without one.
    patients
        (n,), whole numbers from 0: whose lymph node a row is; None where rows are taken as independent.
    names
        (p,), of the covariates.
    covariates
        (n, p), finite; NaN where a covariate is not known and the table was read so.
    in_words
        Name → its column, of covariates in two words: they are named by the one that is 1 ("t_stage T3-4").
    """

    table: Table
    follow_up: FollowUp
    competing: Bools | None
    patients: Ints | None
    names: tuple[str, ...]
    covariates: Floats
    in_words: Mapping[str, str] = field(default_factory=dict)

    __repr__ = short_repr

    def of_name(self, name: str) -> Floats:
        """One covariate (n,)."""
        return np.asarray(self.covariates[:, self.names.index(name)])

    def of(self, rows: Bools) -> SurvivalTable:
        """Those rows alone; the text they were read from stays whole."""
        return replace(
            self,
            follow_up=self.follow_up.of(rows),
            competing=None if self.competing is None else self.competing[rows],
            patients=None if self.patients is None else self.patients[rows],
            covariates=self.covariates[rows],
        )


def survival_table(
    table: Table,
    time: str,
    event: str,
    covariates: Sequence[str] = (),
    competing: str | None = None,
    patient: str | None = None,
    competing_time: str | None = None,
    may_be_unknown: bool = False,
) -> SurvivalTable:
    """The columns of a table, by name.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    time
        Months, 0 or more.
    event
        1 or yes where the event ended the follow-up, else 0 or no.
    covariates
        Columns of numbers, of yes and no, or of two words.
    competing
        1 where the other event did (or followed the event), else 0; where both are 1, the event came first.
    patient
        Whose lymph node a row is, any text.
    competing_time
        Months to the other event; where it came after the end of follow-up, the row is censored there.
    may_be_unknown
        Whether an empty cell of a covariate is NaN; else it is refused.

    Returns
    -------
    SurvivalTable

    Raises
    ------
    DataRefusedError
        missing-column, repeated-column, bad-number, no-rows, bad-time, bad-event, no-event, no-patient, duplicate-row,
        lost-digits, look-alike-identifiers, watched-after-death.
    """
    special = [name for name in (time, event, competing, patient) if name is not None]
    refuse_missing(table, [*special, *covariates])
    _refuse_repeated([*special, *covariates])
    if not table.rows:
        raise DataRefusedError(f"{table.name} has no rows below its header; give it the lymph nodes.", "no-rows")
    refuse_repeated_rows(table, patient)
    months, happened = times(table, time), zero_or_one(table, event)
    columns = [_covariate(table, name, may_be_unknown) for name in covariates]
    _refuse_repeated([name for name, _ in columns])
    return SurvivalTable(
        table=table,
        follow_up=follow_up(months, happened),
        competing=None if competing is None else deaths(table, competing, time, competing_time) & ~happened,
        patients=None if patient is None else _patients(table, patient),
        names=tuple(name for name, _ in columns),
        covariates=np.column_stack([column for _, column in columns]) if columns else np.empty((len(table.rows), 0)),
        in_words={name: own for own, (name, _) in zip(covariates, columns, strict=True) if name != own},
    )


def times(table: Table, name: str) -> Floats:
    """A column of months (n,).

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    name
        The column.

    Returns
    -------
    Floats

    Raises
    ------
    DataRefusedError
        missing-column, bad-number, bad-time.
    """
    months = numbers(table, [name])[:, 0]
    negative = np.flatnonzero(months < 0)
    if len(negative):
        raise DataRefusedError(
            f"{table.where(int(negative[0]), name)}: the time is negative; times run from the start of "
            "follow-up, so correct it.",
            "bad-time",
        )
    return months


def zero_or_one(table: Table, name: str) -> Bools:
    """A column of 0 and 1, or no and yes (n,).

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    name
        The column.

    Returns
    -------
    Bools

    Raises
    ------
    DataRefusedError
        missing-column, bad-event.
    """
    refuse_missing(table, [name])
    values = []
    for line, row in enumerate(table.rows):
        value = yes_or_no(row[name])
        if value is None:
            raise DataRefusedError(
                f"{table.where(line, name)}: the value is neither 0 nor 1 (nor no or yes); write 1 where "
                "the event happened and 0 where it did not.",
                "bad-event",
            )
        values.append(value)
    return np.array(values, dtype=bool)


def deaths(table: Table, name: str, time: str, death_time: str | None) -> Bools:
    """Which rows ended with the death (n,): a death after the end of watching did not end it.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    name
        1 or yes where the patient died.
    time
        Months to the event or to the end of watching.
    death_time
        Months to the death or last contact of the patient; where it is None, or its cell empty, a death is taken for
        the end of watching.

    Returns
    -------
    Bools

    Raises
    ------
    DataRefusedError
        missing-column, bad-event, bad-number, bad-time, watched-after-death.
    """
    died = zero_or_one(table, name)
    if death_time is None:
        return died
    refuse_missing(table, [death_time])
    lines = range(len(table.rows))
    death_months = np.array(
        [math.nan if is_missing(table.rows[line][death_time]) else number(table, line, death_time) for line in lines]
    )
    months = times(table, time)
    after = np.flatnonzero(died & (months > death_months + ROUNDED_MONTHS))
    if len(after):
        raise DataRefusedError(
            f"{table.name}: the time of {time} is after the death in {_row_list(table, after.tolist())} (columns "
            f"{time}, {name}, {death_time}); correct one of them.",
            "watched-after-death",
        )
    return deaths_at_the_end(months, died, death_months)


def _row_list(table: Table, rows: Sequence[int]) -> str:
    numbers = [str(table.row_number(row)) for row in rows]
    return f"{'row' if len(rows) == 1 else 'rows'} {listed(numbers, _MOST_NAMED)}"


def _patients(table: Table, name: str) -> Ints:
    for line, row in enumerate(table.rows):
        if is_missing(row[name]):
            raise DataRefusedError(
                f"{table.where(line, name)}: the patient is empty; say whose lymph node it is.",
                "no-patient",
            )
    return np.unique(identifiers(table, name), return_inverse=True)[1]


def refuse_repeated_rows(table: Table, patient: str | None = None) -> None:
    """Raise DataRefusedError (duplicate-row) for a lymph node that has two rows, or a patient whose row is there twice.

    A table that names no patient may hold equal rows.

    Parameters
    ----------
    table
        The table, one row a lymph node.
    patient
        The column that names the patient; None takes a column patient_id or patient.

    Raises
    ------
    DataRefusedError
        duplicate-row.
    """
    named = [name for name in (patient, *PATIENT_COLUMNS) if name in table.columns][:1]
    lymph_nodes = [name for name in (LYMPH_NODE_COLUMN,) if name in table.columns]
    if not named and not lymph_nodes:
        return
    seen: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(table.rows):
        if lymph_nodes and is_missing(row[LYMPH_NODE_COLUMN]):
            continue
        # Without its patient, LN1 may be another lymph node in every row.
        cells = [row[name] for name in (*named, *lymph_nodes)] if named and lymph_nodes else list(row.values())
        first = seen.setdefault(tuple(cells), line)
        if first != line:
            whose = "lymph node" if lymph_nodes else "row"
            raise DataRefusedError(
                f"{table.name}: rows {table.row_number(first)} and {table.row_number(line)} are the same {whose}; keep "
                f"one, or tell the lymph nodes apart in a column {LYMPH_NODE_COLUMN}.",
                "duplicate-row",
            )


def _refuse_repeated(names: Sequence[str]) -> None:
    for name in names:
        if list(names).count(name) > 1:
            raise DataRefusedError(
                f"The column {name} is asked for twice; a column is the time, an event, the patient or one covariate.",
                "repeated-column",
            )


def _covariate(table: Table, name: str, may_be_unknown: bool) -> tuple[str, Floats]:
    """Numbers as they are; yes and no, and the second of two words, as 1 and 0; NaN for what is not known, where that
    may be.
    """
    known = [line for line, row in enumerate(table.rows) if not is_missing(row[name])]
    if len(known) < len(table.rows) and not may_be_unknown:
        empty = next(line for line, row in enumerate(table.rows) if is_missing(row[name]))
        raise DataRefusedError(
            f"{table.where(empty, name)}: the value is empty; fill it in.",
            "bad-number",
            "or let --incomplete say what becomes of rows of which a covariate is not known",
        )
    cells = [table.rows[line][name] for line in known]
    flags = [yes_or_no(cell) for cell in cells]
    column = np.full(len(table.rows), math.nan)
    level_of = one_level(cells)
    levels = sorted(set(level_of.values()))
    if all(flag is not None for flag in flags):
        column[known] = np.array(flags, dtype=float)
    elif len(levels) == 2 and all(number_in(cell, table.style(name)) is None for cell in cells):
        column[known] = [float(level_of[cell] == levels[1]) for cell in cells]
        return f"{name} {levels[1]}", column
    elif len(known) == len(table.rows):
        column = numbers(table, [name])[:, 0]
    else:
        column[known] = [number(table, line, name) for line in known]
    return name, column
