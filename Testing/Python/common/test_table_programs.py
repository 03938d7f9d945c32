"""Tables as Excel, R and their users write them: read as what they show, or refused for the true reason."""

import openpyxl
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.common.tables import number


@pytest.fixture
def read(tmp_path):
    def run(text, options=None):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return read_table(tmp_path / "t.csv", options)

    return run


@pytest.fixture
def workbook(tmp_path):
    def run(lines, formats=(), decimal=None, hidden=()):
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        for cell, written in dict(formats).items():
            book.active[cell].number_format = written
        for row in hidden:
            book.active.row_dimensions[row].hidden = True
        book.save(tmp_path / "t.xlsx")
        return read_table(tmp_path / "t.xlsx", TableOptions(decimal=decimal))

    return run


@pytest.mark.parametrize(("decimal", "text"), [(",", "60,4"), (".", "60.4")])
def test_a_stored_number_is_that_number_whatever_sign_the_texts_beside_it_have(workbook, decimal, text):
    table = workbook([("patient", "a"), ("P1", 1.234), ("P2", text), ("P3", 1234), ("P4", 1e-7)], decimal=decimal)
    assert [number(table, row, "a") for row in range(4)] == [1.234, 60.4, 1234, 1e-7]


def test_stored_numbers_of_parquet_keep_their_value_beside_a_decimal_comma(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"patient": ["P1"], "a": [1.234], "b": ["1,5"]}), tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet", TableOptions(decimal=","))
    assert (number(table, 0, "a"), number(table, 0, "b")) == (1.234, 1.5)


def test_percentages_are_said_and_never_mixed_with_plain_numbers(workbook):
    lines = [("patient", "ki67"), ("P1", 0.6), ("P2", 0.25)]
    assert "column B holds percentages" in " ".join(workbook(lines, {"B2": "0%", "B3": "0.0%"}).notes)
    with pytest.raises(DataRefusedError, match=r"B2 is a percentage .* B3 is a plain number"):
        workbook([*lines[:2], ("P2", 25)], {"B2": "0%"})


def test_identifiers_are_as_their_format_shows_them(workbook):
    table = workbook([("patient", "a"), (1, 3), (12, 4)], {"A2": '"P"000', "A3": '"P-"0000', "B2": '0" mm"'})
    assert [row["patient"] for row in table.rows] == ["P001", "P-0012"]
    assert number(table, 0, "a") == 3


def test_rows_that_a_filter_hides_are_read_and_said(workbook):
    table = workbook([("patient", "a"), ("P1", 1), ("P2", 2), ("P3", 3)], hidden=(3,))
    assert (len(table.rows), table.notes) == (3, ("t.xlsx: hidden in the sheet and read too: row 3.",))


@pytest.mark.parametrize("first", ["patient,a,b\nP1,1,2,\nP2,3,4,\n", "patient,a,b\nP1,1,2,,\nP2,3,4\n"])
def test_a_separator_at_the_end_of_rows_adds_no_column(read, first):
    assert [dict(row) for row in read(first).rows] == [
        {"patient": "P1", "a": "1", "b": "2"},
        {"patient": "P2", "a": "3", "b": "4"},
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"patient" "a"\n"1" "P1" 3\n"2" "P2" 4\n', "is separated by blanks"),
        ("patient a\nP1 3\nP2 4\n", "is separated by blanks"),
        ('"patient","a"\n"1","P1",3\n"2","P2",4\n', "one cell more in every row than its header has names"),
        ("patient,a\nP1,3,5\nP2,3\n", "more cells than columns in row 2"),
        ("patient,a\nP1,3\nP2,4\nTotal,7\n", "row 4, column patient: the row is called 'Total'"),
    ],
)
def test_what_only_its_program_reads_is_refused_for_its_true_reason(read, text, reason):
    with pytest.raises(DataRefusedError, match=reason):
        read(text)


def test_a_minus_of_a_word_processor_is_a_minus(read):
    assert number(read("patient,a\nP1,\u22121.5\n"), 0, "a") == -1.5
