"""One truth in any mix of forms that spreadsheets, R, pandas and hospitals write gives the truth or a refusal."""

import csv
import io
import os
from dataclasses import dataclass
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers, identity
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.common.tables import number

NAMES = ("patient", "volume", "score")


@dataclass(frozen=True)
class Form:
    """How a program writes a table."""

    kind: str
    separator: str
    encoding: str
    decimal: str
    grouping: str
    quoting: int
    title: tuple[str, ...]
    blanks: frozenset[int]
    trailing: int
    line_end: str
    identifiers: str

    def number(self, value: Decimal) -> str:
        sign, digits = ("-" if value < 0 else ""), f"{abs(value):f}"
        whole, _, fraction = digits.partition(".")
        if self.grouping:
            whole = f"{int(whole):,}".replace(",", self.grouping)
        return sign + whole + (self.decimal + fraction if fraction else "")

    def identifier(self, name: str) -> str:
        return {
            "as they are": name,
            "numbers": name.lstrip("0") if name.isdecimal() else name,
            "pandas": f"{int(name)}.0" if name.isdecimal() else name,
            "blanks": f"{name}\xa0 ",
        }[self.identifiers]


PLAIN = {
    "kind": "csv", "separator": ",", "encoding": "utf-8", "decimal": ".", "grouping": "", "quoting": csv.QUOTE_MINIMAL,
    "title": (), "blanks": frozenset(), "trailing": 0, "line_end": "\n", "identifiers": "as they are",
}  # fmt: skip
FORMS = st.builds(
    Form,
    kind=st.sampled_from(["csv", "csv", "csv", "xlsx", "xlsx as text"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]),
    decimal=st.sampled_from(".,"),
    grouping=st.sampled_from(["", "", ".", ",", " ", "'"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    title=st.sampled_from([(), (), ("Folgeerhebung für Studie 3",), ("Study", "exported 2026-01-05, by hand")]),
    blanks=st.frozensets(st.integers(0, 6), max_size=3),
    trailing=st.integers(0, 2),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    identifiers=st.sampled_from(["as they are", "numbers", "pandas", "blanks"]),
)
NUMBERS = st.one_of(
    st.integers(-20_000, 2_000_000).map(Decimal),
    st.decimals(-5000, 5000, places=3, allow_nan=False),
    st.decimals(-5, 5, places=5, allow_nan=False),
    st.decimals(0, 100, places=1, allow_nan=False),
)
ROWS = st.lists(
    st.tuples(st.from_regex(r"(P|0|00)[1-9][0-9]{0,3}", fullmatch=True), NUMBERS, NUMBERS),
    min_size=1,
    max_size=6,
    unique_by=lambda row: identity(row[0]),
)


def lines_of(form, rows):
    """The file row by row, and the place of each row of the truth, counted from 1."""
    lines = [[text] for text in form.title]
    lines.append([*NAMES, *[""] * form.trailing])
    places = []
    for index, (patient, *values) in enumerate(rows):
        if index in form.blanks:
            lines.append([""] * len(lines[-1]))
        lines.append([form.identifier(patient), *map(form.number, values), *[""] * form.trailing])
        places.append(len(lines))
    return lines, places


def write(form, rows, folder):
    lines, places = lines_of(form, rows)
    if form.kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=form.separator, quoting=form.quoting, lineterminator=form.line_end).writerows(lines)
        path = folder / "t.csv"
        path.write_bytes(text.getvalue().encode(form.encoding, "replace"))
        return path, places
    book = openpyxl.Workbook()
    for place, line in enumerate(lines, start=1):
        for column, cell in enumerate(line, start=1):
            typed = form.kind == "xlsx" and place in places and column in (2, 3)
            value = float(rows[places.index(place)][column - 1]) if typed else cell or None
            book.active.cell(place, column, value)
    path = folder / "t.xlsx"
    book.save(path)
    return path, places


def number_or_refusal(table, row, name):
    try:
        return number(table, row, name)
    except DataRefusedError as refusal:
        return refusal.code


def only_points_group(form):
    """Nothing in such a file tells 1.234 from 1234, where the comma is no separator or the cell is text of a workbook;
    a point is a decimal point there, as it always was.
    """
    return form.grouping == "." and (form.kind == "xlsx as text" or form.separator == ",")


@settings(max_examples=int(os.environ.get("RLNRESPONSE_TABLE_FORMS", "60")))
@given(FORMS, ROWS)
@example(Form(**PLAIN | {"separator": ";", "decimal": ",", "grouping": "."}), [("P1", Decimal(1234), Decimal(1))])
@example(
    Form(**PLAIN | {"separator": ";", "decimal": ",", "grouping": ".", "identifiers": "pandas"}),
    [("01", Decimal(0), Decimal(1000))],
)
def test_any_mix_of_forms_gives_the_truth_or_a_refusal(tmp_path_factory, form, rows):
    if form.decimal == form.grouping or only_points_group(form):
        return
    path, places = write(form, rows, tmp_path_factory.getbasetemp())
    try:
        table = read_table(path)
        assert tuple(identity(name) for name in identifiers(table, "patient")) == tuple(
            identity(patient) for patient, *_ in rows
        )
        assert [table.row_number(row) for row in range(len(rows))] == places
    except DataRefusedError:
        return
    for row, (_, *values) in enumerate(rows):
        for name, value in zip(NAMES[1:], values, strict=True):
            assert number_or_refusal(table, row, name) in (float(value), "bad-number", "doubtful-number")


@settings(max_examples=40)
@given(ROWS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans())
def test_without_grouping_whoever_names_the_decimal_sign_is_never_refused(
    tmp_path_factory, rows, separator, encoding, comma
):
    sign = "," if comma else "."
    form = Form(**PLAIN | {"separator": separator, "encoding": encoding, "decimal": sign, "blanks": frozenset({1})})
    path, _ = write(form, rows, tmp_path_factory.getbasetemp())
    table = read_table(path, TableOptions(decimal=sign))
    read = [tuple(number(table, row, name) for name in NAMES[1:]) for row in range(len(table.rows))]
    assert read == [tuple(map(float, values)) for _, *values in rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_number_in_text_that_only_python_takes_for_one_is_text(tmp_path, separator):
    path = tmp_path / "t.csv"
    for cell in ("100_1", "infinity", "nan1", "１２", "1e", "0x10", "1 2"):
        path.write_text(f"patient{separator}x\nP1{separator}{cell}\n", encoding="utf-8")
        with pytest.raises(DataRefusedError, match=r"t.csv, row 2, column x: the value is not a finite number"):
            number(read_table(path), 0, "x")
