"""Table 1: what the groups are made of, with the tests that compare them; the paper's S2 is it by another column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.analysis.table1_times import compare_times, median_time
from RLNResponseLib.common.cells import is_missing, number_in, one_level, yes_or_no
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import LYMPH_NODE_COLUMN, PATIENT_COLUMNS, identity
from RLNResponseLib.common.tables import ORIGINS, Table, is_row_names, number_or_none, refuse_missing, with_points
from RLNResponseLib.common.types import Floats
from RLNResponseLib.statistics.group_tests import GroupTest, compare_counts, compare_values
from RLNResponseLib.statistics.standardised_differences import difference_of_counts, difference_of_values

# Up to this many different numbers are levels.
MOST_NUMERIC_LEVELS = 4
# Of the study's columns, those that are continuous however few values they take.
CONTINUOUS = frozenset({"age_years", "months_to_recurrence", "dose_gy"})


def is_continuous(name: str, cells: Sequence[str]) -> bool:
    """Whether most known cells are numbers and take many values; or are numbers, and the column is known to be
    continuous.

    Parameters
    ----------
    name
        Name of the column.
    cells
        The texts of one column.

    Returns
    -------
    bool
    """
    known = [cell for cell in cells if not is_missing(cell)]
    numeric = {cell for cell in known if number_in(cell) is not None}
    if not known or 2 * sum(cell in numeric for cell in known) <= len(known):
        return False
    return name in CONTINUOUS or len(numeric) > MOST_NUMERIC_LEVELS


def numbers_or_missing(table: Table, name: str) -> Floats:
    """A column as numbers (n,), NaN where missing.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    name
        Name of the column.

    Returns
    -------
    Floats

    Raises
    ------
    DataRefusedError
        bad-number.
    """
    values = [
        math.nan if is_missing(row[name]) else number_or_none(table, line, name) for line, row in enumerate(table.rows)
    ]
    for line, value in enumerate(values):
        if value is None:
            raise DataRefusedError(
                f"{table.where(line, name)}: the value is not a finite number as the others are; correct "
                f"it, or leave the cell empty.",
                "bad-number",
                "or name the codes that mean not known with --missing",
            )
    return np.array(values, dtype=np.float64)


def flags(table: Table, name: str) -> Floats:
    """A column of yes and no as 1 and 0 (n,), NaN where missing.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    name
        Name of the column.

    Returns
    -------
    Floats

    Raises
    ------
    DataRefusedError
        bad-event.
    """
    values = np.full(len(table.rows), math.nan)
    for number, row in enumerate(table.rows):
        value = yes_or_no(row[name])
        if value is not None:
            values[number] = value
        elif not is_missing(row[name]):
            raise DataRefusedError(
                f"{table.where(number, name)}: the event is neither yes nor no (1 or 0); correct it, "
                f"or leave the cell empty.",
                "bad-event",
            )
    return values


def ordered(levels: Iterable[str]) -> tuple[str, ...]:
    """Numbers by size, then text by alphabet.

    Parameters
    ----------
    levels
        The levels of a variable.

    Returns
    -------
    tuple of str
    """

    def rank(level: str) -> tuple[bool, float, str]:
        number = number_in(level)
        return number is None, number or 0.0, level

    return tuple(sorted(levels, key=rank))


MOST_GROUPS = 10
# Text has room for the stations of lymph nodes.
MOST_LEVELS = 12
IDENTIFIERS = frozenset({*PATIENT_COLUMNS, LYMPH_NODE_COLUMN, "image", *ORIGINS})
# The study's own columns of times, with their events.
TIMES: Mapping[str, str] = {"local_control_months": "local_recurrence", "follow_up_months": "died"}


@dataclass(frozen=True, kw_only=True)
class CountedVariable:
    """Levels and how many of each group have them: counts[level][group]; `missing` by group is not among them.

    `difference` is the standardised one of two groups.
    """

    name: str
    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    missing: tuple[int, ...]
    tests: tuple[GroupTest, ...]
    difference: float | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Of one group's values: None where there are too few. Quartiles as R's type 7, SD with n − 1."""

    n: int
    mean: float | None
    sd: float | None
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None


@dataclass(frozen=True, kw_only=True)
class MeasuredVariable:
    """A continuous variable: one summary a group; `difference` is the standardised one of two groups."""

    name: str
    summaries: tuple[Summary, ...]
    missing: tuple[int, ...]
    tests: tuple[GroupTest, ...]
    difference: float | None


@dataclass(frozen=True, kw_only=True)
class TimeVariable:
    """A time to an event: cases, events and the Kaplan–Meier median by group."""

    name: str
    event: str
    cases: tuple[int, ...]
    events: tuple[int, ...]
    medians: tuple[float | None, ...]
    missing: tuple[int, ...]
    tests: tuple[GroupTest, ...]


Variable = CountedVariable | MeasuredVariable | TimeVariable


@dataclass(frozen=True, kw_only=True)
class Table1:
    """The whole table.

    source         the name of the table that it was made of
    by             the column whose values are the groups
    sizes          rows of each group
    without_group  rows left out because their group is missing
    left_out       columns that are neither levels nor numbers (identifiers, free text)
    dealt          the groups were made, not found: standardised differences stand in place of tests
    unrecorded     who made them so is not recorded, so that nothing can be said of how
    repeated       rows are lymph nodes and some patients have several, so the tests take related rows for independent
    declared       column → code → how many of its cells held that declared missing code
    """

    source: str
    by: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    without_group: int
    variables: tuple[Variable, ...]
    left_out: tuple[str, ...]
    repeated: bool
    dealt: bool = False
    unrecorded: bool = False
    declared: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def table1(
    table: Table, by: str, times: Mapping[str, str] = TIMES, dealt: bool = False, group: str | None = None
) -> Table1:
    """Every variable of a table, compared between the groups of the column `by`.

    Numbers with more than 4 different values are continuous (and age, dose and months of a study always); fewer, and
    text of at most 12 different values, are levels; yes and Yes are one. Empty cells and "NA" are missing:
    counted, and in no test.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    by
        The column whose levels are compared.
    times
        Column of times → column of events (yes or 1); compared by log-rank. Where the table lacks either it is
        ignored.
    dealt
        The groups were dealt at random: nothing is tested, since a p-value would test the deal.
    group
        The column that says whose row it is; by default `patient_id` or `patient`, where the table has one.

    Returns
    -------
    Table1

    Raises
    ------
    DataRefusedError
        missing-column, few-groups, many-groups, bad-number (a cell of a numeric column that is none), doubtful-number.
    """
    refuse_missing(table, [by, *([group] if group else [])])
    table = with_points(table)
    level = one_level(row[by] for row in table.rows)
    groups = ordered(set(level.values()))
    _refuse_groups(table.name, by, groups)
    # −1 where the group is missing: such a row is in no count.
    member = np.array([groups.index(level[row[by]]) if row[by] in level else -1 for row in table.rows])
    present = {time: event for time, event in times.items() if {time, event} <= set(table.columns) and by != event}
    patient = group or next((name for name in PATIENT_COLUMNS if name in table.columns), None)
    aside = {by, patient, *IDENTIFIERS, *present.values()}
    variables, left_out = [], []
    for name in (column for column in table.columns if column not in aside and not is_row_names(column)):
        variable = _variable(table, name, present.get(name), member, len(groups))
        if variable is None:
            left_out.append(name)
        else:
            variables.append(replace(variable, tests=()) if dealt else variable)
    patients = [identity(row[patient]) for row in table.rows] if patient else []
    return Table1(
        source=table.name,
        by=by,
        groups=groups,
        sizes=_by_group(member >= 0, member, len(groups)),
        without_group=int(np.count_nonzero(member < 0)),
        variables=tuple(variables),
        left_out=tuple(left_out),
        repeated=len(set(patients)) < len(patients),
        dealt=dealt,
        declared=table.declared,
    )


def _refuse_groups(table: str, by: str, groups: Sequence[str]) -> None:
    if len(groups) < 2:
        raise DataRefusedError(
            f"The column '{by}' of {table} has {len(groups)} group(s), and a comparison needs two; name another "
            f"column.",
            "few-groups",
        )
    if len(groups) > MOST_GROUPS:
        raise DataRefusedError(
            f"The column '{by}' of {table} has {len(groups)} different values, and at most {MOST_GROUPS} groups are "
            f"compared; name a column of few values, or group its values first.",
            "many-groups",
        )


def _variable(table: Table, name: str, event: str | None, member: NDArray[np.intp], groups: int) -> Variable | None:
    if event is not None:
        return _timed(table, name, event, member, groups)
    cells = [row[name] for row, group in zip(table.rows, member, strict=True) if group >= 0]
    if is_continuous(name, cells):
        return _measured(name, numbers_or_missing(table, name), member, groups)
    level = one_level(cells)
    if not level or len(set(level.values())) > MOST_LEVELS:
        return None
    return _counted(name, level, cells, member[member >= 0], groups)


def _counted(
    name: str, level: Mapping[str, str], cells: Sequence[str], member: NDArray[np.intp], groups: int
) -> CountedVariable:
    levels = ordered(set(level.values()))
    place = np.array([levels.index(level[cell]) if cell in level else -1 for cell in cells])
    counts = [[int(np.count_nonzero((place == n) & (member == g))) for g in range(groups)] for n in range(len(levels))]
    missing = _by_group(place < 0, member, groups)
    return CountedVariable(
        name=name,
        levels=levels,
        counts=tuple(map(tuple, counts)),
        missing=missing,
        tests=compare_counts(counts),
        difference=difference_of_counts(counts) if groups == 2 else None,
    )


def _measured(name: str, values: Floats, member: NDArray[np.intp], groups: int) -> MeasuredVariable:
    parts = [values[(member == group) & ~np.isnan(values)] for group in range(groups)]
    missing = _by_group(np.isnan(values), member, groups)
    return MeasuredVariable(
        name=name,
        summaries=tuple(map(_summary, parts)),
        missing=missing,
        tests=compare_values(parts),
        difference=difference_of_values(*parts) if groups == 2 else None,
    )


def _summary(values: Floats) -> Summary:
    if len(values) == 0:
        return Summary(n=0, mean=None, sd=None, median=None, lower_quartile=None, upper_quartile=None)
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    lower, median, upper = (float(np.quantile(values, q)) for q in (0.25, 0.5, 0.75))
    return Summary(
        n=len(values), mean=float(values.mean()), sd=sd, median=median, lower_quartile=lower, upper_quartile=upper
    )


def _timed(table: Table, name: str, event: str, member: NDArray[np.intp], groups: int) -> TimeVariable:
    times, events = numbers_or_missing(table, name), flags(table, event)
    known = ~np.isnan(times) & ~np.isnan(events) & (member >= 0)
    happened = events == 1
    parts = [known & (member == g) for g in range(groups)]
    return TimeVariable(
        name=name,
        event=event,
        cases=tuple(int(part.sum()) for part in parts),
        events=tuple(int((part & happened).sum()) for part in parts),
        medians=tuple(median_time(times[part], happened[part]) for part in parts),
        missing=_by_group(~known, member, groups),
        tests=(compare_times(times[known], happened[known], member[known]),),
    )


def _by_group(which: NDArray[np.bool_], member: NDArray[np.intp], groups: int) -> tuple[int, ...]:
    return tuple(np.bincount(member[which & (member >= 0)], minlength=groups).tolist())
