"""Dates of the clinical tables become months and flags, and are not kept; all that contradicts itself is listed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from RLNResponseLib.common.cells import yes_or_no
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.months import implausible_months, months_between
from RLNResponseLib.common.tables import Table, number_or_none
from RLNResponseLib.common.wording import counted, listed

OPERATION, FIRST_RECURRENCE = "esophagectomy_date", "recurrence_date"
TREATED, DEATH, CONTACT = "radiotherapy_end_date", "death_date", "last_contact_date"
RECURRENCE = "local_recurrence_date"
DATE_COLUMNS = frozenset({OPERATION, FIRST_RECURRENCE, TREATED, DEATH, CONTACT, RECURRENCE})
_TO_RECURRENCE, _FOLLOW_UP, _LOCAL = "months_to_recurrence", "follow_up_months", "local_control_months"
_DIED, _RECURRED = "died", "local_recurrence"
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
# Both may be rounded to whole months.
_ROUNDED_MONTHS = 1.0
# What the months of a column may be at most; 2099-12-31 and 1900-01-01 stand for what is not known.
_LONGEST_MONTHS = 600
_MOST_LISTED = 30
_MOST_ROWS = 12

Dates = Mapping[str, date]


@dataclass
class _Judgement:
    """What was found in reading both tables: contradictions by their place, and remarks with their rows."""

    contradictions: list[str] = field(default_factory=list)
    remarks: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def contradict(self, table: Table, line: int, words: str) -> None:
        self.contradictions.append(f"{table.where(line)}: {words}")

    def remark(self, table: Table, line: int, words: str) -> None:
        self.remarks.setdefault((table.name, words), []).append(table.row_number(line))

    def refuse_contradictions(self) -> None:
        if not self.contradictions:
            return
        number = len(self.contradictions)
        listed = "; ".join(self.contradictions[:_MOST_LISTED])
        more = f"; and {number - _MOST_LISTED} more" if number > _MOST_LISTED else ""
        raise DataRefusedError(
            f"The clinical tables contradict themselves in {counted(number, 'place')}; correct each, or empty what "
            f"is not known: {listed}{more}.",
            "contradictory-outcomes",
        )

    def notes(self) -> tuple[str, ...]:
        return tuple(f"{name}, {_rows(rows)}: {words}." for (name, words), rows in self.remarks.items())


def _rows(numbers: Sequence[int]) -> str:
    return f"{'row' if len(numbers) == 1 else 'rows'} {listed([str(number) for number in numbers], _MOST_ROWS)}"


@dataclass(frozen=True, kw_only=True)
class _Fate:
    """A patient as the lymph nodes need it.

    Attributes
    ----------
    dates
        Of the patient's row.
    died
        None where it is not known.
    follow_up_months
        To the death or last contact; None where it is not known.
    lymph_nodes
        How many the patient has.
    """

    dates: Dates
    died: bool | None
    follow_up_months: float | None
    lymph_nodes: int


def with_times(patients: Table, lymph_nodes: Table, today: date | None = None) -> tuple[Table, Table, tuple[str, ...]]:
    """Both tables without their dates, with the months and flags that these give; and what was noticed.

    A flag that is empty beside a date is yes. Without a column of flags, who has a last contact and no date of the
    event had none. An event without a date gets no time: the last contact is not taken for it. A death ends the
    watching; so does the last contact before it, and the death is then not the end of the lymph node's watching.

    Parameters
    ----------
    patients, lymph_nodes
        Under our column names, and with columns of DATE_COLUMNS.
    today
        Later dates are noted; None for no such check.

    Returns
    -------
    tuple
        The patients, the lymph nodes, a sentence for each kind of thing noticed.

    Raises
    ------
    DataRefusedError
        bad-cell for what is no date, contradictory-outcomes with every place.
    """
    judged = _Judgement()
    number = Counter(row.get("patient", "") for row in lymph_nodes.rows)
    fates: dict[str, _Fate] = {}
    patient_rows, lymph_node_rows = [], []
    for line, row in enumerate(patients.rows):
        dates = _dates(patients, line, today, judged)
        kept, died, follow_up = _patient(patients, line, dates, judged)
        name = row.get("patient", "")
        fates[name] = _Fate(dates=dates, died=died, follow_up_months=follow_up, lymph_nodes=number[name])
        patient_rows.append(kept)
    nobody = _Fate(dates={}, died=None, follow_up_months=None, lymph_nodes=1)
    dates_stated = RECURRENCE in {*patients.columns, *lymph_nodes.columns}
    for line, row in enumerate(lymph_nodes.rows):
        dates = _dates(lymph_nodes, line, today, judged)
        fate = fates.get(row.get("patient", ""), nobody)
        lymph_node_rows.append(_lymph_node(lymph_nodes, line, dates, fate, dates_stated, judged))
    judged.refuse_contradictions()
    made = (
        _table(patients, patient_rows, (_TO_RECURRENCE, _FOLLOW_UP, _DIED)),
        _table(lymph_nodes, lymph_node_rows, (_LOCAL, _RECURRED)),
    )
    columns = ((made[0], _TO_RECURRENCE), (made[0], _FOLLOW_UP), (made[1], _LOCAL))
    return *made, (*judged.notes(), *filter(None, (_implausible(table, name) for table, name in columns)))


def _patient(
    table: Table, line: int, dates: Dates, judged: _Judgement
) -> tuple[dict[str, str], bool | None, float | None]:
    """The row, whether the patient died, and when watching ended."""
    kept = dict(table.rows[line])
    died, stated = yes_or_no(kept.get(_DIED, "")), _number(table, line, _FOLLOW_UP)
    if died is False and DEATH in dates:
        judged.contradict(table, line, f"{_DIED} is no and {DEATH} is a date")
    if died is True and DEATH not in dates and stated is None and TREATED in dates:
        taken = f" ({CONTACT} is not taken for it)" if CONTACT in dates else ""
        judged.contradict(table, line, f"{_DIED} is yes and {DEATH} is empty{taken}")
    if not kept.get(_DIED) and DEATH in dates:
        died, kept[_DIED] = True, "yes"
        judged.remark(table, line, f"{DEATH} without {_DIED}: taken as yes")
    if _DIED not in table.columns and DEATH in table.columns and DEATH not in dates and CONTACT in dates:
        died, kept[_DIED] = False, "no"
        judged.remark(table, line, f"{CONTACT} without {DEATH}, and no column {_DIED}: taken as alive then")
    if DEATH in dates and CONTACT in dates and dates[CONTACT] > dates[DEATH]:
        judged.remark(table, line, f"{CONTACT} is after {DEATH}; watching ends with the death")
    if FIRST_RECURRENCE in dates and TREATED in dates and dates[FIRST_RECURRENCE] > dates[TREATED]:
        judged.remark(
            table, line, f"{FIRST_RECURRENCE} (of the lymph node that is treated) is after {TREATED}; check both"
        )
    end = DEATH if died else CONTACT
    _put(table, line, kept, _TO_RECURRENCE, (OPERATION, FIRST_RECURRENCE), dates, judged)
    follow_up = _put(table, line, kept, _FOLLOW_UP, (TREATED, end), dates, judged)
    if follow_up is not None and not kept.get(_DIED):
        judged.remark(table, line, f"{_FOLLOW_UP} without {_DIED}; left out where death competes")
    return kept, died, follow_up


def _lymph_node(
    table: Table, line: int, own: Dates, fate: _Fate, dates_stated: bool, judged: _Judgement
) -> dict[str, str]:
    kept = dict(table.rows[line])
    dates = {**fate.dates, **own}
    recurred, stated = yes_or_no(kept.get(_RECURRED, "")), _number(table, line, _LOCAL)
    if RECURRENCE not in own and RECURRENCE in dates and fate.lymph_nodes > 1:
        if not kept.get(_RECURRED):
            judged.contradict(
                table, line, f"{_RECURRED} is empty, and {RECURRENCE} stands with the patient, who has several"
            )
        if recurred is False:
            del dates[RECURRENCE]  # another lymph node of the patient recurred
    if recurred is False and RECURRENCE in dates:
        judged.contradict(table, line, f"{_RECURRED} is no and {RECURRENCE} is a date")
    if recurred is True and RECURRENCE not in dates and stated is None and TREATED in dates:
        taken = f" ({CONTACT} is not taken for it)" if CONTACT in dates else ""
        judged.contradict(table, line, f"{_RECURRED} is yes and {RECURRENCE} is empty{taken}")
    if not kept.get(_RECURRED) and RECURRENCE in dates:
        recurred, kept[_RECURRED] = True, "yes"
        judged.remark(table, line, f"{RECURRENCE} without {_RECURRED}: taken as yes")
    ends = [name for name in (DEATH, CONTACT) if name in dates]
    if _RECURRED not in table.columns and dates_stated and RECURRENCE not in dates and ends:
        recurred, kept[_RECURRED] = False, "no"
        judged.remark(table, line, f"no {RECURRENCE}, and no column {_RECURRED}: taken as no recurrence")
    if RECURRENCE in dates and DEATH in dates and dates[RECURRENCE] > dates[DEATH]:
        judged.contradict(table, line, f"{RECURRENCE} is after {DEATH}")
    elif RECURRENCE in dates and DEATH not in dates and CONTACT in dates and dates[RECURRENCE] > dates[CONTACT]:
        judged.contradict(table, line, f"{RECURRENCE} is after {CONTACT}")
    end = RECURRENCE if recurred or not ends else min(ends, key=dates.__getitem__)
    months = _put(table, line, kept, _LOCAL, (TREATED, end), dates, judged)
    followed = fate.follow_up_months
    # By dates it is told already; a lymph node with an end of treatment of its own has another clock.
    by_months = (RECURRENCE not in dates or stated is not None) and TREATED not in own
    if months is not None and followed is not None and by_months and months > followed + _ROUNDED_MONTHS:
        what = "the death" if fate.died else "the last contact"
        judged.contradict(table, line, f"{_LOCAL} is after {what} of the patient ({_FOLLOW_UP})")
    if recurred is True and months is None:
        judged.remark(table, line, f"{_RECURRED} is yes without a time; no curve can show it")
    if months is not None and not kept.get(_RECURRED):
        judged.remark(table, line, f"{_LOCAL} without {_RECURRED}; no curve can show it")
    return kept


def _put(
    table: Table,
    line: int,
    kept: dict[str, str],
    column: str,
    interval: tuple[str, str],
    dates: Dates,
    judged: _Judgement,
) -> float | None:
    """The months of an interval, stated or by its dates, into the row."""
    start, stop = interval
    stated = _number(table, line, column)
    if start not in dates or stop not in dates:
        return stated
    if dates[stop] < dates[start]:
        judged.contradict(table, line, f"{stop} is before {start}")
        return stated
    months = round(months_between(dates[start], dates[stop]), 3)
    if months > _LONGEST_MONTHS:
        judged.contradict(table, line, f"{stop} is more than {_LONGEST_MONTHS / 12:g} years after {start}")
        return stated
    if stated is not None:
        if abs(stated - months) > _ROUNDED_MONTHS:
            judged.contradict(table, line, f"{column} is not the time from {start} to {stop}")
        return stated
    if not kept.get(column):
        kept[column] = repr(months).replace(".", table.style(column).decimal)
    return months


def _number(table: Table, line: int, column: str) -> float | None:
    return number_or_none(table, line, column) if table.rows[line].get(column) else None


def _implausible(table: Table, column: str) -> str | None:
    lines = range(len(table.rows))
    months = [value for line in lines if (value := _number(table, line, column)) is not None]
    sentence = implausible_months(column, months)
    return f"{table.name}: {sentence}" if sentence else None


def check_dates(table: Table) -> None:
    """Raise DataRefusedError (bad-cell) for a cell of a column of dates that is none.

    Parameters
    ----------
    table
        With columns of DATE_COLUMNS.

    Raises
    ------
    DataRefusedError
        bad-cell.
    """
    for line in range(len(table.rows)):
        _dates(table, line, None, _Judgement())


def _dates(table: Table, line: int, today: date | None, judged: _Judgement) -> dict[str, date]:
    dates = {}
    for column in table.columns:
        if column in DATE_COLUMNS and table.rows[line][column]:
            dates[column] = _date(table.rows[line][column], table.where(line, column))
            if today is not None and dates[column] > today:
                judged.remark(table, line, f"{column} is after today; check it")
    return dates


def _date(text: str, where: str) -> date:
    try:
        day = datetime.fromisoformat(text.strip()).date()  # a time of day changes nothing
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValueError
    except ValueError:
        raise DataRefusedError(
            f"{where}: the value is not a date like 2026-03-01; correct it, or leave the cell empty.", "bad-cell"
        ) from None
    return day


def _table(table: Table, rows: Sequence[Mapping[str, str]], made: Sequence[str]) -> Table:
    columns = [name for name in table.columns if name not in DATE_COLUMNS]
    columns += [name for name in made if name not in columns and any(name in row for row in rows)]
    return replace(
        table, columns=tuple(columns), rows=tuple({name: row.get(name, "") for name in columns} for row in rows)
    )
