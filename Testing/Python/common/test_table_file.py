"""What people call a table, read as it is meant or refused for its true reason: CSV of any program, XLSX, Parquet."""

import datetime
import os
import re
import zipfile

import openpyxl
import pytest

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import TableOptions, parse_csv, read_table
from RLNResponseLib.common.tables import Table, number, numbers, numeric_columns


def read(text, **said):
    content = text if isinstance(text, bytes) else text.encode()
    return parse_csv(content, "t.csv", **said)


def book(path, *sheets):
    """A workbook of (name, lines) or (name, lines, state)."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines, *state in sheets:
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append(line)
        sheet.sheet_state = state[0] if state else "visible"
    made.active = len(sheets) - 1
    made.save(path)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_separator_in_any_encoding_with_its_mark(separator, encoding):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    text = f"{mark}patient,größe\nP1,3\nP2,4\n".replace(",", separator)
    table = read(text.encode(encoding))
    assert table.columns == ("patient", "größe")
    assert numbers(table, ["größe"])[:, 0].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("patient,größe\nP1,3\n".encode("cp1252"), r"is not UTF-8 text \(line 1; perhaps it is Windows-1252\)"),
        ("patient,a\nP1,3\n".encode("utf-16-le"), "holds NUL characters"),
        ("patient,a\nP1,3\n".encode("utf-16")[:-1], "is cut or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel file"),
        (b"\x1f\x8b\x08\x00", "is compressed"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\n<html><table><tr>", "is a web page"),
        (b"patient,a\nP1,3,5\n", "has more cells than columns in row 2"),
        (b'patient,a\nP1,"3\nP2,4\n', "ends within a quoted cell of row 2"),
        (b"patient,a,b\nP1,1,2\nP2,3", "ends within row 3, so it was cut"),
        (b"patient,a,a\nP1,1,2\n", "has the column 'a' twice"),
        (b"a,,\nP1,1,2\n", "has several columns without a name"),
        (b"\n\n,,\n", "is empty"),
    ],
)
def test_what_is_no_such_table_is_refused_for_its_true_reason(content, reason):
    with pytest.raises(DataRefusedError, match=rf"^t\.csv {reason}"):
        read(content)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("patient,x\nP1,3\n\n,\nP2,x\n", 5),
        ('patient,x\nP1,"3"\n"P\n2",x\n', 3),
        ("Follow-up of the study\n\npatient,x\nP1,3\nP2,x\n", 5),
        ("Follow-up,\nversion 3,\npatient,x\nP1,3\n,\nP2,x\n", 6),
        ("sep=;\npatient;x\nP1;3\n\nP2;x\n", 4),
        ("patient\tx\r\nP1\t3\r\n\r\nP2\tx\r\n", 4),
        ("\n\npatient|x\nP1|3\nP2|x", 5),
        ("patient;x\rP1;3\rP2;x\r", 3),
    ],
)
def test_rows_are_numbered_as_the_spreadsheet_shows_them(text, row, tmp_path):
    table = read(text)
    assert table.columns == ("patient", "x")
    with pytest.raises(DataRefusedError, match=rf"t\.csv, row {row}, column x: the value is not a finite number"):
        numbers(table, ["x"])


def test_a_chosen_part_of_a_table_keeps_its_row_numbers():
    part = read("patient,x\n\nP1,1\n\nP2,2\n").kept([1])
    assert (part.rows[0]["patient"], part.row_number(0)) == ("P2", 5)
    assert Table(name="t", columns=("x",), rows=({"x": "1"},)).row_number(0) == 2


@pytest.mark.parametrize(
    ("cells", "read_as"),
    [
        (["3,5", "1,234"], [3.5, 1.234]),
        (["1.234,5", "12"], [1234.5, 12]),
        (["1.234.567", "1.234"], [1234567, 1234]),
        (["0.5", "1.234"], [0.5, 1.234]),
        (["1,234,567", "1,234"], [1234567, 1234]),
        (["-0,5", "+2"], [-0.5, 2]),
        (["1e3", "2,5E-2"], [1000, 0.025]),
        (["7", "8"], [7, 8]),
    ],
)
def test_a_column_says_by_its_own_cells_what_its_signs_mean(cells, read_as):
    table = read("p;x\n" + "".join(f"P;{cell}\n" for cell in cells))
    assert numbers(table, ["x"])[:, 0].tolist() == read_as
    assert numeric_columns(table, ()) == ("x",)


@pytest.mark.parametrize("cells", [["1.234", "5"], ["1,234", "5"], ["1.234", "5,678"], ["0.5", "0,5"]])
def test_a_column_that_may_be_read_in_two_ways_is_refused_until_somebody_says(cells, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("p;x\n" + "".join(f"P;{cell}\n" for cell in cells))
    table = read_table(path)
    assert numeric_columns(table, ()) == ("x",)
    with pytest.raises(DataRefusedError) as refused:
        numbers(table, ["x"])
    assert refused.value.code == "doubtful-number"
    assert "--decimal" in refused.value.at_terminal


def test_the_decimal_sign_that_is_said_holds_for_all(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("p;x\nP;1.234\nP;5\n")
    assert numbers(read_table(path, TableOptions(decimal=".")), ["x"])[:, 0].tolist() == [1.234, 5]
    assert numbers(read_table(path, TableOptions(decimal=",")), ["x"])[:, 0].tolist() == [1234, 5]


def test_other_columns_say_it_where_the_column_cannot():
    table = read("a;b\n0,5;1,234\n7,25;2,345\n")
    assert numbers(table, ["a", "b"]).tolist() == [[0.5, 1.234], [7.25, 2.345]]
    assert "decimal commas in a, b" in table.notes[0]


def test_a_comma_in_the_names_of_columns_divides_no_file_of_semicolons():
    table = read("age, years;dose, Gy\n61,5;50,4\n58,5;45,0\n")
    assert table.columns == ("age, years", "dose, Gy")
    assert numbers(table, table.columns).tolist() == [[61.5, 50.4], [58.5, 45]]


def test_a_semicolon_in_a_note_divides_no_file_of_commas():
    assert read("patient,note\nP1,late; fine\nP2,early\n").columns == ("patient", "note")
    assert read("patient;x,note\nP1,a\nP2,b\n").columns == ("patient;x", "note")


def test_text_with_commas_stays_text():
    table = read("station;x\n3,5;1\n7;2\n")
    assert [row["station"] for row in table.rows] == ["3,5", "7"]


def test_in_a_file_separated_by_commas_a_point_is_the_decimal_point_as_ever():
    assert numbers(read("a,b\n1.234,2\n5.678,3\n"), ["a"])[:, 0].tolist() == [1.234, 5.678]


def test_empty_columns_at_the_right_and_invisible_blanks_are_no_columns():
    table = read("patient\xa0,x ,,\nP1,3,,\n,,,\n")
    assert table.columns == ("patient", "x")
    assert read("patient,,x\nP1,,3\n").columns == ("patient", "x")


def test_a_table_of_one_column_has_no_title():
    assert read("patient\nP1\nP2\n").columns == ("patient",)
    with pytest.raises(DataRefusedError, match="more cells than columns in row 2"):
        read("patient\nP1,3\n")


def test_formulas_give_the_value_that_is_stored(tmp_path):
    path = tmp_path / "t.xlsx"
    book(path, ("Sheet", [["patient", "x"], ["P1", "=(43840-43475)/30.4375"]]))
    with pytest.raises(DataRefusedError, match=r"t\.xlsx, cell B2: the cell holds a formula whose value is not stored"):
        read_table(path)
    with_value(path, b"<v></v>", b"<v>11.99</v>")
    assert number(read_table(path), 0, "x") == 11.99


def with_value(path, old, new):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    changed = re.sub(rb"<v ?/>", b"<v></v>", parts[sheet])
    assert old in changed
    parts[sheet] = changed.replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_errors_of_the_spreadsheet_are_refused_or_missing_by_name(tmp_path):
    for path in (tmp_path / "t.xlsx", tmp_path / "t.csv"):
        if path.suffix == ".xlsx":
            book(path, ("Sheet", [["patient", "x"], ["P1", 3], ["P2", "#DIV/0!"]]))
        else:
            path.write_text("patient,x\nP1,3\nP2,#DIV/0!\n")
        with pytest.raises(DataRefusedError, match=r"row 3, column x: the cell holds the spreadsheet's error #DIV/0!"):
            read_table(path)
        table = read_table(path, TableOptions(missing=("#div/0!",)))
        assert (table.rows[1]["x"], table.declared) == ("", {"x": {"#div/0!": 1}})


def test_cells_of_a_workbook_are_what_they_show(tmp_path):
    path = tmp_path / "t.xlsx"
    made = openpyxl.Workbook()
    made.active.append(["patient", "flag", "day", "when", "number", "padded", "long", "text"])
    made.active.append(
        [
            " P1 ",
            True,
            datetime.date(2026, 3, 1),
            datetime.datetime(2026, 3, 1, 13, 5),
            0.1,
            123,
            2021010001234567,
            "007",
        ]
    )
    made.active["F2"].number_format = "00000"
    made.save(path)
    assert tuple(read_table(path).rows[0].values()) == (
        "P1", "true", "2026-03-01", "2026-03-01 13:05:00", "0.1", "00123", "2.0210100012345670E+15", "007",
    )  # fmt: skip


def test_the_visible_sheet_is_read_and_several_are_named(tmp_path):
    path = tmp_path / "t.xlsx"
    old, new = [["patient"], ["old"]], [["patient"], ["new"]]
    table = read_table(book(path, ("backup", old, "hidden"), ("older", old, "veryHidden"), ("now", new)))
    assert table.rows[0]["patient"] == "new"
    assert table.notes == ("t.xlsx: the sheet 'now' was read; hidden and not read: 'backup', 'older'.",)
    assert read_table(book(path, ("now", new), ("Sheet2", []))).rows[0]["patient"] == "new"
    book(path, ("pilot", old), ("now", new))
    with pytest.raises(DataRefusedError, match=r"several visible sheets \('pilot', 'now'\)") as refused:
        read_table(path)
    assert "--sheet" in refused.value.at_terminal
    assert read_table(path, TableOptions(sheet="pilot")).rows[0]["patient"] == "old"
    with pytest.raises(DataRefusedError, match=r"has no sheet 'x'; it has 'pilot', 'now'"):
        read_table(path, TableOptions(sheet="x"))


def test_a_wrong_dimension_and_rows_that_lack_cut_nothing(tmp_path):
    path = tmp_path / "t.xlsx"
    book(path, ("Sheet", [["Study 3"], [], ["patient", "x"], ["P1", 1], [], ["P2", 2]]))
    with_value(path, b'<dimension ref="A1:B6"', b'<dimension ref="A1:A3"')
    table = read_table(path)
    assert [row["x"] for row in table.rows] == ["1", "2"]
    assert table.row_numbers == (4, 6)


def test_merged_cells_below_the_header_are_refused_and_a_merged_title_is_not(tmp_path):
    path = tmp_path / "t.xlsx"
    made = openpyxl.Workbook()
    for line in (["Study 3"], ["patient", "x"], ["P1", 1], [None, 2]):
        made.active.append(line)
    made.active.merge_cells("A1:B1")
    made.save(path)
    assert len(read_table(path).rows) == 2
    made.active.merge_cells("A3:A4")
    made.save(path)
    with pytest.raises(DataRefusedError, match="the cells A3:A4 are merged"):
        read_table(path)


def test_other_archives_are_called_what_they_are(tmp_path):
    for name, word in (("content.xml", "OpenDocument"), ("xl/workbook.bin", "XLSB"), ("x", "cannot be read as XLSX")):
        path = tmp_path / "t.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(DataRefusedError, match=word):
            read_table(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataRefusedError, match="cut or damaged workbook"):
        read_table(path)


def test_parquet_is_known_by_what_it_holds(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {"patient": ["00123"], "x": [0.1], "day": [datetime.date(2026, 3, 1)], "none": [None]}
    path = tmp_path / "t.csv"
    parquet.write_table(pyarrow.table(columns), path)
    assert tuple(read_table(path).rows[0].values()) == ("00123", "0.1", "2026-03-01", "")
    parquet.write_table(pyarrow.table({"patient": pyarrow.array([], pyarrow.string())}), path)
    assert read_table(path).columns == ("patient",)
    parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["x", "x"]), path)
    with pytest.raises(DataRefusedError, match="has the column 'x' twice"):
        read_table(path)


def test_rows_with_empty_cells_beyond_the_header_are_rows():
    table = parse_csv(b"a,b\n1,2,,\n3,4\n5,6,\n", "t.csv")
    assert table.columns == ("a", "b")
    assert [list(row.values()) for row in table.rows] == [["1", "2"], ["3", "4"], ["5", "6"]]


def test_empty_cells_beyond_the_header_are_none():
    assert read("a,b\n1,2,,,\n3,4\n").rows == ({"a": "1", "b": "2"}, {"a": "3", "b": "4"})


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"," * 20_000 + b"\n", "20001 columns"),
        (b"a\n" + b"1\n" * 1_100_000, "1100001 rows"),
        (b"a\n" + b",,,,,,,,,,,,\n" * 1_000_000, "13000001 cells"),
    ],
)
def test_a_csv_of_more_cells_than_any_table_of_readings_is_refused_before_it_is_parsed(content, what):
    with pytest.raises(DataRefusedError, match=f"t.csv has {what}, and at most") as refused:
        read(content)
    assert refused.value.code == "too-many-cells"


@pytest.mark.parametrize(
    ("text", "what"),
    [("a,b\n" + "x" * 200_000 + ",1\n", "longer than 131072 characters"), ('a,b\n"x"y,1\n', "quotation")],
)
def test_what_is_wrong_in_a_csv_is_said_in_our_own_words(text, what):
    with pytest.raises(DataRefusedError, match=f"row 2: a .*{what}"):
        read(text)


def with_sheet(path, change):
    """A workbook whose sheet's XML is changed."""
    book(path, ("S", [["a", "b"], [1, 2], [3, 4]]))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b'<row r="3"', b'<row r="1000000000"', "1000000000 rows"),
        (b'r="B3"', b'r="XFE3"', "16385 columns"),
        (b"</sheetData>", b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(9, 200)) + b"</sheetData>", "2015238 cells"),
        (b'<row r="3"', b'<row r="2"', "order"),
        (b'r="B3"', b'r="A3"', "order"),
        (b'r="B3"', b'r="B7"', "order"),
        (b'r="B3"', b'r="-5"', "order"),
    ],
)  # fmt: skip
def test_cells_that_would_fill_the_memory_or_be_dropped_are_refused(tmp_path, old, new, what):
    path = with_sheet(tmp_path / "t.xlsx", lambda text: text.replace(old, new, 1))
    with pytest.raises(DataRefusedError, match=what):
        read_table(path)


def test_rows_and_cells_without_their_place_follow_each_other(tmp_path):
    path = with_sheet(tmp_path / "t.xlsx", lambda text: re.sub(rb'(<(?:row|c)) r="\w+"', rb"\1", text))
    assert [list(row.values()) for row in read_table(path).rows] == [["1", "2"], ["3", "4"]]
    path = with_sheet(tmp_path / "t.xlsx", lambda text: re.sub(rb'<row r="\w+"', b"<row", text))
    assert [list(row.values()) for row in read_table(path).rows] == [["1", "2"], ["3", "4"]]


def test_a_stated_size_of_a_sheet_costs_nothing(tmp_path):
    path = with_sheet(
        tmp_path / "t.xlsx", lambda text: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', text)
    )
    assert len(read_table(path).rows) == 2


def test_a_small_parquet_that_stands_for_gigabytes_is_refused(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    long_text = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * 60_000, pyarrow.int32()), pyarrow.array(["x" * 5000])
    )
    for column, what in (
        (pyarrow.nulls(2_000_000, pyarrow.string()), "2000000 rows"),
        (long_text, "more than the 200 MB"),
    ):
        parquet.write_table(pyarrow.table({"a": column}), path)
        assert path.stat().st_size < 1_000_000
        with pytest.raises(DataRefusedError, match=what):
            read_table(path)


def test_a_damaged_parquet_is_said_to_be_one(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 50 + b"PAR1")
    with pytest.raises(DataRefusedError, match=r"t\.parquet is no Parquet table, whatever its name says, or damaged"):
        read_table(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_is_no_table(tmp_path):
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(DataRefusedError, match="it is a pipe, a socket or a device"):
        read_table(tmp_path / "t.csv")
