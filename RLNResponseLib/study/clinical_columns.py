"""The columns of patients.csv and lymph_nodes.csv, and what a cell of each may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.cells import number_in, yes_or_no
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.identifiers import checked_identifier
from RLNResponseLib.study.occasions import OCCASIONS

_GENDERS = {"female": "female", "f": "female", "male": "male", "m": "male"}
_RECIST = ("CR", "PR", "SD", "PD")
# Dashes of every kind and the underscore of REDCap's codes; "T1-2" rather than "1-2": a spreadsheet makes a date of the
# latter.
_T_STAGE = re.compile(r"T?([1-4])[ab]?(?:\s*[-–—/_]\s*T?([1-4])[ab]?)?", re.IGNORECASE)
# So few people are older that the age alone may name one: it is kept as "90 and older" (HIPAA's safe harbour,
# 45 CFR 164.514(b)(2)(i)(C)).
OLDEST_TOLD_YEARS, OLDEST_KEPT_YEARS = 89.0, 90.0
_LONGEST_TEXT, _LONGEST_CODE = 200, 64


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


def _code(text: str) -> str:
    if len(text) > _LONGEST_CODE or not text.isprintable():
        raise ValueError
    return text


def _identifier(text: str) -> str:
    try:
        return checked_identifier(text, "The identifier")
    except DataRefusedError:
        raise ValueError from None


def _months(name: str, *, outcome: bool) -> Column:
    return Column(
        name=name, parse=_number(0, 600), wanted="a number of months from 0 to 600", outcome=outcome, number=True
    )


def _flag(name: str, *, outcome: bool) -> Column:
    return Column(name=name, parse=_yes_or_no, wanted="yes or no", outcome=outcome)


PATIENT_COLUMNS = (
    Column(name="site", parse=_code, wanted=f"a code of at most {_LONGEST_CODE} characters on one line"),
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
    Column(name="scanner", parse=_code, wanted=f"a code of at most {_LONGEST_CODE} characters on one line"),
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
# Of a row that is a second CT of a lymph node; written only where a study has one.
OCCASION_COLUMNS = (
    Column(name="repeat_of", parse=_identifier, wanted="the code of another row", outcome=True),
    Column(
        name="occasion",
        parse=_one_of({name: name for name in OCCASIONS}),
        wanted=" or ".join(OCCASIONS),
        outcome=True,
    ),
)
PATIENT_HEADER = ("patient", *(column.name for column in PATIENT_COLUMNS))
LYMPH_NODE_HEADER = ("lymph_node", "patient", "image", *(column.name for column in LYMPH_NODE_COLUMNS))
OCCASION_HEADER = tuple(column.name for column in OCCASION_COLUMNS)
# The last column of a stored table: a secret of each row, without which its digests cannot be guessed. It says nothing
# of anyone, so it is read over wherever a stored table comes back.
SALT_COLUMN = "salt"
