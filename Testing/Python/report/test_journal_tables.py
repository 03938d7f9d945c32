"""Tables for the people who write the paper: the same values as the page's CSV, laid out as a journal has them."""

import csv
import re
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime

import docx
import openpyxl
import pytest

from RLNResponseLib.cli import main
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.report.page.journal_tables import (
    JOURNAL_TABLES,
    JournalTable,
    journal_tables,
    refuse_without,
    write_document,
    write_workbook,
)
from RLNResponseLib.report.page.parts import PageTable, section, tabled
from RLNResponseLib.study.protocol import Protocol, plan_readers

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
NOTICE = "Research use only, not a medical device."
HOSTILE = '=HYPERLINK("http://example.org","x") <b>淋巴</b> \x07'
LONG = "Does the published score tell who responds, on these lymph nodes?"


@pytest.fixture
def protocol():
    return Protocol(title=HOSTILE, readers=plan_readers(["A", "B"], ["A"]), simulated=True)


def table(name="table-1"):
    rows = (
        ("T stage (patients)", "", "", "0.159"),
        ("  T1–2", "26 (44.1%)", "12", "–"),
        ("  T3–4", "33 (55.9%)", "0.030", "007"),
        (HOSTILE, "@sum", "-5", "<0.001"),
    )
    return PageTable(
        name=name, title="Patients", header=("", "training", "validation", "p"), rows=rows, notes=("A note.", HOSTILE)
    )


def printed(cell):
    """What a reader of the sheet sees."""
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return cell.value
    digits = len(cell.number_format.partition(".")[2])
    return f"{cell.value:.{digits}f}"


def visible(words):
    return "".join(sign if sign.isprintable() else " " for sign in words).strip()


def test_the_sheet_shows_what_the_table_has_and_no_formula(protocol, tmp_path):
    of = table()
    write_workbook([JournalTable(label="Table 1", table=of)], protocol, NOW, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Table 1"]
    assert sheet["A1"].value == "Table 1. Patients"
    assert [printed(cell).strip() for cell in sheet[3]] == list(of.header)
    for number, row in enumerate(of.rows, start=4):
        assert [printed(cell).strip() for cell in sheet[number]] == [visible(cell) for cell in row]
    assert all(cell.data_type != "f" for row in sheet for cell in row)
    assert (sheet["C5"].value, sheet["C6"].value, sheet["C6"].number_format) == (12, 0.03, "0.000")
    assert sheet["D6"].value == "007"
    assert [sheet.cell(row, 1).alignment.indent for row in (4, 5, 6, 7)] == [0, 1, 1, 0]
    notes = [sheet.cell(row, 1).value for row in range(9, 13)]
    assert notes[0] == "A note."
    assert notes[-1] == NOTICE
    assert "no patient is in it" in notes[-2]


def test_the_document_has_the_same_with_levels_indented_and_a_header_that_repeats(protocol, tmp_path):
    of = table()
    write_document([JournalTable(label="Table 1", table=of)], protocol, NOW, tmp_path / "t.docx")
    document = docx.Document(tmp_path / "t.docx")
    (made,) = document.tables
    assert [[cell.text for cell in row.cells] for row in made.rows] == [
        [visible(cell) for cell in row] for row in (of.header, *of.rows)
    ]
    indents = [row.cells[0].paragraphs[0].paragraph_format.left_indent for row in made.rows]
    assert [bool(indent) for indent in indents] == [False, False, True, True, False]
    assert "tblHeader" in made.rows[0]._tr.xml
    assert all("cantSplit" in row._tr.xml for row in made.rows)
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[0] == "Table 1. Patients"
    assert NOTICE in words
    assert document.sections[0].footer.paragraphs[0].text == NOTICE
    assert document.core_properties.created == datetime(2026, 5, 1, 8, tzinfo=UTC)


def test_a_sentence_of_several_rows_is_printed_once(protocol, tmp_path):
    of = PageTable(name="results", header=("q", "this", "means"), rows=((LONG, "0.7", LONG), (LONG, "0.7", LONG)))
    write_document([JournalTable(label="Results", table=of)], protocol, NOW, tmp_path / "t.docx")
    (made,) = docx.Document(tmp_path / "t.docx").tables
    assert [cell.text for cell in made.rows[2].cells] == ["", "0.7", ""]


def test_only_the_tables_that_a_paper_prints_are_taken_in_its_order():
    sections = (
        section("a", "A", (tabled(table("table-2")), tabled(table("settings")))),
        section("b", "B", (tabled(table("table-1")),)),
    )
    assert [each.label for each in journal_tables(sections)] == ["Table 1", "Table 2"]


def test_the_command_writes_tables_whose_values_are_those_of_the_csv_and_figures(small_cohort, tmp_path, capsys):
    files = [tmp_path / name for name in ("report.html", "t.xlsx", "t.docx")]
    shutil.copytree(small_cohort.folder, tmp_path / "study")
    call = ["report", str(tmp_path / "study"), "--output", str(files[0]), "--resamples", "20"]
    assert main([*call, "--xlsx", str(files[1]), "--docx", str(files[2])]) == 0
    out = capsys.readouterr().out
    assert all(str(file) in out for file in files)
    page = files[0].read_text(encoding="utf-8")
    sources = re.findall(
        r"^@\w+\{(\w+),$", (tmp_path / "report-files" / "references.bib").read_text("utf-8"), re.MULTILINE
    )
    in_the_text = {key for group in re.findall(r"\[(@[a-z0-9; @]+)\]", page) for key in re.findall(r"@(\w+)", group)}
    assert set(sources) == in_the_text
    assert len(sources) == len(set(sources)) > 10
    book, document = openpyxl.load_workbook(files[1]), docx.Document(files[2])
    tables = iter(document.tables)
    known = [name for name in JOURNAL_TABLES if (tmp_path / "report-files" / f"{name}.csv").is_file()]
    assert {"results", "table-1", "table-2"} <= set(known)
    assert book.sheetnames == [JOURNAL_TABLES[name] for name in known]
    for name in known:
        with (tmp_path / "report-files" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = [[visible(cell.removeprefix("'")) for cell in row] for row in csv.reader(file)]
        sheet = book[JOURNAL_TABLES[name]]
        shown = [[printed(cell).strip() for cell in row] for row in sheet.iter_rows(min_row=3)]
        count = next(number for number, row in enumerate(shown) if not any(row))
        assert shown[:count] == rows[:count]
        in_words = [[cell.text for cell in row.cells] for row in next(tables).rows]
        assert len(in_words) == count
        for row, cells in zip(in_words, rows, strict=False):
            assert all(word in ("", cell) for word, cell in zip(row, cells, strict=True))
        assert in_words[:2] == rows[:2]


@pytest.mark.parametrize(
    ("workbook", "document", "code"),
    [("t.xls", None, "bad-name"), (None, "t.doc", "bad-name"), ("absent/t.xlsx", None, "not-written")],
)
def test_what_cannot_be_written_is_refused_before_the_work(tmp_path, workbook, document, code):
    with pytest.raises(DataRefusedError) as refused:
        refuse_without(*(None if name is None else tmp_path / name for name in (workbook, document)))
    assert refused.value.code == code
    assert str(tmp_path) not in str(refused.value)


def test_without_python_docx_one_sentence_says_so(tmp_path, monkeypatch):
    from RLNResponseLib.common import requirements

    monkeypatch.setattr(requirements, "_is_there", lambda module: module != "docx")
    monkeypatch.delitem(sys.modules, "docx")
    with pytest.raises(DataRefusedError, match=r"Tables as DOCX needs python-docx.*pip install") as refused:
        refuse_without(None, tmp_path / "t.docx")
    assert refused.value.code == "missing-package"


def test_an_unchanged_protocol_that_has_patients_says_nothing_of_simulation(protocol, tmp_path):
    write_workbook(
        [JournalTable(label="Table 1", table=table())], replace(protocol, simulated=False), NOW, tmp_path / "t.xlsx"
    )
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Table 1"]
    assert not any("no patient" in str(cell.value) for row in sheet for cell in row)
